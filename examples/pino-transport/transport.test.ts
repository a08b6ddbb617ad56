import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../../servers/server.ts'
import { startCollector } from '../../test/support/collector.ts'
import { runLogger } from '../../test/support/run-logger.ts'

const program = join(import.meta.dirname, 'program.ts')
const prefix = 'flume.client.log4j.'

test('every line of pino has reached the collector when the program has ended, as pino wrote it', async (t) => {
  const port = await freePort()
  const collected = await startCollector(t, port)
  const lines = 5000
  await runLogger(t, program, ['127.0.0.1', String(port), String(lines)])
  assert.equal(collected.length, lines + 1)
  const records = collected.map(({ body }) => JSON.parse(body) as { number?: number; time: number; msg: string })
  assert.deepEqual(
    records.slice(0, lines).map(({ number }) => number),
    Array.from({ length: lines }, (_, index) => index + 1),
  )
  assert.deepEqual(Object.fromEntries(collected[0]!.headers), {
    [`${prefix}logger.name`]: 'orders',
    [`${prefix}log.level`]: '20000',
    [`${prefix}timestamp`]: String(records[0]!.time),
    [`${prefix}message.encoding`]: 'UTF8',
  })
  const last = collected.at(-1)!
  assert.match(last.body, /"customer":"grüße","msg":"The last one."\}$/)
  assert.equal(last.headers.get(`${prefix}log.level`), '30000')
})
