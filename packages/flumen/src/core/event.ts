/**
 * Bytes of a body or of a slab. A slab belongs to its batch from `put` on: nobody writes it again, nobody transfers
 * it, and it never comes from Buffer's pool.
 */
export type Bytes = Uint8Array

export type Headers = ReadonlyMap<string, string>

/** One event: text headers and a body of bytes, immutable. Bodies are bytes from end to end; nothing assumes text. */
export interface Event {
  readonly headers: Headers
  readonly body: Bytes
}

export const noHeaders: Headers = new Map()

/** An event from a text (as UTF-8) or from bytes (copied, so the caller may go on using them). */
export function createEvent(
  body: string | Bytes,
  headers: Headers | Readonly<Record<string, string>> = noHeaders,
): Event {
  return {
    headers: headers instanceof Map ? (headers as Headers) : new Map(Object.entries(headers)),
    body: ownedBytes(body),
  }
}

/** Bytes with a buffer of their own: UTF-8 of a text, or a copy. */
export function ownedBytes(body: string | Bytes): Bytes {
  if (typeof body !== 'string') return new Uint8Array(body)
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(body))
  bytes.write(body, 'utf8')
  return bytes
}
