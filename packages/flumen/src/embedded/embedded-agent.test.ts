import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { defineSink } from '../component/kit.ts'
import { builtInComponents } from '../components/catalogue.generated.ts'
import avroSource from '../components/sources/avro/avro.ts'
import { codeOf } from '../core/index.ts'
import { entryOf } from '../testing/agent-harness.ts'
import { createForTest, type HarnessOptions } from '../testing/harness.ts'
import { ConfiguredEmbeddedAgent } from './embedded-agent.ts'
import { EmbeddedAgent, EventDeliveryError, EventRejectedError, LifecycleError } from './index.ts'

const quiet = (): void => undefined
const noLog = { debug: quiet, info: quiet, warn: quiet, error: quiet }
/** Nobody listens there. */
const unreachable = { 'k1.hostname': '127.0.0.1', 'k1.port': '1' }
const sound = { 'channel.type': 'memory', sinks: 'k1', 'k1.type': 'avro', 'processor.type': 'default', ...unreachable }
/** Room for two events, and no wait for more. */
const small = {
  'channel.capacity': '2',
  'channel.transactionCapacity': '2',
  'channel.keep-alive': '0',
  'k1.batch-size': '2',
}
/** Stops do not wait for a sink that cannot deliver. */
const hasty = { 'flumen.stopTimeout': '0' }

test('events that are put reach an Avro source, with headers and bodies as they were', async (t) => {
  const { source, port } = await listening(t)
  const agent = new EmbeddedAgent('app')
  await agent.configure({ ...sound, 'k1.port': port })
  await agent.start()
  const bytes = new Uint8Array([0, 255, 10])
  await agent.put('grüße')
  await agent.put({ headers: { level: 'info', empty: '' }, body: bytes })
  bytes.fill(7)
  await agent.putAll([{ headers: new Map([['n', '1']]), body: '' }, new Uint8Array([1, 2])])
  await source.stored(4)
  assert.deepEqual(await agent.stop(), { reason: 'asked', left: [] })
  const events = source.observed.puts.flatMap((batch) => [...batch])
  assert.deepEqual(
    events.map(({ headers, body }) => [Object.fromEntries(headers), [...body]]),
    [
      [{}, [...Buffer.from('grüße')]],
      [{ level: 'info', empty: '' }, [0, 255, 10]],
      [{ n: '1' }, []],
      [{}, [1, 2]],
    ],
  )
})

test('interceptors and the selector of the source work', async (t) => {
  const { source, port } = await listening(t)
  const agent = new EmbeddedAgent('my app')
  await agent.configure({
    ...sound,
    'k1.port': port,
    'source.interceptors': 'i1 i2',
    'source.interceptors.i1.type': 'static',
    'source.interceptors.i1.key': 'application',
    'source.interceptors.i1.value': 'shop',
    'source.interceptors.i2.type': 'regex_filter',
    'source.interceptors.i2.regex': '^debug',
    'source.interceptors.i2.excludeEvents': true,
    'source.selector.type': 'multiplexing',
    'source.selector.header': 'kind',
    'source.selector.mapping.wanted': 'channel-myapp',
  })
  await agent.start()
  await agent.putAll([
    { headers: { kind: 'wanted' }, body: 'debug: left out' },
    { headers: { kind: 'other' }, body: 'goes nowhere' },
    { headers: { kind: 'wanted' }, body: 'arrives' },
  ])
  await source.stored(1)
  const { received, stored, filtered, unrouted } = agent.accounts.sources.get('source-myapp')!
  assert.deepEqual({ received, stored, filtered, unrouted }, { received: 3, stored: 1, filtered: 1, unrouted: 1 })
  await agent.stop()
  const [event] = source.observed.puts.flatMap((batch) => [...batch])
  assert.deepEqual(Object.fromEntries(event!.headers), { kind: 'wanted', application: 'shop' })
  assert.deepEqual(source.bodies(), ['arrives'])
})

test('metrics show the names that Flume gives, and the name of the agent as it is', async () => {
  const agent = new EmbeddedAgent('my app', { log: noLog })
  await agent.configure({ ...sound, ...hasty })
  await agent.start()
  const reading = agent.read()
  assert.equal(reading.agent, 'my app')
  assert.deepEqual(
    [...reading.sources, ...reading.channels, ...reading.sinks].map(({ name }) => name),
    ['source-myapp', 'channel-myapp', 'k1'],
  )
  assert.equal(reading.sinks[0]!.group, 'sink-group-myapp')
  await agent.stop()
  assert.throws(() => agent.read(), LifecycleError)
})

