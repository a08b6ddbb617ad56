import { commonColumns, failureNote, type Judged, notesLine, stateOf } from './components.ts'
import { type ChannelFlow, isFull } from './flow.ts'
import { bytes, count, duration, percent, rate, signedRate } from './human.ts'
import type { SectionPlan } from './section.ts'
import { type Line, Span, type Tone } from './text.ts'

type Row = Judged<ChannelFlow>

export function channelsPlan(rows: readonly Row[]): SectionPlan<Row> {
  return {
    rows,
    notes: (row) => notesLine([failureNote(row), bytesNote(row.component)]),
    columns: [
      ...commonColumns<ChannelFlow>('CHANNELS', stateOf, 25),
      {
        title: 'IN',
        align: 'right',
        weight: 80,
        group: 'rate',
        cell: ({ component }) => [new Span(rate(component.inPerSecond))],
      },
      { title: 'OUT', align: 'right', weight: 79, cell: ({ component }) => [new Span(rate(component.outPerSecond))] },
      {
        title: 'FILL',
        natural: 24,
        least: 8,
        weight: 50,
        cell: ({ component }, width) => bar(component.fill, width),
      },
      {
        title: '',
        align: 'right',
        weight: 42,
        natural: 5,
        cell: ({ component: { fill } }) => [new Span(percent(fill), fillTone(fill))],
      },
      {
        title: 'HELD / FITS',
        align: 'right',
        weight: 45,
        cell: ({ component: { size, capacity } }) => [
          new Span(count(size)),
          new Span(' / ', 'dim'),
          new Span(count(capacity), 'dim'),
        ],
      },
      { title: 'TREND', weight: 95, cell: ({ component }) => [trend(component)] },
    ],
  }
}

/** `+50/s, full in 20 s`, `-20/s, empty in 3 s`, `full for 12 s`, `steady`, `idle`. */
export function trend(channel: ChannelFlow): Span {
  const { growthPerSecond: growth, secondsUntilFull, secondsUntilEmpty, secondsFull } = channel
  if (isFull(channel)) return new Span(secondsFull === null ? 'full' : `full for ${duration(secondsFull)}`, 'bad')
  if (secondsUntilFull !== null) {
    return forecast(growth, 'full', secondsUntilFull, secondsUntilFull < 60 ? 'bad' : 'warn')
  }
  if (secondsUntilEmpty !== null) return forecast(growth, 'empty', secondsUntilEmpty, 'good')
  if (channel.inPerSecond > 0 || channel.outPerSecond > 0) return new Span('steady', 'good')
  if (channel.size === 0) return new Span('idle', 'dim')
  const { secondsSinceProgress: idle } = channel
  if (idle === null) return new Span('nothing taken yet', 'warn')
  return idle < 10 ? new Span('steady', 'good') : new Span(`nothing taken for ${duration(idle)}`, 'warn')
}

const farSeconds = 86_400

/** Beyond a day it is only the growth that counts. */
function forecast(growth: number, what: string, seconds: number, tone: Tone): Span {
  if (seconds > farSeconds) return new Span(signedRate(growth), 'plain')
  return new Span(`${signedRate(growth)}, ${what} in ${duration(seconds)}`, tone)
}

/** A bar of so many cells, filled from the left to half a cell; what holds anything shows something. */
export function bar(fill: number, width: number): Line {
  const cells = Number.isFinite(width) ? width : 0
  const within = Math.min(Math.max(fill, 0), 1)
  const halves = within === 0 ? 0 : Math.max(1, Math.floor(within * cells * 2))
  const filled = '━'.repeat(Math.floor(halves / 2)) + (halves % 2 === 1 ? '╸' : '')
  return [new Span(filled, fillTone(fill)), new Span('─'.repeat(Math.max(0, cells - filled.length)), 'dim')]
}

function fillTone(fill: number): Tone {
  if (fill >= 0.9) return 'bad'
  return fill >= 0.6 ? 'warn' : 'good'
}

/** Bytes, where they fill the channel more than the number of events does. */
function bytesNote({ bytes: held, byteCapacity, size, capacity, fill }: ChannelFlow): Span | undefined {
  if (fill < 0.5 || held / byteCapacity <= size / capacity) return undefined
  return new Span(`holds ${bytes(held)} of ${bytes(byteCapacity)}`, 'dim')
}
