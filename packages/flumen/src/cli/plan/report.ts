import { table } from '../text-table.ts'
import { bytes, count, duration, latency, percent, rate } from '../top/human.ts'
import type { Answer } from './answer.ts'
import { type Hop, useOf } from './bottleneck.ts'
import { agentOf } from './scenario.ts'

/** The answers for people. */
export function reportOf(answer: Answer, width: number): string {
  const { outageSeconds, notes } = answer
  const sections = [
    sourcesOf(answer, width),
    channelsOf(answer, width),
    sinksOf(answer, width),
    section('Bottleneck', [bottleneckOf(answer), ...overloadsOf(answer)].map(sentence).join('')),
    ...(outageSeconds === undefined ? [] : [outagesOf(answer, outageSeconds, width)]),
    section('Delays', delaysOf(answer).map(sentence).join('')),
    section('Taken for granted', notes.map(sentence).join('')),
  ]
  return sections.filter((each) => each !== '').join('\n')
}

function section(title: string, body: string): string {
  return body === '' ? '' : `${title}\n${body}`
}

function sentence(text: string): string {
  return `  ${text}\n`
}

function sourcesOf(answer: Answer, width: number): string {
  const { network, outlook } = answer
  const rows = outlook.sources.map(({ id, carries, worst, limit }) => {
    const outside = network.sources.some((source) => source.id === id && source.outside.events > 0)
    const senders = network.runners.flatMap(({ sinks }) =>
      sinks.filter(({ target }) => target === id).map((sink) => sink.id),
    )
    const from = [...(outside ? ['outside'] : []), ...senders.map((sender) => withCount(sender, answer))]
    const speeds = [rate(carries.events), `${bytes(carries.bytes)}/s`, more(worst.events, carries.events)]
    return [withCount(id, answer), ...speeds, ...limits(Math.max(worst.events, carries.events), limit), from.join(', ')]
  })
  return section('Sources', table(['SOURCE', 'EVENTS', 'BYTES', 'AT WORST', 'LIMIT', 'USE', 'FROM'], rows, width))
}

function channelsOf(answer: Answer, width: number): string {
  const rows = answer.outlook.channels.map((channel) => [
    withCount(channel.id, answer),
    rate(channel.into),
    rate(channel.outOf),
    time(channel.fullIn),
    `${count(Math.floor(channel.room))} by ${channel.bound}`,
    time(channel.lasts),
    time(channel.lastsWithAll),
    answer.whenFull.get(channel.id) ?? '',
  ])
  const headings = ['CHANNEL', 'IN', 'OUT', 'FULL IN', 'HOLDS', 'LASTS', 'IN ALL', 'AND THEN']
  return section(
    'Channels; LASTS: from empty to full while the sinks are down; IN ALL: with the channels before it',
    table(headings, rows, width),
  )
}

function sinksOf(answer: Answer, width: number): string {
  const { network, outlook } = answer
  const rows = network.runners.flatMap(({ id, sinks, batchEvents }) => {
    const runner = outlook.runners.find((each) => each.id === id)
    return sinks.map((sink) => {
      const { carries, worst, limit } = outlook.sinks.find((each) => each.id === sink.id)!
      const speeds = [rate(carries.events), more(worst.events, carries.events)]
      const batch = [count(batchEvents), time(runner?.batchSeconds ?? Number.POSITIVE_INFINITY)]
      return [
        withCount(sink.id, answer),
        ...speeds,
        ...limits(Math.max(worst.events, carries.events), limit),
        ...batch,
        sink.target ?? 'outside',
      ]
    })
  })
  const headings = ['SINK', 'EVENTS', 'AT WORST', 'LIMIT', 'USE', 'BATCH', 'WITHIN', 'TO']
  return section('Sinks', table(headings, rows, width))
}

function bottleneckOf(answer: Answer): string {
  const { bottleneck } = answer.outlook
  if (!bottleneck) {
    return 'No limit is known. Say what a sink can do: --limit SINK=2000/s, or how long a batch takes: --limit SINK=20ms'
  }
  const { hop, scale } = bottleneck
  const where = placeOf(hop, answer)
  const speeds = `${rate(hop.carries)} of ${rate(hop.limit)}`
  if (useOf(hop) > 1) {
    return `${where}: it must pass ${rate(hop.carries)} and can pass ${rate(hop.limit)}; the whole carries ${downTo(scale * 100)} % of these rates`
  }
  return `${where}: ${speeds}, ${percent(useOf(hop))}; the whole carries ${downTo(scale)} times these rates`
}

function overloadsOf(answer: Answer): string[] {
  return answer.outlook.overloads.map((hop) => {
    return `${placeOf(hop, answer)}: at worst it must pass ${rate(hop.carries)} and can pass ${rate(hop.limit)}`
  })
}

function placeOf({ id, kind }: Hop, { network }: Answer): string {
  if (kind === 'source') return id
  const takers = network.runners
    .filter(({ channel }) => channel === id)
    .map((runner) => runner.id.slice(runner.id.indexOf('.') + 1))
  return `${id} -> ${takers.join(', ')}`
}

function outagesOf(answer: Answer, seconds: number, width: number): string {
  const rows = answer.outlook.outages.map(({ channel, held, before, outside, catchUp }) => [
    withCount(channel, answer),
    count(Math.floor(held)),
    count(Math.round(before)),
    count(Math.round(outside)),
    caughtUp(catchUp),
  ])
  const headings = ['CHANNEL', 'HOLDS', 'BEFORE IT', 'OUTSIDE', 'CAUGHT UP AFTER']
  return section(`After its sinks were down for ${duration(seconds)}`, table(headings, rows, width))
}

function caughtUp(seconds: number | undefined): string {
  if (seconds === undefined) return 'unknown: give a --limit'
  if (seconds === 0) return '-'
  return seconds === Number.POSITIVE_INFINITY ? 'never' : time(seconds)
}

function delaysOf({ delays }: Answer): string[] {
  return [
    ...delays.sources.map(({ source, gathersEvents, gathersMs, expectedMs }) => {
      return `${source} gathers ${count(gathersEvents)} events, for ${time(gathersMs / 1000)} at most: ${time(expectedMs / 1000)} at this rate`
    }),
    ...delays.sinks.map(({ sinks, firstPauseMs, longestPauseMs, leftAloneMs }) => {
      const pause = `${sinks.join(', ')}: after a failure a pause of ${time(firstPauseMs / 1000)}, at most ${time(longestPauseMs / 1000)}`
      return leftAloneMs === undefined
        ? pause
        : `${pause}; a sink that failed is left alone for ${time(leftAloneMs / 1000)} at most`
    }),
  ]
}

function withCount(id: string, { network }: Answer): string {
  const instances = network.counts.get(agentOf(id)) ?? 1
  return instances === 1 ? id : `${id} ×${instances}`
}

/** What is worse than usual; nothing where it is the same. */
function more(worst: number, usual: number): string {
  return worst > usual * (1 + 1e-9) ? rate(worst) : '-'
}

function limits(carries: number, limit: number): [limit: string, use: string] {
  return Number.isFinite(limit) ? [rate(limit), percent(useOf({ carries, limit }))] : ['-', '-']
}

function time(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-'
  return Number.isInteger(seconds) ? duration(seconds) : latency(seconds)
}

/** Three digits, never more than it is. */
function downTo(value: number): string {
  if (value >= 1000) return count(Math.floor(value))
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0
  return String(Math.floor(value * 10 ** digits + 1e-9) / 10 ** digits)
}
