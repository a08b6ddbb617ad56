import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { AppenderFunction } from 'log4js'
import { freePort } from '../../servers/server.ts'
import { startCollector } from '../../test/support/collector.ts'
import { runLogger } from '../../test/support/run-logger.ts'
import { configure } from './appender.ts'

const program = join(import.meta.dirname, 'program.ts')
const prefix = 'flume.client.log4j.'

test("every line of log4js has reached the collector at the shutdown, with the headers of Flume's appender", async (t) => {
  const port = await freePort()
  const collected = await startCollector(t, port)
  const lines = 5000
  await runLogger(t, program, ['127.0.0.1', String(port), String(lines)])
  assert.deepEqual(
    collected.map(({ body }) => body),
    [...Array.from({ length: lines }, (_, index) => `Order ${index + 1} came.`), 'The last one: grüße.'],
  )
  const { [`${prefix}timestamp`]: time, ...others } = Object.fromEntries(collected.at(-1)!.headers)
  assert.match(time!, /^\d{13}$/)
  assert.deepEqual(others, {
    [`${prefix}logger.name`]: 'orders',
    [`${prefix}log.level`]: '30000',
    [`${prefix}message.encoding`]: 'UTF8',
  })
})

test('a layout makes the body, and properties that are wrong do not hold up the shutdown', async (t) => {
  const port = await freePort()
  const collected = await startCollector(t, port)
  const layout = { type: 'pattern', pattern: '%p %c %m' }
  const layouts = {
    messagePassThroughLayout: () => '',
    layout: () => (event: { readonly data: readonly unknown[] }) => `laid out: ${event.data.join(' ')}`,
  }
  const properties = {
    'channel.type': 'memory',
    sinks: 'k1',
    'k1.type': 'avro',
    'k1.hostname': '127.0.0.1',
    'k1.port': port,
    'processor.type': 'default',
  }
  const event = { categoryName: 'orders', level: { level: 40_000 }, startTime: new Date(0), data: ['an order'] }
  const appender = configure({ name: 'shop', properties, layout }, layouts as never) as Ending
  appender(event as never)
  await promisify(appender.shutdown)()
  assert.deepEqual(
    collected.map(({ body }) => body),
    ['laid out: an order'],
  )
  const quiet = (): void => undefined
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
  const broken = configure({ name: 'shop', properties: {}, log }, layouts as never) as Ending
  broken(event as never)
  await promisify(broken.shutdown)()
})

interface Ending extends AppenderFunction {
  shutdown(done: (error?: Error) => void): void
}
