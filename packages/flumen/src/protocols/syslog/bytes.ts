/** Java's `\s`. */
export function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13)
}

/** Java's `\w`. */
export function isWord(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || byte === 95
}

export function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57
}

/** The number of two digits, or -1. Both must be within the slab. */
export function twoDigits(slab: Buffer, at: number): number {
  const tens = slab[at]! - 48
  const ones = slab[at + 1]! - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

/**
 * Strings of bytes that come again and again (host names): the same bytes give the same string, without decoding them
 * again. Holds a bounded number of them.
 */
export class KnownTexts {
  readonly #decode: (slab: Buffer, start: number, end: number) => string
  readonly #bytes: (Buffer | undefined)[] = new Array<Buffer | undefined>(slots)
  readonly #texts: string[] = new Array<string>(slots).fill('')

  constructor(decode: (slab: Buffer, start: number, end: number) => string = asciiText) {
    this.#decode = decode
  }

  text(slab: Buffer, start: number, end: number): string {
    const length = end - start
    if (length > longestKnown) return this.#decode(slab, start, end)
    let hash = length
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ slab[at]!, 0x01000193)
    const slot = (hash ^ (hash >>> 15)) & (slots - 1)
    const known = this.#bytes[slot]
    if (known !== undefined && equal(known, slab, start, length)) return this.#texts[slot]!
    const bytes = Buffer.allocUnsafeSlow(length)
    slab.copy(bytes, 0, start, end)
    const text = this.#decode(slab, start, end)
    this.#bytes[slot] = bytes
    this.#texts[slot] = text
    return text
  }
}

const slots = 1024
const longestKnown = 128

function equal(known: Buffer, slab: Buffer, start: number, length: number): boolean {
  if (known.length !== length) return false
  for (let at = 0; at < length; at++) if (known[at] !== slab[start + at]) return false
  return true
}

/** Bytes that are known to be ASCII, or of which any text will do. */
export function asciiText(slab: Buffer, start: number, end: number): string {
  return slab.toString('latin1', start, end)
}

export function utf8Text(slab: Buffer, start: number, end: number): string {
  return slab.toString('utf8', start, end)
}
