import { defineInterceptor, field, type OptionsOf } from '../../component/kit.ts'
import { type Bytes, EventBatch, type Interceptor, type Part } from '../../core/index.ts'
import { type ContainerLine, readContainerLine } from '../../protocols/container-log/container-line.ts'
import { readTime } from '../../text/log-time.ts'
import { KeptRows } from './kept-rows.ts'

const fields = {
  format: field.enum({
    values: ['auto', 'cri', 'docker'],
    default: 'auto',
    doc: "cri: as Kubernetes' runtimes write; docker: as Docker's driver json-file; auto: a line that begins with { is Docker's.",
  }),
  onFailure: field.enum({
    values: ['keep', 'reject', 'drop'],
    default: 'keep',
    doc: 'What becomes of an event in another form: keep it as it is with failureHeader, reject it to the dead letters, or drop it, which is counted as filtered.',
  }),
  failureHeader: field.string({
    default: 'parseError',
    doc: 'Header of a kept event that is in another form: which interceptor could not read it, and why.',
  }),
}

export default defineInterceptor({
  type: 'container_log',
  summary: 'Takes what the runtime of a container has put around its lines off them, and makes headers of it.',
  description:
    'Reads lines of `/var/log/containers` (CRI) and of Docker (json-file): the body becomes what the container wrote, ' +
    'and the headers `stream` (stdout or stderr), `time` as it stands, with nanoseconds, and `timestamp` (ms since the ' +
    'epoch) say the rest. Runtimes cut long lines: TAILDIR with `multiline.mode = cri` or `docker` gives their parts ' +
    'as one event, which becomes one line again here. Where lines of both streams lie between parts, all of them are ' +
    'one event, a line each, with the headers of the first. A last part whose end never came has the header `partial`.',
  fields,
  examples: [
    'a1.sources.r1.type = TAILDIR\na1.sources.r1.filegroups = pods\n' +
      'a1.sources.r1.filegroups.pods = /var/log/containers/.*\\\\.log\na1.sources.r1.multiline.mode = cri\n' +
      'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = container_log',
  ],
  outputs: ({ onFailure, failureHeader }) => ({
    names: ['stream', 'time', 'timestamp', 'partial', ...(onFailure === 'keep' ? [failureHeader] : [])],
  }),
  create: (options, { clock }) => new ContainerLog(options, () => clock.now()),
})

const lineFeed = 10
const reason = 'container_log: it is no line of a container'

/** What a row becomes. */
interface Row {
  readonly body: Bytes
  readonly first: ContainerLine
  readonly isPartial: boolean
}

class ContainerLog implements Interceptor {
  readonly #options: OptionsOf<typeof fields>
  readonly #now: () => number

  constructor(options: OptionsOf<typeof fields>, now: () => number) {
    this.#options = options
    this.#now = now
  }

  intercept(batch: EventBatch, reject: (row: number, reason: string) => void): EventBatch {
    if (batch.length === 0) return batch
    const { onFailure } = this.#options
    const kept = new KeptRows(batch)
    let first = 0
    const parts = batch.parts.map((part) => {
      const rows = Array.from({ length: part.length }, (_, row) => this.#read(part, row))
      for (const [row, found] of rows.entries()) {
        if (found || onFailure === 'keep') continue
        kept.leaveOut(first + row)
        if (onFailure === 'reject') reject(first + row, reason)
      }
      first += part.length
      return this.#changed(part, rows)
    })
    return kept.batch(new EventBatch(parts))
  }

  /** Undefined: a line of it is in another form. */
  #read(part: Part, row: number): Row | undefined {
    const { slab } = part
    const [start, end] = [part.start[row]!, part.end[row]!]
    const lines: ContainerLine[] = []
    for (let at = start; at <= end; ) {
      const found = slab.indexOf(lineFeed, at)
      const stop = found < 0 || found > end ? end : found
      const line = readContainerLine(slab, at, stop, this.#options.format)
      if (!line) return undefined
      lines.push(line)
      at = stop + 1
    }
    const [only] = lines
    if (only && lines.length === 1) return { body: only.text, first: only, isPartial: only.isPartial }
    return joined(lines)
  }

  #changed(part: Part, rows: readonly (Row | undefined)[]): Part {
    const valuesOf = (name: string, of: (row: Row) => string | undefined): (string | undefined)[] =>
      rows.map((found, row) => (found && of(found)) ?? part.header(row, name))
    const time = (row: Row): string | undefined => {
      const ms = readTime(row.first.time, 'iso8601', { zone: 'UTC', now: this.#now })
      return Number.isNaN(ms) ? undefined : String(Math.trunc(ms))
    }
    const columns = {
      stream: valuesOf('stream', ({ first }) => first.stream || undefined),
      time: valuesOf('time', ({ first }) => first.time || undefined),
      timestamp: valuesOf('timestamp', time),
      partial: valuesOf('partial', ({ isPartial }) => (isPartial ? 'true' : undefined)),
      [this.#options.failureHeader]: rows.map((found, row) =>
        found ? part.header(row, this.#options.failureHeader) : reason,
      ),
    }
    let changed = withBodies(part, rows)
    for (const [name, values] of Object.entries(columns)) {
      if (values.some((value) => value !== undefined)) changed = changed.withHeader(name, { kind: 'list', values })
    }
    return changed
  }
}

/** Bodies that are pieces of the slab stay there. */
function withBodies(part: Part, rows: readonly (Row | undefined)[]): Part {
  const { slab } = part
  const isOfSlab = rows.every((found) => found === undefined || found.body.buffer === slab.buffer)
  if (!isOfSlab) return part.withBodies(rows.map((found, row) => found?.body ?? part.body(row)))
  const start = rows.map((found, row) => (found ? found.body.byteOffset - slab.byteOffset : part.start[row]!))
  const end = rows.map((found, row) => (found ? start[row]! + found.body.length : part.end[row]!))
  if (rows.length === 1) return part.with({ start, end })
  return part.with({ start: Uint32Array.from(start), end: Uint32Array.from(end) })
}

/** The parts of each stream together; whole lines in the order in which they ended. */
function joined(lines: readonly ContainerLine[]): Row | undefined {
  const begun = new Map<string, Bytes[]>()
  const whole: Bytes[] = []
  for (const { stream, text, isPartial } of lines) {
    const parts = [...(begun.get(stream) ?? []), text]
    if (isPartial) begun.set(stream, parts)
    else {
      begun.delete(stream)
      whole.push(Buffer.concat(parts))
    }
  }
  for (const parts of begun.values()) whole.push(Buffer.concat(parts))
  const [first] = lines
  if (!first) return undefined
  const separated = whole.flatMap((text, index) => (index === 0 ? [text] : [newline, text]))
  return { body: Buffer.concat(separated), first, isPartial: begun.size > 0 }
}

const newline = Buffer.from('\n')
