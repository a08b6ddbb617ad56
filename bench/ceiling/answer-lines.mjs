// A bare Node.js program that answers OK to each line that comes over TCP. answer-lines.mjs PORT
import { createServer } from 'node:net'

const newline = 10
const answer = Buffer.from('OK\n')

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  let begun
  socket.on('data', (chunk) => {
    const text = begun ? Buffer.concat([begun, chunk]) : chunk
    let at = 0
    let lines = 0
    for (let next = text.indexOf(newline); next >= 0; next = text.indexOf(newline, at), lines++) at = next + 1
    begun = at < text.length ? text.subarray(at) : undefined
    if (lines === 1) socket.write(answer)
    else if (lines > 1) socket.write('OK\n'.repeat(lines))
  })
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
}).listen(Number(process.argv[2]), '127.0.0.1')
