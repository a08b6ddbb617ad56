import * as fs from 'node:fs'
import { join } from 'node:path'
import { crc32, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Doom } from './ledger.ts'
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

/** What tells one file of a folder from those that were there before it. */
export interface Born {
  readonly ino: bigint
  readonly birthtimeNs: bigint
}

/** How much the reader has; what is destroyed before would be lost by any reader. */
export interface Reader {
  /** The lines of this writer up to here are stored, all of them that can be. */
  storedBelow(writer: number): number
  /** Those of which the reader knows it also after a kill. */
  recordedBelow(writer: number): number
  /** It follows this file, has it open now, and will not be killed. */
  holds(file: Born): boolean
  /** It knows a file again that it had open and of which it has read nothing. */
  readonly knowsUnread: boolean
  /** The line is destroyed, and it is not certain that anybody could read it before. */
  doom(writer: number, sequence: number, how: Doom): void
}

interface OldFile {
  /** What follows the name of the log: `.3`, `.3.gz`. */
  suffix: string
  /** The number of its first line. */
  readonly first: number
  /** The number of its last line. */
  readonly last: number
}

/** So many old files are kept, as long as they can be deleted without harm. */
const mostOld = 20

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
  /** Youngest first. */
  #old: OldFile[] = []
  /** The log was copied up to this line, and is to be truncated. */
  #copied: number | undefined
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
    if (this.#copied !== undefined) {
      this.#truncate(this.#copied)
      return
    }
    if (this.#old.length > mostOld) this.#delete()
    const dice = this.#random.below(100)
    if (dice < 66) this.write(1 + this.#random.below(dice < 5 ? 400 : 8))
    else if (dice < 78) this.#rename()
    else if (dice < 81) this.#moveAway()
    else if (dice < 89) this.#copyTruncate()
    else if (dice < 95) this.#pack()
    else this.#delete()
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

  /** What copies a log truncates it then: nobody waits for long between the two. */
  truncate(): void {
    while (this.#copied !== undefined) this.#truncate(this.#copied)
  }

  /** The rest of a line that was begun. */
  finish(): void {
    if (this.#held !== '') fs.writeSync(this.#descriptor, this.#held)
    this.#held = ''
  }

  /** Completes what was begun: nobody leaves a log copied and not truncated. */
  end(): void {
    this.finish()
    if (this.#copied !== undefined) fs.truncateSync(this.#path(''))
  }

  close(): void {
    fs.closeSync(this.#descriptor)
  }

  /** log → log.1 → log.2 …, several times at once now and then; the writer goes on in the old file for a while. */
  #rename(): void {
    for (let times = this.#random.below(5) === 0 ? 3 : 1; times > 0; times--) {
      this.#shift()
      fs.renameSync(this.#path(''), this.#path('.1'))
      if (this.#random.below(2) === 0) this.write(2)
      this.finish()
      this.#old.unshift({ suffix: '.1', first: this.#first, last: this.#next - 1 })
      this.#reopen()
      if (times > 1) this.write(1)
    }
  }

  /** log.1 → log.2, log.2.gz → log.3.gz … */
  #shift(): void {
    for (const file of this.#old.toReversed()) {
      const suffix = file.suffix.replace(/\d+/, (number) => String(Number(number) + 1))
      fs.renameSync(this.#path(file.suffix), this.#path(suffix))
      file.suffix = suffix
    }
  }

  /** Out of the pattern, in the same folder. */
  #moveAway(): void {
    if (!this.#isKnown()) return
    this.finish()
    fs.renameSync(this.#path(''), join(this.#folder, `away-${this.#name}-${this.rotations}`))
    this.#reopen()
  }

  /** A file that nobody has seen under its name could be anything under another one. */
  #isKnown(): boolean {
    const isRecorded = this.#reader.recordedBelow(this.#number) > this.#first
    if (isRecorded || !this.#reader.knowsUnread) return isRecorded
    return this.#reader.holds(fs.fstatSync(this.#descriptor, { bigint: true }))
  }

  /** A copy within the pattern, or beside it; what is written between the copy and the truncation is lost by nature. */
  #copyTruncate(): void {
    this.finish()
    const last = this.#next - 1
    if (this.#random.below(2) === 0) {
      this.#shift()
      fs.copyFileSync(this.#path(''), this.#path('.1'))
      this.#old.unshift({ suffix: '.1', first: this.#first, last })
    } else {
      // Content that nobody has seen under the name of the log could be anything under another one.
      if (this.#reader.recordedBelow(this.#number) <= this.#first) return
      fs.copyFileSync(this.#path(''), this.#path(`-copy-${this.rotations}`))
    }
    this.#copied = last
    if (this.#random.below(2) === 0) this.#truncate(last)
  }

  /** @param copied the number of the last line that is in the copy */
  #truncate(copied: number): void {
    if (this.#random.below(2) === 0) {
      this.write(1 + this.#random.below(3))
      this.finish()
      this.#doom(copied + 1, this.#next - 1, 'truncated')
      return
    }
    fs.truncateSync(this.#path(''))
    this.#copied = undefined
    this.#first = this.#next
    this.rotations++
  }

  /** log.3 → log.3.gz: the archive grows beside the file, which is deleted when it is whole. */
  #pack(): void {
    const file = this.#old.filter(({ suffix }) => /\d$/.test(suffix)).at(-1)
    if (!file) return
    const [ending, pack] =
      this.#random.below(2) === 0 ? (['gz', gzipSync] as const) : (['zst', zstdCompressSync] as const)
    const packed = pack(fs.readFileSync(this.#path(file.suffix)))
    const path = this.#path(`${file.suffix}.${ending}`)
    fs.writeFileSync(path, packed.subarray(0, packed.length >> 1))
    fs.appendFileSync(path, packed.subarray(packed.length >> 1))
    fs.unlinkSync(this.#path(file.suffix))
    file.suffix = `${file.suffix}.${ending}`
  }

  /** The oldest file, once it was read or the reader has it open. */
  #delete(): void {
    const file = this.#old.at(-1)
    if (!file) return
    const path = this.#path(file.suffix)
    const isPacked = !/\d$/.test(file.suffix)
    const isRead = this.#reader.storedBelow(this.#number) > file.last
    const born = fs.statSync(path, { bigint: true })
    if (!isRead && (isPacked || !this.#reader.holds(born))) return
    fs.unlinkSync(path)
    this.#old.pop()
    // A reader that closes it just before nobody can warn.
    if (isRead || this.#reader.holds(born)) return
    this.#doom(file.first, file.last, 'deleted')
  }

  #doom(first: number, last: number, how: Doom): void {
    for (let line = first; line <= last; line++) this.#reader.doom(this.#number, line, how)
  }

  #reopen(): void {
    fs.closeSync(this.#descriptor)
    this.#descriptor = fs.openSync(this.#path(''), 'a')
    this.#first = this.#next
    this.rotations++
  }

  get #name(): string {
    return `w${this.#number}.log`
  }

  #path(suffix: string): string {
    return join(this.#folder, this.#name + suffix)
  }
}
