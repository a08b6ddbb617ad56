import type { Catalogue } from '../component/catalogue.ts'
import type { ContextOf, Declaration, Fields, Instance, Kind, OptionsOf } from '../component/kit.ts'
import { readFields } from '../config/field.ts'
import { Problems } from '../config/problem.ts'
import { sectionOf } from '../config/section.ts'
import {
  type AgentReading,
  type Clock,
  type EventBatch,
  type Log,
  type LogFacts,
  type LogLevel,
  type Metrics,
  PutError,
  type PutOptions,
  type SourceContext,
  systemClock,
} from '../core/index.ts'
import { readingForTest } from './reading.ts'

export interface LogLine {
  readonly level: LogLevel
  readonly message: string
  readonly facts: LogFacts
}

export interface HarnessOptions {
  readonly name?: string
  readonly clock?: Clock
  /** Where nested components (serializers) are found. */
  readonly catalogue?: Catalogue
  /** For a channel selector. */
  readonly channels?: readonly string[]
  /** For a sink processor or selector. */
  readonly sinks?: readonly string[]
  /** For a monitor: what it reads of the agent; `readingForTest()` unless given. */
  readonly read?: () => AgentReading
  /** For a monitor; true unless given. */
  readonly isAsked?: boolean
  /** For a deserializer: UTF-8 unless given. */
  readonly charset?: string
  /** For a deserializer: FAIL unless given. */
  readonly onMalformed?: ContextOf['deserializer']['onMalformed']
  /** Answers a source's put; may throw (see `refuse`) or wait. The default stores. */
  readonly onPut?: (batch: EventBatch, options: PutOptions | undefined) => void | Promise<void>
}

/** What a component did to its surroundings. */
export interface Observed {
  readonly lines: LogLine[]
  readonly failures: unknown[]
  /** Batches that a source put and that were stored. */
  readonly puts: EventBatch[]
  readonly rejected: { readonly batch: EventBatch; readonly reason: string }[]
  readonly counts: Map<string, number>
  ended: boolean
}

export interface Harness<K extends Kind> {
  readonly instance: Instance[K]
  readonly observed: Observed
  /** Bodies of all stored events as text, in order. */
  bodies(): readonly string[]
  /** Resolves when so many events have been stored. */
  stored(events: number): Promise<void>
}

/** Makes a component from its declaration as the runtime does, with surroundings that a test can see and script. */
export async function createForTest<K extends Kind, F extends Fields>(
  declaration: Declaration<K, F>,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Harness<K>> {
  const { read, problems } = await readForTest(declaration, values, options.catalogue)
  const errors = problems.all.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(errors.map(({ key, message, fix }) => `${key}: ${message}; ${fix}`).join('\n'))
  const observed: Observed = { lines: [], failures: [], puts: [], rejected: [], counts: new Map(), ended: false }
  const waiting = new Set<() => void>()
  const context = contextOf(observed, options, () => {
    for (const wake of waiting) wake()
  })
  const instance = await declaration.create(read, context as unknown as ContextOf[K])
  const bodies = (): string[] =>
    observed.puts.flatMap((batch) => Array.from(batch, ({ body }) => Buffer.from(body).toString()))
  return {
    instance,
    observed,
    bodies,
    stored: (events) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (observed.puts.reduce((sum, batch) => sum + batch.length, 0) < events) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
  }
}

/** Reads options as the validator does: the problems, and what `create` would get. */
export async function readForTest<K extends Kind, F extends Fields>(
  declaration: Declaration<K, F>,
  values: Readonly<Record<string, string>>,
  catalogue?: Catalogue,
): Promise<{ readonly read: OptionsOf<F>; readonly problems: Problems; readonly unknown: readonly string[] }> {
  const problems = new Problems()
  const section = sectionOf(values, problems, catalogue)
  const read = await readFields(declaration.fields, section)
  if (!problems.hasErrors) declaration.check?.(read, section)
  const unknown = Object.keys(values).filter((key) => !section.reading.used.has(key))
  return { read, problems, unknown }
}

/** An error as a put gives it: what a source must expect of a full channel (`retry`) or of a row that never fits (`reject`). */
export function refuse(cause: Error, stored = 0): never {
  throw new PutError(stored, cause)
}

function contextOf(
  observed: Observed,
  options: HarnessOptions,
  wake: () => void,
): SourceContext &
  ContextOf['deserializer'] &
  ContextOf['channel'] &
  ContextOf['selector'] &
  ContextOf['processor'] &
  ContextOf['monitor'] {
  return {
    name: options.name ?? 'component',
    clock: options.clock ?? systemClock,
    log: recordingLog(observed.lines),
    metrics: recordingMetrics(observed.counts),
    memoryShare: 64 * 1024 ** 2,
    channels: options.channels ?? ['c1'],
    sinks: options.sinks ?? ['k1', 'k2'],
    charset: options.charset ?? 'UTF-8',
    onMalformed: options.onMalformed ?? 'FAIL',
    read: options.read ?? (() => readingForTest()),
    isAsked: options.isAsked ?? true,
    fail: (error) => observed.failures.push(error),
    end: () => {
      observed.ended = true
    },
    reject: (batch, reason) => observed.rejected.push({ batch, reason }),
    put(batch, putOptions) {
      const answer = options.onPut?.(batch, putOptions)
      const store = (): void => {
        observed.puts.push(batch)
        wake()
      }
      return answer === undefined ? store() : answer.then(store)
    },
  }
}

function recordingLog(lines: LogLine[]): Log {
  const write =
    (level: LogLevel) =>
    (message: string, facts: LogFacts = {}): void => {
      lines.push({ level, message, facts })
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

function recordingMetrics(counts: Map<string, number>): Metrics {
  return {
    counter: (name) => ({ add: (amount) => counts.set(name, (counts.get(name) ?? 0) + amount) }),
    gauge: (name) => ({ set: (value) => counts.set(name, value) }),
    histogram: (name) => ({ record: (ms) => counts.set(name, ms) }),
  }
}
