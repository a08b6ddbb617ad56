import { type FlowResult, measureFlow } from '../measure/flow.ts'
import { baselines, flume, flumen } from '../peers/agents.ts'
import { ceiling, generator } from '../peers/bare-node.ts'
import { type Peer, plainFlow } from '../peers/peer.ts'
import { fluentBit, rsyslog, syslogNg } from '../peers/system-loggers.ts'
import { flowTable, ratioBetween, speedChart } from '../report/flow-table.ts'
import { atLeast, atMost, type ReportPart, type Target } from '../report/report.ts'
import type { Workload, WorkloadContext } from './workload.ts'

/** How often the fast peers get the data in one pass. */
const timesForFast = 3
const w1Connections = [1, 4]

/** W1: TCP lines to nothing. */
export const w1: Workload = {
  name: 'W1',
  inSmoke: true,
  run: async ({ load, scale, say }) => {
    const peers: Peer[] = [
      generator,
      ceiling,
      flumen,
      ...baselines,
      ...(scale.withPeers ? [flume, rsyslog, syslogNg, fluentBit] : []),
    ]
    const parts: ReportPart[] = []
    const targets: Target[] = []
    const measurements: Record<string, readonly FlowResult[]> = {}
    for (const connections of w1Connections) {
      say(`${connections === 1 ? 'one connection' : `${connections} connections`}:`)
      const trial = { peers, data: { bytes: scale.bytes }, flow: plainFlow, connections, times: timesForFast }
      const results = await measureFlow(load, { ...trial, rounds: scale.rounds }, say)
      const title = connections === 1 ? 'One connection' : `${connections} connections`
      measurements[title] = results
      parts.push(partOf(title, results))
      targets.push(...w1Targets(results, title.toLowerCase()))
    }
    return { ...w1Text, targets, parts, measurements }
  },
}

const w1Text = {
  name: 'W1',
  title: 'W1: TCP lines to nothing',
  text:
    'Access-log lines of 150 to 220 bytes over TCP: netcat without acknowledgements → memory channel → null sink, in ' +
    'batches of 1,000. Flume and Flumen run the same configuration. Time runs from the first byte sent until the sink ' +
    'has logged the last event. rsyslog, syslog-ng and Fluent Bit write to /dev/null or their equivalent and are done ' +
    'when their connections are closed and they use no CPU any more. rsyslog cannot but parse each line as a message ' +
    'of syslog. Each program is started once, gets the data once to warm up, and then in turns with the others.',
}

/** W7: with interceptors and routing. */
export const w7: Workload = {
  name: 'W7',
  inSmoke: false,
  run: async (context) => {
    const results = await measureRouted(context)
    const againstFlume = ratioBetween(results, flumen.name, flume.name, 'megabytesPerSecond')
    return {
      name: 'W7',
      title: 'W7: interceptors and routing',
      text:
        'W1 over four connections with the interceptors timestamp, host, static, regex_filter (drops a line in twenty) ' +
        'and regex_extractor (the class of the HTTP status becomes a header), and a multiplexing selector that sends ' +
        'each event by that header to one of four memory channels with a null sink each. Every sink has to get exactly ' +
        'the number of events that the data has for it, or the measurement fails. MB/s and events/s are those sent.',
      targets: againstFlume === undefined ? [] : [atLeast('W7 against Flume, MB/s', 8, againstFlume)],
      parts: [partOf(undefined, results)],
      measurements: results,
    }
  },
}

function measureRouted({ load, scale, say }: WorkloadContext): Promise<FlowResult[]> {
  const peers = [ceiling, flumen, ...baselines, ...(scale.withPeers ? [flume] : [])]
  const flow = { ...plainFlow, shape: 'routed' as const }
  return measureFlow(load, { peers, data: { bytes: scale.bytes }, flow, connections: 4, rounds: scale.rounds }, say)
}

function partOf(heading: string | undefined, results: readonly FlowResult[]): ReportPart {
  const title = heading === undefined ? 'Throughput' : `Throughput, ${heading.toLowerCase()}`
  return {
    ...(heading !== undefined && { heading }),
    table: flowTable(results, ceiling.name, flume.name),
    chart: speedChart(title, results),
  }
}

function w1Targets(results: readonly FlowResult[], over: string): Target[] {
  const speed = ratioBetween(results, flumen.name, ceiling.name, 'megabytesPerSecond')
  const cost = ratioBetween(results, flumen.name, ceiling.name, 'cpuPerGigabyte')
  const againstFlume = ratioBetween(results, flumen.name, flume.name, 'megabytesPerSecond')
  return [
    ...(speed === undefined ? [] : [atLeast(`W1, ${over}: against bare Node.js, MB/s`, 0.8, speed)]),
    ...(cost === undefined ? [] : [atMost(`W1, ${over}: against bare Node.js, CPU per GB`, 1.3, cost)]),
    ...(againstFlume === undefined ? [] : [atLeast(`W1, ${over}: against Flume, MB/s`, 10, againstFlume)]),
  ]
}
