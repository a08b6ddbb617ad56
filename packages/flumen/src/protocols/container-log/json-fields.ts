import type { Bytes } from '../../core/index.ts'

/** The bytes between the quotes of a string. */
export interface JsonString {
  readonly start: number
  readonly end: number
  readonly isEscaped: boolean
}

const quote = 34
const backslash = 92
const comma = 44
const colon = 58
const openBrace = 123
const closeBrace = 125
const openBracket = 91
const closeBracket = 93

/**
 * The fields of a JSON object that have one of the names and a string for a value; of two with one name the last counts.
 * Other values are passed over, not checked. Undefined: it is no object, whole.
 */
export function readJsonFields(
  slab: Bytes,
  start: number,
  end: number,
  names: ReadonlySet<string>,
): ReadonlyMap<string, JsonString> | undefined {
  const found = new Map<string, JsonString>()
  let at = afterBlanks(slab, start, end)
  if (at >= end || slab[at] !== openBrace) return undefined
  at = afterBlanks(slab, at + 1, end)
  let next = at < end && slab[at] === closeBrace ? closeBrace : comma
  while (next === comma) {
    const field = readField(slab, at, end)
    if (!field) return undefined
    if (field.value && names.has(field.name)) found.set(field.name, field.value)
    next = slab[field.end] ?? 0
    at = next === comma ? afterBlanks(slab, field.end + 1, end) : field.end
  }
  return next === closeBrace && afterBlanks(slab, at + 1, end) === end ? found : undefined
}

interface JsonField {
  readonly name: string
  /** Undefined: it is no string. */
  readonly value: JsonString | undefined
  /** Of what comes next, blanks left out. */
  readonly end: number
}

/** `"name": value`; undefined where there is none, or nothing behind it. */
function readField(slab: Bytes, from: number, end: number): JsonField | undefined {
  const key = readString(slab, from, end)
  if (!key) return undefined
  const colonAt = afterBlanks(slab, key.end + 1, end)
  if (colonAt >= end || slab[colonAt] !== colon) return undefined
  const at = afterBlanks(slab, colonAt + 1, end)
  const value = readString(slab, at, end)
  const next = afterBlanks(slab, value ? value.end + 1 : afterValue(slab, at, end), end)
  if (next >= end) return undefined
  const isShort = key.end - key.start <= longestName
  return { name: isShort ? Buffer.prototype.latin1Slice.call(slab, key.start, key.end) : '', value, end: next }
}

const longestName = 16

function readString(slab: Bytes, from: number, end: number): JsonString | undefined {
  if (from >= end || slab[from] !== quote) return undefined
  let isEscaped = false
  for (let at = from + 1; at < end; at++) {
    const byte = slab[at]
    if (byte === quote) return { start: from + 1, end: at, isEscaped }
    if (byte === backslash) {
      isEscaped = true
      at++
    }
  }
  return undefined
}

/** Behind a value that is no string: a number, a word, an object, an array. */
function afterValue(slab: Bytes, from: number, end: number): number {
  let depth = 0
  let at = from
  for (; at < end; at++) {
    const byte = slab[at]!
    if (byte === quote) {
      const inner = readString(slab, at, end)
      if (!inner) return end
      at = inner.end
    } else if (byte === openBrace || byte === openBracket) depth++
    else if (byte === closeBrace || byte === closeBracket) {
      if (depth === 0) return at
      depth--
    } else if (byte === comma && depth === 0) return at
  }
  return at
}

function afterBlanks(slab: Bytes, from: number, end: number): number {
  let at = from
  while (at < end && (slab[at] === 32 || slab[at] === 9 || slab[at] === 10 || slab[at] === 13)) at++
  return at
}

/** Bytes that a letter behind a backslash stands for. */
const escapes: Readonly<Record<number, number>> = { 34: 34, 92: 92, 47: 47, 98: 8, 102: 12, 110: 10, 114: 13, 116: 9 }
const letterU = 117

/** The bytes of a string, in memory of their own; half a surrogate pair is U+FFFD. Undefined: an escape is none. */
export function unescaped(slab: Bytes, start: number, end: number): Bytes | undefined {
  // No escape is shorter than what it stands for.
  const bytes = Buffer.allocUnsafeSlow(end - start)
  let length = 0
  for (let at = start; at < end; at++) {
    const byte = slab[at]!
    if (byte !== backslash) {
      bytes[length++] = byte
      continue
    }
    const letter = slab[++at]!
    if (letter !== letterU) {
      const plain = escapes[letter]
      if (plain === undefined) return undefined
      bytes[length++] = plain
      continue
    }
    const unit = hexUnit(slab, at + 1, end)
    if (unit < 0) return undefined
    at += 4
    const isHigh = unit >= 0xd800 && unit < 0xdc00 && slab[at + 1] === backslash && slab[at + 2] === letterU
    const low = isHigh ? hexUnit(slab, at + 3, end) : -1
    const isPair = low >= 0xdc00 && low < 0xe000
    if (isPair) at += 6
    length += bytes.write(isPair ? String.fromCharCode(unit, low) : String.fromCharCode(unit), length, 'utf8')
  }
  return bytes.subarray(0, length)
}

/** The number of four hexadecimal digits, or -1. */
function hexUnit(slab: Bytes, at: number, end: number): number {
  if (at + 4 > end) return -1
  const text = Buffer.prototype.latin1Slice.call(slab, at, at + 4)
  return /^[\da-f]{4}$/i.test(text) ? Number.parseInt(text, 16) : -1
}
