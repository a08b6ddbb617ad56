import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'

/** What was written holds against what the store has. */
export interface Sum {
  readonly written: number
  /** Each line counted once. */
  readonly stored: number
  readonly missing: number
  /** How often a line is there beyond the first time. */
  readonly twice: number
  /** Whole lines of the store that nobody has written. */
  readonly strange: number
}

/** Says which edge wrote it as its which line, from 0. */
export function lineOf(edge: string, number: number): string {
  return `${edge} ${String(number).padStart(9, '0')} a line of a log`
}

/** Reads the store's files on from where it read them before; a byte of memory for each line. */
export class Account {
  readonly #folder: string
  readonly #written = new Map<string, number>()
  readonly #counts = new Map<string, Uint8Array>()
  readonly #offsets = new Map<string, number>()
  #stored = 0
  #twice = 0
  #strange = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /** An edge has written its lines below `end`. */
  wrote(edge: string, end: number): void {
    this.#written.set(edge, end)
  }

  sum(): Sum {
    const names = existsSync(this.#folder) ? readdirSync(this.#folder) : []
    for (const name of names) this.#read(name)
    const written = [...this.#written.values()].reduce((total, end) => total + end, 0)
    return {
      written,
      stored: this.#stored,
      missing: written - this.#stored,
      twice: this.#twice,
      strange: this.#strange,
    }
  }

  /** Whole lines: what a kill has torn off has no end, and comes again in another file. */
  #read(name: string): void {
    const file = openSync(join(this.#folder, name), 'r')
    try {
      const chunk = Buffer.alloc(1 << 20)
      for (;;) {
        const offset = this.#offsets.get(name) ?? 0
        const count = readSync(file, chunk, 0, chunk.length, offset)
        const end = chunk.lastIndexOf('\n', count - 1) + 1
        if (count === 0 || end === 0) return
        for (const line of chunk.toString('latin1', 0, end - 1).split('\n')) this.#count(line)
        this.#offsets.set(name, offset + end)
      }
    } finally {
      closeSync(file)
    }
  }

  #count(line: string): void {
    const [edge = '', digits = ''] = line.split(' ', 2)
    const number = Number(digits)
    if (line !== lineOf(edge, number) || number >= (this.#written.get(edge) ?? 0)) {
      this.#strange++
      return
    }
    const counts = this.#countsOf(edge, number)
    const before = counts[number] ?? 0
    counts[number] = Math.min(255, before + 1)
    if (before === 0) this.#stored++
    else this.#twice++
  }

  #countsOf(edge: string, number: number): Uint8Array {
    const counts = this.#counts.get(edge) ?? new Uint8Array(1 << 16)
    if (number < counts.length) {
      this.#counts.set(edge, counts)
      return counts
    }
    const larger = new Uint8Array(Math.max(2 * counts.length, number + 1))
    larger.set(counts)
    this.#counts.set(edge, larger)
    return larger
  }
}
