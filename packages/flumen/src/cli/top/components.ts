import type { ChannelFlow, Flow, SinkFlow, SourceFlow } from './flow.ts'
import { count, duration } from './human.ts'
import type { Column } from './table.ts'
import { type Line, Span, type Tone } from './text.ts'

/** What sources, channels and sinks have in common. */
export type ComponentFlow = SourceFlow | ChannelFlow | SinkFlow
export type ComponentKind = 'source' | 'channel' | 'sink'

/** What a row is coloured and sorted by. */
export type Severity = 'problem' | 'warning' | 'fine'

/** A row with what the agent's health says of it. */
export interface Judged<Component extends ComponentFlow> {
  readonly component: Component
  readonly severity: Severity
  /** The sentences of the agent's health about it. */
  readonly said: readonly string[]
  /** The agent's time of the reading, ms since the epoch. */
  readonly at: number
}

/** The ways in which rows can be sorted; the first is the one at the start. */
export const sorts = ['problems first', 'busiest first', 'by name'] as const
export type Sort = (typeof sorts)[number]

const severities: readonly Severity[] = ['problem', 'warning', 'fine']

export const severityTones: Readonly<Record<Severity, Tone>> = {
  problem: 'bad name',
  warning: 'warn name',
  fine: 'name',
}

/** Rows of one kind in the order in which they are shown; equal ones keep the order of the configuration. */
export function judged<Component extends ComponentFlow>(
  kind: ComponentKind,
  components: readonly Component[],
  flow: Pick<Flow, 'problems' | 'warnings' | 'at'>,
  sort: Sort,
): readonly Judged<Component>[] {
  const problems = Map.groupBy(flow.problems, (each) => each.component)
  const warnings = Map.groupBy(flow.warnings, (each) => each.component)
  const rows = components.map((component): Judged<Component> => {
    const name = `${kind} ${component.name}`
    const isBad = component.state === 'failed' || problems.has(name)
    const said = [...(problems.get(name) ?? []), ...(warnings.get(name) ?? [])].map(({ message }) => message)
    return { component, severity: isBad ? 'problem' : warnings.has(name) ? 'warning' : 'fine', said, at: flow.at }
  })
  return rows.sort((left, right) => compare(left, right, sort))
}

function compare<Component extends ComponentFlow>(
  left: Judged<Component>,
  right: Judged<Component>,
  sort: Sort,
): number {
  if (sort === 'busiest first') return busyness(right.component) - busyness(left.component)
  if (sort === 'by name') return left.component.name < right.component.name ? -1 : 1
  return severities.indexOf(left.severity) - severities.indexOf(right.severity)
}

function busyness(component: ComponentFlow): number {
  return (
    ('inPerSecond' in component ? component.inPerSecond : 0) +
    ('outPerSecond' in component ? component.outPerSecond : 0)
  )
}

/** Name, type and state: the first columns of each table. */
export function commonColumns<Component extends ComponentFlow>(
  title: string,
  stateOf: (row: Judged<Component>) => Line,
  stateWeight: number,
): readonly Column<Judged<Component>>[] {
  return [
    {
      title,
      weight: 100,
      least: 10,
      group: 'name',
      cell: ({ component, severity }) => [new Span(component.name, severityTones[severity])],
    },
    { title: 'TYPE', weight: 30, least: 12, group: 'type', cell: ({ component }) => [new Span(component.type)] },
    { title: 'STATE', weight: stateWeight, least: 7, group: 'state', cell: stateOf },
  ]
}

export function stateOf({ component }: Judged<ComponentFlow>): Line {
  const { state } = component
  return [new Span(state, state === 'running' ? 'good' : state === 'failed' ? 'bad' : 'warn')]
}

/** A count that is dim while it is 0, and else in the given tone. */
export function counted(value: number, tone: Tone): Line {
  return [new Span(count(value), value === 0 ? 'dim' : tone)]
}

/** Notes side by side, with dots between them. */
export function notesLine(notes: readonly (Span | undefined)[]): Line {
  return notes
    .filter((note) => note !== undefined)
    .flatMap((note, index) => (index === 0 ? [note] : [new Span(' · ', 'dim'), note]))
}

/** Why a component does not run. */
export function failureNote({ component, said, at }: Judged<ComponentFlow>): Span | undefined {
  const { state, lastError, restarts } = component
  const isSaid = said.some((sentence) => sentence.includes(lastError?.message ?? ''))
  const why = lastError && !isSaid ? `: ${lastError.message}` : ''
  if (state === 'failed' && lastError) return new Span(`failed ${ago(lastError.at, at)}${why}`, 'bad')
  if (restarts === 0) return undefined
  return new Span(`${times(restarts, 'restart')}${why}`, 'warn')
}

/** Events that are gone for good, with reasons. Filtered ones are meant to be gone. */
export function lossNotes(dropped: Readonly<Record<string, number>>, deadLettered: number): readonly Span[] {
  const lost = Object.entries(dropped).filter(([reason, events]) => reason !== 'filtered' && events > 0)
  const notes: Span[] = []
  if (lost.length > 0) {
    const reasons = lost.map(([reason, events]) => `${count(events)} ${reason}`).join(', ')
    notes.push(new Span(`dropped: ${reasons}`, 'warn'))
  }
  if (deadLettered > 0) notes.push(new Span(`${count(deadLettered)} in the dead letters`, 'warn'))
  if ((dropped.filtered ?? 0) > 0) notes.push(new Span(`${count(dropped.filtered ?? 0)} filtered`, 'dim'))
  return notes
}

export function ago(then: number, now: number): string {
  return `${duration((now - then) / 1000)} ago`
}

export function times(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? '' : 's'}`
}
