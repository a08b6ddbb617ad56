import {
  type AgentReading,
  type ChannelReading,
  duration,
  type Health,
  type HealthProblem,
  type SinkReading,
  type SourceReading,
} from '../../core/index.ts'
import type { ComponentWatch } from './component-watch.ts'

/** When something that does not move becomes a problem, ms. */
export interface Patience {
  /** A component that neither works nor fails. */
  readonly stallMs: number
  /** A sink whose attempts fail. */
  readonly failingMs: number
  /** A full channel that nothing leaves. */
  readonly fullMs: number
}

export const usualPatience = { failingMs: 5000, fullMs: 10_000 }
/** A channel that is full before that is worth a warning, seconds. */
const soonFullSeconds = 60
const worthWarningFill = 0.5
/** Timers later than that are worth a warning, seconds. */
const longLagSeconds = 1

type Found = Omit<HealthProblem, 'since'> & { readonly forMs?: number }
type Unassessed = Omit<AgentReading, 'health' | 'process'>

export interface Assessed {
  readonly reading: Unassessed
  readonly watches: ReadonlyMap<string, ComponentWatch>
  /** Monotonic clock, ms. */
  readonly now: number
  readonly patience: Patience
  /** How late timers were at the worst, lately. */
  readonly longestLagSeconds: number
  /** Since when each sink fails, monotonic; undefined: it does not. */
  failingSince(sink: string): number | undefined
}

/** Says whether data can move, and if not, where it stands and why. Remembers since when. */
export class HealthAssessor {
  readonly #since = new Map<string, number>()

