// A bare Node.js program in which each committer posts a small message to a worker thread, waits for its answer, and
// posts the next; the worker writes nothing. answer-messages.mjs PORT
// Takes requests as bench/peers/request.ts says.
import { createServer } from 'node:net'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

if (isMainThread) serve(Number(process.argv[2]))
else parentPort.on('message', (committer) => parentPort.postMessage(committer))

function serve(port) {
  const worker = new Worker(new URL(import.meta.url))
  const waiting = []
  worker.on('message', (committer) => waiting[committer]())
  const ask = (committer) =>
    new Promise((resolve) => {
      waiting[committer] = resolve
      worker.postMessage(committer)
    })
  createServer((socket) => {
    socket.on('data', async (request) => {
      const [committers, , , length] = request.toString().split(' ').map(Number)
      const begin = performance.now()
      const end = begin + length
      const counts = await Promise.all(
        Array.from({ length: committers }, (_, committer) => askUntil(ask, committer, end)),
      )
      const commits = counts.reduce((sum, count) => sum + count, 0)
      socket.write(`${commits} ${performance.now() - begin}\n`)
    })
    socket.on('error', () => socket.destroy())
  }).listen(port, '127.0.0.1')
}

async function askUntil(ask, committer, end) {
  let count = 0
  for (; performance.now() < end; count++) await ask(committer)
  return count
}
