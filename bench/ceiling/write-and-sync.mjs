// What the disk itself gives: one thread that writes, calls fdatasync, and does so again.
// write-and-sync.mjs PORT DIRECTORY append|overwrite
// Takes requests as bench/peers/request.ts says; committers are one whatever was asked, a commit is one write and one
// sync of the bytes of its bodies. Overwriting goes round in a file that was written before, so that a sync has no size
// or place of the file to store; appending is what a log does.
import { closeSync, fdatasyncSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

const [port, directory, manner] = process.argv.slice(2)
const file = join(directory, manner)
const megabyte = Buffer.alloc(1024 * 1024, 'flumen')
const roundTrip = 256 * megabyte.length

createServer((socket) => {
  socket.on('data', (request) => {
    const [, batch, bytes, length] = request.toString().split(' ').map(Number)
    socket.write(`${measure(batch * bytes, length)}\n`)
  })
  socket.on('error', () => socket.destroy())
}).listen(Number(port), '127.0.0.1')

function measure(size, length) {
  const body = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz')
  const fd = openSync(file, 'w')
  if (manner === 'overwrite') prepare(fd)
  let commits = 0
  let at = 0
  const begin = performance.now()
  const end = begin + length
  while (performance.now() < end) {
    writeSync(fd, body, 0, size, at)
    fdatasyncSync(fd)
    at += size
    if (manner === 'overwrite' && at + size > roundTrip) at = 0
    commits++
  }
  const elapsed = performance.now() - begin
  closeSync(fd)
  unlinkSync(file)
  return `${commits} ${elapsed}`
}

function prepare(fd) {
  for (let at = 0; at < roundTrip; at += megabyte.length) writeSync(fd, megabyte, 0, megabyte.length, at)
  fsyncSync(fd)
}
