import { type FlowResult, measureFlow } from '../measure/flow.ts'
import { baselines, flume, flumen } from '../peers/agents.ts'
import { type Peer, plainFlow } from '../peers/peer.ts'
import { rsyslog, syslogNg } from '../peers/system-loggers.ts'
import { flowTable, ratioBetween, speedChart } from '../report/flow-table.ts'
import { atLeast, atMost, type ReportPart, type Target } from '../report/report.ts'
import type { Workload } from './workload.ts'

const connectionCounts = [1, 4]
/** Flume makes a transaction of each message. */
const linesForSlow = 400_000
/** Of messages in the real scale: three million. */
const messageBytes = 345e6

/** W3: messages of syslog over TCP, parsed, to a file. */
export const w3: Workload = {
  name: 'W3',
  inSmoke: false,
  run: async ({ load, scale, say }) => {
    const peers: Peer[] = [
      flumen,
      ...baselines,
      ...(scale.withPeers ? [flume, { ...rsyslog, isSlow: false }, { ...syslogNg, isSlow: false }] : []),
    ]
    const flow = { ...plainFlow, shape: 'syslog' as const }
    const parts: ReportPart[] = []
    const targets: Target[] = []
    const measurements: Record<string, readonly FlowResult[]> = {}
    for (const connections of connectionCounts) {
      const title = connections === 1 ? 'One connection' : `${connections} connections`
      say(`${title.toLowerCase()}:`)
      const data = { bytes: scale.name === 'real' ? messageBytes : scale.bytes, isSyslog: true }
      const results = await measureFlow(
        load,
        { peers, data, flow, connections, linesForSlow, rounds: scale.rounds },
        say,
      )
      measurements[title] = results
      parts.push({
        heading: title,
        table: flowTable(results, rsyslog.name, flume.name),
        chart: speedChart(`Syslog, ${title.toLowerCase()}`, results),
      })
      targets.push(...targetsOf(results, title.toLowerCase()))
    }
    return { ...text, targets, parts, measurements }
  },
}

const text = {
  name: 'W3',
  title: 'W3: syslog over TCP, parsed, to a file',
  text:
    'Messages of RFC 3164 of about 110 bytes: syslogtcp → memory channel → file_roll, one file. Each message is parsed; ' +
    'facility, severity, time and host are headers of its event, and its tag and text are a line of the file. rsyslog and ' +
    'syslog-ng parse the same messages and write the same lines to a file. Time runs until all of them stand in the ' +
    'file; nobody syncs it. All take up to 1,000 messages at a time and write files as they do by default; rsyslog writes ' +
    '4 KiB at a time in the thread that formats, and what is left at the end of a batch. ' +
    'A sink of Flume sleeps up to 5 s when it has found the channel empty, so ' +
    'it may start late.',
}

function targetsOf(results: readonly FlowResult[], over: string): Target[] {
  const speed = ratioBetween(results, flumen.name, rsyslog.name, 'megabytesPerSecond')
  const cost = ratioBetween(results, flumen.name, rsyslog.name, 'cpuPerGigabyte')
  return [
    ...(speed === undefined ? [] : [atLeast(`W3, ${over}: against rsyslog, messages/s`, 1.5, speed)]),
    ...(cost === undefined ? [] : [atMost(`W3, ${over}: against rsyslog, CPU per GB`, 0.7, cost)]),
  ]
}
