/** A character set by its Java name. */
export interface Charset {
  /** The canonical name, as Java gives it. */
  readonly name: string
  readonly isUtf8: boolean
  /** Malformed bytes become U+FFFD, as with Java's `new String(bytes, charset)`. */
  decode(bytes: Uint8Array): string
  /** Bytes that come in chunks; malformed ones throw a TypeError. */
  strictDecoder(): StrictDecoder
  /** What the character set does not have becomes `?`. Undefined where text cannot be encoded into it here. */
  readonly encode: ((text: string) => Uint8Array) | undefined
}

export interface StrictDecoder {
  /** @param stream more chunks follow, so an unfinished character at the end is kept */
  decode(chunk: Uint8Array, stream: boolean): string
}

interface Known {
  /** Name for TextDecoder; undefined: not one of its own. */
  readonly label: string | undefined
  readonly aliases: readonly string[]
}

/** Java's names of what the platform's decoder has, with the aliases that configurations use. */
const known: Readonly<Record<string, Known>> = {
  'UTF-8': { label: 'utf-8', aliases: ['utf8', 'unicode-1-1-utf-8'] },
  'UTF-16': { label: undefined, aliases: ['utf16', 'utf_16', 'unicode'] },
  'UTF-16LE': { label: 'utf-16le', aliases: ['utf-16-le', 'utf_16le', 'x-utf-16le', 'unicodelittleunmarked'] },
  'UTF-16BE': { label: 'utf-16be', aliases: ['utf-16-be', 'utf_16be', 'x-utf-16be', 'unicodebigunmarked'] },
  'UTF-32': { label: undefined, aliases: ['utf32', 'utf_32'] },
  'UTF-32LE': { label: undefined, aliases: ['utf_32le', 'x-utf-32le'] },
  'UTF-32BE': { label: undefined, aliases: ['utf_32be', 'x-utf-32be'] },
  'US-ASCII': { label: undefined, aliases: ['ascii', 'us', 'iso646-us', 'ansi_x3.4-1968', 'cp367', '646'] },
  'ISO-8859-1': {
    label: undefined,
    aliases: ['iso8859_1', 'iso8859-1', 'latin1', 'l1', 'iso_8859-1', 'cp819', '8859_1', 'iso-ir-100'],
  },
  GB18030: { label: 'gb18030', aliases: ['gb18030-2000'] },
  GBK: { label: 'gbk', aliases: ['cp936', 'windows-936', 'gb2312', 'euc-cn', 'euc_cn'] },
  Big5: { label: 'big5', aliases: ['csbig5'] },
  Shift_JIS: {
    label: 'shift_jis',
    aliases: ['sjis', 'shift-jis', 'ms_kanji', 'x-sjis', 'windows-31j', 'ms932', 'cp932'],
  },
  'EUC-JP': { label: 'euc-jp', aliases: ['euc_jp', 'eucjis', 'eucjp'] },
  'ISO-2022-JP': { label: 'iso-2022-jp', aliases: ['iso2022jp', 'jis'] },
  'EUC-KR': { label: 'euc-kr', aliases: ['euc_kr', 'ksc5601', 'ks_c_5601-1987', 'ms949', 'cp949'] },
  'KOI8-R': { label: 'koi8-r', aliases: ['koi8_r', 'koi8'] },
  'KOI8-U': { label: 'koi8-u', aliases: ['koi8_u'] },
  IBM866: { label: 'ibm866', aliases: ['cp866', '866'] },
  'TIS-620': { label: 'windows-874', aliases: ['tis620'] },
  'x-windows-874': { label: 'windows-874', aliases: ['windows-874', 'ms874', 'ms-874'] },
  ...Object.fromEntries(
    [2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16].map((part) => [
      `ISO-8859-${part}`,
      {
        label: `iso-8859-${part}`,
        aliases: [`iso8859_${part}`, `iso8859-${part}`, `iso_8859-${part}`, `8859_${part}`],
      },
    ]),
  ),
  'ISO-8859-9': { label: 'windows-1254', aliases: ['iso8859_9', 'iso8859-9', 'latin5', 'l5'] },
  ...Object.fromEntries(
    [1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258].map((page) => [
      `windows-${page}`,
      { label: `windows-${page}`, aliases: [`cp${page}`, `cp-${page}`] },
    ]),
  ),
}

