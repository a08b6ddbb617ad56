// The ceiling: a bare Node.js program that reads lines over TCP and makes a batch of each chunk: the chunk, and where in
// it its lines begin and end. No line is copied but the one that a border between chunks cuts. Whatever an agent does,
// it does in addition to this.
// split-lines.mjs LINES PORT...: says "done" each time that so many lines have come over a port.
import { createServer } from 'node:net'

const newline = 10
const [expected, ...ports] = process.argv.slice(2).map(Number)
const start = new Uint32Array(65_536)
const end = new Uint32Array(65_536)
/** The last batch; a consumer would take it from here. */
export let batch

for (const port of ports) {
  const count = countDone()
  createServer({ allowHalfOpen: true, noDelay: true }, (socket) => readLines(socket, count)).listen(port, '127.0.0.1')
}

function countDone() {
  let left = expected
  return (lines) => {
    left -= lines
    for (; left <= 0; left += expected) process.stdout.write('done\n')
  }
}

function readLines(socket, count) {
  let begun = []
  socket.on('data', (chunk) => {
    let at = 0
    if (begun.length > 0) {
      const first = chunk.indexOf(newline)
      if (first < 0) {
        begun.push(chunk)
        return
      }
      begun.push(chunk.subarray(0, first))
      const line = Buffer.concat(begun)
      batch = { slab: line, start: [0], end: [line.length] }
      begun = []
      at = first + 1
      count(1)
    }
    let lines = 0
    for (let next = chunk.indexOf(newline, at); next >= 0; next = chunk.indexOf(newline, at)) {
      start[lines] = at
      end[lines++] = next
      at = next + 1
    }
    if (at < chunk.length) begun.push(chunk.subarray(at))
    if (lines === 0) return
    batch = { slab: chunk, start: start.slice(0, lines), end: end.slice(0, lines) }
    count(lines)
  })
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
}
