import type { Catalogue } from '../../component/catalogue.ts'
import type { Declaration } from '../../component/kit.ts'
import { readFields } from '../../config/field.ts'
import { Problems } from '../../config/problem.ts'
import { sectionOf } from '../../config/section.ts'
import { type Clock, type EventBatch, type Log, type Metrics, messageOf, type SourceContext } from '../../core/index.ts'

export interface FolderOptions {
  readonly path: string
  readonly longestLine: number
  readonly catalogue: Catalogue
  readonly clock: Clock
  say(line: string): void
  /** Resolves when the events are stored. @throws PutError with the verdict `fatal` to give up */
  send(batch: EventBatch): Promise<void>
}

/** What became of a folder's files. */
export interface FolderEnd {
  readonly done: number
  /** Put aside, or not readable. */
  readonly failed: number
}

const stopMs = 5000

/**
 * Sends the files that are in a folder, as the spooldir source does, and ends when all are done. Where it gives up, what
 * is stored of a file is kept, and the next run goes on there.
 * @throws what `send` throws, ComponentFailedError for a folder that cannot be used
 */
export async function sendFolder(options: FolderOptions, signal: AbortSignal): Promise<FolderEnd> {
  const counts = new Map<string, number>()
  const context = contextOf(options, counts)
  const source = await spooldir(options, context)
  await source.start()
  try {
    for (;;) {
      counts.delete('filesWaiting')
      await source.poll(signal)
      const unreadable = counts.get('readFailures') ?? 0
      if (counts.get('filesWaiting') === 0 || unreadable > 0 || signal.aborted) break
    }
  } finally {
    await source.stop(stopMs)
  }
  const failed = (counts.get('filesQuarantined') ?? 0) + (counts.get('readFailures') ?? 0)
  return { done: counts.get('filesDone') ?? 0, failed }
}

async function spooldir({ path, longestLine, catalogue }: FolderOptions, context: SourceContext) {
  const found = await catalogue.find('source', 'spooldir', path)
  if (!('declaration' in found)) throw new Error(`${found.message}; ${found.fix}`)
  const declaration = found.declaration as unknown as Declaration<'source'>
  const values = { spoolDir: path, 'deserializer.maxLineLength': String(longestLine), pollDelay: '1' }
  const problems = new Problems()
  const read = await readFields(declaration.fields, sectionOf(values, problems, catalogue))
  const [problem] = problems.all
  if (problem) throw new Error(`${problem.key}: ${problem.message}`)
  const source = await declaration.create(read, context)
  if (source.kind !== 'pollable') throw new Error('the spooldir source cannot be polled')
  return source
}

function contextOf({ clock, say, send }: FolderOptions, counts: Map<string, number>): SourceContext {
  const reported = (error: unknown): void => say(messageOf(error))
  return {
    name: 'dirname',
    clock,
    log: logTo(say),
    metrics: metricsIn(counts),
    fail: reported,
    put: (batch) => send(batch),
    reject: (batch, reason) => say(`${batch.length} events are left out: ${reason}`),
    end: () => undefined,
  }
}

/** Warnings and errors, as lines for people. */
export function logTo(say: (line: string) => void): Log {
  const write: Log['warn'] = (message, facts = {}) =>
    say([message, ...Object.entries(facts).map(([name, value]) => `${name}=${String(value)}`)].join(' '))
  return { debug: () => undefined, info: () => undefined, warn: write, error: write }
}

function metricsIn(counts: Map<string, number>): Metrics {
  return {
    counter: (name) => ({ add: (amount) => counts.set(name, (counts.get(name) ?? 0) + amount) }),
    gauge: (name) => ({ set: (value) => counts.set(name, value) }),
    histogram: () => ({ record: () => undefined }),
  }
}
