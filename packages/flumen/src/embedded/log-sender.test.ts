import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogFacts } from '../core/index.ts'
import { LogSender } from './index.ts'

/** Nobody listens there. */
const properties = {
  'channel.type': 'memory',
  'channel.capacity': '2',
  'channel.transactionCapacity': '2',
  'channel.keep-alive': '0',
  sinks: 'k1',
  'k1.type': 'avro',
  'k1.hostname': '127.0.0.1',
  'k1.port': '1',
  'k1.batch-size': '2',
  'processor.type': 'default',
}

test('what an end loses is told: lines that waited, and lines that are left in memory', async () => {
  const { log, errors } = observedLog()
  const sender = new LogSender({ name: 'app', properties, log, queue: { batchSize: 1 } })
  for (const line of ['one', 'two', 'three']) await sender.add(line, {})
  const { stored, lost } = await sender.end({ queueMs: 50, agentMs: 0 })
  assert.deepEqual({ stored, lost }, { stored: 2, lost: 1 })
  assert.deepEqual(errors, [
    ['Log lines could not be stored.', { agent: 'app', lines: 1 }],
    ['Log lines could not be delivered before the end.', { agent: 'app', lines: 2 }],
  ])
})

test('properties that are wrong are told once, lines are refused from then on, and an end ends', async () => {
  const { log, errors } = observedLog()
  const sender = new LogSender({ name: 'app', properties: { ...properties, 'channel.type': 'jdbc' }, log })
  await assert.rejects(sender.started, { code: 'CONFIGURATION' })
  assert.equal(sender.offer('x', {}), false)
  await assert.rejects(sender.add('x', {}), { code: 'CONFIGURATION' })
  assert.deepEqual(await sender.end(), { stored: 0, rejected: 0, refused: 2, lost: 0, waiting: 0 })
  assert.deepEqual(
    errors.map(([message]) => message),
    ['Log lines are not sent.'],
  )
})

test('any type of sink is taken where the options say so', async () => {
  const { 'k1.hostname': _host, 'k1.port': _port, 'k1.batch-size': _size, ...others } = properties
  const { log, errors } = observedLog()
  const sender = new LogSender({
    name: 'app',
    properties: { ...others, 'k1.type': 'null', 'k1.batchSize': '2' },
    anyType: true,
    log,
  })
  assert.ok(sender.offer('x', { level: 'info' }))
  assert.equal((await sender.end()).stored, 1)
  assert.deepEqual(errors, [])
})

function observedLog() {
  const errors: [message: string, facts: LogFacts | undefined][] = []
  const quiet = (): void => undefined
  const error = (message: string, facts?: LogFacts): void => {
    errors.push([message, facts])
  }
  return { errors, log: { debug: quiet, info: quiet, warn: quiet, error } }
}
