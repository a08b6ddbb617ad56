import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentReading } from '../../core/index.ts'
import { channelReading, readingForTest, sinkReading, sourceReading } from '../../testing/reading.ts'
import { ComponentWatch } from './component-watch.ts'
import { HealthAssessor, usualPatience } from './health.ts'

interface Case {
  readonly reading: Partial<AgentReading>
  readonly watches?: Record<string, ComponentWatch>
  readonly now?: number
  readonly failingSince?: Record<string, number>
  readonly lag?: number
}

function assess({ reading, watches = {}, now = 100_000, failingSince = {}, lag = 0 }: Case) {
  return new HealthAssessor().assess({
    reading: readingForTest(reading),
    watches: new Map(Object.entries(watches)),
    now,
    patience: { stallMs: 30_000, ...usualPatience },
    longestLagSeconds: lag,
    failingSince: (sink) => failingSince[sink],
  })
}

function seen(at: number, progress: number): ComponentWatch {
  const watch = new ComponentWatch()
  watch.see(at, progress)
  return watch
}

test('an agent whose parts all work is ready', () => {
  const health = assess({ reading: {} })
  assert.deepEqual(health, { live: true, ready: true, problems: [], warnings: [] })
})

test('a failed source makes the agent not ready and is named with its error', () => {
  const source = sourceReading({
    name: 'r7',
    state: 'failed',
    since: readingForTest({}).at - 3000,
    lastError: { at: 0, code: 'X', message: 'port 44444 is in use' },
  })
  const { ready, problems } = assess({ reading: { sources: [source] } })
  assert.equal(ready, false)
  assert.deepEqual(
    problems.map(({ component, problem, message }) => [component, problem, message]),
    [['source r7', 'not-running', 'Source r7 has not run for 3 s (failed): port 44444 is in use.']],
  )
})

test('a sink whose attempts fail makes the agent not ready after five seconds, not at the first failure', () => {
  const sink = sinkReading({ name: 'k1', failuresInRow: 3, lastFailure: { at: 0, code: 'X', message: 'refused' } })
  assert.equal(assess({ reading: { sinks: [sink] }, failingSince: { k1: 96_000 } }).ready, true)
  const { ready, problems } = assess({ reading: { sinks: [sink] }, failingSince: { k1: 94_000 } })
  assert.equal(ready, false)
  assert.equal(problems[0]!.message, 'Sink k1 has failed for 6 s, 3 attempts in a row: refused.')
})

test('a failing sink whose group has one that works is a warning', () => {
  const sinks = [
    sinkReading({ name: 'k1', group: 'g', failuresInRow: 3 }),
    sinkReading({ name: 'k2', group: 'g', secondsSinceSuccess: 1 }),
  ]
  const { ready, warnings } = assess({ reading: { sinks }, failingSince: { k1: 10_000 } })
  assert.equal(ready, true)
  assert.deepEqual(
    warnings.map(({ component, problem }) => [component, problem]),
    [['sink k1', 'failing']],
  )
})

test('a full channel that nothing leaves makes the agent not ready; one that moves does not', () => {
  const channels = [channelReading({ name: 'c1', size: 1000, capacity: 1000, fill: 1 })]
  assert.equal(assess({ reading: { channels }, watches: { 'channel c1': seen(95_000, 7) } }).ready, true)
  const { ready, problems } = assess({ reading: { channels }, watches: { 'channel c1': seen(80_000, 7) } })
  assert.equal(ready, false)
  assert.equal(problems[0]!.message, 'Channel c1 is full (1000 of 1000 events) and nothing has left it for 20 s.')
})

test('the watchdog sees a sink that holds a batch and neither works nor fails, and not one that has nothing to do', () => {
  const busy = sinkReading({ name: 'k1', channel: 'c1', batchesInFlight: 1, eventsInFlight: 12 })
  const { ready, problems } = assess({ reading: { sinks: [busy] }, watches: { 'sink k1': seen(60_000, 7) } })
  assert.equal(ready, false)
  assert.equal(problems[0]!.problem, 'stalled')
  assert.match(problems[0]!.message, /^Sink k1 does not move for 40 s: it has 12 events in hand/)
  const idle = sinkReading({ name: 'k1', channel: 'c1', batchesInFlight: 0 })
  const channels = [channelReading({ name: 'c1', size: 0 })]
  assert.equal(assess({ reading: { channels, sinks: [idle] }, watches: { 'sink k1': seen(0, 7) } }).ready, true)
})

test('lost events are a warning for a minute, and no reason to take the agent out of service', () => {
  const watch = new ComponentWatch()
  watch.seeLoss(0, 0)
  watch.seeLoss(90_000, 3)
  const reading = { sources: [sourceReading({ name: 'r1' })] }
  const { ready, warnings } = assess({ reading, watches: { 'source r1': watch } })
  assert.equal(ready, true)
  assert.deepEqual(
    warnings.map(({ message }) => message),
    ['Source r1 has lost 3 events in the last minute.'],
  )
  watch.seeLoss(151_000, 3)
  assert.deepEqual(assess({ reading, watches: { 'source r1': watch }, now: 151_000 }).warnings, [])
})

test('an event loop that was blocked is a warning', () => {
  assert.deepEqual(assess({ reading: {}, lag: 0.9 }).warnings, [])
  const { ready, warnings } = assess({ reading: {}, lag: 3 })
  assert.deepEqual([ready, warnings[0]!.message], [true, 'The event loop was blocked for 3 s.'])
})

test('an agent that starts or stops is not ready, and says just that', () => {
  for (const state of ['starting', 'stopping'] as const) {
    const { live, ready, problems } = assess({ reading: { state, sources: [sourceReading({ state })] } })
    assert.deepEqual([live, ready, problems.length], [true, false, 1])
  }
  assert.equal(assess({ reading: { state: 'stopped' } }).live, false)
})

test('a problem keeps the time since which it is there', () => {
  const assessor = new HealthAssessor()
  const look = (at: number, now: number) =>
    assessor.assess({
      reading: { ...readingForTest({ at, sources: [sourceReading({ state: 'failed', since: 1000 })] }) },
      watches: new Map(),
      now,
      patience: { stallMs: 30_000, ...usualPatience },
      longestLagSeconds: 0,
      failingSince: () => undefined,
    }).problems[0]!.since
  assert.equal(look(5000, 0), look(9000, 4000))
})
