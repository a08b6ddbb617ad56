import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compileJavaRegex, compileJavaReplacement, cutOff, type JavaRegex, JavaRegexError } from './java-regex.ts'
import { parseJavaRegex } from './regex-parser.ts'
import { SteppedRegex } from './stepped-regex.ts'

interface GoldenCase {
  readonly text: string
  readonly find: readonly [number, ...(string | null)[]] | null
  readonly full: boolean
  readonly all: string
  readonly crash?: true
}
interface Golden {
  readonly pattern: string
  readonly error?: string
  readonly index?: number
  readonly crash?: string
  readonly cases?: readonly GoldenCase[]
}

const file = join(import.meta.dirname, '../../../../test/golden/java-regex.jsonl')
const golden = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden)

/** What Java takes and this refuses, with the reason. */
const refused: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:\\X|\\N\{.*|\\b\{g\})$/, /is not supported$/],
  [/&&/, /^Bad intersection syntax$/],
]
/** Messages that say the same in other words, or of another part of a pattern with two errors. */
const otherWords = new Set(['\\p', '\\x{110000}', '[\\'])
/** Java keeps a group of an attempt that it took back. */
const quirks = new Set(['((b|a)?+\\b^+?)?'])

function compile(pattern: string): JavaRegex | JavaRegexError {
  try {
    return compileJavaRegex(pattern)
  } catch (error) {
    assert.ok(error instanceof JavaRegexError, `${pattern}: ${error}`)
    return error
  }
}

test('patterns that Java refuses are refused with its words, near the same place, and a mend', () => {
  let checked = 0
  for (const { pattern, error, index } of golden) {
    if (error === undefined) continue
    checked++
    const ours = compile(pattern)
    assert.ok(ours instanceof JavaRegexError, `${pattern} is refused by Java: ${error}`)
    if (!otherWords.has(pattern)) assert.equal(ours.message, error, pattern)
    assert.ok(Math.abs(ours.index - index!) <= 6, `${pattern}: ${ours.index} for ${index}`)
    assert.notEqual(ours.hint, '')
  }
  assert.ok(checked > 50)
})

test('find, full match and replaceAll agree with Java on every pattern that is taken; few are not, each with its reason', () => {
  let taken = 0
  let notTaken = 0
  for (const { pattern, error, crash, cases = [] } of golden) {
    if (error !== undefined || crash !== undefined || quirks.has(pattern)) continue
    const regex = compile(pattern)
    if (regex instanceof JavaRegexError) {
      notTaken++
      assert.ok(
        refused.some(([of, reason]) => of.test(pattern) && reason.test(regex.message)),
        `${pattern}: ${regex.message}`,
      )
      continue
    }
    taken++
    const texts = cases.map(({ text }) => text)
    const found = regex.findEach(texts)
    const tested = regex.testEach(texts)
    const replaced = regex.replaceEach(texts, compileJavaReplacement('<$0>', regex))
    for (const [index, { text, find, full, all, crash: crashed }] of cases.entries()) {
      if (crashed) continue
      const told = `${pattern} on ${JSON.stringify(text)}`
      const match = found[index]!
      assert.deepEqual(
        match && match !== cutOff ? match.map((group) => group ?? null) : match,
        find?.slice(1) ?? null,
        told,
      )
      assert.equal(tested[index], find !== null, told)
      assert.equal(regex.fullMatch(text), full, told)
      // Java puts an empty match into the middle of a character of two units; this does not tear it.
      if (all.isWellFormed()) assert.equal(replaced[index], all, told)
    }
  }
  assert.ok(taken > 1500 && notTaken < taken / 100, `${taken} taken, ${notTaken} not`)
})

