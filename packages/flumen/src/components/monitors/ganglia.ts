import { defineMonitor, field } from '../../component/kit.ts'

const addressPattern = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/

export default defineMonitor({
  type: 'ganglia',
  className: 'org.apache.flume.instrumentation.GangliaServer',
  summary: "Sends Flume's metrics to Ganglia from time to time, over UDP.",
  description:
    'A metric is named `flume.<TYPE>.<component>.<attribute>`, for example `flume.CHANNEL.c1.ChannelSize`. ' +
    'The metrics of [the vocabulary](../metrics.md) beyond those of Flume are not sent.',
  fields: {
    hosts: field.list({
      required: true,
      separator: /,/,
      doc: 'The gmond daemons that get them: `host:port`.',
    }),
    pollFrequency: field.duration({ default: 60, unit: 's', min: 1, doc: 'How often they are sent.' }),
    isGanglia3: field.boolean({ default: false, doc: 'Sends the packets of Ganglia 3.0 instead of those of 3.1.' }),
  },
  examples: [
    'a1.flumen.monitoring.type = ganglia\na1.flumen.monitoring.hosts = gmond1.example.com:8649, gmond2.example.com:8649\n' +
      'a1.flumen.monitoring.pollFrequency = 30',
  ],
  check({ hosts }, section) {
    for (const host of hosts) {
      if (gangliaAddress(host)) continue
      section.error('hosts', `"${host}" is not host:port`, 'write host:port, host:port, …')
    }
  },
  create: async ({ hosts, pollFrequency, isGanglia3 }, context) => {
    const { GangliaMonitor } = await import('./ganglia-monitor.ts')
    const targets = hosts.flatMap((host) => gangliaAddress(host) ?? [])
    return new GangliaMonitor({ targets, everyMs: pollFrequency, isGanglia3 }, context)
  },
})

function gangliaAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, v6, name, digits] = addressPattern.exec(text) ?? []
  const host = v6 ?? name
  const port = Number(digits)
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined
}
