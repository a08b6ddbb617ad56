import { defineChannelSelector, field } from '../../component/kit.ts'
import type { ChannelSelector, EventBatch, Headers, Part, Route } from '../../core/index.ts'
import { channelNumbers } from './channel-numbers.ts'

export default defineChannelSelector({
  type: 'multiplexing',
  className: 'org.apache.flume.channel.MultiplexingChannelSelector',
  summary: 'Chooses the channels of an event by the value of one header.',
  description:
    'Values are compared exactly, with case and blanks. An event without the header, with a blank value or with one ' +
    'that no mapping has goes to the default channels; where there are none it is stored nowhere and counted as ' +
    'unrouted. An optional channel that is required for the same value is required.',
  fields: {
    header: field.string({ default: 'flume.selector.header', doc: 'Name of the header that decides.' }),
    mapping: field.prefix({ placeholder: 'value', doc: 'Channels for events whose header has this value.' }),
    default: field.list({ default: [], doc: 'Channels for all other events.' }),
    optional: field.prefix({
      placeholder: 'value',
      doc: 'More channels for events with this value, which a put does not wait for and whose failure does not fail it.',
    }),
  },
  examples: [
    'a1.sources.r1.selector.type = multiplexing\na1.sources.r1.selector.header = state\n' +
      'a1.sources.r1.selector.mapping.CZ = c1\na1.sources.r1.selector.default = c1',
  ],
  namesChannels: ({ mapping, default: otherwise, optional }) => [
    ...named('mapping', mapping),
    ...otherwise.map((channel) => ({ key: 'default', channel })),
    ...named('optional', optional),
  ],
  check({ mapping }, section) {
    for (const [value, names] of mapping) {
      if (words(names).length > 0) continue
      section.error(`mapping.${value}`, `${section.key(`mapping.${value}`)} names no channel`, 'name one, or remove it')
    }
  },
  create({ header, mapping, default: otherwise, optional }, { channels }) {
    const required = new Map<string, readonly number[]>()
    for (const [value, names] of mapping)
      if (!isBlank(value)) required.set(value, channelNumbers(words(names), channels))
    const fallback = channelNumbers(otherwise, channels)
    const targets = new Map<string, Target>()
    for (const [value, numbers] of required) targets.set(value, targetOf(numbers, [], channels.length))
    for (const [value, names] of optional) {
      targets.set(
        value,
        targetOf(required.get(value) ?? fallback, channelNumbers(words(names), channels), channels.length),
      )
    }
    return new Multiplexer(header, targets, targetOf(fallback, [], channels.length), channels.length)
  },
})

/** Where the events of one header value go. */
interface Target {
  /** For a batch that goes there as a whole. */
  readonly routes: readonly Route[]
  /** Of each route, where its rows are gathered: number of the channel, plus the count of channels if optional. */
  readonly slots: readonly number[]
}

class Multiplexer implements ChannelSelector {
  readonly #header: string
  readonly #targets: ReadonlyMap<string, Target>
  readonly #otherwise: Target
  readonly #channels: number

  constructor(header: string, targets: ReadonlyMap<string, Target>, otherwise: Target, channels: number) {
    this.#header = header
    this.#targets = targets
    this.#otherwise = otherwise
    this.#channels = channels
  }

  select(batch: EventBatch): readonly Route[] {
    return this.#targetOfAll(batch)?.routes ?? this.#split(batch)
  }

  #targetOfAll({ parts }: EventBatch): Target | undefined {
    let target: Target | undefined
    for (const part of parts) {
      const own = this.#targetOfPart(part)
      if (own === undefined || (target !== undefined && own !== target)) return undefined
      target = own
    }
    return target ?? this.#otherwise
  }

  /** `undefined`: its rows may differ. */
  #targetOfPart(part: Part): Target | undefined {
    for (const [name, column] of part.columns) {
      if (name === this.#header) return column.kind === 'constant' ? this.#targetOf(column.value) : undefined
    }
    return part.rare?.some((headers) => headers?.has(this.#header)) ? undefined : this.#otherwise
  }

  #targetOf(value: string | undefined): Target {
    return (value === undefined ? undefined : this.#targets.get(value)) ?? this.#otherwise
  }

  #split(batch: EventBatch): readonly Route[] {
    const gathered = new Gathered(this.#channels, batch.length)
    let first = 0
    for (const part of batch.parts) {
      const target = this.#targetOfPart(part)
      const end = first + part.length
      if (target) for (let row = first; row < end; row++) gathered.add(row, target.slots)
      else this.#gather(valuesOf(part, this.#header), first, gathered)
      first = end
    }
    return gathered.routes()
  }

  #gather(values: readonly (string | undefined)[], first: number, gathered: Gathered): void {
    let last = values[0]
    let target = this.#targetOf(last)
    for (let index = 0; index < values.length; index++) {
      const value = values[index]
      if (value !== last) {
        last = value
        target = this.#targetOf(value)
      }
      gathered.add(first + index, target.slots)
    }
  }
}

/** Rows by slot; see {@link Target.slots}. */
class Gathered {
  readonly #channels: number
  readonly #length: number
  readonly #rows: (Uint32Array | undefined)[]
  readonly #counts: number[]

  /** @param length rows of the batch */
  constructor(channels: number, length: number) {
    this.#channels = channels
    this.#length = length
    this.#rows = new Array<Uint32Array | undefined>(channels * 2).fill(undefined)
    this.#counts = new Array<number>(channels * 2).fill(0)
  }

  add(row: number, slots: readonly number[]): void {
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at]!
      this.#rows[slot] ??= new Uint32Array(this.#length)
      this.#rows[slot][this.#counts[slot]!++] = row
    }
  }

  routes(): readonly Route[] {
    const routes: Route[] = []
    for (const [slot, rows] of this.#rows.entries()) {
      if (!rows) continue
      const count = this.#counts[slot]!
      const required = slot < this.#channels
      const channel = required ? slot : slot - this.#channels
      routes.push({ channel, required, rows: count === this.#length ? null : rows.subarray(0, count) })
    }
    return routes
  }
}

function targetOf(required: readonly number[], optional: readonly number[], channels: number): Target {
  const more = optional.filter((channel) => !required.includes(channel))
  return {
    routes: [
      ...required.map((channel) => ({ channel, required: true, rows: null })),
      ...more.map((channel) => ({ channel, required: false, rows: null })),
    ],
    slots: [...required, ...more.map((channel) => channel + channels)],
  }
}

function valuesOf(part: Part, header: string): readonly (string | undefined)[] {
  for (const [name, column] of part.columns) if (name === header && column.kind === 'list') return column.values
  return (part.rare ?? []).map((headers) => headers?.get(header))
}

function named(field: string, lists: Headers): { readonly key: string; readonly channel: string }[] {
  return [...lists].flatMap(([value, names]) => words(names).map((channel) => ({ key: `${field}.${value}`, channel })))
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

/** As Java's trim sees it. */
function isBlank(value: string): boolean {
  return /^[\0- ]*$/.test(value)
}
