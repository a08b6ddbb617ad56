/** Where a setting stands: a file (or `-D`, `environment`, `flume.opts`, `program`), a line and a column, both from 1. Line 0: no place. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export const noPlace: Place = { file: '', line: 0, column: 0 }

/**
 * One finding about a configuration. An `error` stops the start in strict mode, a `warning` does not, a `note` is
 * something to know (a source that can lose events, for example).
 */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'note'
  readonly place: Place
  /** The whole key, `a1.sources.r1.port`. Empty where a finding belongs to a whole file. */
  readonly key: string
  /** What is wrong, one sentence without a full stop, no new line. */
  readonly message: string
  /** How to mend it, one sentence without a full stop. Empty only where nothing can be said. */
  readonly fix: string
  /** Something is missing at `key`; a misspelt key that is found later takes the problem's place. */
  readonly missing?: boolean
}

/** Collects problems; nothing that reads a configuration throws. */
export class Problems {
  #found: Problem[] = []
  readonly #missing = new Map<string, Problem[]>()
  readonly #wrongKeys = new Set<string>()
  readonly #takenBack = new Set<Problem>()
  #errors = 0
  #errorsEver = 0

  get all(): readonly Problem[] {
    if (this.#takenBack.size > 0) {
      this.#found = this.#found.filter((problem) => !this.#takenBack.has(problem))
      this.#takenBack.clear()
    }
    return this.#found
  }

  get hasErrors(): boolean {
    return this.#errors > 0
  }

  /** Errors so far, also those that were left out or taken back since: what was read is sound when this did not grow. */
  get errorsEver(): number {
    return this.#errorsEver
  }

  add(severity: Problem['severity'], place: Place, key: string, message: string, fix: string): void {
    this.#add({ severity, place, key, message, fix })
  }

  error(place: Place, key: string, message: string, fix: string): void {
    this.add('error', place, key, message, fix)
  }

  warning(place: Place, key: string, message: string, fix: string): void {
    this.add('warning', place, key, message, fix)
  }

  note(place: Place, key: string, message: string, fix: string): void {
    this.add('note', place, key, message, fix)
  }

  /**
   * Says that something is not there; see {@link foundElsewhere}. Left out where the key has an error already: its value
   * was dropped.
   */
  missing(place: Place, key: string, message: string, fix: string, severity: 'error' | 'warning' = 'error'): void {
    if (!this.#wrongKeys.has(key)) this.#add({ severity, place, key, message, fix, missing: true })
    else if (severity === 'error') this.#errorsEver++
  }

  /** Keys of which something said that they are missing, and nothing that they were found elsewhere. */
  get missingKeys(): readonly string[] {
    return [...this.#missing.keys()]
  }

  /** What was missing at a key stands in the file under a misspelt one, which has its own problem: one line is enough. */
  foundElsewhere(key: string): void {
    for (const problem of this.#missing.get(key) ?? []) {
      this.#takenBack.add(problem)
      if (problem.severity === 'error') this.#errors--
    }
    this.#missing.delete(key)
  }

  addAll(others: Iterable<Problem>): void {
    for (const problem of others) this.#add(problem)
  }

  #add(problem: Problem): void {
    const { severity, key, missing } = problem
    this.#found.push(problem)
    if (missing) this.#missing.set(key, [...(this.#missing.get(key) ?? []), problem])
    if (severity !== 'error') return
    this.#errors++
    this.#errorsEver++
    if (!missing) this.#wrongKeys.add(key)
  }
}
