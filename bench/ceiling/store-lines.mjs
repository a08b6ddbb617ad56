// A bare Node.js program that reads lines over TCP, appends what has come to a file, and calls fdatasync: while one
// write and its sync run, what comes in waits for the next. It keeps no offsets and no checksums.
// store-lines.mjs LINES DIRECTORY PORT: says "done" each time that so many lines are durable.

import { open } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

const newline = 10
/** Connections are not read while so much waits. */
const mostPending = 16 * 1024 * 1024
const [expected, directory, port] = process.argv.slice(2)
const file = await open(join(directory, 'lines'), 'a')
const sockets = new Set()
let left = Number(expected)
let pending = []
let pendingBytes = 0
let isStoring = false

createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  sockets.add(socket)
  socket.on('data', (chunk) => {
    pending.push(chunk)
    pendingBytes += chunk.length
    if (pendingBytes > mostPending) for (const each of sockets) each.pause()
    if (!isStoring) void store()
  })
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
  socket.on('close', () => sockets.delete(socket))
}).listen(Number(port), '127.0.0.1')

async function store() {
  isStoring = true
  while (pending.length > 0) {
    const chunks = pending
    pending = []
    pendingBytes = 0
    for (const each of sockets) each.resume()
    await file.writev(chunks)
    await file.datasync()
    let lines = 0
    for (const chunk of chunks) lines += linesIn(chunk)
    left -= lines
    for (; left <= 0; left += Number(expected)) process.stdout.write('done\n')
  }
  // A pass begins with an empty file.
  if (left === Number(expected)) await file.truncate(0)
  isStoring = false
  if (pending.length > 0) void store()
}

function linesIn(chunk) {
  let lines = 0
  for (let next = chunk.indexOf(newline); next >= 0; next = chunk.indexOf(newline, next + 1)) lines++
  return lines
}
