import { defineSinkProcessor, field, type Section } from '../../component/kit.ts'
import {
  type Clock,
  type EventBatch,
  type FlumenErrorShape,
  type Headers,
  retryAfterOf,
  type SinkProcessor,
  verdictOf,
} from '../../core/index.ts'

export default defineSinkProcessor({
  type: 'failover',
  className: 'org.apache.flume.sink.FailoverSinkProcessor',
  summary: 'Gives every batch to the sink of the highest priority that works.',
  description:
    'A sink that fails is left alone for 2 s, then 4, 8, 16 s and so on up to maxpenalty; the batch goes to the next ' +
    'sink at once. When the time is over it is tried again, and with its success it is back in its place. ' +
    'Sinks of equal priority go in the order of the group.',
  fields: {
    priority: field.prefix({
      placeholder: 'sink',
      doc: 'Priority of a sink, a whole number, higher first. Sinks without one come last, in the order of the group.',
    }),
    maxpenalty: field.duration({
      default: 30000,
      unit: 'ms',
      min: 0,
      onInvalid: 'default',
      doc: 'The longest time that a failed sink is left alone.',
    }),
  },
  examples: [
    'a1.sinkgroups.g1.sinks = k1 k2\na1.sinkgroups.g1.processor.type = failover\n' +
      'a1.sinkgroups.g1.processor.priority.k1 = 10\na1.sinkgroups.g1.processor.priority.k2 = 5\n' +
      'a1.sinkgroups.g1.processor.maxpenalty = 10000',
  ],
  namesSinks: ({ priority }) => [...priority.keys()].map((sink) => ({ key: `priority.${sink}`, sink })),
  check: ({ priority }, section) => checkPriorities(priority, section),
  create: ({ priority, maxpenalty }, { sinks, clock }) => new Failover(inOrder(sinks, priority), maxpenalty, clock),
})

interface Member {
  readonly name: string
  /** In a row. 0: it is live. */
  failures: number
  /** Monotonic ms; from then on a sink that failed is tried again. */
  restoreAt: number
}

/** Times are monotonic ms. */
class Failover implements SinkProcessor {
  /** By priority, the highest first. */
  readonly #members: readonly Member[]
  readonly #maxPenalty: number
  readonly #clock: Clock

  constructor(names: readonly string[], maxPenalty: number, clock: Clock) {
    this.#members = names.map((name) => ({ name, failures: 0, restoreAt: 0 }))
    this.#maxPenalty = maxPenalty
    this.#clock = clock
  }

  pick(_batch: EventBatch, tried: ReadonlySet<string>): string | { readonly waitMs: number } {
    const now = this.#clock.monotonic()
    const first =
      this.#recovering(tried, now) ?? this.#members.find(({ name, failures }) => failures === 0 && !tried.has(name))
    if (first) return first.name
    if (this.#members.some((member) => !this.#isPenalised(member, now))) return { waitMs: 0 }
    return { waitMs: Math.min(...this.#members.map(({ restoreAt }) => restoreAt)) - now }
  }

  failed(sink: string, error: FlumenErrorShape): void {
    const now = this.#clock.monotonic()
    const member = this.#members.find(({ name }) => name === sink)
    if (!member || verdictOf(error) === 'reject' || this.#isPenalised(member, now)) return
    member.failures++
    member.restoreAt = now + Math.min(this.#maxPenalty, Math.max(1000 * 2 ** member.failures, retryAfterOf(error) ?? 0))
  }

  succeeded(sink: string): void {
    const member = this.#members.find(({ name }) => name === sink)
    if (member) member.failures = 0
  }

  /** The sink whose time was over first; it goes before the live ones, whatever its priority, or it would never recover. */
  #recovering(tried: ReadonlySet<string>, now: number): Member | undefined {
    let first: Member | undefined
    for (const member of this.#members) {
      if (member.failures === 0 || this.#isPenalised(member, now) || tried.has(member.name)) continue
      if (!first || member.restoreAt < first.restoreAt) first = member
    }
    return first
  }

  /** Calls that were open when a sink failed fail after it; only the first of them counts. */
  #isPenalised({ failures, restoreAt }: Member, now: number): boolean {
    return failures > 0 && now < restoreAt
  }
}

/** Sinks of equal priority keep their order; Flume leaves out all but one of them. */
function inOrder(sinks: readonly string[], priorities: Headers): readonly string[] {
  let next = 0
  const ranked = sinks.map((name) => ({ name, priority: parsePriority(priorities.get(name)) ?? --next }))
  return ranked.sort((one, other) => other.priority - one.priority).map(({ name }) => name)
}

function checkPriorities(priorities: Headers, section: Section): void {
  const taken = new Map<number, string>()
  for (const [sink, text] of priorities) {
    const key = `priority.${sink}`
    const priority = parsePriority(text)
    const other = priority === undefined ? undefined : taken.get(priority)
    if (priority === undefined) {
      section.warning(
        key,
        `"${text}" is not a whole number of 32 bits; ${sink} comes last, as in Flume`,
        'write a whole number',
      )
    } else if (other !== undefined) {
      const message = `${sink} and ${other} have the same priority ${priority}; they go in the order of the group, where Flume ignores one`
      section.warning(key, message, 'give each sink a priority of its own')
    } else taken.set(priority, sink)
  }
}

function parsePriority(text: string | undefined): number | undefined {
  if (text === undefined || !/^[+-]?\d+$/.test(text)) return undefined
  const number = Number(text)
  return number === (number | 0) ? number : undefined
}
