/** One thing that a component counts; the name is the vocabulary's, `flume` is Flume's attribute where there is one. */
export interface Metric {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly unit?: string
  readonly doc: string
  readonly flume?: string
  /** Of a counter: it counts events that are gone for good. */
  readonly isLoss?: boolean
}

export interface Counter {
  add(amount: number): void
}
export interface Gauge {
  set(value: number): void
}
export interface Histogram {
  record(ms: number): void
}

/** What the declaration named, ready to count. A name that was not declared is an error at create. */
export interface Metrics {
  counter(name: string): Counter
  gauge(name: string): Gauge
  histogram(name: string): Histogram
}
