import { defineMonitor, field } from '../../../component/kit.ts'

export default defineMonitor({
  type: 'http',
  aliases: ['prometheus'],
  className: [
    'org.apache.flume.instrumentation.http.HTTPMetricsServer',
    'org.apache.flume.instrumentation.http.PrometheusHTTPMetricsServer',
  ],
  summary: 'Serves metrics over HTTP as JSON and for Prometheus, and answers whether the agent lives and is ready.',
  description: [
    '| Path | Answer |',
    '|---|---|',
    "| `/metrics` | Flume's JSON; for a client that asks for `text/plain; version=0.0.4` or `application/openmetrics-text`, as Prometheus does, the metrics of [the vocabulary](../metrics.md) |",
    '| `/metrics/prometheus` | always the text format of Prometheus, 0.0.4 |',
    '| `/live` | 200 while the process works, else 503 |',
    '| `/ready` | 200 while data can move, else 503 with the reasons; `/ready?strict` is 503 also while events are lost |',
    '| `/status` | everything that is known of the agent, as JSON |',
    '| `/` | a page for people |',
    '',
    'It listens on this machine only. With `bind = 0.0.0.0` everybody who reaches the port reads the names, the numbers ' +
      'and the last errors of the agent; options and events are never shown. Bound to this machine it answers only to ' +
      'the names `localhost`, `127.0.0.1`, `[::1]` and that of `bind`, so that no page of the Web reads it through a browser.',
  ].join('\n'),
  fields: {
    port: field.port({ default: 41414, doc: 'Port to listen on; 0 takes a free one.' }),
    bind: field.host({
      default: '127.0.0.1',
      doc: 'Host name or address to listen on; 0.0.0.0 or :: for all.',
    }),
  },
  examples: [
    'a1.flumen.monitoring.type = http\na1.flumen.monitoring.port = 34545',
    'a1.flumen.monitoring.type = http\na1.flumen.monitoring.bind = 0.0.0.0\na1.flumen.monitoring.port = 9100',
  ],
  listens: ({ bind, port }) => [{ key: 'port', protocol: 'tcp', host: bind, port }],
  create: async (options, context) => new (await import('./http-monitor.ts')).HttpMonitor(options, context),
})
