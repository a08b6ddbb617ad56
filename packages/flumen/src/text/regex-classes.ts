import { unicodeBlocks } from './unicode-blocks.ts'

/** The flags that change what a property means. */
export interface PropertyFlags {
  /** (?U): the predefined classes are Unicode's. */
  readonly unicodeClasses: boolean
  /** (?i): a property of one case is one of all cases. */
  readonly ignoreCase: boolean
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
export function predefinedClass(letter: string, unicodeClasses: boolean): string | undefined {
  const small = letter.toLowerCase()
  const source = always[small] ?? (unicodeClasses ? unicode : ascii)[small]
  if (source === undefined) return undefined
  return letter === small ? source : `[^${source}]`
}

const graph = '[^\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Cn}]'
const hexDigit = '[\\p{Nd}0-9A-Fa-f\\uff10-\\uff19\\uff21-\\uff26\\uff41-\\uff46]'
const ignorable = '\\u0000-\\u0008\\u000e-\\u001b\\u007f-\\u009f\\p{Cf}'

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
/** With (?U) and behind `Is`, in any case. */
const posixUnicode: Readonly<Record<string, string>> = {
  LOWER: '\\p{Lowercase}',
  UPPER: '\\p{Uppercase}',
  ALPHA: '\\p{Alphabetic}',
  DIGIT: '\\p{Nd}',
  ALNUM: '[\\p{Alphabetic}\\p{Nd}]',
  PUNCT: '\\p{P}',
  GRAPH: graph,
  PRINT: `[${graph}\\p{Zs}]`,
  BLANK: '[\\p{Zs}\\t]',
  CNTRL: '\\p{Cc}',
  XDIGIT: hexDigit,
  SPACE: '\\p{White_Space}',
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
  javaIdentifierIgnorable: `[${ignorable}]`,
  javaJavaIdentifierStart: '[\\p{L}\\p{Nl}\\p{Sc}\\p{Pc}]',
  javaJavaIdentifierPart: `[\\p{L}\\p{Nl}\\p{Sc}\\p{Pc}\\p{Nd}\\p{Mc}\\p{Mn}${ignorable}]`,
  javaUnicodeIdentifierStart: '\\p{ID_Start}',
  javaUnicodeIdentifierPart: `[\\p{ID_Continue}${ignorable}]`,
  javaMirrored: '\\p{Bidi_Mirrored}',
}
const categories = new Set(
  'Cn Lu Ll Lt Lm Lo Mn Me Mc Nd Nl No Zs Zl Zp Cc Cf Co Cs Pd Ps Pe Pc Po Sm Sc Sk So Pi Pf L M N Z C P S LC'.split(
    ' ',
  ),
)
/** Behind `Is`, in any case. */
const binary: Readonly<Record<string, string>> = {
  ALPHABETIC: '\\p{Alphabetic}',
  IDEOGRAPHIC: '\\p{Ideographic}',
  LETTER: '\\p{L}',
  LOWERCASE: '\\p{Lowercase}',
  UPPERCASE: '\\p{Uppercase}',
  TITLECASE: '\\p{Lt}',
  WHITE_SPACE: '\\p{White_Space}',
  WHITESPACE: '\\p{White_Space}',
  CONTROL: '\\p{Cc}',
  PUNCTUATION: '\\p{P}',
  HEX_DIGIT: hexDigit,
  HEXDIGIT: hexDigit,
  ASSIGNED: '\\P{Cn}',
  NONCHARACTER_CODE_POINT: '\\p{Noncharacter_Code_Point}',
  NONCHARACTERCODEPOINT: '\\p{Noncharacter_Code_Point}',
  WORD: '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]',
  JOIN_CONTROL: '\\p{Join_Control}',
  JOINCONTROL: '\\p{Join_Control}',
}

/** `\p{NAME}` as a class; undefined for a name that Java does not know either. */
export function propertyClass(name: string, flags: PropertyFlags): string | undefined {
  const source = propertySource(name, flags.unicodeClasses)
  if (source === undefined || !flags.ignoreCase) return source
  if (source === '[a-z]' || source === '[A-Z]') return '[a-zA-Z]'
  if (source === '\\p{Lu}' || source === '\\p{Ll}') return '\\p{LC}'
  if (source === '\\p{Lt}') return name === 'Lt' || name.endsWith('=Lt') ? '\\p{LC}' : anyCase
  return source === '\\p{Lowercase}' || source === '\\p{Uppercase}' ? anyCase : source
}

const anyCase = '[\\p{Lowercase}\\p{Uppercase}\\p{Lt}]'

function propertySource(name: string, unicodeClasses: boolean): string | undefined {
  const equals = name.indexOf('=')
  if (equals >= 0) return namedProperty(name.slice(0, equals).toLowerCase(), name.slice(equals + 1))
  if (name.startsWith('In')) return blockClass(name.slice(2))
  if (name.startsWith('Is')) {
    const rest = name.slice(2)
    const capitals = rest.toUpperCase()
    return binary[capitals] ?? posixUnicode[capitals] ?? plainProperty(rest) ?? scriptClass(rest)
  }
  return (unicodeClasses ? posixUnicode[name.toUpperCase()] : undefined) ?? plainProperty(name)
}

function plainProperty(name: string): string | undefined {
  if (name === 'L1') return '[\\u0000-\\u00ff]'
  if (name === 'LD') return '[\\p{L}\\p{Nd}]'
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
  const source = `\\p{Script=${capitals === 'Signwriting' ? 'SignWriting' : capitals}}`
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

/** Beyond so many marks on one letter a border is told as if there were none; Java counts on, in quadratic time. */
const mostMarks = 10

/** Java's word characters for borders: letters, digits and `_` of all scripts, and marks on them. */
export function wordBorder(negated: boolean, unicodeClasses: boolean): string {
  const word = unicodeClasses ? '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]' : '[\\p{L}\\p{Nd}_]'
  const before = unicodeClasses ? `(?<=${word})` : `(?<=${word}|[\\p{L}\\p{Nd}]\\p{Mn}{1,${mostMarks}})`
  const after = unicodeClasses ? `(?=${word})` : `(?=${word}|(?<=[\\p{L}\\p{Nd}]\\p{Mn}{0,${mostMarks}})\\p{Mn})`
  const notBefore = before.replace('(?<=', '(?<!')
  const notAfter = after.replace('(?=', '(?!')
  return negated ? `(?:${before}${after}|${notBefore}${notAfter})` : `(?:${before}${notAfter}|${notBefore}${after})`
}
