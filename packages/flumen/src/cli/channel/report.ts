import type { CommandIo } from '../io.ts'
import { bytes } from '../top/human.ts'
import { clean } from '../top/text.ts'
import type { Finding, Inspection } from './inspection.ts'
import type { Survey } from './survey.ts'

export { bytes }

const betweenReportsMs = 200

/** A line on the terminal that says how far a long work is; nothing where standard error is none. */
export class ProgressLine {
  readonly #io: CommandIo
  readonly #what: string
  #reportedAt = Number.NEGATIVE_INFINITY
  #isShown = false

  constructor(io: CommandIo, what: string) {
    this.#io = io
    this.#what = what
  }

  show(done: () => string): void {
    const now = performance.now()
    if (!this.#io.stderr.isTTY || now - this.#reportedAt < betweenReportsMs) return
    this.#reportedAt = now
    this.#isShown = true
    this.#io.stderr.write(`\r${this.#what}: ${done()}\u001b[K`)
  }

  clear(): void {
    if (this.#isShown) this.#io.stderr.write('\r\u001b[K')
    this.#isShown = false
  }
}

/** `/data/events-0000000001.log, bytes 4096 to 5120: these bytes are no record; costs 3 events, positions 10 to 12`. */
export function findingLine({ path, from, to, position, events, reason }: Finding): string {
  const where = to > from ? `${path}, bytes ${from} to ${to - 1}` : path
  const positions = events === 1 ? `position ${position}` : `positions from ${position} on`
  const cost =
    events === 0 ? 'costs no event that is still waited for' : `costs ${plural(events, 'event')}, ${positions}`
  return `${clean(where)}: ${clean(reason)}; ${cost}\n`
}

export function findingJson({ path, from, to, position, events, reason, kind }: Finding): object {
  return { kind, file: path, from, to, position, events, reason }
}

/** `1 event`, `2 events`. */
export function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}

export function keysLine(keys: readonly string[]): string {
  const which = keys.map((key) => JSON.stringify(key)).join(', ')
  return `contents that are enciphered with ${which} were not read: give the keys with -f or --key-store\n`
}

/** Bytes of the files of a survey, for the share that is done. */
export function sizeText(inspection: Inspection, { recovery }: Survey): string {
  return `${plural(recovery.segments.length, 'segment')}, ${plural(inspection.records, 'record')}, ${plural(inspection.events, 'event')}, ${bytes(inspection.bytes)}`
}