test("replacements are Java's: groups by number and by name, as many digits as there are groups, escapes", () => {
  const replace = (pattern: string, text: string, replacement: string): unknown => {
    const regex = compileJavaRegex(pattern)
    return regex.replaceEach([text], compileJavaReplacement(replacement, regex))[0]
  }
  assert.equal(replace('(a)(b)', 'ab', '$2$1'), 'ba')
  assert.equal(replace('(a)', 'a', '$10'), 'a0')
  assert.equal(replace('(?<x>a)', 'a', '<${x}>'), '<a>')
  assert.equal(replace('a', 'a', '\\$1\\\\'), '$1\\')
  assert.equal(replace('(a)|(b)', 'ab', '[$1$2]'), '[a][b]')
  assert.equal(replace('(?>a|ab)(c)', 'ac', '$1'), 'c', 'numbers of groups do not shift')
  for (const [replacement, message] of [
    ['$', 'Illegal group reference'],
    ['$x', 'Illegal group reference'],
    ['$2', 'No group 2'],
    ['${y}', 'No group with name {y}'],
    ['a\\', 'character to be escaped is missing'],
  ] as const) {
    assert.throws(() => compileJavaReplacement(replacement, compileJavaRegex('(a)')), {
      name: 'JavaRegexError',
      message,
    })
  }
})

test('ordinary patterns of log lines run without a guard', () => {
  for (const pattern of [
    '^\\d+$',
    'ERROR',
    '^(\\S+) (\\S+) ',
    '^\\[([^\\]]*)\\] (\\w+)',
    'level=(\\w+)',
    '(?i)err',
    '^(\\d{4}-\\d\\d-\\d\\d)T',
    '^\\S+ (ERROR|WARN|INFO|DEBUG) ',
    '"([^"]*)"$',
  ]) {
    assert.equal(compileJavaRegex(pattern).engine, 'v8', pattern)
  }
})

test('hostile patterns and texts cost a bounded time each, and honest neighbours keep their answers', () => {
  const patterns = [
    '(a+)+$',
    '^(a+)+$',
    '(x+x+)+y',
    '(\\w+\\s?)*$',
    '(a|aa)+$',
    '([a-z]+)*\\d',
    '(a{1,20}){1,20}b',
    '(?:.*)*b',
    '(?=(a+)+$)x',
    '(?:a+)+\\b!',
    'a*a*a*a*a*a*b',
  ]
  for (const pattern of patterns) {
    const regex = compileJavaRegex(pattern)
    const hostile = pattern.startsWith('(x') ? 'x'.repeat(65_536) : `${'a'.repeat(65_536)}!`
    const texts = ['b1 honest', hostile, hostile, hostile, 'b1 honest']
    const began = performance.now()
    const answers = regex.testEach(texts)
    assert.ok(performance.now() - began < 5000, `${pattern}: ${performance.now() - began} ms`)
    assert.equal(answers[0], answers[4], pattern)
    assert.notEqual(answers[0], cutOff, pattern)
  }
})

test('our own matcher agrees with Java on every pattern, also on those that V8 runs', () => {
  let checked = 0
  for (const { pattern, error, crash, cases = [] } of golden) {
    if (error !== undefined || crash !== undefined || quirks.has(pattern)) continue
    if (compile(pattern) instanceof JavaRegexError) continue
    const parsed = parseJavaRegex(pattern)
    checked++
    const regex = new SteppedRegex(pattern, parsed)
    const texts = cases.map(({ text }) => text)
    const replaced = regex.replaceEach(texts, compileJavaReplacement('<$0>', regex))
    for (const [index, match] of regex.findEach(texts).entries()) {
      const { text, find, full, all, crash: crashed } = cases[index]!
      if (crashed) continue
      const told = `${pattern} on ${JSON.stringify(text)}`
      assert.ok(match !== cutOff, told)
      assert.deepEqual(
        match?.map((group) => group ?? null),
        find?.slice(1),
        told,
      )
      assert.equal(regex.fullMatch(text), full, told)
      if (all.isWellFormed()) assert.equal(replaced[index], all, told)
    }
  }
  assert.ok(checked > 1500, `${checked}`)
})