test('what is called in a wrong order fails, says what to do, and changes nothing', async () => {
  const agent = new EmbeddedAgent('app', { log: noLog })
  const wrong = (message: RegExp) => (error: unknown) => codeOf(error) === 'LIFECYCLE' && message.test(String(error))
  assert.equal(agent.state, 'NEW')
  await assert.rejects(agent.put('x'), wrong(/embedded agent app cannot be put into unless it runs; call start first/))
  await assert.rejects(agent.start(), wrong(/cannot be started before it is configured; call configure first/))
  await assert.rejects(agent.stop(), wrong(/cannot be stopped unless it runs/))
  assert.equal(agent.state, 'NEW')
  await agent.configure({ ...sound, ...hasty })
  await agent.configure({ ...sound, ...hasty })
  assert.equal(agent.state, 'STOPPED')
  await assert.rejects(agent.putAll([]), wrong(/cannot be put into/))
  await assert.rejects(agent.stop(), wrong(/cannot be stopped unless it runs/))
  await agent.start()
  assert.equal(agent.state, 'STARTED')
  await assert.rejects(agent.start(), wrong(/cannot be started twice/))
  await assert.rejects(agent.configure(sound), wrong(/cannot be configured while it runs; stop it first/))
  await agent.put('x')
  await agent.stop()
  assert.equal(agent.state, 'STOPPED')
  await assert.rejects(agent.put('x'), wrong(/cannot be put into/))
})

test('properties that are refused leave the agent as it was', async () => {
  const agent = new EmbeddedAgent('app', { log: noLog })
  await assert.rejects(agent.configure({}), { code: 'CONFIGURATION' })
  assert.equal(agent.state, 'NEW')
  await agent.configure({ ...sound, ...hasty })
  await assert.rejects(agent.configure({}), { code: 'CONFIGURATION' })
  await agent.start()
  await agent.stop()
})

test('configure, start and stop take effect in the order of their calls', async () => {
  const agent = new EmbeddedAgent('app', { log: noLog })
  const steps = [agent.configure({ ...sound, ...hasty }), agent.start(), agent.stop(), agent.start()]
  await Promise.all(steps)
  assert.equal(agent.state, 'STARTED')
  await agent[Symbol.asyncDispose]()
  assert.equal(agent.state, 'STOPPED')
  await agent[Symbol.asyncDispose]()
})

test('a stopped agent can be configured anew and started again', async (t) => {
  const { source, port } = await listening(t)
  await using agent = new EmbeddedAgent('app', { log: noLog })
  await agent.configure({ ...sound, ...hasty })
  await agent.start()
  await agent.stop()
  await agent.configure({ ...sound, 'k1.port': port })
  await agent.start()
  await agent.put('after the restart')
  await source.stored(1)
})

test('a put fails with an EventDeliveryError when the channel has no room', async () => {
  await using agent = new EmbeddedAgent('app', { log: noLog })
  await agent.configure({ ...sound, ...small, ...hasty })
  await agent.start()
  await agent.putAll(['one', 'two'])
  const error = await failureOf(agent.put('three'))
  assert.ok(error instanceof EventDeliveryError && !(error instanceof EventRejectedError))
  assert.match(error.message, /^embedded agent app: .*its sinks do not keep up/)
  assert.equal(error.verdict, 'retry')
  assert.equal(agent.accounts.channels.get('channel-app')!.buffered, 2)
})

test('of events that do not fit into one transaction none is stored, and the error says that they never will be', async () => {
  await using agent = new EmbeddedAgent('app', { log: noLog })
  await agent.configure({ ...sound, ...small, ...hasty })
  await agent.start()
  const error = await failureOf(agent.putAll(['one', 'two', 'three']))
  assert.ok(error instanceof EventRejectedError)
  assert.equal(agent.accounts.channels.get('channel-app')!.buffered, 0)
  await agent.putAll([])
  assert.equal(agent.accounts.channels.get('channel-app')!.buffered, 0)
})

test('what is no event is refused before it is stored, since no sink could deliver it', async () => {
  await using agent = new EmbeddedAgent('app', { log: noLog })
  await agent.configure({ ...sound, ...hasty })
  await agent.start()
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{ headers: { n: 5 }, body: 'x' }, /the header n is of type number; give a text/],
    [{ headers: new Map([[1, 'x']]), body: 'x' }, /a header's name is of type number/],
    [{ headers: { n: null }, body: 'x' }, /the header n is of type null/],
    [{ headers: {} }, /a body is of type undefined; give a text or bytes/],
    [5, /an event is of type number; give a text, bytes, or \{ headers, body \}/],
    [null, /an event is of type null/],
    [['x'], /a body is of type undefined/],
  ]
  for (const [event, message] of cases) {
    const error = await failureOf(agent.putAll(['fine', event as string]))
    assert.ok(error instanceof EventRejectedError, String(error))
    assert.match(error.message, message)
  }
  assert.equal(agent.accounts.channels.get('channel-app')!.buffered, 0)
})

