// Real Prometheus scrapes the monitor, in both formats, and must know afterwards what the agent said.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metricFamilies } from '../../packages/flumen/src/component/metric-families.ts'
import http from '../../packages/flumen/src/components/monitors/http/http.ts'
import {
  askHttp,
  channelReading,
  readingForTest,
  sinkReading,
  sourceReading,
  startMonitor,
} from '../../packages/flumen/src/testing/index.ts'
import { ask, checkMetrics, prometheus, query, startPrometheus } from '../../servers/prometheus.ts'
import { freePort, skipUnless, temporaryDirectory, waitUntil } from '../../servers/server.ts'
import { ask as send, startAgent } from '../support/agent-process.ts'

/** A name that needs every escape. */
const awkward = 'r"2\\ <ü>'

const reading = readingForTest({
  sources: [
    sourceReading({
      metrics: [{ metric: { name: 'linesTooLong', kind: 'counter', doc: 'Too long.' }, value: 3 }],
    }),
    sourceReading({ name: awkward, type: 'exec' }),
  ],
  channels: [channelReading({ secondsUntilEmpty: 4 })],
  sinks: [sinkReading({ group: 'g1', lastError: { at: 1, code: 'X', message: 'x' } })],
  health: {
    live: true,
    ready: true,
    problems: [],
    warnings: [{ component: 'source r1', problem: 'losing', message: 'It lost events.', since: 1_700_000_000_000 }],
  },
})

interface Targets {
  readonly activeTargets: readonly { readonly health: string; readonly lastError: string }[]
}

test('promtool has nothing against the names, the types and the text of the metrics', async (t) => {
  if (!(await skipUnless(t, prometheus))) return
  const { port } = await startMonitor(t, http, { port: '0' }, reading)
  const { body } = await askHttp(port, '/metrics/prometheus')
  assert.equal(checkMetrics(body), '')
  assert.match(
    checkMetrics(body.replaceAll('received_events_total', 'received_events_milliseconds')),
    /base unit|_total/,
  )
  assert.match(checkMetrics(`${body}broken{ 1\n`), /parsing/)
})

test('a Prometheus that scrapes both formats has every sample of the reading, with the same labels', async (t) => {
  if (!(await skipUnless(t, prometheus))) return
  const { port } = await startMonitor(t, http, { port: '0' }, reading)
  await using server = await startPrometheus({
    jobs: { openmetrics: { port, path: '/metrics' }, text: { port, path: '/metrics/prometheus' } },
  })
  await waitUntil('both were scraped', async () => {
    const { activeTargets } = await ask<Targets>(server, '/api/v1/targets')
    assert.deepEqual(
      activeTargets.map(({ lastError }) => lastError).filter((error) => error !== ''),
      [],
    )
    return (await query(server, 'up == 1')).length === 2 || undefined
  })
  for (const job of ['openmetrics', 'text']) {
    const known = new Map(
      (await query(server, `{job="${job}"}`)).map(({ labels, value }) => [
        keyOf(labels.__name__!, labels),
        Number(value),
      ]),
    )
    for (const { name, samples } of metricFamilies(reading)) {
      for (const { labels, value } of samples) {
        if (typeof value === 'number') assert.equal(known.get(keyOf(name, labels)), value, keyOf(name, labels))
        else assert.equal(known.get(keyOf(`${name}_count`, labels)), value.count)
      }
    }
    const median = await query(server, `histogram_quantile(0.5, flumen_sink_event_age_seconds_bucket{job="${job}"})`)
    assert.ok(Number(median[0]?.value) > 0.001 && Number(median[0]?.value) < 0.01)
    assert.ok(known.has(keyOf('flumen_source_lines_too_long_total', { agent: 'a1', component: 'r1' })))
  }
  const metadata = await ask<Record<string, readonly { type: string; unit: string }[]>>(server, '/api/v1/metadata')
  const said = metadata.flumen_channel_bytes?.map(({ type, unit }) => `${type} ${unit}`)
  assert.ok(said?.includes('gauge bytes'), JSON.stringify(said))
})

test('a Prometheus that scrapes a running agent sees the events that went through it, and that it is ready', async (t) => {
  if (!(await skipUnless(t, prometheus))) return
  using folder = temporaryDirectory('prometheus-agent')
  const port = await freePort()
  const agent = await startAgent(folder.path, configuration, [`-Dflume.monitoring.port=${port}`])
  t.after(() => agent.stop('SIGKILL'))
  await using server = await startPrometheus({ jobs: { flumen: { port, path: '/metrics' } } })
  for (let line = 0; line < 3; line++) assert.equal(await send(agent.port, `line ${line}`), 'OK\n')
  const known = async (metric: string): Promise<string | undefined> => (await query(server, metric))[0]?.value
  await waitUntil('Prometheus has seen all', async () =>
    (await known('flumen_sink_delivered_events_total')) === '3' ? true : undefined,
  )
  assert.equal(await known('flumen_source_received_events_total'), '3')
  assert.equal(await known('flumen_sink_event_age_seconds_count'), '3')
  assert.equal(await known('flumen_agent_ready'), '1')
  assert.equal(checkMetrics((await askHttp(port, '/metrics/prometheus')).body), '')
  assert.equal(await agent.stop(), 0)
})

const configuration = `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = netcat
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = {port}
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.sinks.k1.type = null
a1.sinks.k1.channel = c1
`

/** A sample's identity; what Prometheus itself adds is left out. */
function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const own = Object.entries(labels).filter(([label]) => !['__name__', 'job', 'instance'].includes(label))
  return `${name}${JSON.stringify(own.sort(([one], [other]) => (one < other ? -1 : 1)))}`
}
