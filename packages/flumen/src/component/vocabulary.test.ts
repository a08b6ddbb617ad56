import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AgentReading } from '../core/index.ts'
import { fullReading } from '../testing/index.ts'
import { metricFamilies } from './metric-families.ts'
import { vocabulary } from './vocabulary.ts'

const rows = Object.values(vocabulary).flat()

/** Two numbers that are always the same: one of them is enough. */
const said = new Map([
  ['channels.0.account.buffered', 'size'],
  ['channels.0.account.bytes', 'bytes'],
])

test('every number of a reading is in a metric of the vocabulary', () => {
  const reading = fullReading()
  const before = shown(reading)
  const missing = numbersOf(reading).filter((path) => !said.has(path) && shown(changed(reading, path)) === before)
  assert.deepEqual(missing, [])
})

test('every metric of the vocabulary has a sample where nothing is unknown', () => {
  const names = new Set(metricFamilies(fullReading()).map(({ name }) => name))
  assert.deepEqual(
    rows.filter(({ name }) => !names.has(name)),
    [],
  )
})

test('the names follow the conventions of Prometheus', () => {
  for (const { name, kind, unit } of rows) {
    assert.match(name, /^flumen_[a-z]+(_[a-z]+)+$/)
    assert.equal(name.endsWith('_total'), kind === 'counter', name)
    assert.equal(name.endsWith('_info'), kind === 'info', name)
    if (unit !== '') assert.ok(name.replace(/_total$/, '').endsWith(`_${unit}`), `${name} does not end in ${unit}`)
    assert.doesNotMatch(name, /_(milliseconds|ms|kilobytes|percent|count|sum|bucket)(_|$)/)
  }
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length)
})

test('every metric is explained in a sentence', () => {
  for (const { name, doc } of rows) assert.match(doc, /^[A-Z1].{8,}\.$/, name)
})

function shown(reading: AgentReading): string {
  return JSON.stringify(metricFamilies(reading))
}

function numbersOf(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => numbersOf(part, path === '' ? key : `${path}.${key}`))
}

function changed(reading: AgentReading, path: string): AgentReading {
  const copy = structuredClone(reading) as unknown as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop()!
  let place = copy
  for (const key of keys) place = place[key] as Record<string, unknown>
  place[last] = (place[last] as number) + 1000
  return copy as unknown as AgentReading
}