test('patterns that JavaScript would match otherwise than Java does are run by our own matcher', () => {
  for (const [pattern, text, groups] of [
    ['(?:(a)|(b))+', 'ab', ['ab', 'a', 'b']],
    ['(a*)*', 'b', ['', '']],
    ['(?:|a)*', 'a', ['']],
    ['(?:(a)|b\\1)+', 'aba', ['aba', 'a']],
    ['(a)?\\1x|x', 'x', ['x', undefined]],
    ['((\\d+)(\\.\\d+)?,?)*', '1.5,2', ['1.5,2', '2', '2', '.5']],
  ] as const) {
    const regex = compileJavaRegex(pattern)
    assert.equal(regex.engine, 'stepped', pattern)
    assert.deepEqual(regex.findEach([text])[0], groups, pattern)
  }
})

test('a reference that ignores case is run by our own matcher, as V8 folds letters by other rules', () => {
  for (const [pattern, text, found] of [
    ['(?i)(.)\\1', 'Éé', false],
    ['(?i)(.)\\1', 'aA', true],
    ['(?iu)(.)\\1', 'Éé', true],
    ['(?iu)(.)\\1', 'ıI', true],
    ['(?iu)^(..)\\1', 'ßssß', false],
  ] as const) {
    const regex = compileJavaRegex(pattern)
    assert.equal(regex.engine, 'stepped', pattern)
    assert.equal(regex.test(text), found, `${pattern} on ${text}`)
  }
})

test('an empty match is never found in the middle of a character of two units', () => {
  for (const [pattern, text, replaced] of [
    ['(?!.)', 'K😀', 'K😀-'],
    ['\\B', '_😀', '_😀-'],
    ['x*', '😀', '-😀-'],
    ['(?![^x])', '日😀', '日😀-'],
  ] as const) {
    const regex = compileJavaRegex(pattern)
    assert.equal(regex.engine, 'v8', pattern)
    assert.equal(regex.replaceEach([text], compileJavaReplacement('-', regex))[0], replaced, `${pattern} on ${text}`)
  }
  assert.equal(compileJavaRegex('^.(?!.)|(?!.)(?<=😀)').test('😀'), true)
})

test('a look-behind costs our own matcher counted steps, whatever it holds', () => {
  const hostile = 'a'.repeat(20_000)
  for (const [pattern, text, answer] of [
    ['(?<=c(?:a|a)+)x', `${'a'.repeat(60)}x`, false],
    ['(?:(a)|b)*(?<=(?:a|a)+c)x', `${'a'.repeat(60)}x`, cutOff],
    ['(?<=a.*)b', 'b'.repeat(60_000), cutOff],
    ['(?:(x)|y)*(?<=a{30000})b', 'a'.repeat(65_536), cutOff],
    ['(?:(a)|b)*(?<=a{2,3})x', `${hostile}x`, true],
  ] as const) {
    const began = performance.now()
    assert.equal(compileJavaRegex(pattern).test(text), answer, pattern)
    assert.ok(performance.now() - began < 1500, `${pattern}: ${performance.now() - began} ms`)
  }
})

test('a text of marks without a letter costs a border no more than one of letters', () => {
  const marks = `-${'\u0301'.repeat(65_536)}`
  const began = performance.now()
  assert.equal(compileJavaRegex('\\b').test(marks), false)
  assert.equal(compileJavaRegex('x\\B').test(marks), false)
  assert.ok(performance.now() - began < 1500, `${performance.now() - began} ms`)
  assert.equal(compileJavaRegex('\\b.').findEach(['-e\u0301\u0323 '])[0]?.toString(), 'e')
  assert.equal(compileJavaRegex('e\\b').test('e\u0301\u0323'), false)
})

