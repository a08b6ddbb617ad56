import { BatchBuilder, type EventBatch } from '../../../core/index.ts'
import type { JournalSink } from '../../../protocols/journal-export/journal-export-parser.ts'

/** Events of entries, and where the journal stood behind each of them. */
export interface ReadEntries {
  readonly batch: EventBatch
  readonly cursors: readonly string[]
}

const cursorField = '__CURSOR'
const messageField = 'MESSAGE'
/** When the message was made, or else when the journal got it; microseconds. */
const timeFields: readonly string[] = ['_SOURCE_REALTIME_TIMESTAMP', '__REALTIME_TIMESTAMP']
/** Fields that the sources of syslog have headers for. */
const syslogHeaders: Readonly<Record<string, string>> = {
  _HOSTNAME: 'host',
  PRIORITY: 'Severity',
  SYSLOG_FACILITY: 'Facility',
}

/** Makes events of a journal's entries: bodies are copied, since they are a small part of what the journal sends. */
export class JournalBatch implements JournalSink {
  readonly #wanted: ReadonlySet<string>
  readonly #onCut: () => void
  readonly #messages: Buffer[] = []
  readonly #headers: Map<string, string>[] = []
  #cursors: string[] = []
  #message: Buffer | undefined
  #fields = new Map<string, string>()

  /** @param fields of the journal that become headers of the same name */
  constructor(fields: readonly string[], onCut: () => void) {
    this.#wanted = new Set([...fields, ...Object.keys(syslogHeaders), ...timeFields, cursorField])
    this.#onCut = onCut
  }

  /** Of several fields of one name, which the journal allows, the first counts. */
  field(name: string, slab: Buffer, start: number, end: number, isCut: boolean): void {
    if (name === messageField) {
      this.#message ??= slab.subarray(start, end)
      if (isCut) this.#onCut()
    } else if (this.#wanted.has(name) && !this.#fields.has(name)) {
      this.#fields.set(name, slab.toString('utf8', start, end))
    }
  }

  entry(): void {
    const fields = this.#fields
    this.#cursors.push(fields.get(cursorField) ?? '')
    this.#messages.push(this.#message ?? Buffer.alloc(0))
    this.#headers.push(headersOf(fields))
    this.#message = undefined
    this.#fields = new Map()
  }

  /** What has come since it was asked last; an entry that has not ended stays. */
  finish(arrivedAt: number): ReadEntries {
    // An entry goes over several chunks: what it has already must not hold the others' memory.
    if (this.#message) this.#message = Buffer.from(this.#message)
    const builder = new BatchBuilder(arrivedAt)
    const slab = Buffer.allocUnsafeSlow(this.#messages.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const [row, message] of this.#messages.entries()) {
      const end = at + message.copy(slab, at)
      builder.row(slab, at, end, this.#headers[row])
      at = end
    }
    const cursors = this.#cursors
    this.#cursors = []
    this.#messages.length = 0
    this.#headers.length = 0
    return { batch: builder.build(), cursors }
  }
}

function headersOf(fields: Map<string, string>): Map<string, string> {
  const headers = new Map<string, string>()
  const time = timeFields.map((name) => fields.get(name)).find((text) => text !== undefined && /^\d{4,}$/.test(text))
  // Microseconds to milliseconds.
  if (time !== undefined) headers.set('timestamp', time.slice(0, -3))
  for (const [name, value] of fields) {
    if (name === cursorField || timeFields.includes(name)) continue
    headers.set(syslogHeaders[name] ?? name, value)
  }
  return headers
}
