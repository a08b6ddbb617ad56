import type { Bytes } from '../../core/index.ts'
import { damaged } from './key-store-error.ts'

/**
 * ASN.1 as X.690 encodes it. DER is what Java and OpenSSL write; the two freedoms of BER that other programs take in
 * PKCS12 files are read as well: a length that is not said but ended by two zeros, and an octet string in pieces.
 */
export const tags = {
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
  /** `[0]` round another element. */
  explicit0: 0xa0,
} as const

const constructed = 0x20
const mostDepth = 24

export interface DerElement {
  /** The first byte. */
  readonly tag: number
  readonly content: Buffer
  /** With tag and length. */
  readonly whole: Buffer
}

/** Walks elements that stand one after the other. */
export class DerReader {
  readonly #bytes: Buffer
  readonly #depth: number
  #position = 0

  constructor(bytes: Bytes, depth = 0) {
    if (depth > mostDepth) throw damaged('its ASN.1 is nested too deeply')
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#depth = depth
  }

  get atEnd(): boolean {
    return this.#position === this.#bytes.length
  }

  /** The next element, whatever it is. */
  any(): DerElement {
    const start = this.#position
    const tag = this.#byte()
    if ((tag & 0x1f) === 0x1f) throw damaged('its ASN.1 has a tag of several bytes')
    const first = this.#byte()
    if (first === 0x80) return this.#endedByZeros(start, tag)
    const length = first < 0x80 ? first : this.#longLength(first & 0x7f)
    if (length > this.#bytes.length - this.#position) throw damaged('its ASN.1 ends too early')
    const contentStart = this.#position
    this.#position += length
    return this.#element(tag, start, contentStart, this.#position)
  }

  next(tag: number): DerElement {
    const element = this.any()
    if (element.tag === tag) return element
    throw damaged(`its ASN.1 has ${hex(element.tag)} in the place of ${hex(tag)}`)
  }

  /** The next element if it has this tag. */
  optional(tag: number): DerElement | undefined {
    return this.#bytes[this.#position] === tag ? this.any() : undefined
  }

  /** What is in the next element, a sequence unless said. */
  into(tag: number = tags.sequence): DerReader {
    return new DerReader(this.next(tag).content, this.#depth + 1)
  }

  /** A number that is not negative and below 2^31. */
  integer(): number {
    const { content } = this.next(tags.integer)
    if (content.length === 0 || content.length > 4) throw damaged('a number of its ASN.1 is too large')
    const value = content.readIntBE(0, content.length)
    if (value < 0) throw damaged('a number of its ASN.1 is negative')
    return value
  }

  optionalInteger(): number | undefined {
    return this.#bytes[this.#position] === tags.integer ? this.integer() : undefined
  }

  /** In dots: `1.2.840.113549.1.7.1`. */
  oid(): string {
    return oidOf(this.next(tags.oid).content)
  }

  octets(): Buffer {
    return octetsOf(this.any(), tags.octets)
  }

  #byte(): number {
    const byte = this.#bytes[this.#position]
    if (byte === undefined) throw damaged('its ASN.1 ends too early')
    this.#position += 1
    return byte
  }

  #longLength(size: number): number {
    if (size === 0 || size > 4) throw damaged('a length of its ASN.1 is too large')
    let length = 0
    for (let index = 0; index < size; index++) length = length * 256 + this.#byte()
    return length
  }

  #endedByZeros(start: number, tag: number): DerElement {
    if ((tag & constructed) === 0) throw damaged('its ASN.1 has a value without a length')
    const contentStart = this.#position
    const inner = new DerReader(this.#bytes.subarray(contentStart), this.#depth + 1)
    for (;;) {
      const end = inner.#position
      const element = inner.any()
      if (element.tag !== 0) continue
      if (element.whole.length !== 2) throw damaged('its ASN.1 has an end that is none')
      this.#position = contentStart + inner.#position
      return this.#element(tag, start, contentStart, contentStart + end)
    }
  }

  #element(tag: number, start: number, contentStart: number, contentEnd: number): DerElement {
    return {
      tag,
      content: this.#bytes.subarray(contentStart, contentEnd),
      whole: this.#bytes.subarray(start, this.#position),
    }
  }
}

/** The octets of an element, in one piece or in many. @param tag that it has when it is in one */
export function octetsOf(element: DerElement, tag: number, depth = 0): Buffer {
  if (element.tag === tag) return element.content
  if (element.tag !== (tag | constructed)) throw damaged(`its ASN.1 has ${hex(element.tag)} in the place of octets`)
  const reader = new DerReader(element.content, depth + 1)
  const pieces: Buffer[] = []
  while (!reader.atEnd) pieces.push(octetsOf(reader.any(), tags.octets, depth + 1))
  return Buffer.concat(pieces)
}

function oidOf(content: Buffer): string {
  const arcs: number[] = []
  let arc = 0
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f)
    if (arc > Number.MAX_SAFE_INTEGER / 128) throw damaged('an object identifier is too large')
    if (byte >= 0x80) continue
    if (arcs.length === 0) {
      const root = Math.min(Math.floor(arc / 40), 2)
      arcs.push(root, arc - root * 40)
    } else arcs.push(arc)
    arc = 0
  }
  return arcs.join('.')
}

function hex(tag: number): string {
  return `tag 0x${tag.toString(16).padStart(2, '0')}`
}
