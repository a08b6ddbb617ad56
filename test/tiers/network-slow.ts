import { connect, createServer, type Socket } from 'node:net'
import { type Peer, servedPort } from './namespaces.ts'
import type { Target } from './network-configuration.ts'
import { type Member, NetworkFlow } from './network-flow.ts'
import { resultOf, type TrialOrder, type TrialResult } from './network-results.ts'

const timeoutMs = 20_000
const lossPercent = 10

/**
 * N2: a narrow network, one that loses packets, and one with 200 ms there and back, each for so many seconds. Nothing may
 * break because of it: no request fails, the first connection stays.
 */
export async function slow({ directory, rounds, seed }: TrialOrder): Promise<TrialResult> {
  const delay = { ms: 0 }
  const via = (peer: Peer): Promise<Target> => delayed(peer.address, delay)
  const options = { collectors: 1, processor: 'none', timeoutMs } as const
  const flow = await NetworkFlow.start({ ...options, directory, seed, perSecond: 600, via })
  const { peer } = flow.collectors[0] as Member
  const phaseMs = 1000 * rounds
  const gaps: number[] = []
  peer.limit('1mbit', 100_000)
  gaps.push(await flow.longestGap(phaseMs))
  peer.unlimit()
  const before = peer.filtered()
  peer.lose(lossPercent)
  gaps.push(await flow.longestGap(phaseMs))
  const after = peer.filtered()
  peer.loseNone()
  delay.ms = 100
  gaps.push(await flow.longestGap(phaseMs))
  const seen = after.seen - before.seen
  const dropped = after.dropped - before.dropped
  const share = (100 * dropped) / seen
  const faults: string[] = []
  if (!(share > lossPercent / 2 && share < 2 * lossPercent)) faults.push(`${dropped} of ${seen} packets were lost`)
  const failures = await flow.edge.metric('flumen_sink_delivery_failures_total')
  const connections = await flow.edge.metric('flumen_sink_connections_created_total')
  if (failures > 0) faults.push(`${failures} requests failed: ${lastWarning(flow.edge.log)}`)
  if (connections !== 1) faults.push(`${connections} connections were made`)
  const figures =
    `${rounds} s each of 1 Mbit/s, of ${dropped} lost of ${seen} packets, and of 200 ms delay; ${failures} requests ` +
    'failed'
  const verdict = await flow.conclude()
  return resultOf({ verdict, mostDuplicates: 0, resumeMs: gaps, mostMs: timeoutMs, figures, faults })
}

function lastWarning(log: string): string {
  return log.split('\n').findLast((line) => line.includes('did not take a batch')) ?? ''
}

/** A port of this machine that leads to a collector, each chunk `delay.ms` late in both directions. */
async function delayed(host: string, delay: { readonly ms: number }): Promise<Target> {
  const pass = (from: Socket, to: Socket): void => {
    from.on('error', () => to.destroy())
    from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), delay.ms))
    from.on('close', () => setTimeout(() => to.destroy(), delay.ms))
  }
  const server = createServer((socket) => {
    const onward = connect({ host, port: servedPort })
    pass(socket, onward)
    pass(onward, socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return { host: '127.0.0.1', port: address.port }
}
