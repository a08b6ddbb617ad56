// biome-ignore-all lint/suspicious/noTemplateCurlyInString: group references of Java
import { type Case, casesOf, event, events } from './case.ts'

/** search_replace: patterns, replacements with groups and escapes, and charsets. */
export function searchReplaceCases(): Case[] {
  return casesOf('interceptor', [
    ...rows.map(([pattern, replacement, ...bodies]) => row(pattern, replacement, {}, events(...bodies))),
    ...refusals,
    ...charsets(),
  ])
}

type Row = readonly [string, Readonly<Record<string, string>>, object]

function row(
  searchPattern: string,
  replaceString: string | undefined,
  more: Record<string, string>,
  list: object[],
): Row {
  const replacement = replaceString === undefined ? {} : { replaceString }
  const extra = Object.entries(more).map(([key, value]) => ` ${key}=${value}`)
  const name = `search_replace ${JSON.stringify(searchPattern)} by ${JSON.stringify(replaceString ?? null)}${extra.join('')}`
  return [name, { type: 'search_replace', searchPattern, ...replacement, ...more }, { events: list }]
}

const rows: readonly (readonly [string, string | undefined, ...string[]])[] = [
  ['^[A-Za-z0-9_]+', '', 'The quick', ' lead', '_x y', 'é'],
  [
    'The quick brown ([a-z]+) jumped over the lazy ([a-z]+)',
    'The hungry $2 ate the careless $1',
    'The quick brown fox jumped over the lazy dog',
  ],
  ['a', undefined, 'banana', ''],
  ['a', '$0$0', 'banana'],
  ['(a)(n)?', '[$1$2]', 'banana', 'a'],
  ['(?<x>a)', '<${x}>', 'banana'],
  ['(a)', '$10', 'banana'],
  ['(a)', '${1}0', 'banana'],
  ['(a)', '\\$1', 'banana'],
  ['(a)', '\\\\', 'banana'],
  ['(a)', '\\x', 'banana'],
  ['(a)', '$2', 'banana', 'xyz'],
  ['(a)', '$', 'banana', 'xyz'],
  ['(a)', '\\', 'banana', 'xyz'],
  ['(a)', '$x', 'banana', 'xyz'],
  ['(a)', '${y}', 'banana', 'xyz'],
  ['(a)', '${', 'banana'],
  ['x*', '-', 'abc', '', 'xx', 'axb'],
  ['', '-', 'abc'],
  ['(?=b)', '|', 'abab'],
  ['\\b', '|', 'one two', 'ünï x'],
  ['\\w+', 'W', 'héllo wörld', 'a_b-c'],
  ['(?U)\\w+', 'W', 'héllo wörld'],
  ['\\s+', ' ', 'a\t\n\r\x0b\fb', 'a\u00a0b', 'a\u2003b'],
  ['\\h', '_', 'a\u00a0b\tc\u2003d'],
  ['\\R', '/', 'a\r\nb\nc\rd\u2028e\u0085f'],
  ['.', '*', 'ab\ncd', 'é日😀', 'a\u2028b\u0085c'],
  ['(?s).', '*', 'ab\ncd'],
  ['(?m)^', '> ', 'a\nb\n', 'a\r\nb', ''],
  ['(?m)$', '<', 'a\nb\n', 'a\r\nb', ''],
  ['$', '!', 'a', 'a\n', 'a\r\n', 'a\r', ''],
  ['\\z', '!', 'a\n'],
  ['^', '!', 'a\nb'],
  ['\\G\\d', 'd', '12a3'],
  ['[^\\x00-\\x7F]', '?', 'é日😀a'],
  ['\\x{1F600}', ':)', 'a😀b'],
  ['\\uD83D\\uDE00', ':)', 'a😀b'],
  ['[\\uD83D]', 'x', 'a😀b'],
  ['\\p{L}', 'L', 'aé日1😀'],
  ['\\p{IsAlphabetic}', 'A', 'aé日1Ⅷ'],
  ['\\p{InCyrillic}', 'C', 'aжЖ'],
  ['\\p{javaLowerCase}', 'l', 'aBéÉ'],
  ['\\p{Punct}', '.', 'a!b"c#d$e'],
  ['\\X', '.', 'e\u0301a👨‍👩‍👧'],
  ['(?i)É', 'x', 'éÉ'],
  ['(?iu)É', 'x', 'éÉ'],
  ['(?iu)ß', 'x', 'ßẞSS'],
  ['(?iu)k', 'x', 'kK\u212a'],
  ['[a-c&&[^b]]', '.', 'abcd'],
  ['[a[bc]]', '.', 'abcd'],
  ['[]a]', '.', ']a'],
  ['[&&&]', '.', 'a&b'],
  ['a{2}', '.', 'aaaaa'],
  ['a{2,}?', '.', 'aaaaa'],
  ['a++a', '.', 'aaa'],
  ['(a|ab)(c|bcd)(d*)', '$1-$2-$3', 'abcd'],
  ['(?>a*)b', '.', 'aaab'],
  ['(\\w)\\1', '<$1>', 'aabbc'],
  ['(?<=\\d{1,3})x', '.', '12x x'],
  ['(?<!\\d)x', '.', '12x x'],
  ['(?<=a*)b', '.', 'aab b'],
  ['\\Q.*\\E', 'q', 'a.*b'],
  ['(?x) a # all a', '.', 'banana'],
  ['\\0101', '.', 'AB'],
  ['\\cA', '.', 'a\x01b'],
  ['\\e', '.', 'a\x1bb'],
  ['\\N{LATIN SMALL LETTER A}', '.', 'banana'],
  ['\\v', '.', 'a\n\x0b\f\r\u0085\u2028b'],
  ['\0', 'NUL', 'a\0b'],
  ['(\\d+)-(\\d+)', '$2-$1', '1-2 30-40'],
  ['((((((((((a)b)c)d)e)f)g)h)i)j)k', '$10-$11', 'abcdefghijk'],
  ['a|', '.', 'ba'],
  ['(a)?b', '[$1]', 'ab b'],
  ['\\d+(?=(\\d{3})+$)', '$0,', '1234567'],
]

const refusals: readonly Row[] = ['(', '[a', 'a{2,1}', '*a', '(?<1>a)', '\\p{Foo}', '\\N{NOPE}', '\\'].map(
  (searchPattern) => [
    `search_replace refuses ${searchPattern}`,
    { type: 'search_replace', searchPattern, replaceString: '' },
    { events: [] },
  ],
)

function charsets(): Row[] {
  const latin = event(Uint8Array.of(0x63, 0x61, 0x66, 0xe9))
  const utf8 = event('café 日本')
  const wrong = event(Uint8Array.of(0x61, 0xff, 0xfe, 0x61, 0xe9))
  const cut = event(Uint8Array.of(0x61, 0xe6, 0x97))
  const list = [latin, utf8, wrong, cut, event('')]
  const names = ['UTF-8', 'utf8', 'ISO-8859-1', 'latin1', 'US-ASCII', 'UTF-16', 'UTF-16LE', 'windows-1252', 'Shift_JIS']
  const named = names.map((charset) => row('a', 'é', { charset }, list))
  const unknown = ['nope', '', 'UTF 8'].map((charset) => row('a', 'b', { charset }, []))
  return [...named, row('é', 'e', {}, list), row('\\uFFFD', '?', {}, list), ...unknown]
}