test('a put that waits for room is given up when its signal is aborted, and when the agent stops', async () => {
  const agent = new EmbeddedAgent('app', { log: noLog })
  await agent.configure({ ...sound, ...small, ...hasty, 'channel.keep-alive': '1000' })
  await agent.start()
  await agent.putAll(['one', 'two'])
  const aborted = new AbortController()
  const first = failureOf(agent.put('three', { signal: aborted.signal }))
  const second = failureOf(agent.put('three'))
  aborted.abort()
  assert.ok((await first) instanceof EventDeliveryError)
  assert.ok((await failureOf(agent.put('four', { signal: aborted.signal }))) instanceof EventDeliveryError)
  const { left } = await agent.stop(0)
  assert.ok((await second) instanceof EventDeliveryError)
  assert.deepEqual(left, [{ channel: 'channel-app', events: 2 }])
})

test('a stop waits for what memory holds to be delivered, within its deadline', async (t) => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const { source, port } = await listening(t, { onPut: () => released })
  const agent = new EmbeddedAgent('app', { log: noLog })
  await agent.configure({ ...sound, 'k1.port': port })
  await agent.start()
  await agent.putAll(Array.from({ length: 100 }, (_, index) => String(index)))
  const stopped = agent.stop(60_000)
  release()
  assert.deepEqual(await stopped, { reason: 'asked', left: [] })
  assert.equal(source.bodies().length, 100)
})

test('events of a file channel outlive the agent, and failover goes to the sink that is there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flumen-embedded-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const durable = {
    ...sound,
    'channel.type': 'file',
    'channel.checkpointDir': join(folder, 'checkpoint'),
    'channel.dataDirs': join(folder, 'data'),
    'channel.minimumRequiredSpace': '1 MiB',
    ...hasty,
  }
  const first = new EmbeddedAgent('app', { log: noLog })
  await first.configure(durable)
  await first.start()
  const clash = new EmbeddedAgent('app', { log: noLog })
  await clash.configure(durable)
  await assert.rejects(clash.start(), { code: 'COMPONENT_FAILED' })
  assert.equal(clash.state, 'STOPPED')
  await first.putAll(['one', 'two'])
  assert.deepEqual((await first.stop()).left, [])
  const { source, port } = await listening(t)
  await using second = new EmbeddedAgent('app', { log: noLog })
  await second.configure({
    ...durable,
    sinks: 'k1 k2',
    'k2.type': 'avro',
    'k2.hostname': '127.0.0.1',
    'k2.port': port,
    'processor.type': 'failover',
    'processor.priority.k1': '10',
    'processor.priority.k2': '5',
  })
  await second.start()
  await source.stored(2)
  assert.deepEqual(source.bodies(), ['one', 'two'])
})

test('an agent that has ended by a failure says so to a put, and can be stopped', async () => {
  const { promise: given, resolve: give } = Promise.withResolvers<(error: unknown) => void>()
  const broken = defineSink({
    type: 'broken',
    summary: 'Fails when the test says so.',
    fields: {},
    examples: [],
    create: (_options, { fail }) => ({
      limits: { events: 1, bytes: 1, lingerMs: 0, inFlight: 1, ordered: true },
      start: async () => give(fail),
      stop: async () => undefined,
      deliver: async () => undefined,
    }),
  })
  const agent = new ConfiguredEmbeddedAgent('app', [...builtInComponents, entryOf(broken)], {
    log: noLog,
    anyType: true,
  })
  const { 'k1.hostname': _host, 'k1.port': _port, ...others } = sound
  await agent.configure({ ...others, ...hasty, 'k1.type': 'broken', 'flumen.onFailure': 'stop' })
  await agent.start()
  await agent.put('fine')
  const fail = await given
  fail(new Error('the disk is gone'))
  let error: unknown
  while (codeOf(error) !== 'LIFECYCLE') {
    await nextTurn()
    error = await agent.put('x').catch((cause: unknown) => cause)
  }
  assert.match(String(error), /embedded agent app has ended: sink k1: the disk is gone/)
  const end = await agent.stop()
  assert.equal(end.reason, 'failed')
  assert.equal(end.error, 'sink k1: the disk is gone')
})

test('after a stop nothing of the agent holds the process, not even its lines on standard error', async (t) => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  const lines: string[] = []
  t.mock.method(process.stderr, 'write', (line: string) => lines.push(line) > 0)
  const agent = new EmbeddedAgent('app')
  await agent.configure({ ...sound, ...hasty })
  await agent.start()
  await agent.put('x')
  while (lines.length === 0) await nextTurn()
  await agent.stop()
  assert.match(lines[0]!, /A sink did not take a batch/)
  assert.equal(timers(), before)
})

async function failureOf(put: Promise<void>): Promise<unknown> {
  try {
    await put
  } catch (error) {
    return error
  }
  return assert.fail('it was stored')
}

/** An Avro source on a free port, until the test is over. */
async function listening(t: TestContext, options?: HarnessOptions) {
  const source = await createForTest(avroSource, { bind: '127.0.0.1', port: '0' }, options)
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  const line = source.observed.lines.find(({ message }) => message === 'Listening.')
  return { source, port: /:(\d+)$/.exec(String(line!.facts.address))![1]! }
}
