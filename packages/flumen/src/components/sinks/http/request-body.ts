import { isUtf8 } from 'node:buffer'
import { promisify } from 'node:util'
import { constants, gzip, zstdCompress } from 'node:zlib'
import type { EventBatch, Outcome } from '../../../core/index.ts'

export type RequestFormat = 'body' | 'json' | 'ndjson' | 'text'

export interface BodyOptions {
  readonly format: RequestFormat
  readonly emptyBodies: 'reject' | 'send'
  readonly malformedBodies: 'reject' | 'replace'
}

type Rejected = NonNullable<Outcome['rejected']>

export interface RequestBody {
  readonly bytes: Uint8Array
  /** Rows that are in it. */
  readonly events: number
  /** Rows that no request can hold. */
  readonly rejected: Rejected
}

const newline = Buffer.from('\n')

/** What `Content-Type` says unless it is configured. */
export const contentTypes: Readonly<Record<RequestFormat, string>> = {
  body: 'text/plain',
  text: 'text/plain',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
}

/** All rows of a batch as one request; with the format `body` the batch has one row. */
export function requestBody(batch: EventBatch, options: BodyOptions): RequestBody {
  const rejected: { readonly row: number; readonly reason: string }[] = []
  const isJson = options.format === 'json' || options.format === 'ndjson'
  const pieces: (Uint8Array | string)[] = []
  for (let row = 0; row < batch.length; row++) {
    const body = batch.body(row)
    const reason = isJson ? malformed(body, options) : empty(body, options)
    if (reason !== undefined) rejected.push({ row, reason })
    else pieces.push(isJson ? jsonOf(batch, row) : body)
  }
  return { bytes: joined(pieces, options.format), events: pieces.length, rejected }
}

function joined(pieces: readonly (Uint8Array | string)[], format: RequestFormat): Uint8Array {
  switch (format) {
    case 'json':
      return Buffer.from(`[${pieces.join(',')}]`)
    case 'ndjson':
      return Buffer.from(pieces.map((piece) => `${piece}\n`).join(''))
    case 'text':
      return Buffer.concat(pieces.flatMap((piece) => [piece as Uint8Array, newline]))
    case 'body':
      return (pieces[0] ?? Buffer.alloc(0)) as Uint8Array
  }
}

function jsonOf(batch: EventBatch, row: number): string {
  return JSON.stringify({ headers: Object.fromEntries(batch.headers(row)), body: batch.text(row) })
}

function empty(body: Uint8Array, { emptyBodies }: BodyOptions): string | undefined {
  if (body.length > 0 || emptyBodies === 'send') return undefined
  return 'the event has no body, and emptyBodies is reject'
}

function malformed(body: Uint8Array, { malformedBodies }: BodyOptions): string | undefined {
  if (malformedBodies === 'replace' || isUtf8(body)) return undefined
  return 'the body is not UTF-8, which JSON has to be, and malformedBodies is reject'
}

export type Compression = 'none' | 'gzip' | 'zstd'

const gzipped = promisify(gzip)
const zstandard = promisify(zstdCompress)

/** @param level undefined: the method's own */
export async function compressed(bytes: Uint8Array, method: Compression, level?: number): Promise<Uint8Array> {
  if (method === 'gzip') return gzipped(bytes, level === undefined ? {} : { level })
  if (method === 'zstd') {
    return zstandard(bytes, level === undefined ? {} : { params: { [constants.ZSTD_c_compressionLevel]: level } })
  }
  return bytes
}
