// Committers of one process that put into a file channel of an agent through the library, with a null sink at its end.
// flumen-committers.ts PORT DIRECTORY: takes requests as request.ts says. The time that it answers goes on until the
// sink has had the last event.
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, batchOfOne, batchOfRows, type ChannelHandle, type EventBatch } from 'flumen'
import { fileChannelOptions } from './configuration.ts'

const [port, directory] = process.argv.slice(2)
const agent = new Agent({
  channels: { c1: { type: 'org.apache.flume.channel.file.FileChannel', ...fileChannelOptions(directory!) } },
  sinks: { k1: { type: 'null', channel: 'c1', batchSize: 1000, logEveryNEvents: 0 } },
})
await agent.start()
const channel = agent.channel('c1')

const server = createServer((socket) => {
  socket.on('data', (request) => {
    const [committers, batch, bytes, length] = request.toString().split(' ').map(Number)
    measure(committers!, batchMaker(batch!, bytes!), length!).then(
      (answer) => socket.write(`${answer}\n`),
      (error: unknown) => socket.write(`failed: ${error}\n`),
    )
  })
  socket.on('error', () => socket.destroy())
})
server.listen(Number(port), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close()
  agent.stop().then(
    () => process.exit(),
    () => process.exit(1),
  )
})

async function measure(committers: number, make: () => EventBatch, length: number): Promise<string> {
  const begin = performance.now()
  const end = begin + length
  const each = Array.from({ length: committers }, () => commitUntil(channel, make, end))
  const commits = (await Promise.all(each)).reduce((sum, count) => sum + count, 0)
  while (channel.account.buffered > 0) await sleep(1)
  return `${commits} ${performance.now() - begin}`
}

async function commitUntil(to: ChannelHandle, make: () => EventBatch, end: number): Promise<number> {
  let commits = 0
  for (; performance.now() < end; commits++) await to.put(make())
  return commits
}

/** Each batch gets memory of its own, as what comes over a network does. */
function batchMaker(batch: number, bytes: number): () => EventBatch {
  const template = new Uint8Array(batch * bytes)
  for (let at = 0; at < template.length; at++) template[at] = 97 + ((at + Math.floor(at / bytes)) % 26)
  if (batch === 1) return () => batchOfOne(new Uint8Array(template))
  const start = Array.from({ length: batch }, (_, row) => row * bytes)
  const end = start.map((from) => from + bytes)
  return () => batchOfRows(new Uint8Array(template), start, end)
}
