import { LifecycleError, type Metric, type MetricReading, type Metrics } from '../core/index.ts'
import { Distribution } from './telemetry/distribution.ts'

/** The numbers of one component, by the names that its declaration gives. Survives restarts of the component. */
export class ComponentMetrics implements Metrics {
  readonly declared: ReadonlyMap<string, Metric>
  readonly #values = new Map<string, number>()
  readonly #histograms = new Map<string, Distribution>()

  constructor(declared: readonly Metric[] = []) {
    this.declared = new Map(declared.map((metric) => [metric.name, metric]))
    for (const { name, kind } of declared) if (kind !== 'histogram') this.#values.set(name, 0)
  }

  /** Counters and gauges now. */
  get values(): ReadonlyMap<string, number> {
    return this.#values
  }

  /** All of them, in the declaration's order. */
  get readings(): readonly MetricReading[] {
    return Array.from(this.declared.values(), (metric) => {
      if (metric.kind !== 'histogram') return { metric, value: this.#values.get(metric.name)! }
      return { metric, value: (this.#histograms.get(metric.name) ?? new Distribution()).reading }
    })
  }

  counter(name: string): { add(amount: number): void } {
    this.#expect(name, 'counter')
    return { add: (amount) => this.#values.set(name, this.#values.get(name)! + amount) }
  }

  gauge(name: string): { set(value: number): void } {
    this.#expect(name, 'gauge')
    return { set: (value) => this.#values.set(name, value) }
  }

  histogram(name: string): { record(ms: number): void } {
    this.#expect(name, 'histogram')
    const histogram = this.#histograms.get(name) ?? new Distribution()
    this.#histograms.set(name, histogram)
    return { record: (ms) => histogram.record(ms / 1000) }
  }

  #expect(name: string, kind: Metric['kind']): void {
    const declared = this.declared.get(name)
    if (declared?.kind !== kind) throw new LifecycleError(`no ${kind} ${name} is declared`)
  }
}
