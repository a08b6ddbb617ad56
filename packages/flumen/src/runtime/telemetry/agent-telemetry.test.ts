import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declaration, defineSource } from '../../component/kit.ts'
import memory from '../../components/channels/memory.ts'
import multiplexing from '../../components/selectors/multiplexing.ts'
import replicating from '../../components/selectors/replicating.ts'
import { batchOf, createEvent, type EventBatch, EventDeliveryError, type Log, type LogFacts } from '../../core/index.ts'
import { planOf, scriptedSink, scriptedSource } from '../../testing/agent-harness.ts'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import { Agent } from '../agent.ts'

const configuration = `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = scripted
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = 1000
a1.channels.c1.keep-alive = 60
a1.sinks.k1.type = scripted
a1.sinks.k1.channel = c1
`

function numbered(count: number): EventBatch {
  return batchOf(Array.from({ length: count }, (_, number) => createEvent(`${number}`)))
}

class LogBook implements Log {
  readonly lines: string[] = []
  readonly debug = (): void => undefined
  readonly info = (message: string, facts?: LogFacts): void => this.#write(message, facts)
  readonly warn = (message: string, facts?: LogFacts): void => this.#write(message, facts)
  readonly error = (message: string, facts?: LogFacts): void => this.#write(message, facts)

  #write(message: string, facts: LogFacts = {}): void {
    this.lines.push(`${facts.component ?? ''}: ${message}`)
  }
}

async function started(text: string, sink = scriptedSink()) {
  const source = scriptedSource()
  const clock = new ManualClock()
  const log = new LogBook()
  const declarations = [memory, replicating, multiplexing, source.declaration, sink.declaration]
  const plan = await planOf(text, declarations as unknown as Declaration[])
  const agent = new Agent(plan, { log, clock })
  await agent.start()
  return { agent, clock, log, put: source.contexts.get('r1')!.put }
}

test('100 events in and 50 out a second read +50 a second, and full in 20 s less what has come', async () => {
  let allowed = 0
  const sink = scriptedSink(() => {
    if (allowed-- <= 0) throw new EventDeliveryError('not yet')
  })
  const { agent, clock, put } = await started(
    `${configuration}a1.sinks.k1.batchSize = 50\na1.sinks.k1.backoffSleepIncrement = 100\na1.sinks.k1.maxBackoffSleep = 100\n`,
    sink,
  )
  for (let second = 0; second < 8; second++) {
    allowed = 1
    await put(numbered(100))
    await clock.advance(1000)
  }
  const [channel] = agent.read().channels
  assert.deepEqual(
    [channel!.inPerSecond, channel!.outPerSecond, channel!.growthPerSecond, channel!.size],
    [100, 50, 50, 400],
  )
  assert.equal(channel!.secondsUntilFull, 12)
  allowed = Number.POSITIVE_INFINITY
  await clock.advance(1000)
  await agent.stop()
  assert.equal(clock.pending, 0)
})

test('a dead sink makes the agent not ready within seconds, and ready again when it delivers', async () => {
  let isDead = true
  const sink = scriptedSink(() => {
    if (isDead) throw new EventDeliveryError('connection refused')
  })
  const { agent, clock, put } = await started(configuration, sink)
  await put(numbered(10))
  await settle()
  assert.equal(agent.read().health.ready, true)
  await clock.advance(6000)
  const { health, sinks } = agent.read()
  assert.equal(health.ready, false)
  assert.match(health.problems[0]!.message, /^Sink k1 has failed for 6 s, \d attempts in a row: connection refused\.$/)
  assert.equal(sinks[0]!.lastFailure!.message, 'connection refused')
  isDead = false
  await clock.advance(10_000)
  assert.deepEqual(agent.read().health, { live: true, ready: true, problems: [], warnings: [] })
  await agent.stop()
})

