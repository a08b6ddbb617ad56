import { channelsPlan } from './channels.ts'
import { judged, type Sort } from './components.ts'
import type { Flow } from './flow.ts'
import { helpLines } from './help.ts'
import { bytes, duration, latency } from './human.ts'
import { type Section, section, sharedGroups, shares } from './section.ts'
import { sinksPlan } from './sinks.ts'
import { sourcesPlan } from './sources.ts'
import { broken, cropped, type Line, pad, Span, type Tone, trimmed, widthOf } from './text.ts'

/** What the lines depend on beside the flow. */
export interface View {
  /** Cells of a line. */
  readonly width: number
  /** Lines; Infinity: as many as there are. */
  readonly height: number
  readonly sort: Sort
  /** Where the agent is asked. */
  readonly address: string
  /** Keys are taken; absent: there is no line about them. */
  readonly keys?: { readonly isPaused: boolean; readonly isHelp: boolean; readonly intervalSeconds: number }
  /** The agent does not answer any more. */
  readonly silence?: { readonly seconds: number; readonly why: string } | undefined
}

/** What is shown: never wider than `width`, never more than `height` lines. */
export function linesOf(flow: Flow, view: View): readonly Line[] {
  const { width, height, keys } = view
  const foot = keys ? [footLine(view, keys)] : []
  const room = Math.max(0, height - foot.length)
  const body = keys?.isHelp ? helpLines(width) : bodyLines(flow, view, room)
  const lines = body.slice(0, room).map((line) => trimmed(cropped(line, width)))
  while (keys && Number.isFinite(room) && lines.length < room) lines.push([])
  return [...lines, ...foot]
}

/** At fewer lines there are no blank ones and no rule. */
const comfortableHeight = 20

function bodyLines(flow: Flow, view: View, room: number): Line[] {
  const { width, sort } = view
  const isRoomy = room >= comfortableHeight
  const sections = [
    section(sourcesPlan(judged('source', flow.sources, flow, sort))),
    section(channelsPlan(judged('channel', flow.channels, flow, sort))),
    section(sinksPlan(judged('sink', flow.sinks, flow, sort))),
  ]
  const head = [headLine(flow, view)]
  if (isRoomy) head.push([new Span('─'.repeat(width), 'dim')])
  const fixed = head.length + sections.length + (isRoomy ? sections.length - 1 : 0)
  const health = healthLines(flow, view, Math.max(1, Math.floor((room - fixed) / 3)))
  const isLedIn = isRoomy && health.length > 0
  const rows = roomOf(sections, room - fixed - health.length - (isLedIn ? 1 : 0))
  const shared = sharedGroups(sections)
  const tables = sections.flatMap((each, index): Line[] => {
    const lines = each.lines(width, rows[index] ?? 0, shared)
    return isRoomy && (index > 0 || isLedIn) ? [[], ...lines] : lines
  })
  return [...head, ...health, ...tables]
}

function roomOf(sections: readonly Section[], room: number): number[] {
  const wanted = sections.map((each) => each.wanted)
  return Number.isFinite(room) ? shares(wanted, room) : wanted
}

/** One line about the agent; what does not fit is left out from the right, the address first. */
function headLine(flow: Flow, { width, address }: View): Line {
  const lag = flow.eventLoopLagMaxSeconds
  const parts: readonly (readonly [label: string, value: string, tone: Tone])[] = [
    ['up', duration(flow.uptimeSeconds), 'plain'],
    ['cpu', `${flow.cpuPercent} %`, flow.cpuPercent >= 90 ? 'warn' : 'plain'],
    ['memory', bytes(flow.residentBytes), 'plain'],
    ['loop lag', latency(lag), lag >= 1 ? 'bad' : lag >= 0.1 ? 'warn' : 'plain'],
    ['Flumen', flow.version, 'dim'],
  ]
  const line: Span[] = [new Span(flow.agent, 'name'), new Span('  '), stateSpan(flow)]
  for (const [label, value, tone] of parts) {
    const more = [new Span(' · ', 'dim'), new Span(`${label} `, 'dim'), new Span(value, tone)]
    if (widthOf(line) + widthOf(more) > width) break
    line.push(...more)
  }
  const where = new Span(address, 'dim')
  const left = width - widthOf(line)
  return left >= where.width + 2 ? [...line, ...pad([where], left, 'right')] : line
}

function stateSpan({ state, ready }: Flow): Span {
  if (state !== 'running') return new Span(state, 'warn')
  return ready ? new Span('ready', 'good') : new Span('not ready', 'bad')
}

/** What is wrong, in sentences; a problem takes two lines at most. */
function healthLines({ problems, warnings }: Flow, { width, silence }: View, room: number): Line[] {
  const found: (readonly [label: string, text: string, tone: Tone])[] = [
    ...problems.map((each) => ['PROBLEM', sentence(each), 'bad'] as const),
    ...warnings.map((each) => ['WARNING', sentence(each), 'warn'] as const),
  ]
  if (silence) found.unshift(['SILENCE', `no answer for ${duration(silence.seconds)}: ${silence.why}`, 'bad'])
  const blocks = found.map(([label, text, tone]) => {
    const [first = '', ...rest] = broken(text, Math.max(10, width - 9))
    const second = rest.length > 0 ? [[new Span(' '.repeat(9)), new Span(rest.join(' '), tone)]] : []
    return [[new Span(label, tone), new Span('  '), new Span(first, tone)], ...second]
  })
  if (blocks.flat().length <= room) return blocks.flat()
  const lines: Line[] = []
  for (const [index, block] of blocks.entries()) {
    const left = room - lines.length - (index === blocks.length - 1 ? 0 : 1)
    if (left <= 0) return [...lines, [new Span(`… ${blocks.length - index} more`, 'warn')]]
    lines.push(...block.slice(0, left))
  }
  return lines
}

function sentence({ component, message }: Flow['problems'][number]): string {
  return message.toLowerCase().startsWith(component.toLowerCase()) ? message : `${component}: ${message}`
}

function footLine({ width, sort }: View, { isPaused, isHelp, intervalSeconds }: NonNullable<View['keys']>): Line {
  const keys: readonly (readonly [key: string, does: string])[] = isHelp
    ? [['any key', 'back']]
    : [
        ['q', 'quit'],
        ['p', isPaused ? 'go on' : 'pause'],
        ['s', `sort: ${sort}`],
        ['?', 'help'],
      ]
  const line = keys.flatMap(([key, does]) => [new Span(` ${key} `, 'keys'), new Span(` ${does}  `, 'dim')])
  const right = isPaused ? new Span('paused', 'warn') : new Span(`every ${intervalSeconds} s`, 'dim')
  const left = width - widthOf(line)
  return cropped(left > right.width ? [...line, ...pad([right], left, 'right')] : line, width)
}
