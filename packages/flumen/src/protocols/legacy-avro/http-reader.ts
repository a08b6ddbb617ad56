import { AvroRpcError } from '../avro-rpc/avro-reader.ts'
import { GatheredBytes } from '../legacy-events/gathered-bytes.ts'

/** Bytes of the head of a request, at most: as many as Jetty takes. */
const mostOfHead = 8192
const endOfHead = Buffer.from('\r\n\r\n')
const noBytes = Buffer.alloc(0)

/** A request of HTTP/1.x; only its body and how it is to be answered matter here. */
export interface HttpRequest {
  readonly isPost: boolean
  /** The client ends the connection after the answer. */
  readonly isLast: boolean
  readonly body: Buffer
}

type Head = Omit<HttpRequest, 'body'> & { readonly length: number }

/**
 * Reads the requests of a connection one after the other. Strict: a body has its length said once, in decimal digits, and
 * comes as it is. A body that lies in one chunk is a piece of it.
 */
export class HttpReader {
  readonly #mostBytes: number
  readonly #chunks: Buffer[] = []
  readonly #gathered = new GatheredBytes()
  /** What there is of a head. */
  #headBytes: Buffer = noBytes
  #head: Head | undefined

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** Memory of a request that is not whole; 0: between requests. Right once `next` has answered undefined. */
  get pendingBytes(): number {
    return this.#headBytes.length + (this.#head ? endOfHead.length + this.#gathered.held : 0)
  }

  receive(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk)
  }

  /**
   * The next request; undefined: it is not whole.
   * @throws AvroRpcError for what is no request that is taken here; nothing can be read after that
   */
  next(): HttpRequest | undefined {
    for (;;) {
      if (this.#head?.length === 0) return this.#request(this.#head, this.#gathered.take())
      const chunk = this.#chunks.shift()
      if (!chunk) return undefined
      const request = this.#head ? this.#readBody(this.#head, chunk) : this.#readHead(chunk)
      if (request) return request
    }
  }

  #readHead(chunk: Buffer): undefined {
    const before = this.#headBytes.length
    const some = chunk.subarray(0, mostOfHead - before)
    const bytes = before === 0 ? some : Buffer.concat([this.#headBytes, some])
    const at = bytes.indexOf(endOfHead, Math.max(0, before - endOfHead.length + 1))
    this.#headBytes = at < 0 ? bytes : noBytes
    if (at < 0) {
      if (bytes.length === mostOfHead) throw new AvroRpcError(`the head of a request has over ${mostOfHead} bytes`)
      return
    }
    this.#head = headOf(bytes.toString('latin1', 0, at), this.#mostBytes)
    const rest = chunk.subarray(at + endOfHead.length - before)
    if (rest.length > 0) this.#chunks.unshift(rest)
  }

  #readBody(head: Head, chunk: Buffer): HttpRequest | undefined {
    const missing = head.length - this.#gathered.length
    const some = chunk.subarray(0, missing)
    if (chunk.length > missing) this.#chunks.unshift(chunk.subarray(missing))
    if (some.length === head.length) return this.#request(head, some)
    this.#gathered.add(some)
    return some.length === missing ? this.#request(head, this.#gathered.take()) : undefined
  }

  #request({ isPost, isLast }: Head, body: Buffer): HttpRequest {
    this.#head = undefined
    return { isPost, isLast, body }
  }
}

function headOf(text: string, mostBytes: number): Head {
  const [requestLine = '', ...lines] = text.split('\r\n')
  const method = /^([A-Z]{1,20}) [\x21-\x7e]{1,4000} HTTP\/1\.[01]$/.exec(requestLine)?.[1]
  if (method === undefined) throw new AvroRpcError('it does not begin with a request of HTTP/1.1')
  let length: number | undefined
  let isLast = false
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new AvroRpcError('a header of HTTP has no name')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (/[^!-~]/.test(name)) throw new AvroRpcError('the name of a header of HTTP has spaces in it')
    if (name === 'transfer-encoding') throw new AvroRpcError('a body must have its length in Content-Length')
    if (name === 'connection') isLast ||= value.toLowerCase() === 'close'
    if (name !== 'content-length') continue
    if (length !== undefined || !/^\d{1,12}$/.test(value)) throw new AvroRpcError('Content-Length is no one number')
    length = Number(value)
  }
  if (length === undefined && method === 'POST') throw new AvroRpcError('a body must have its length in Content-Length')
  if ((length ?? 0) > mostBytes) throw new AvroRpcError(`a body of ${length} bytes is over ${mostBytes}`)
  return { isPost: method === 'POST', isLast, length: length ?? 0 }
}

const lengthBytes = 4

/**
 * Joins the pieces of a message: each has four bytes of length before it, and the length 0 is the end.
 * @throws AvroRpcError
 */
export function messageIn(body: Buffer): Buffer {
  // Measured first, and copied then: a list of pieces of a byte each would take many times the body.
  let pieces = 0
  let bytes = 0
  for (let at = 0; ; ) {
    if (body.length - at < lengthBytes) throw new AvroRpcError('the pieces of a message have no end')
    const length = body.readUInt32BE(at)
    at += lengthBytes
    if (length === 0) break
    if (length > body.length - at)
      throw new AvroRpcError(`a piece of ${length} bytes is announced, ${body.length - at} are there`)
    pieces++
    bytes += length
    at += length
  }
  if (pieces === 1) return body.subarray(lengthBytes, lengthBytes + bytes)
  const joined = Buffer.allocUnsafeSlow(bytes)
  for (let at = 0, to = 0; to < bytes; ) {
    const from = at + lengthBytes
    at = from + body.readUInt32BE(at)
    to += body.copy(joined, to, from, at)
  }
  return joined
}

/** An answer with a message in one piece. */
export function httpAnswer(message: readonly Uint8Array[], isLast: boolean): Buffer {
  const bytes = message.reduce((sum, { length }) => sum + length, 0)
  const head =
    `HTTP/1.1 200 OK\r\nContent-Type: avro/binary\r\nContent-Length: ${bytes + 2 * lengthBytes}\r\n` +
    `${isLast ? 'Connection: close\r\n' : ''}\r\n`
  const length = Buffer.alloc(lengthBytes)
  length.writeUInt32BE(bytes)
  return Buffer.concat([Buffer.from(head), length, ...message, Buffer.alloc(lengthBytes)])
}

/** To a request of another method. */
export const httpNotAllowed: Buffer = Buffer.from(
  'HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\nContent-Length: 0\r\n\r\n',
)

/** To a body that cannot be read; the next request can. */
export const httpUnreadable: Buffer = Buffer.from('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
