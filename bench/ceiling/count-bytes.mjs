// Reads over TCP and throws away: what the load generator can push. count-bytes.mjs PORT
import { createServer } from 'node:net'

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.resume()
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
}).listen(Number(process.argv[2]), '127.0.0.1')