test('the watchdog says of a sink that hangs that it stands still, and later that it moves again', async () => {
  const hanging = Promise.withResolvers<void>()
  const sink = scriptedSink(() => hanging.promise)
  const { agent, clock, log, put } = await started(configuration, sink)
  await put(numbered(10))
  await clock.advance(29_000)
  assert.equal(agent.read().health.ready, true)
  await clock.advance(4000)
  const { health, sinks } = agent.read()
  assert.equal(health.ready, false)
  assert.equal(health.problems[0]!.problem, 'stalled')
  assert.deepEqual([sinks[0]!.batchesInFlight, sinks[0]!.eventsInFlight], [1, 10])
  assert.ok(log.lines.some((line) => /^sink k1: Sink k1 does not move for \d+ s: it has 10 events in hand/.test(line)))
  hanging.resolve()
  await clock.advance(2000)
  assert.equal(agent.read().health.ready, true)
  assert.ok(log.lines.includes('sink k1: It moves again.'))
  await agent.stop()
})

test('a full channel that nothing leaves is a problem, and its source is seen to be blocked', async () => {
  const hanging = Promise.withResolvers<void>()
  const { agent, clock, put } = await started(
    configuration,
    scriptedSink(() => hanging.promise),
  )
  await put(numbered(1000))
  const waiting = Promise.resolve(put(numbered(1))).catch(() => undefined)
  await clock.advance(12_000)
  const { health, sources } = agent.read()
  assert.ok(health.problems.some(({ component, problem }) => component === 'channel c1' && problem === 'full'))
  assert.equal(sources[0]!.isBlocked, true)
  assert.equal(sources[0]!.blockedSeconds, 12)
  hanging.resolve()
  await clock.advance(2000)
  await waiting
  assert.equal(agent.read().sources[0]!.isBlocked, false)
  await agent.stop()
})

test('events that go nowhere are counted, warned of for a minute, and logged once', async () => {
  const routed = `${configuration}a1.sources.r1.selector.type = multiplexing\na1.sources.r1.selector.header = to\na1.sources.r1.selector.mapping.x = c1\n`
  const { agent, clock, log, put } = await started(routed)
  await put(numbered(3))
  await clock.advance(2000)
  const { health, sources } = agent.read()
  assert.deepEqual(sources[0]!.dropped, { filtered: 0, rejected: 0, unrouted: 3 })
  assert.deepEqual(
    [health.ready, health.warnings[0]!.message],
    [true, 'Source r1 has lost 3 events in the last minute.'],
  )
  await put(numbered(1))
  await clock.advance(2000)
  assert.equal(log.lines.filter((line) => /has lost/.test(line)).length, 1)
  await clock.advance(62_000)
  assert.deepEqual(agent.read().health.warnings, [])
  await agent.stop()
})

test('what a source itself knows to be lost is dropped under the name of its metric, and warned of', async () => {
  const leaky = defineSource({
    type: 'leaky',
    summary: 'Loses two lines.',
    fields: {},
    metrics: [{ name: 'linesLost', kind: 'counter', isLoss: true, doc: 'Lines lost.' }],
    examples: [],
    create: (_options, { metrics }) => ({
      kind: 'event-driven',
      start: async () => metrics.counter('linesLost').add(2),
      stop: () => Promise.resolve(),
    }),
  })
  const clock = new ManualClock()
  const declarations = [memory, replicating, leaky, scriptedSink().declaration] as unknown as Declaration[]
  const plan = await planOf(configuration.replace('r1.type = scripted', 'r1.type = leaky'), declarations)
  const agent = new Agent(plan, { log: new LogBook(), clock })
  await agent.start()
  await clock.advance(1000)
  const { health, sources } = agent.read()
  assert.deepEqual(sources[0]!.dropped, { filtered: 0, rejected: 0, unrouted: 0, linesLost: 2 })
  assert.equal(health.warnings[0]!.message, 'Source r1 has lost 2 events in the last minute.')
  await agent.stop()
})