  assess(assessed: Assessed): Health {
    const { reading } = assessed
    const problems = [...agentProblems(reading), ...problemsOf(assessed)]
    const warnings = warningsOf(assessed)
    const seen = new Set<string>()
    const dated = ({ forMs = 0, ...found }: Found): HealthProblem => {
      const key = `${found.component} ${found.problem}`
      seen.add(key)
      const since = this.#since.get(key) ?? reading.at - Math.round(forMs)
      this.#since.set(key, since)
      return { ...found, since }
    }
    const health: Health = {
      live: reading.state !== 'stopped',
      ready: problems.length === 0,
      problems: problems.map(dated),
      warnings: warnings.map(dated),
    }
    for (const key of this.#since.keys()) if (!seen.has(key)) this.#since.delete(key)
    return health
  }
}

function agentProblems({ agent, state }: Unassessed): Found[] {
  if (state === 'running') return []
  const message = state === 'new' ? 'The agent was not started.' : `The agent is ${state}.`
  return [{ component: `agent ${agent}`, problem: 'not-running', message }]
}

function problemsOf(assessed: Assessed): Found[] {
  const { sources, channels, sinks } = assessed.reading
  return [
    ...sources.flatMap((source) => notRunning('source', source, assessed) ?? []),
    ...channels.flatMap((channel) => notRunning('channel', channel, assessed) ?? stuckChannel(channel, assessed)),
    ...sinks.flatMap((sink) => notRunning('sink', sink, assessed) ?? sinkProblem(sink, assessed)),
  ]
}

function notRunning(
  kind: string,
  { name, state, since, lastError }: SourceReading | ChannelReading | SinkReading,
  { reading, patience }: Assessed,
): Found[] | undefined {
  // While the agent itself starts or stops, that is what there is to say.
  if (state === 'running' || reading.state !== 'running') return undefined
  const component = `${kind} ${name}`
  const forMs = reading.at - since
  if (state === 'starting' && !lastError && forMs < patience.stallMs) return []
  const why = lastError ? `: ${lastError.message}` : ''
  const problem = state === 'starting' && !lastError ? 'stalled' : 'not-running'
  return [
    {
      component,
      problem,
      forMs,
      message: `${sentence(component)} has not run for ${forTime(forMs)} (${state})${why}.`,
    },
  ]
}

function stuckChannel(channel: ChannelReading, { watches, now, patience }: Assessed): Found[] {
  const component = `channel ${channel.name}`
  if (channel.problem !== null) {
    return [{ component, problem: 'failing', message: `Channel ${channel.name} does not work: ${channel.problem}.` }]
  }
  const quietMs = watches.get(component)?.quietMs(now) ?? 0
  if (channel.fill < almostFull || quietMs < patience.fullMs) return []
  const message = `Channel ${channel.name} is full (${channel.size} of ${channel.capacity} events) and nothing has left it for ${forTime(quietMs)}.`
  return [{ component, problem: 'full', forMs: quietMs, message }]
}

function sinkProblem(sink: SinkReading, assessed: Assessed): Found[] {
  const failing = failingSink(sink, assessed)
  if (failing) return hasWorkingColleague(sink, assessed) ? [] : [failing]
  const { watches, now, patience, reading } = assessed
  const component = `sink ${sink.name}`
  const channel = reading.channels.find(({ name }) => name === sink.channel)
  const quietMs = watches.get(component)?.quietMs(now) ?? 0
  const hasWork = sink.batchesInFlight > 0 || (sink.group === null && (channel?.size ?? 0) > 0)
  if (!hasWork || quietMs < patience.stallMs) return []
  const doing =
    sink.batchesInFlight > 0
      ? `it has ${sink.eventsInFlight} events in hand and neither delivers nor fails`
      : `${channel?.size} events wait in ${sink.channel} and it does not take them`
  const message = `Sink ${sink.name} does not move for ${forTime(quietMs)}: ${doing}.`
  return [{ component, problem: 'stalled', forMs: quietMs, message }]
}

function failingSink(sink: SinkReading, { failingSince, now, patience }: Assessed): Found | undefined {
  const since = failingSince(sink.name)
  if (since === undefined || now - since < patience.failingMs) return undefined
  const why = sink.lastFailure ? `: ${sink.lastFailure.message}` : ''
  const message = `Sink ${sink.name} has failed for ${forTime(now - since)}, ${sink.failuresInRow} attempts in a row${why}.`
  return { component: `sink ${sink.name}`, problem: 'failing', forMs: now - since, message }
}

/** Another sink of the group does the work. */
function hasWorkingColleague(sink: SinkReading, { reading, failingSince }: Assessed): boolean {
  if (sink.group === null) return false
  return reading.sinks.some(
    (other) =>
      other !== sink &&
      other.group === sink.group &&
      other.state === 'running' &&
      failingSince(other.name) === undefined &&
      other.secondsSinceSuccess !== null,
  )
}

function warningsOf(assessed: Assessed): Found[] {
  const { reading } = assessed
  const found: Found[] = []
  for (const [kind, parts] of [
    ['source', reading.sources],
    ['channel', reading.channels],
    ['sink', reading.sinks],
  ] as const)
    for (const { name } of parts) found.push(...losing(`${kind} ${name}`, assessed))
  for (const channel of reading.channels) found.push(...filling(channel))
  for (const sink of reading.sinks) {
    const failing = failingSink(sink, assessed)
    if (failing && hasWorkingColleague(sink, assessed)) found.push(failing)
  }
  if (assessed.longestLagSeconds > longLagSeconds) {
    const message = `The event loop was blocked for ${forTime(assessed.longestLagSeconds * 1000)}.`
    found.push({ component: `agent ${reading.agent}`, problem: 'lagging', message })
  }
  return found
}

function losing(component: string, { watches, now }: Assessed): Found[] {
  const lost = watches.get(component)?.lostLately(now) ?? 0
  if (lost === 0) return []
  const message = `${sentence(component)} has lost ${lost} ${lost === 1 ? 'event' : 'events'} in the last minute.`
  return [{ component, problem: 'losing', message }]
}

function filling({ name, fill, growthPerSecond, secondsUntilFull }: ChannelReading): Found[] {
  if (secondsUntilFull === null || secondsUntilFull > soonFullSeconds || fill < worthWarningFill) return []
  const message = `Channel ${name} is ${Math.round(fill * 100)} % full and grows by ${Math.round(growthPerSecond)} events a second: full in ${forTime(secondsUntilFull * 1000)}.`
  return [{ component: `channel ${name}`, problem: 'filling', message }]
}

const almostFull = 0.99

function sentence(component: string): string {
  return component.charAt(0).toUpperCase() + component.slice(1)
}

function forTime(ms: number): string {
  return duration(ms / 1000)
}
