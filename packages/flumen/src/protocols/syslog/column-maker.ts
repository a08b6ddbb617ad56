import type { NamedColumn } from '../../core/index.ts'

/** Makes one header of the rows of a part. */
export class ColumnMaker {
  readonly name: string
  #rows = 0
  #first: string | undefined
  /** Undefined while all are equal. */
  #values: (string | undefined)[] | undefined

  constructor(name: string) {
    this.name = name
  }

  add(value: string | undefined): void {
    if (this.#values) this.#values.push(value)
    else if (this.#rows === 0) this.#first = value
    else if (value !== this.#first) {
      this.#values = new Array<string | undefined>(this.#rows).fill(this.#first)
      this.#values.push(value)
    }
    this.#rows++
  }

  /** Undefined: no row has it. */
  take(): NamedColumn | undefined {
    const [values, value] = [this.#values, this.#first]
    this.#values = undefined
    this.#first = undefined
    this.#rows = 0
    if (values) return [this.name, { kind: 'list', values }]
    return value === undefined ? undefined : [this.name, { kind: 'constant', value }]
  }
}

/** The columns of those that some row has. */
export function takeColumns(makers: readonly ColumnMaker[]): NamedColumn[] {
  return makers.map((maker) => maker.take()).filter((column) => column !== undefined)
}