test('a huge or hostile pattern is compiled in a bounded time', () => {
  const letters = Array.from({ length: 2900 }, (_, index) => String.fromCodePoint(0x100 + index))
  for (const [what, pattern] of [
    ['stars', 'a*'.repeat(2900)],
    ['optional characters', '(?:a?b?c?d?)?'.repeat(500)],
    ['a loop of optional characters', `(?:${'a?'.repeat(79)}b)*x`],
    ['optional alternatives', '(?:a?|b?|c?)'.repeat(900)],
    ['groups', '(a)'.repeat(20_000)],
    ['repeated groups', '(a)*'.repeat(3000)],
    ['alternatives', Array.from({ length: 20_000 }, (_, index) => `w${index}`).join('|')],
    ['classes', letters.map((letter) => `[a-${letter}]*`).join('')],
    ['letters of both cases', `(?iu)${'é'.repeat(20_000)}`],
    ['counts of counts', '(((a{65535}){65535}){65535}){65535}'],
    ['nested groups', `${'('.repeat(190)}a${')*'.repeat(190)}`],
    ['groups that are nested too deep', `${'('.repeat(10_000)}a${')'.repeat(10_000)}`],
  ] as const) {
    const began = performance.now()
    const regex = compile(pattern)
    assert.equal(regex instanceof JavaRegexError, what.endsWith('too deep'), what)
    if (!(regex instanceof JavaRegexError)) regex.test('a'.repeat(3000))
    assert.ok(performance.now() - began < 2000, `${what}: ${performance.now() - began} ms`)
  }
})

test('letters of the other case are those of Java, which has no other case for ß', () => {
  assert.equal(compileJavaRegex('(?iu)ß').test('\u1e9e'), false)
  assert.equal(compileJavaRegex('(?i)k').test('\u212a'), false)
  assert.equal(compileJavaRegex('(?iu)k').test('\u212a'), true)
  assert.equal(compileJavaRegex('(?i)\\p{Lu}').test('a'), true)
})

test('a text on which V8 gives up is answered by our own matcher', () => {
  const hostile = 'a'.repeat(65_536)
  for (const [pattern, text, answer] of [
    ['^(a+)+$', `${hostile}!`, false],
    ['^(a+)+$', hostile, true],
    ['(a|aa)+$', `${hostile}!`, false],
    ['(x+x+)+y', 'x'.repeat(65_536), false],
    ['(?:(a)|(b))*c', 'ab'.repeat(32_768), false],
    ['id=\\d+ .*done', 'id=1 '.repeat(13_000), false],
  ] as const) {
    assert.equal(compileJavaRegex(pattern).test(text), answer, pattern)
  }
  assert.equal(compileJavaRegex('(a*)*b').test(hostile), cutOff, 'this one is too hard for both')
})

test('a batch of nothing but hostile texts is bounded, and the honest text at its end keeps its answer', () => {
  for (const pattern of ['^(a+)+$', '(?:(a|aa)|b)+$', '(a{1,20}){1,20}b']) {
    const texts = [...Array.from({ length: 300 }, () => `${'a'.repeat(4000)}!`), 'aab']
    const began = performance.now()
    const answers = compileJavaRegex(pattern).testEach(texts)
    assert.ok(performance.now() - began < 20_000, pattern)
    assert.equal(answers.at(-1), compileJavaRegex(pattern).test('aab'))
  }
})

test('no input makes the compiler throw anything but its own error', () => {
  const alphabet = [
    'a',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '*',
    '+',
    '?',
    '|',
    '\\',
    '^',
    '$',
    '.',
    '&&',
    '-',
    '<',
    '>',
    '=',
    '!',
    ':',
    'Q',
    'E',
    'p',
    '1',
    ',',
    '#',
    ' ',
    'x',
    'é',
    '😀',
    '\n',
  ]
  let seed = 7
  for (let round = 0; round < 20_000; round++) {
    let pattern = ''
    for (let length = round % 12; length >= 0; length--) {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
      pattern += alphabet[(seed >> 8) % alphabet.length]
    }
    compile(pattern)
  }
})
