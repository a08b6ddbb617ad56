/** A method of the port, with `create` for an open that makes a file. */
export type CallName =
  | 'open'
  | 'create'
  | 'list'
  | 'makeDirectory'
  | 'rename'
  | 'unlink'
  | 'syncDirectory'
  | 'freeBytes'
  | 'size'
  | 'read'
  | 'write'
  | 'sync'
  | 'truncate'
  | 'close'

export interface Call {
  readonly operation: CallName
  readonly path: string
  /** Where a read or write begins, or the size of a truncate. */
  readonly position?: number
  /** What a read or write is about. */
  readonly bytes?: number
}

export interface FaultOptions {
  /** How many calls fail. Default 1; Infinity until {@link Fault.remove}. */
  readonly times?: number
  /** How many calls that match go well before. Default 0. */
  readonly after?: number
  /** Bytes of a write that get to the file before it fails. Default 0. */
  readonly shortWrite?: number
}

/** Calls that fail with a system error. */
export class Fault {
  readonly code: string
  readonly shortWrite: number
  readonly #matches: (call: Call) => boolean
  #before: number
  #left: number
  #hits = 0

  constructor(which: CallName | ((call: Call) => boolean), code: string, options: FaultOptions) {
    this.code = code
    this.shortWrite = options.shortWrite ?? 0
    this.#matches = typeof which === 'string' ? ({ operation }) => operation === which : which
    this.#before = options.after ?? 0
    this.#left = options.times ?? 1
  }

  /** Calls that failed so far. */
  get hits(): number {
    return this.#hits
  }

  /** No call fails any more. */
  remove(): void {
    this.#left = 0
  }

  strikes(call: Call): boolean {
    if (this.#left === 0 || !this.#matches(call)) return false
    if (this.#before > 0) {
      this.#before--
      return false
    }
    this.#left--
    this.#hits++
    return true
  }
}
