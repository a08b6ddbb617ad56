import { type Charset, javaCharset } from './java-charset.ts'

/** How lines stand in the bytes of a text file. */
export interface LineEncoding {
  /** Bytes of the smallest unit: a line end is one. */
  readonly unit: 1 | 2
  /** Of a unit of two bytes. */
  readonly isLittle: boolean
  /** Undefined: bodies are the bytes as they stand. */
  readonly charset: Charset | undefined
  /** Where a piece of at most `length` bytes from `start` on ends without cutting a character. */
  cut(bytes: Buffer, start: number, length: number): number
}

/** Bytes as they stand, cut as UTF-8. */
export const asItStands: LineEncoding = { unit: 1, isLittle: false, charset: undefined, cut: cutUtf8 }

const wide = new Set(['UTF-16', 'UTF-16LE', 'UTF-16BE'])

/** Charsets in whose text a byte of a line end may be a part of something else, and that are not taken apart here. */
export function hasLines({ name }: Charset): boolean {
  return !name.startsWith('UTF-32')
}

/**
 * @param first the first bytes of the file, which may be a byte order mark
 * @returns also how long that mark is
 */
export function lineEncoding(charset: Charset, first: Uint8Array): { encoding: LineEncoding; markLength: number } {
  const { name } = charset
  if (!wide.has(name)) {
    const isMarked = charset.isUtf8 && first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf
    return { encoding: { unit: 1, isLittle: false, charset, cut: cutFor(name) }, markLength: isMarked ? 3 : 0 }
  }
  const marked =
    first[0] === 0xff && first[1] === 0xfe ? 'LE' : first[0] === 0xfe && first[1] === 0xff ? 'BE' : undefined
  const order = name === 'UTF-16' ? (marked ?? 'BE') : name.slice(-2)
  const isLittle = order === 'LE'
  const ordered = javaCharset(`UTF-16${order}`) ?? charset
  return {
    encoding: { unit: 2, isLittle, charset: ordered, cut: (...where) => cutUtf16(...where, isLittle) },
    markLength: marked === order ? 2 : 0,
  }
}

/** The next line feed from `from` on; the bytes begin with a whole unit. -1: there is none. */
export function nextLineFeed(bytes: Buffer, from: number, { unit, isLittle }: LineEncoding): number {
  let at = bytes.indexOf(10, from)
  if (unit === 1) return at
  for (; at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (isLittle && at % 2 === 0 && bytes[at + 1] === 0) return at
    if (!isLittle && at % 2 === 1 && bytes[at - 1] === 0) return at - 1
  }
  return -1
}

/** Whether the unit that ends at `end` is a carriage return. */
export function endsWithReturn(bytes: Buffer, start: number, end: number, { unit, isLittle }: LineEncoding): boolean {
  if (end - start < unit) return false
  if (unit === 1) return bytes[end - 1] === 13
  return isLittle ? bytes[end - 2] === 13 && bytes[end - 1] === 0 : bytes[end - 1] === 13 && bytes[end - 2] === 0
}

function cutFor(name: string): LineEncoding['cut'] {
  if (name === 'UTF-8') return cutUtf8
  const lengthOf = characterLengths[name]
  if (!lengthOf) return (_bytes, start, length) => start + length
  return (bytes, start, length) => {
    let at = start
    for (;;) {
      const next = at + lengthOf(bytes[at] ?? 0, bytes[at + 1] ?? 0)
      if (next > start + length) return at > start ? at : start + length
      at = next
    }
  }
}

const oneOrTwo = (first: number): number => (first > 0x80 && first < 0xff ? 2 : 1)

/** Bytes of the character that begins with these. */
const characterLengths: Readonly<Record<string, (first: number, second: number) => number>> = {
  GB18030: (first, second) => (oneOrTwo(first) === 2 && second >= 0x30 && second <= 0x39 ? 4 : oneOrTwo(first)),
  GBK: oneOrTwo,
  Big5: oneOrTwo,
  'EUC-KR': oneOrTwo,
  'EUC-JP': (first) => (first === 0x8f ? 3 : oneOrTwo(first)),
  Shift_JIS: (first) => (first > 0xa0 && first < 0xe0 ? 1 : oneOrTwo(first)),
}

function cutUtf8(bytes: Buffer, start: number, length: number): number {
  const cut = start + length
  for (let at = cut; at > start && at > cut - 4; at--) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at
  return cut
}

function cutUtf16(bytes: Buffer, start: number, length: number, isLittle: boolean): number {
  const cut = start + length - (length % 2)
  const high = bytes[isLittle ? cut - 1 : cut - 2] ?? 0
  const isPairCut = high >= 0xd8 && high < 0xdc && cut - start > 2
  return isPairCut ? cut - 2 : cut
}
