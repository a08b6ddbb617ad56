import type { Fields, OptionsOf } from '../config/field.ts'
import type { Section } from '../config/section.ts'
import type { Metric } from '../core/index.ts'
import type { ContextOf, Instance, Kind } from './kind.ts'

/** An address that a component will listen on; two components of one file on the same one are a problem. */
export interface Listen {
  /** The option that says so, for the problem's key. */
  readonly key: string
  readonly protocol: 'tcp' | 'udp' | 'unix'
  /** Undefined: all addresses. */
  readonly host: string | undefined
  /** Number of the port (0: none in particular), or the path of a Unix socket. */
  readonly port: number | string
}

/** A size in events and the option that says it. */
export interface EventsOption {
  readonly key: string
  readonly events: number
}

/** What an interceptor does to headers. */
export interface Outputs {
  /** Those that it may set. */
  readonly names: readonly string[]
  /** Others too: their names come with the events. */
  readonly isOpen?: boolean
  /** Every event gets all of them, whatever it had before. */
  readonly overwrites?: boolean
}

/** A channel that an option names. */
export interface NamedChannel {
  /** The option, for the problem's key. */
  readonly key: string
  readonly channel: string
  /** A lenient start leaves a name that there is not out of the option, as Flume does. */
  readonly isOptional?: true
}

/**
 * A component is one declaration. Its parsed and typed options, the validator's messages, `flumen check`, the
 * reference pages, the JSON Schema, command-line help, the alias table and the contract tests all come from it; nothing
 * about a component is listed a second time. It imports no client library; `create` loads it.
 */
export interface Declaration<K extends Kind = Kind, F extends Fields = Fields> {
  readonly kind: K
  /** Name in configurations, matched without regard to case. A few of Flume's components have only a class name. */
  readonly type?: string
  /** Other names. */
  readonly aliases?: readonly string[]
  /** Java class names that Flume configurations use. */
  readonly className?: string | readonly string[]
  /** One sentence. */
  readonly summary: string
  /** More for the reference page: Markdown. */
  readonly description?: string
  readonly fields: F
  readonly metrics?: readonly Metric[]
  /** Of a channel: it may hold events from before the start, so a sink without a source makes sense. */
  readonly holdsEvents?: boolean
  /**
   * Whole lines of configuration that show its use; checked and shown in the reference. Written for agent `a1` with
   * `r1`, `c1`, `k1`; lines for the other components are added where they are missing.
   */
  readonly examples: readonly string[]
  /** A source or a channel that can lose events says when; `check` prints it as a note. */
  mayLose?(options: OptionsOf<F>): string | undefined
  /** Events of one put or take; `check` compares it with the channel's transactionCapacity. */
  batchSize?(options: OptionsOf<F>): EventsOption | undefined
  /** Of a channel. */
  transactionCapacity?(options: OptionsOf<F>): EventsOption | undefined
  /** Of a channel: it keeps its events in memory, and takes its share of what there is for that. */
  sharesMemory?(options: OptionsOf<F>): boolean
  listens?(options: OptionsOf<F>): readonly Listen[]
  /** Of an interceptor: the headers that it sets. */
  outputs?(options: OptionsOf<F>): Outputs
  /** Of a channel selector: channels that its options name; the source must have them. */
  namesChannels?(options: OptionsOf<F>): readonly NamedChannel[]
  /** Of a sink processor: sinks that its options name; the group must have them. */
  namesSinks?(options: OptionsOf<F>): readonly { readonly key: string; readonly sink: string }[]
  /** Of a sink processor: how many sinks a group of it may have. */
  readonly groupSize?: { readonly min: number; readonly max: number }
  /** What no single field can see. Reports on the section, throws nothing, does no I/O. */
  check?(options: OptionsOf<F>, section: Section): void
  /** Makes an instance; no side effect before its `start`. */
  create(options: OptionsOf<F>, context: ContextOf[K]): Instance[K] | Promise<Instance[K]>
}

type Written<K extends Kind, F extends Fields> = Omit<Declaration<K, F>, 'kind'>

/** One function a kind; each only adds the kind and infers the types of `create`'s options. */
function define<K extends Kind>(kind: K) {
  return <const F extends Fields>(declaration: Written<K, F>): Declaration<K, F> => ({ kind, ...declaration })
}

export const defineSource = define('source')
export const defineChannel = define('channel')
export const defineSink = define('sink')
export const defineInterceptor = define('interceptor')
export const defineChannelSelector = define('selector')
export const defineSinkProcessor = define('processor')
export const defineEventSerializer = define('serializer')
export const defineEventDeserializer = define('deserializer')
export const defineExtractorSerializer = define('extractor')
export const definePathManager = define('pathManager')
export const defineHttpHandler = define('httpHandler')
export const defineSinkSelector = define('sinkSelector')
export const defineMonitor = define('monitor')

export function classNamesOf(declaration: Pick<Declaration, 'className'>): readonly string[] {
  const { className } = declaration
  if (className === undefined) return []
  return typeof className === 'string' ? [className] : className
}

/** What a person calls it: its alias, or else its class name. */
export function typeNameOf(declaration: Pick<Declaration, 'type' | 'className'>): string {
  return declaration.type ?? classNamesOf(declaration)[0] ?? '(unnamed)'
}
