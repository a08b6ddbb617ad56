import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { answered } from '../../bin/scripted-agent.ts'
import { readingForTest } from '../../testing/reading.ts'
import { ReadingError, readReading } from './reading.ts'

test("an agent's answer is a reading, and what is not shown is left out", () => {
  const reading = answered(readingForTest())
  assert.equal(reading.agent, 'a1')
  assert.equal(reading.sources[0]?.account.received, 12)
  assert.equal(reading.sinks[0]?.lastFailure?.message, 'the other side is away')
  assert.deepEqual(Object.keys(reading.process), [
    'uptimeSeconds',
    'cpuSeconds',
    'residentBytes',
    'eventLoopLagSeconds',
  ])
})

test('a capacity without a bound, which JSON writes as null, is infinite', () => {
  const [channel] = readingForTest().channels
  const reading = answered(readingForTest({ channels: [{ ...channel!, byteCapacity: Number.POSITIVE_INFINITY }] }))
  assert.equal(reading.channels[0]?.byteCapacity, Number.POSITIVE_INFINITY)
})

test('an answer that is no reading is refused with the place of what is wrong', () => {
  const [sink] = readingForTest().sinks
  const cases: readonly (readonly [answer: unknown, message: string])[] = [
    [null, 'the answer should be an object and is null'],
    [[], 'the answer should be an object and is a list'],
    [{ 'CHANNEL.c1': {} }, 'agent should be a text and is absent'],
    [{ ...readingForTest(), at: 'noon' }, 'at should be a number and is string'],
    [{ ...readingForTest(), sinks: {} }, 'sinks should be a list and is object'],
    [
      { ...readingForTest(), sinks: [sink, { ...sink, retries: null }] },
      'sinks[1].retries should be a number and is null',
    ],
    [{ ...readingForTest(), health: { ready: 1 } }, 'health.ready should be true or false and is number'],
  ]
  for (const [answer, message] of cases) assert.throws(() => readReading(answer), { name: 'ReadingError', message })
})

test('whatever stands in the place of one field, the answer is a reading or refused in words', () => {
  const whole = JSON.parse(JSON.stringify(readingForTest())) as unknown
  const places = pathsOf(whole)
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue(), (path, value) => {
      try {
        readReading(replaced(whole, path, value))
      } catch (error) {
        assert.ok(error instanceof ReadingError, String(error))
      }
    }),
  )
})

function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]]
  return [[], ...Object.entries(value).flatMap(([key, each]) => pathsOf(each).map((path) => [key, ...path]))]
}

function replaced(whole: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value
  if (Array.isArray(whole))
    return whole.map((each, index) => (String(index) === key ? replaced(each, rest, value) : each))
  const record = whole as Readonly<Record<string, unknown>>
  return { ...record, [key]: replaced(record[key], rest, value) }
}
