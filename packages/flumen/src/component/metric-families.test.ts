import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtInComponents } from '../components/catalogue.generated.ts'
import type { Metric } from '../core/index.ts'
import { channelReading, readingForTest, sinkReading, sourceReading } from '../testing/index.ts'
import type { Declaration } from './kit.ts'
import { declaredName, metricFamilies } from './metric-families.ts'
import { vocabulary } from './vocabulary.ts'

const refused: Metric = { name: 'connectionsRefused', kind: 'counter', doc: 'Connections refused.' }

test('what a declaration counts is named by its kind and its words, with a base unit, and _total on counters', () => {
  const name = (metric: Partial<Metric>): string => declaredName('source', { ...refused, ...metric })
  assert.equal(name({}), 'flumen_source_connections_refused_total')
  assert.equal(name({ name: 'openConnections', kind: 'gauge' }), 'flumen_source_open_connections')
  assert.equal(name({ name: 'waited', unit: 'ms' }), 'flumen_source_waited_seconds_total')
  assert.equal(name({ name: 'read', unit: 'bytes' }), 'flumen_source_read_bytes_total')
  assert.equal(name({ name: 'readBytes', unit: 'B' }), 'flumen_source_read_bytes_total')
  assert.equal(name({ name: 'answer', kind: 'histogram' }), 'flumen_source_answer_seconds')
  assert.equal(name({ name: 'HTTPErrors2xx-total' }), 'flumen_source_http_errors2xx_total')
})

test('a unit that is no base unit is converted', () => {
  const metrics = [{ metric: { ...refused, name: 'waited', unit: 'ms' }, value: 1500 }]
  assert.deepEqual(find('flumen_source_waited_seconds_total', metrics), [1.5])
})

test('two types that mean different things by one name are told apart by their type', () => {
  const gauge = { ...refused, kind: 'gauge' } as const
  const families = metricFamilies(
    readingForTest({
      sources: [
        sourceReading({ metrics: [{ metric: { ...gauge, name: 'open' }, value: 1 }] }),
        sourceReading({
          name: 'r2',
          type: 'exec',
          metrics: [
            {
              metric: { ...gauge, kind: 'histogram', name: 'open', unit: '' },
              value: { bounds: [], counts: [1], sum: 1, count: 1 },
            },
          ],
        }),
        sourceReading({ name: 'r3', type: 'seq', metrics: [{ metric: { ...gauge, name: 'blocked' }, value: 3 }] }),
      ],
    }),
  )
  const names = families.map(({ name }) => name)
  assert.ok(names.includes('flumen_source_open'))
  assert.ok(names.includes('flumen_source_open_seconds'))
  assert.ok(names.includes('flumen_source_seq_blocked'))
  assert.equal(names.length, new Set(names).size)
  assert.equal(families.find(({ name }) => name === 'flumen_source_blocked')?.samples.length, 3)
})

test('what is unknown has no sample, and what has no sample is not there', () => {
  const reading = readingForTest({
    channels: [channelReading({ secondsUntilFull: null })],
    sinks: [sinkReading({ lastFailure: null })],
  })
  const names = metricFamilies(reading).map(({ name }) => name)
  assert.ok(!names.includes('flumen_channel_seconds_until_full'))
  assert.ok(!names.includes('flumen_sink_last_failure_timestamp_seconds'))
  assert.ok(names.includes('flumen_sink_seconds_since_success'))
})

test('every sample names the agent, and those of components the component', () => {
  for (const { name, samples } of metricFamilies(readingForTest())) {
    for (const { labels } of samples) {
      assert.equal(labels.agent, 'a1', name)
      if (/^flumen_(source|channel|sink|component)_/.test(name)) assert.match(labels.component ?? '', /^[rck]1$/, name)
    }
  }
})

test('no metric of a built-in component has the name of another one that means something else', async () => {
  const kinds = new Map(Object.values(vocabulary).flatMap((rows) => rows.map(({ name }) => [name, 'vocabulary'])))
  for (const { load } of builtInComponents) {
    const { kind, metrics = [] } = (await load()).default as Declaration
    for (const metric of metrics) {
      const name = declaredName(kind, metric)
      assert.equal(kinds.get(name) ?? metric.kind, metric.kind, name)
      kinds.set(name, metric.kind)
    }
  }
})

function find(wanted: string, metrics: readonly { readonly metric: Metric; readonly value: number }[]): unknown {
  const families = metricFamilies(readingForTest({ sources: [sourceReading({ metrics })] }))
  return families.find(({ name }) => name === wanted)?.samples.map(({ value }) => value)
}
