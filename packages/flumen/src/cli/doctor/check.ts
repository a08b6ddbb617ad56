/** `unsafe`: events may be lost that were acknowledged. `warning`: somebody should know. */
export type Verdict = 'ok' | 'warning' | 'unsafe'

/** What one look at the disk says. */
export interface Check {
  readonly name: string
  readonly verdict: Verdict
  /** Lines for a person, the most important first. */
  readonly lines: readonly string[]
  /** The same for a program. */
  readonly facts: Readonly<Record<string, unknown>>
}
