import type { AgentReading, ComponentReading, HistogramReading, Metric, MetricReading } from '../core/index.ts'
import { type ComponentOfKind, type Labels, type MetricKind, type MetricRow, vocabulary } from './vocabulary.ts'

/** A metric with all its samples, as Prometheus means it. */
export interface MetricFamily {
  readonly name: string
  readonly kind: MetricKind
  readonly unit: string
  readonly doc: string
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels: Labels
  readonly value: number | HistogramReading
}

/** Everything in a reading: the vocabulary's metrics, then what the declarations of the components count besides. */
export function metricFamilies(reading: AgentReading): readonly MetricFamily[] {
  const families = new Families(reading.agent)
  for (const row of [...vocabulary.agent, ...vocabulary.process]) families.add(row, {}, reading)
  const components = componentsOf(reading)
  for (const row of vocabulary.component)
    for (const each of components) families.add(row, { component: each.reading.name }, each)
  for (const row of vocabulary.source)
    for (const each of reading.sources) families.add(row, { component: each.name }, each)
  for (const row of vocabulary.channel)
    for (const each of reading.channels) families.add(row, { component: each.name }, each)
  for (const row of vocabulary.sink) for (const each of reading.sinks) families.add(row, { component: each.name }, each)
  for (const each of components)
    for (const metric of each.reading.metrics) families.addDeclared(each.kind, each.reading, metric)
  return families.all
}

function componentsOf({ sources, channels, sinks }: AgentReading): readonly ComponentOfKind[] {
  return [
    ...sources.map((reading) => ({ kind: 'source', reading }) as const),
    ...channels.map((reading) => ({ kind: 'channel', reading }) as const),
    ...sinks.map((reading) => ({ kind: 'sink', reading }) as const),
  ]
}

/**
 * How Prometheus names what a declaration counts: `connectionsRefused` of a source is
 * `flumen_source_connections_refused_total`.
 */
export function declaredName(kind: string, { name, kind: metricKind, unit = '' }: Metric): string {
  const words = `flumen_${snakeCase(kind)}_${snakeCase(name)}`
  const base = metricKind === 'histogram' ? 'seconds' : baseUnit(unit).name
  const withUnit = base === '' || words.endsWith(`_${base}`) ? words : `${words}_${base}`
  return metricKind === 'counter' ? `${withUnit.replace(/_total$/, '')}_total` : withUnit
}

interface GrowingFamily extends MetricFamily {
  readonly samples: Sample[]
  readonly isDeclared: boolean
}

class Families {
  readonly #agent: string
  readonly #byName = new Map<string, GrowingFamily>()

  constructor(agent: string) {
    this.#agent = agent
  }

  get all(): readonly MetricFamily[] {
    return [...this.#byName.values()].filter(({ samples }) => samples.length > 0)
  }

  add<R>(row: MetricRow<R>, labels: Labels, reading: R): void {
    const { samples } = this.#family({ ...row, isDeclared: false, samples: [] })
    const value = row.value(reading)
    const own = { agent: this.#agent, ...labels }
    if (value === null) return
    if (typeof value === 'boolean') samples.push({ labels: own, value: value ? 1 : 0 })
    else if (typeof value === 'number' || 'bounds' in value) samples.push({ labels: own, value })
    else for (const each of value) samples.push({ labels: { ...own, ...each.labels }, value: each.value })
  }

  addDeclared(kind: string, { name: component, type }: ComponentReading, { metric, value }: MetricReading): void {
    const { kind: metricKind, doc, unit = '' } = metric
    const base = baseUnit(metricKind === 'histogram' ? 's' : unit)
    const facts = { kind: metricKind, unit: base.name, doc, isDeclared: true, samples: [] }
    const family = this.#family({ ...facts, name: declaredName(kind, metric) })
    // Two types that mean different things by one word, or a word of the vocabulary: the type makes the difference.
    const mine =
      family.isDeclared && family.kind === metricKind
        ? family
        : this.#family({ ...facts, name: declaredName(`${kind}_${type}`, metric) })
    if (mine.kind !== metricKind || !mine.isDeclared) return
    mine.samples.push({
      labels: { agent: this.#agent, component },
      value: typeof value === 'number' ? value * base.factor : value,
    })
  }

  #family(wanted: GrowingFamily): GrowingFamily {
    const known = this.#byName.get(wanted.name)
    if (known) return known
    this.#byName.set(wanted.name, wanted)
    return wanted
  }
}

function snakeCase(name: string): string {
  return name
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase()
}

/** Prometheus' unit for a declaration's, and what a value is multiplied by. */
function baseUnit(unit: string): { readonly name: string; readonly factor: number } {
  return baseUnits.get(unit) ?? { name: snakeCase(unit), factor: 1 }
}

const baseUnits = new Map([
  ['ms', { name: 'seconds', factor: 0.001 }],
  ['s', { name: 'seconds', factor: 1 }],
  ['B', { name: 'bytes', factor: 1 }],
])
