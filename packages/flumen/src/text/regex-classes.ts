import { unicodeBlocks } from './unicode-blocks.ts'

/** The flags that change what a class means. */
export interface ClassFlags {
  /** (?U): the predefined classes are Unicode's. */
  readonly unicodeClasses: boolean
}

/** Java's line ends, as the inside of a class. */
export const lineEnds = '\\n\\r\\u0085\\u2028\\u2029'

const ascii: Readonly<Record<string, string>> = {
  d: '[0-9]',
  w: '[a-zA-Z0-9_]',
  s: '[ \\t\\n\\v\\f\\r]',
}
const unicode: Readonly<Record<string, string>> = {
  d: '\\p{Nd}',
  w: '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]',
  s: '\\p{White_Space}',
}
const always: Readonly<Record<string, string>> = {
  h: '[ \\t\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]',
  v: '[\\n\\u000b\\f\\r\\u0085\\u2028\\u2029]',
}

/** `\d \w \s \h \v` and their capitals as a class; undefined for another letter. */
export function predefinedClass(letter: string, { unicodeClasses }: ClassFlags): string | undefined {
  const small = letter.toLowerCase()
  const source = always[small] ?? (unicodeClasses ? unicode : ascii)[small]
  if (source === undefined) return undefined
  return letter === small ? source : `[^${source}]`
}

const posix: Readonly<Record<string, string>> = {
  Lower: '[a-z]',
  Upper: '[A-Z]',
  ASCII: '[\\u0000-\\u007f]',
  Alpha: '[a-zA-Z]',
  Digit: '[0-9]',
  Alnum: '[a-zA-Z0-9]',
  Punct: '[\\u0021-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u007e]',
  Graph: '[\\u0021-\\u007e]',
  Print: '[\\u0020-\\u007e]',
  Blank: '[ \\t]',
  Cntrl: '[\\u0000-\\u001f\\u007f]',
  XDigit: '[0-9a-fA-F]',
  Space: '[ \\t\\n\\v\\f\\r]',
}
const posixUnicode: Readonly<Record<string, string>> = {
  Lower: '\\p{Lowercase}',
  Upper: '\\p{Uppercase}',
  ASCII: '[\\u0000-\\u007f]',
  Alpha: '\\p{Alphabetic}',
  Digit: '\\p{Nd}',
  Alnum: '[\\p{Alphabetic}\\p{Nd}]',
  Punct: '\\p{P}',
  Graph: '[^\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Cn}]',
  Print: '[[^\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Cn}]\\p{Zs}]',
  Blank: '[\\p{Zs}\\t]',
  Cntrl: '\\p{Cc}',
  XDigit: '[\\p{Nd}\\p{Hex_Digit}]',
  Space: '\\p{White_Space}',
}
const java: Readonly<Record<string, string>> = {
  javaLowerCase: '\\p{Lowercase}',
  javaUpperCase: '\\p{Uppercase}',
  javaAlphabetic: '\\p{Alphabetic}',
  javaIdeographic: '\\p{Ideographic}',
  javaTitleCase: '\\p{Lt}',
  javaDigit: '\\p{Nd}',
  javaDefined: '\\P{Cn}',
  javaLetter: '\\p{L}',
  javaLetterOrDigit: '[\\p{L}\\p{Nd}]',
  javaSpaceChar: '\\p{Z}',
  javaWhitespace: '[[\\p{Z}--[\\u00a0\\u2007\\u202f]]\\t-\\r\\u001c-\\u001f]',
  javaISOControl: '\\p{Cc}',
  javaMirrored: '\\p{Bidi_Mirrored}',
}
const categories = new Set(
  'Cn Lu Ll Lt Lm Lo Mn Me Mc Nd Nl No Zs Zl Zp Cc Cf Co Cs Pd Ps Pe Pc Po Sm Sc Sk So Pi Pf L M N Z C P S LC'.split(
    ' ',
  ),
)
const binary: Readonly<Record<string, string>> = {
  ALPHABETIC: '\\p{Alphabetic}',
  IDEOGRAPHIC: '\\p{Ideographic}',
  LETTER: '\\p{L}',
  LOWERCASE: '\\p{Lowercase}',
  UPPERCASE: '\\p{Uppercase}',
  TITLECASE: '\\p{Lt}',
  WHITE_SPACE: '\\p{White_Space}',
  CONTROL: '\\p{Cc}',
  PUNCTUATION: '\\p{P}',
  HEX_DIGIT: '[\\p{Nd}\\p{Hex_Digit}]',
  ASSIGNED: '\\P{Cn}',
  NONCHARACTER_CODE_POINT: '\\p{Noncharacter_Code_Point}',
  DIGIT: '\\p{Nd}',
  ALNUM: '[\\p{Alphabetic}\\p{Nd}]',
  BLANK: '[\\p{Zs}\\t]',
  GRAPH: '[^\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Cn}]',
  PRINT: '[[^\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Cn}]\\p{Zs}]',
  WORD: '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]',
  JOIN_CONTROL: '\\p{Join_Control}',
}

/** `\p{NAME}` as a class; undefined for a name that Java does not know either. */
export function propertyClass(name: string, { unicodeClasses }: ClassFlags): string | undefined {
  const equals = name.indexOf('=')
  if (equals >= 0) return namedProperty(name.slice(0, equals).toLowerCase(), name.slice(equals + 1))
  if (name.startsWith('In')) return blockClass(name.slice(2))
  if (name.startsWith('Is')) {
    const rest = name.slice(2)
    return binary[rest.toUpperCase()] ?? category(rest) ?? scriptClass(rest)
  }
  if (unicodeClasses && posixUnicode[name]) return posixUnicode[name]
  if (name === 'L1') return '[\\u0000-\\u00ff]'
  if (name === 'all') return '[\\u{0}-\\u{10ffff}]'
  return posix[name] ?? java[name] ?? category(name)
}

function namedProperty(property: string, value: string): string | undefined {
  if (property === 'sc' || property === 'script') return scriptClass(value)
  if (property === 'blk' || property === 'block') return blockClass(value)
  return property === 'gc' || property === 'general_category' ? category(value) : undefined
}

function category(name: string): string | undefined {
  return categories.has(name) ? `\\p{${name}}` : undefined
}

/** JavaScript wants a script's name with its capitals. */
function scriptClass(name: string): string | undefined {
  const capitals = name.toLowerCase().replaceAll(/(?:^|_)[a-z]/g, (start) => start.toUpperCase())
  const source = `\\p{Script=${capitals}}`
  try {
    new RegExp(source, 'v')
    return source
  } catch {
    return undefined
  }
}

let blocks: Map<string, string> | undefined

function blockClass(name: string): string | undefined {
  blocks ??= new Map(
    unicodeBlocks.split(';').map((entry) => {
      const [block, first, last] = entry.split(':')
      return [plainName(block!), `[\\u{${first}}-\\u{${last}}]`]
    }),
  )
  const plain = plainName(name)
  return blocks.get(plain) ?? (plain === 'GREEK' ? blocks.get('GREEKANDCOPTIC') : undefined)
}

function plainName(name: string): string {
  return name.replaceAll(/[ _-]/g, '').toUpperCase()
}
