// `npm start`: runs the first example and says what to do with it.
import { join } from 'node:path'
import { requireNode, root } from './pinned-node.mjs'

await requireNode()
const file = 'examples/founding/netcat-logger.conf'
console.error(`This runs ${file}: netcat → memory → logger.
In a second terminal, type:  nc localhost 44444
Each line that you enter there is answered OK and appears here. Ctrl+C ends it.
In a third one, bin/flumen top shows it flow.
`)
process.argv = [process.execPath, join(root, 'bin/flumen'), 'agent', '-n', 'a1', '-f', join(root, file)]
await import('../packages/flumen/dist/bin/flumen.js')
