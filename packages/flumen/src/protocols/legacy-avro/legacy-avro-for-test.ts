import { AvroReader } from '../avro-rpc/avro-reader.ts'
import { legacyProtocol, legacyProtocolHash } from './legacy-protocol.ts'

export interface EventForTest {
  readonly timestamp?: bigint
  readonly priority?: bigint
  readonly body?: string | Uint8Array
  readonly nanos?: bigint
  readonly host?: string
  readonly fields?: Readonly<Record<string, string | Uint8Array>>
}

export interface RequestForTest {
  /** Of the client's handshake. */
  readonly hash?: Uint8Array
  readonly text?: string
  readonly serverHash?: Uint8Array
  readonly method?: string
}

/** A call as a client writes it. @param event undefined: nothing after the name of the message */
export function legacyMessage(event: EventForTest | undefined, request: RequestForTest = {}): Buffer {
  const { hash = legacyProtocolHash, serverHash = legacyProtocolHash, text, method = 'append' } = request
  const shown = text === undefined ? long(0n) : Buffer.concat([long(1n), bytesOf(text)])
  return Buffer.concat([
    hash,
    shown,
    serverHash,
    long(0n),
    long(0n),
    bytesOf(method),
    ...(event ? [record(event)] : []),
  ])
}

/** A whole request of HTTP. */
export function legacyRequest(event: EventForTest | undefined, request: RequestForTest = {}): Buffer {
  return httpPost(piecesOf(legacyMessage(event, request)))
}

/** In two pieces, as Java's client writes it, and the end. */
export function piecesOf(message: Buffer): Buffer {
  const cut = message.length >> 1
  return Buffer.concat([piece(message.subarray(0, cut)), piece(message.subarray(cut)), Buffer.alloc(4)])
}

export function httpPost(body: Buffer, headers = ''): Buffer {
  const head = `POST / HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

/** Answers that are whole: the status, and how the handshake and the call ended. */
export function answersIn(received: Buffer): readonly string[] {
  const answers: string[] = []
  for (let at = 0; ; ) {
    const end = received.indexOf('\r\n\r\n', at)
    if (end < 0) return answers
    const head = received.toString('latin1', at, end)
    const length = Number(/Content-Length: (\d+)/.exec(head)?.[1])
    if (received.length < end + 4 + length) return answers
    const status = head.slice(9, 12)
    const body = received.subarray(end + 8, end + 4 + length - 4)
    const isLast = /Connection: close/.test(head) ? ' last' : ''
    answers.push(`${status}${status === '200' ? ` ${messageText(body)}` : ''}${isLast}`)
    at = end + 4 + length
  }
}

function messageText(message: Buffer): string {
  const match = ['BOTH', 'CLIENT', 'NONE'][message.readUInt8(0) / 2]
  const start = match === 'BOTH' ? 4 : message.indexOf(legacyProtocol) + Buffer.byteLength(legacyProtocol) + 1 + 16 + 1
  const rest = message.subarray(start)
  if (rest.length === 0) return `${match}`
  if (rest[1] === 0) return `${match} stored ${rest.length}`
  return `${match} error ${new AvroReader(rest, 3, rest.length).text(1000)}`
}

function record({
  timestamp = 0n,
  priority = 3n,
  body = '',
  nanos = 0n,
  host = '',
  fields = {},
}: EventForTest): Buffer {
  const map = Object.entries(fields)
  return Buffer.concat([
    long(timestamp),
    long(priority),
    bytesOf(body),
    long(nanos),
    bytesOf(host),
    ...(map.length > 0
      ? [long(BigInt(map.length)), ...map.flatMap(([key, value]) => [bytesOf(key), bytesOf(value)])]
      : []),
    long(0n),
  ])
}

function piece(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function bytesOf(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([long(BigInt(bytes.length)), bytes])
}

function long(value: bigint): Buffer {
  let zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  const bytes: number[] = []
  while (zigzag > 127n) {
    bytes.push(Number(zigzag & 127n) | 128)
    zigzag >>= 7n
  }
  return Buffer.from([...bytes, Number(zigzag)])
}
