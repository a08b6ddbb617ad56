import * as fs from 'node:fs'
import { join } from 'node:path'
import { crc32, gzipSync } from 'node:zlib'
import type { Random } from './random.ts'

/** A line says who wrote it, which one it is, and proves that it is whole. */
export function lineOf(writer: number, sequence: number, filler: string): string {
  const text = `${writer} ${sequence} ${filler}`
  return `${text} ${crc32(text).toString(16)}`
}

/** The number of a line; undefined: it is none of ours, or not whole. */
export function readLine(line: string): { readonly writer: number; readonly sequence: number } | undefined {
  const [, text = '', sum] = /^(.*) ([0-9a-f]+)$/.exec(line) ?? []
  if (sum !== crc32(text).toString(16)) return undefined
  const [writer, sequence] = text.split(' ')
  return { writer: Number(writer), sequence: Number(sequence) }
}

/** How much the reader has; what is destroyed before would be lost by any reader. */
export interface Reader {
  /** The lines of this writer up to here are stored, all of them. */
  storedBelow(writer: number): number
  /** It has this file open now, and will not be killed. */
  holds(inode: bigint): boolean
}

interface LogFile {
  readonly path: string
  /** The number of its last line. */
  last: number
}

/** Writes one log and rotates it as programs and tools do, by chance. */
export class LogWriter {
  readonly #number: number
  readonly #folder: string
  readonly #random: Random
  readonly #reader: Reader
  #descriptor: number
  #next = 0
  #held = ''
  /** The first line of the file that is written now. */
  #first = 0
  #old: LogFile[] = []
  rotations = 0

  constructor(number: number, folder: string, random: Random, reader: Reader) {
    this.#number = number
    this.#folder = folder
    this.#random = random
    this.#reader = reader
    this.#descriptor = fs.openSync(this.#path(''), 'a')
  }

  get written(): number {
    return this.#next
  }

  /** One thing that happens to a log. */
  step(): void {
    const dice = this.#random.below(100)
    if (dice < 70) this.write(1 + this.#random.below(dice < 5 ? 400 : 8))
    else if (dice < 85) this.#rename()
    else if (dice < 88) this.#moveAway()
    else if (dice < 92) this.#copyTruncate()
    else this.#destroy()
  }

  /** Lines in as many writes as come by chance, now and then one in two halves. */
  write(lines: number): void {
    let text = this.#held
    for (let line = 0; line < lines; line++) {
      text += `${lineOf(this.#number, this.#next++, 'x'.repeat(this.#random.below(200)))}\n`
    }
    const cut = this.#random.below(4) === 0 ? this.#random.below(text.length) : text.length
    fs.writeSync(this.#descriptor, text.slice(0, cut))
    this.#held = text.slice(cut)
  }

  /** The rest of a line that was begun. */
  finish(): void {
    if (this.#held !== '') fs.writeSync(this.#descriptor, this.#held)
    this.#held = ''
  }

  close(): void {
    fs.closeSync(this.#descriptor)
  }

  /** log → log.1 → log.2 …, several times at once now and then; the writer goes on in the old file for a while. */
  #rename(): void {
    for (let times = this.#random.below(5) === 0 ? 3 : 1; times > 0; times--) {
      const files = fs.readdirSync(this.#folder).filter((name) => name.startsWith(`${this.#name}.`))
      const numbers = files.map((name) => Number(name.slice(this.#name.length + 1))).sort((a, b) => b - a)
      for (const number of numbers) fs.renameSync(this.#path(`.${number}`), this.#path(`.${number + 1}`))
      this.#old = this.#old.map(({ path, last }) => ({ path: this.#after(path), last }))
      fs.renameSync(this.#path(''), this.#path('.1'))
      if (this.#random.below(2) === 0) this.write(2)
      this.finish()
      this.#old.push({ path: this.#path('.1'), last: this.#next - 1 })
      this.#reopen()
      if (times > 1) this.write(1)
    }
  }

  /** Out of the pattern, in the same folder; a file that nobody has seen under its name could be anything. */
  #moveAway(): void {
    const isKnown = this.#reader.storedBelow(this.#number) > this.#first
    if (!isKnown && !this.#reader.holds(fs.fstatSync(this.#descriptor, { bigint: true }).ino)) return
    this.finish()
    const path = join(this.#folder, `away-${this.#name}-${this.rotations}`)
    fs.renameSync(this.#path(''), path)
    this.#old.push({ path, last: this.#next - 1 })
    this.#reopen()
  }

  /** Only when all is stored: whatever comes between the last read and the truncation is lost by nature. */
  #copyTruncate(): void {
    this.finish()
    if (this.#reader.storedBelow(this.#number) < this.#next) return
    fs.copyFileSync(this.#path(''), join(this.#folder, `copy-${this.#name}-${this.rotations}`))
    fs.truncateSync(this.#path(''))
    this.rotations++
  }

  /** Packs or deletes an old file that was read, or that the reader has open. */
  #destroy(): void {
    const file = this.#old[0]
    if (!file) return
    const isRead = this.#reader.storedBelow(this.#number) > file.last
    if (!isRead && !this.#reader.holds(fs.statSync(file.path, { bigint: true }).ino)) return
    if (this.#random.below(2) === 0) {
      const packed = join(this.#folder, `packed-${this.#name}-${this.rotations}.gz`)
      fs.writeFileSync(packed, gzipSync(fs.readFileSync(file.path)))
    }
    fs.unlinkSync(file.path)
    this.#old.shift()
  }

  #reopen(): void {
    fs.closeSync(this.#descriptor)
    this.#descriptor = fs.openSync(this.#path(''), 'a')
    this.#first = this.#next
    this.rotations++
  }

  #after(path: string): string {
    const [, number] = /\.log\.(\d+)$/.exec(path) ?? []
    return number === undefined ? path : this.#path(`.${Number(number) + 1}`)
  }

  get #name(): string {
    return `w${this.#number}.log`
  }

  #path(suffix: string): string {
    return join(this.#folder, this.#name + suffix)
  }
}
