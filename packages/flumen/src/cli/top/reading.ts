import type {
  AgentReading,
  ChannelReading,
  Health,
  HealthProblem,
  LastError,
  ProcessReading,
  SinkReading,
  SourceReading,
} from '../../core/index.ts'
import type { Buckets } from './histogram.ts'

/** What is read of a source. */
export type SourcePart = Pick<
  SourceReading,
  | 'name'
  | 'type'
  | 'state'
  | 'restarts'
  | 'lastError'
  | 'channels'
  | 'dropped'
  | 'deadLettered'
  | 'channelFull'
  | 'putFailures'
  | 'optionalMissed'
  | 'inPerSecond'
  | 'blockedSeconds'
  | 'isBlocked'
> & { readonly account: Pick<SourceReading['account'], 'received'> }

/** What is read of a channel. Capacities without a bound are Infinity here and `null` in JSON. */
export type ChannelPart = Pick<
  ChannelReading,
  | 'name'
  | 'type'
  | 'state'
  | 'restarts'
  | 'lastError'
  | 'size'
  | 'capacity'
  | 'bytes'
  | 'byteCapacity'
  | 'fill'
  | 'isDurable'
  | 'inPerSecond'
  | 'outPerSecond'
  | 'growthPerSecond'
  | 'secondsUntilFull'
  | 'secondsUntilEmpty'
  | 'secondsSinceProgress'
>

/** What is read of a sink. */
export type SinkPart = Pick<
  SinkReading,
  | 'name'
  | 'type'
  | 'state'
  | 'restarts'
  | 'lastError'
  | 'channel'
  | 'group'
  | 'dropped'
  | 'deadLettered'
  | 'retries'
  | 'failures'
  | 'failuresInRow'
  | 'eventsInFlight'
  | 'outPerSecond'
  | 'secondsSinceSuccess'
  | 'lastFailure'
> & { readonly account: Pick<SinkReading['account'], 'delivered'>; readonly eventAgeSeconds: Buckets }

/** The part of a reading that is shown. */
export interface Reading extends Pick<AgentReading, 'agent' | 'version' | 'at' | 'startedAt' | 'state'> {
  readonly health: Pick<Health, 'ready' | 'problems' | 'warnings'>
  readonly sources: readonly SourcePart[]
  readonly channels: readonly ChannelPart[]
  readonly sinks: readonly SinkPart[]
  readonly process: Pick<ProcessReading, 'uptimeSeconds' | 'cpuSeconds' | 'residentBytes' | 'eventLoopLagSeconds'>
}

/** An answer that is no reading: says where it is not, in words. */
export class ReadingError extends Error {
  override readonly name = 'ReadingError'
}

/** The reading that a parsed answer is. Throws a ReadingError. What it has besides is left out. */
export function readReading(value: unknown): Reading {
  return agent(value, '')
}

/** Takes a value over into a type; `path` says where it stands. */
type Check<T> = (value: unknown, path: string) => T
/** The checks of a type's fields, each tied to its type by the compiler. */
type Checks<T> = { readonly [K in keyof T]-?: Check<T[K]> }

function wrong(path: string, wanted: string, value: unknown): ReadingError {
  const found =
    value === null ? 'null' : Array.isArray(value) ? 'a list' : value === undefined ? 'absent' : typeof value
  return new ReadingError(`${path === '' ? 'the answer' : path} should be ${wanted} and is ${found}`)
}

const text: Check<string> = (value, path) => {
  if (typeof value !== 'string') throw wrong(path, 'a text', value)
  return value
}

/** A text of which one meaning or another is known; unknown ones of later versions are shown as they are. */
function word<T extends string>(): Check<T> {
  return (value, path) => text(value, path) as T
}

const number: Check<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(path, 'a number', value)
  return value
}

const bound: Check<number> = (value, path) => (value === null ? Number.POSITIVE_INFINITY : number(value, path))

const flag: Check<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw wrong(path, 'true or false', value)
  return value
}

function orNull<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null || value === undefined ? null : check(value, path))
}

function list<T>(check: Check<T>): Check<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw wrong(path, 'a list', value)
    return value.map((each, index) => check(each, `${path}[${index}]`))
  }
}

function object<T extends object>(checks: Checks<T>): Check<T> {
  const fields = Object.entries(checks) as [string, Check<unknown>][]
  return (value, path) => {
    const given = record(value, path)
    const checked = fields.map(([name, check]) => [name, check(given[name], path === '' ? name : `${path}.${name}`)])
    // Each field's check gives its type; see Checks.
    return Object.fromEntries(checked) as T
  }
}

const numbersByName: Check<Readonly<Record<string, number>>> = (value, path) => {
  const entries = Object.entries(record(value, path))
  return Object.fromEntries(entries.map(([name, each]) => [name, number(each, `${path}.${name}`)]))
}

function record(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'an object', value)
  return value as Readonly<Record<string, unknown>>
}

const lastError = orNull(object<LastError>({ at: number, code: text, message: text }))
const component = { name: text, type: text, state: word<SourceReading['state']>(), restarts: number, lastError }
const problem = object<HealthProblem>({
  component: text,
  problem: word<HealthProblem['problem']>(),
  message: text,
  since: number,
})

const source = object<SourcePart>({
  ...component,
  channels: list(text),
  account: object<SourcePart['account']>({ received: number }),
  dropped: numbersByName,
  deadLettered: number,
  channelFull: number,
  putFailures: number,
  optionalMissed: number,
  inPerSecond: number,
  blockedSeconds: number,
  isBlocked: flag,
})

const channel = object<ChannelPart>({
  ...component,
  size: number,
  capacity: bound,
  bytes: number,
  byteCapacity: bound,
  fill: number,
  isDurable: flag,
  inPerSecond: number,
  outPerSecond: number,
  growthPerSecond: number,
  secondsUntilFull: orNull(number),
  secondsUntilEmpty: orNull(number),
  secondsSinceProgress: orNull(number),
})

const sink = object<SinkPart>({
  ...component,
  channel: text,
  group: orNull(text),
  account: object<SinkPart['account']>({ delivered: number }),
  dropped: numbersByName,
  deadLettered: number,
  retries: number,
  failures: number,
  failuresInRow: number,
  eventsInFlight: number,
  outPerSecond: number,
  secondsSinceSuccess: orNull(number),
  lastFailure: lastError,
  eventAgeSeconds: object<Buckets>({ bounds: list(number), counts: list(number) }),
})

const agent = object<Reading>({
  agent: text,
  version: text,
  at: number,
  startedAt: number,
  state: word<AgentReading['state']>(),
  health: object<Reading['health']>({ ready: flag, problems: list(problem), warnings: list(problem) }),
  sources: list(source),
  channels: list(channel),
  sinks: list(sink),
  process: object<Reading['process']>({
    uptimeSeconds: number,
    cpuSeconds: number,
    residentBytes: number,
    eventLoopLagSeconds: object<ProcessReading['eventLoopLagSeconds']>({ median: number, max: number }),
  }),
})