const byName = new Map<string, string>()
for (const [name, { aliases }] of Object.entries(known)) {
  for (const each of [name, ...aliases]) if (!byName.has(each.toLowerCase())) byName.set(each.toLowerCase(), name)
}
const made = new Map<string, Charset>()

/** The character set of a Java name or alias, in any case; undefined where Java, or this platform, has none such. */
export function javaCharset(name: string): Charset | undefined {
  const canonical = byName.get(name.trim().toLowerCase())
  if (canonical === undefined) return undefined
  const charset = made.get(canonical) ?? make(canonical)
  made.set(canonical, charset)
  return charset
}

/** Canonical names, for suggestions. */
export const charsetNames: readonly string[] = Object.keys(known)

function make(name: string): Charset {
  switch (name) {
    case 'UTF-8':
      return { ...fromLabel(name, 'utf-8'), isUtf8: true, decode: utf8Text, encode: utf8Bytes }
    case 'ISO-8859-1':
      return oneByteAFewCharacters(name, 0x100)
    case 'US-ASCII':
      return oneByteAFewCharacters(name, 0x80)
    case 'UTF-16':
      return {
        ...withByteOrderMark(name),
        encode: (text) => utf16Bytes(text === '' ? '' : `\uFEFF${text}`, false),
      }
    case 'UTF-16LE':
      return { ...fromLabel(name, 'utf-16le'), encode: (text) => utf16Bytes(text, true) }
    case 'UTF-16BE':
      return { ...fromLabel(name, 'utf-16be'), encode: (text) => utf16Bytes(text, false) }
    case 'UTF-32':
    case 'UTF-32BE':
      return utf32(name, false, name === 'UTF-32')
    case 'UTF-32LE':
      return utf32(name, true, false)
    default: {
      const { label } = known[name]!
      return { ...fromLabel(name, label!), encode: encoderFor(label!) }
    }
  }
}

function fromLabel(name: string, label: string): Charset {
  const decoder = new TextDecoder(label, { ignoreBOM: true })
  return {
    name,
    isUtf8: false,
    decode: (bytes) => decoder.decode(bytes),
    strictDecoder: () => {
      const strict = new TextDecoder(label, { fatal: true, ignoreBOM: true })
      return { decode: (chunk, stream) => strict.decode(chunk, { stream }) }
    },
    encode: undefined,
  }
}

function utf8Text(bytes: Uint8Array): string {
  return Buffer.prototype.utf8Slice.call(bytes, 0, bytes.length)
}

/** Bytes with a buffer of their own. A lone surrogate becomes `?`, as in Java. */
function utf8Bytes(text: string): Uint8Array {
  const whole = text.isWellFormed()
    ? text
    : text.replaceAll(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '?')
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(whole))
  bytes.write(whole, 'utf8')
  return bytes
}

/** Latin 1 and ASCII, which the platform's decoder does not have (it takes both for windows-1252). */
function oneByteAFewCharacters(name: string, limit: number): Charset {
  const text = (bytes: Uint8Array): string => {
    const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    return limit === 0x100 ? latin1 : latin1.replaceAll(/[\u0080-\u00FF]/g, '\uFFFD')
  }
  return {
    name,
    isUtf8: false,
    decode: text,
    strictDecoder: () => ({
      decode: (chunk) => {
        if (limit === 0x80 && chunk.some((byte) => byte > 0x7f)) throw new TypeError('a byte above 127 is not US-ASCII')
        return text(chunk)
      },
    }),
    encode: (whole) => {
      const bytes = new Uint8Array(characters(whole))
      let at = 0
      for (const character of whole) {
        const code = character.codePointAt(0)!
        bytes[at++] = code < limit ? code : 0x3f
      }
      return bytes
    },
  }
}

function characters(text: string): number {
  let count = 0
  for (const _character of text) count++
  return count
}

/** UTF-16 with a mark that says the order; big-endian without one, as in Java. */
function withByteOrderMark(name: string): Charset {
  const little = fromLabel(name, 'utf-16le')
  const big = fromLabel(name, 'utf-16be')
  const isLittle = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xfe
  const isMarked = (bytes: Uint8Array): boolean => isLittle(bytes) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  return {
    name,
    isUtf8: false,
    decode: (bytes) => (isLittle(bytes) ? little : big).decode(isMarked(bytes) ? bytes.subarray(2) : bytes),
    strictDecoder: () => {
      let decoder: StrictDecoder | undefined
      let head = new Uint8Array(0)
      return {
        decode(chunk, stream) {
          if (decoder) return decoder.decode(chunk, stream)
          head = joined(head, chunk)
          if (head.length < 2 && stream) return ''
          decoder = (isLittle(head) ? little : big).strictDecoder()
          return decoder.decode(isMarked(head) ? head.subarray(2) : head, stream)
        },
      }
    },
    encode: undefined,
  }
}

