import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MetricFamily } from '../../../component/metric-families.ts'
import { openMetricsText, prometheusText } from './exposition.ts'

const families: readonly MetricFamily[] = [
  {
    name: 'flumen_source_received_events_total',
    kind: 'counter',
    unit: 'events',
    doc: 'Events "that" came\nin: a\\b.',
    samples: [
      { labels: { agent: 'a1', component: 'r"1\\\n' }, value: 12 },
      { labels: { agent: 'a1', component: 'r2' }, value: 1e21 },
    ],
  },
  {
    name: 'flumen_build_info',
    kind: 'info',
    unit: '',
    doc: 'Which.',
    samples: [{ labels: { version: '1' }, value: 1 }],
  },
  {
    name: 'flumen_sink_event_age_seconds',
    kind: 'histogram',
    unit: 'seconds',
    doc: 'Age.',
    samples: [{ labels: { component: 'k1' }, value: { bounds: [0.0001, 1], counts: [2, 3, 1], sum: 4.5, count: 6 } }],
  },
  { name: 'flumen_x', kind: 'gauge', unit: 'ratio', doc: 'X.', samples: [{ labels: {}, value: Number.NaN }] },
]

test('the text format of Prometheus has HELP and TYPE, sums up buckets and escapes labels', () => {
  assert.equal(
    prometheusText(families),
    `# HELP flumen_source_received_events_total Events "that" came\\nin: a\\\\b.
# TYPE flumen_source_received_events_total counter
flumen_source_received_events_total{agent="a1",component="r\\"1\\\\\\n"} 12
flumen_source_received_events_total{agent="a1",component="r2"} 1e+21
# HELP flumen_build_info Which.
# TYPE flumen_build_info gauge
flumen_build_info{version="1"} 1
# HELP flumen_sink_event_age_seconds Age.
# TYPE flumen_sink_event_age_seconds histogram
flumen_sink_event_age_seconds_bucket{component="k1",le="0.0001"} 2
flumen_sink_event_age_seconds_bucket{component="k1",le="1.0"} 5
flumen_sink_event_age_seconds_bucket{component="k1",le="+Inf"} 6
flumen_sink_event_age_seconds_sum{component="k1"} 4.5
flumen_sink_event_age_seconds_count{component="k1"} 6
# HELP flumen_x X.
# TYPE flumen_x gauge
flumen_x{} NaN
`,
  )
})

test('OpenMetrics names families without _total and _info, says units and ends with EOF', () => {
  const text = openMetricsText(families)
  assert.match(text, /^# TYPE flumen_source_received_events counter\n# UNIT flumen_source_received_events events\n/)
  assert.match(text, /\n# TYPE flumen_build info\n# HELP flumen_build Which.\nflumen_build_info\{version="1"\} 1\n/)
  assert.match(text, /# HELP flumen_source_received_events Events \\"that\\" came\\nin: a\\\\b\.\n/)
  assert.doesNotMatch(text, /# UNIT flumen_x/)
  assert.ok(text.endsWith('flumen_x{} NaN\n# EOF\n'))
})
