import type { SyslogFields } from './fields.ts'

/** What of a message's head stays in the body. */
export type KeptFields = 'all' | 'none' | ReadonlySet<KeptField>
export type KeptField = 'priority' | 'version' | 'timestamp' | 'hostname'

const names: readonly KeptField[] = ['priority', 'version', 'timestamp', 'hostname']

/** As Flume understands its `keepFields`: a text that has one of the words somewhere means that field. */
export function keptFields(text: string): KeptFields {
  const words = text.trim().toLowerCase()
  if (words === 'true' || words === 'all') return 'all'
  const kept = names.filter((name) => words.includes(name))
  return kept.length === 0 ? 'none' : new Set(kept)
}

const nothing = Buffer.from('null ')
const opened = Buffer.from('<')
const closed = Buffer.from('>')
const blank = Buffer.from(' ')

/** Bytes that come before the rest of a message: `<13>`, `1 `, the time as it was written, the host. */
export function keptPrefix(slab: Buffer, fields: SyslogFields, kept: ReadonlySet<KeptField>): Buffer[] {
  const pieces: Buffer[] = []
  if (kept.has('priority') && fields.priority !== undefined) pieces.push(opened, Buffer.from(fields.priority), closed)
  if (kept.has('version') && fields.version !== undefined) pieces.push(Buffer.from(fields.version), blank)
  const { custom } = fields
  if (kept.has('timestamp')) {
    pieces.push(...(custom ? textPiece(custom.stamp) : piece(slab, fields.stampStart, fields.stampEnd)))
  }
  if (kept.has('hostname')) {
    pieces.push(...(custom ? textPiece(custom.host) : piece(slab, fields.hostStart, fields.hostEnd)))
  }
  return pieces
}

/** Flume writes `null` for what a message does not have. */
function piece(slab: Buffer, start: number, end: number): readonly Buffer[] {
  return start === end ? [nothing] : [slab.subarray(start, end), blank]
}

function textPiece(text: string | undefined): readonly Buffer[] {
  return text === undefined ? [nothing] : [Buffer.from(text), blank]
}