function utf16Bytes(text: string, little: boolean): Uint8Array {
  const bytes = new Uint8Array(text.length * 2)
  const view = new DataView(bytes.buffer)
  for (let index = 0; index < text.length; index++) view.setUint16(index * 2, text.charCodeAt(index), little)
  return bytes
}

function utf32(name: string, littleByDefault: boolean, marked: boolean): Charset {
  const decode = (bytes: Uint8Array, strict: boolean): string =>
    utf32Text(bytes, { name, littleByDefault, marked, strict })
  return {
    name,
    isUtf8: false,
    decode: (bytes) => decode(bytes, false),
    strictDecoder: () => {
      let rest = new Uint8Array(0)
      return {
        decode(chunk, stream) {
          const all = joined(rest, chunk)
          const whole = stream ? all.length - (all.length % 4) : all.length
          rest = all.slice(whole)
          return decode(all.subarray(0, whole), true)
        },
      }
    },
    encode: (whole) => {
      const bytes = new Uint8Array(characters(whole) * 4)
      const view = new DataView(bytes.buffer)
      let at = 0
      for (const character of whole.toWellFormed()) {
        view.setUint32(at, character.codePointAt(0)!, littleByDefault)
        at += 4
      }
      return bytes
    },
  }
}

interface Utf32Rules {
  readonly name: string
  readonly littleByDefault: boolean
  /** A byte order mark says the order and is left out. */
  readonly marked: boolean
  readonly strict: boolean
}

function utf32Text(bytes: Uint8Array, { name, littleByDefault, marked, strict }: Utf32Rules): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const mark = marked && bytes.length >= 4 ? view.getUint32(0) : 0
  const isMarked = mark === 0xfeff || mark === 0xfffe0000
  const little = isMarked ? mark !== 0xfeff : littleByDefault
  let decoded = ''
  let at = isMarked ? 4 : 0
  for (; at + 4 <= bytes.length; at += 4) {
    const code = view.getUint32(at, little)
    const good = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    if (!good && strict) throw new TypeError(`${code.toString(16)} is not a character of ${name}`)
    decoded += good ? String.fromCodePoint(code) : '\uFFFD'
  }
  if (at === bytes.length) return decoded
  if (strict) throw new TypeError(`an unfinished character of ${name}`)
  return `${decoded}\uFFFD`
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(one.length + other.length)
  all.set(one)
  all.set(other, one.length)
  return all
}

const singleByte = /^(?:iso-8859|windows|koi8|ibm866)/

/**
 * Text into a character set that the platform only decodes: the decoder's table, inverted at first use. One byte a
 * character, or two for the East Asian ones; those with states or four bytes are not encoded.
 */
function encoderFor(label: string): ((text: string) => Uint8Array) | undefined {
  if (label === 'iso-2022-jp' || label === 'gb18030' || label === 'euc-jp') return undefined
  let table: Map<string, number> | undefined
  return (text) => {
    table ??= singleByte.test(label) ? invertSingle(label) : invertDouble(label)
    const bytes: number[] = []
    for (const character of text) {
      const code = table.get(character) ?? 0x3f
      if (code > 0xff) bytes.push(code >> 8)
      bytes.push(code & 0xff)
    }
    return Uint8Array.from(bytes)
  }
}

function invertSingle(label: string): Map<string, number> {
  const decoder = new TextDecoder(label, { ignoreBOM: true })
  const table = new Map<string, number>()
  for (let byte = 0; byte < 0x100; byte++) {
    const character = decoder.decode(Uint8Array.of(byte))
    if (character !== '\uFFFD' && !table.has(character)) table.set(character, byte)
  }
  return table
}

function invertDouble(label: string): Map<string, number> {
  const table = invertSingle(label)
  const decoder = new TextDecoder(label, { ignoreBOM: true })
  for (let first = 0x81; first < 0xff; first++) {
    for (let second = 0x40; second < 0xff; second++) {
      const character = decoder.decode(Uint8Array.of(first, second))
      if ([...character].length === 1 && character !== '\uFFFD' && !table.has(character))
        table.set(character, (first << 8) | second)
    }
  }
  return table
}
