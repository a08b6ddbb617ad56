import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { LifecycleError, type Metric, type Metrics } from '../core/index.ts'

/** The numbers of one component, by the names that its declaration gives. Survives restarts of the component. */
export class ComponentMetrics implements Metrics {
  readonly declared: ReadonlyMap<string, Metric>
  readonly #values = new Map<string, number>()
  readonly #histograms = new Map<string, RecordableHistogram>()

  constructor(declared: readonly Metric[] = []) {
    this.declared = new Map(declared.map((metric) => [metric.name, metric]))
    for (const { name, kind } of declared) if (kind !== 'histogram') this.#values.set(name, 0)
  }

  /** Counters and gauges now. */
  get values(): ReadonlyMap<string, number> {
    return this.#values
  }

  get histograms(): ReadonlyMap<string, RecordableHistogram> {
    return this.#histograms
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
    const histogram = this.#histograms.get(name) ?? createHistogram()
    this.#histograms.set(name, histogram)
    return { record: (ms) => histogram.record(Math.max(1, Math.round(ms * 1000))) }
  }

  #expect(name: string, kind: Metric['kind']): void {
    const declared = this.declared.get(name)
    if (declared?.kind !== kind) throw new LifecycleError(`no ${kind} ${name} is declared`)
  }
}
