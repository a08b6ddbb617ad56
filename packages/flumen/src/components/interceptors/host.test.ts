import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvent, silentLog } from '../../core/index.ts'
import { batchOfOnePart, createForTest, interceptorContract, ManualClock, settle } from '../../testing/index.ts'
import host, { HostInterceptor } from './host.ts'

interceptorContract(host)
interceptorContract(host, { values: { useIP: 'false', preserveExisting: 'true' } })

const batch = batchOfOnePart([createEvent('a'), createEvent('b', { host: 'web-1' })])
const never = (): void => assert.fail('no row is rejected')

test('host sets what it found at its start, as one value a batch', async () => {
  const interceptor = new HostInterceptor('host', false, async () => '10.0.0.7', new ManualClock(), silentLog)
  await interceptor.start()
  const [part] = interceptor.intercept(batch).parts
  assert.deepEqual(part!.columns, [['host', { kind: 'constant', value: '10.0.0.7' }]])
})

test('host keeps the hosts that events have, if it is told to', async () => {
  const interceptor = new HostInterceptor('host', true, async () => '10.0.0.7', new ManualClock(), silentLog)
  await interceptor.start()
  assert.deepEqual(
    Array.from(interceptor.intercept(batch), ({ headers }) => headers.get('host')),
    ['10.0.0.7', 'web-1'],
  )
})

test('host sets nothing and warns once when the host is not found', async () => {
  const lines: unknown[] = []
  const log = { ...silentLog, warn: (message: string, facts: unknown) => lines.push([message, facts]) }
  const interceptor = new HostInterceptor(
    'host',
    false,
    () => Promise.reject(new Error('ENOTFOUND')),
    new ManualClock(),
    log,
  )
  await interceptor.start()
  assert.equal(interceptor.intercept(batch), batch)
  assert.deepEqual(lines, [
    ['The host of this agent was not found; the header is not set.', { header: 'host', reason: 'ENOTFOUND' }],
  ])
})

test('host does not wait for ever for a resolver that is mute', async () => {
  const clock = new ManualClock()
  const interceptor = new HostInterceptor('host', false, () => new Promise(() => undefined), clock, silentLog)
  const started = interceptor.start()
  await settle()
  await clock.advance(5000)
  await started
  assert.equal(interceptor.intercept(batch), batch)
  assert.equal(clock.pending, 0)
})

test('host finds this machine by its own resolver', async () => {
  const { instance, observed } = await createForTest(host, { hostHeader: 'from' })
  await instance.start?.()
  const value = instance.intercept(batch, never).header(0, 'from')
  // A machine whose own name stands for nothing is told so.
  assert.equal(value === undefined, observed.lines.length === 1)
})
