// A bare Node.js program that writes what comes over TCP to standard output. forward-lines.mjs PORT
import { createServer } from 'node:net'

createServer({ noDelay: true }, (socket) => {
  socket.on('data', (chunk) => process.stdout.write(chunk))
  socket.on('error', () => socket.destroy())
}).listen(Number(process.argv[2]), '127.0.0.1')
