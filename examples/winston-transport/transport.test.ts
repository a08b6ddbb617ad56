import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import winston from 'winston'
import { freePort } from '../../servers/server.ts'
import { startCollector } from '../../test/support/collector.ts'
import { runLogger } from '../../test/support/run-logger.ts'
import { FlumenTransport } from './transport.ts'

const program = join(import.meta.dirname, 'program.ts')
const prefix = 'flume.client.log4j.'

test('every line of winston has reached the collector when the program has ended', async (t) => {
  const port = await freePort()
  const collected = await startCollector(t, port)
  const lines = 5000
  await runLogger(t, program, ['127.0.0.1', String(port), String(lines)])
  assert.equal(collected.length, lines + 1)
  const records = collected.map(({ body }) => JSON.parse(body) as Record<string, unknown>)
  assert.deepEqual(
    records.slice(0, lines).map(({ number }) => number),
    Array.from({ length: lines }, (_, index) => index + 1),
  )
  assert.deepEqual(records.at(-1), { customer: 'grüße', level: 'warn', logger: 'orders', message: 'The last one.' })
  const { headers } = collected.at(-1)!
  assert.match(headers.get(`${prefix}timestamp`)!, /^\d{13}$/)
  assert.deepEqual(
    ['logger.name', 'log.level', 'message.encoding'].map((name) => headers.get(prefix + name)),
    ['orders', '30000', 'UTF8'],
  )
})

test('lines that find the queue full are counted in a line of their own', async (t) => {
  const port = await freePort()
  const collected = await startCollector(t, port)
  const transport = transportTo(t, port, { capacity: 10 })
  const log = winston.createLogger({ format: winston.format.simple(), transports: [transport] })
  for (let number = 0; number < 50; number++) log.info(`line ${number}`)
  log.end()
  await new Promise((resolve) => log.once('finish', resolve))
  const bodies = collected.map(({ body }) => body)
  assert.deepEqual(
    bodies.slice(0, 10),
    Array.from({ length: 10 }, (_, number) => `info: line ${number}`),
  )
  assert.match(bodies[10]!, /^\d+ log lines were left out: the queue was full$/)
})

test('properties that are wrong are an error of the transport', async (t) => {
  const transport = new FlumenTransport({ name: 'shop', properties: { sinks: 'k1' } })
  t.after(() => transport.end())
  const error = await new Promise<Error>((resolve) => transport.once('error', resolve))
  assert.match(error.message, /channel\.type is needed/)
})

function transportTo(t: TestContext, port: number, queue: { readonly capacity: number }): FlumenTransport {
  const transport = new FlumenTransport({
    name: 'shop',
    properties: {
      'channel.type': 'memory',
      sinks: 'k1',
      'k1.type': 'avro',
      'k1.hostname': '127.0.0.1',
      'k1.port': port,
      'processor.type': 'default',
    },
    queue,
  })
  t.after(() => transport.destroy())
  return transport
}
