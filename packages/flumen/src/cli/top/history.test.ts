import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answered } from '../../bin/scripted-agent.ts'
import { readingForTest, sinkReading } from '../../testing/reading.ts'
import { History } from './history.ts'
import type { Reading } from './reading.ts'

/** At so many seconds; as many events as that were delivered within a second, and `slow` ones later. */
function readingAt(seconds: number, slow = 0, startedAt = 0): Reading {
  const eventAgeSeconds = { bounds: [1, 2], counts: [seconds, slow, 0], sum: 0, count: seconds + slow }
  const process = { ...readingForTest().process, uptimeSeconds: seconds, cpuSeconds: seconds / 2 }
  return answered(readingForTest({ at: seconds * 1000, startedAt, process, sinks: [sinkReading({ eventAgeSeconds })] }))
}

test('event ages are of the last ten seconds, however often the agent is asked', () => {
  for (const step of [0.2, 1, 4]) {
    const history = new History()
    let p99: number | null = null
    for (let seconds = 0; seconds <= 20; seconds += step)
      p99 = history.add(readingAt(seconds, seconds === 0 ? 0 : 9)).sinks[0]!.eventAgeP99Seconds
    assert.ok(p99! < 1, `every ${step} s`)
  }
})

test('the share of a processor is of the time since the reading before', () => {
  const history = new History()
  assert.equal(history.add(readingAt(10)).cpuPercent, 50)
  const busy = readingAt(12)
  assert.equal(history.add({ ...busy, process: { ...busy.process, cpuSeconds: 6.8 } }).cpuPercent, 90)
})

test('what was known of a run is forgotten when the agent starts anew', () => {
  const history = new History()
  history.add(readingAt(50))
  const flow = history.add(readingAt(60, 60, 55_000))
  assert.equal(flow.sinks[0]!.eventAgeP50Seconds, 1)
  assert.equal(flow.cpuPercent, 50)
})
