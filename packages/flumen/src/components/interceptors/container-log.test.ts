import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, createEvent, type EventBatch } from '../../core/index.ts'
import { createForTest } from '../../testing/harness.ts'
import { interceptorContract } from '../../testing/interceptor-contract.ts'
import containerLog from './container-log.ts'

interceptorContract(containerLog)
interceptorContract(containerLog, { values: { onFailure: 'reject' } })

const time = '2026-11-21T10:00:00.123456789Z'
const timestamp = String(Date.UTC(2026, 10, 21, 10, 0, 0, 123))

async function run(
  bodies: readonly (string | Buffer)[],
  values: Readonly<Record<string, string>> = {},
): Promise<{ readonly result: EventBatch; readonly events: readonly object[]; readonly rejected: readonly number[] }> {
  const { instance } = await createForTest(containerLog, values)
  const rejected: number[] = []
  const batch = batchOf(bodies.map((body) => createEvent(body, { stream: 'before' })))
  const result = instance.intercept(batch, (row) => rejected.push(row))
  const events = Array.from(result, ({ headers, body }) => ({
    ...Object.fromEntries(headers),
    body: Buffer.from(body).toString(),
  }))
  return { result, events, rejected }
}

test('lines of CRI and of Docker become what the container wrote', async () => {
  const { events } = await run([
    `${time} stderr F hello`,
    `{"log":"a \\"b\\"\\n","stream":"stdout","time":"${time}"}`,
    `${time} stdout F `,
  ])
  assert.deepEqual(events, [
    { stream: 'stderr', time, timestamp, body: 'hello' },
    { stream: 'stdout', time, timestamp, body: 'a "b"' },
    { stream: 'stdout', time, timestamp, body: '' },
  ])
})

test('parts of one line are one line, byte for byte', async () => {
  const bytes = Buffer.from('ü')
  const { events, result } = await run([
    Buffer.concat([
      Buffer.from(`${time} stdout P a`),
      bytes.subarray(0, 1),
      Buffer.from(`\n${time} stdout F `),
      bytes.subarray(1),
    ]),
    `{"log":"a","stream":"stdout","time":"${time}"}\n{"log":"b\\n","stream":"stdout","time":"later"}`,
  ])
  assert.deepEqual(
    events.map((event) => (event as { readonly body: string }).body),
    ['aü', 'ab'],
  )
  assert.equal(result.header(1, 'time'), time)
})

test('lines of the other stream between parts are lines of the event', async () => {
  const { events } = await run([`${time} stdout P a\n${time} stderr F x\n${time} stdout F b`])
  assert.deepEqual(events, [{ stream: 'stdout', time, timestamp, body: 'x\nab' }])
})

test('a part whose end never came says so', async () => {
  const { events } = await run([`${time} stdout P a`, `${time} stdout P a\n${time} stdout P b`])
  assert.deepEqual(events, [
    { stream: 'stdout', time, timestamp, partial: 'true', body: 'a' },
    { stream: 'stdout', time, timestamp, partial: 'true', body: 'ab' },
  ])
})

test('what is in another form is kept as it is, rejected or dropped', async () => {
  const bodies = [`${time} stdout F a`, 'x', `${time} stdout F a\nx`]
  const kept = await run(bodies)
  const parseError = 'container_log: it is no line of a container'
  assert.deepEqual(kept.events.slice(1), [
    { stream: 'before', parseError, body: 'x' },
    { stream: 'before', parseError, body: `${time} stdout F a\nx` },
  ])
  const rejected = await run(bodies, { onFailure: 'reject' })
  assert.deepEqual([rejected.events.length, rejected.rejected], [1, [1, 2]])
  const dropped = await run(bodies, { onFailure: 'drop' })
  assert.deepEqual([dropped.events.length, dropped.rejected], [1, []])
})

test('bodies of whole lines stay where they are', async () => {
  const { instance } = await createForTest(containerLog)
  const batch = batchOf([createEvent(`${time} stdout F hello`)])
  const result = instance.intercept(batch, () => undefined)
  assert.equal(result.parts[0]!.slab, batch.parts[0]!.slab)
})
