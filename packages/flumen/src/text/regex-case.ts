import { literalSource } from './regex-syntax.ts'

/**
 * What a range of characters matches besides when case does not count, as the inside of a class: the ASCII letters of
 * the other case or, with (?u), whatever Java's two steps (to upper case, then to lower case) lead to the same.
 */
export function otherCases(first: number, last: number, unicodeCase: boolean): string {
  if (!unicodeCase) return asciiCases(first, last)
  if (first === last) return otherCasesOfOne(first)
  const found = casedLetters().filter(({ code, upper, folded }) => {
    if (code >= first && code <= last) return false
    return (upper >= first && upper <= last) || (folded >= first && folded <= last)
  })
  return found.map(({ code }) => literalSource(code)).join('')
}

function otherCasesOfOne(code: number): string {
  const folded = foldedOf(code)
  if (upperOf(code) === folded) return ''
  const others = lettersByFolded().get(folded) ?? []
  return others
    .filter((other) => other !== code)
    .map(literalSource)
    .join('')
}

function asciiCases(first: number, last: number): string {
  let source = ''
  for (const [low, high, shift] of [
    [0x41, 0x5a, 32],
    [0x61, 0x7a, -32],
  ] as const) {
    const from = Math.max(first, low)
    const to = Math.min(last, high)
    if (from <= to) source += `${literalSource(from + shift)}-${literalSource(to + shift)}`
  }
  return source
}

interface CasedLetter {
  readonly code: number
  readonly upper: number
  readonly folded: number
}

let cased: readonly CasedLetter[] | undefined
let byFolded: ReadonlyMap<number, readonly number[]> | undefined

/** All letters that have another case; made at the first use. */
function casedLetters(): readonly CasedLetter[] {
  if (cased !== undefined) return cased
  const found: CasedLetter[] = []
  const changes = /^\p{Changes_When_Casemapped}$/u
  for (let code = 0; code < 0x20000; code++) {
    if (changes.test(String.fromCodePoint(code))) found.push({ code, upper: upperOf(code), folded: foldedOf(code) })
  }
  cased = found
  return cased
}

/** The letters that lead to the same one. */
function lettersByFolded(): ReadonlyMap<number, readonly number[]> {
  if (byFolded !== undefined) return byFolded
  const found = new Map<number, number[]>()
  for (const { code, folded } of casedLetters()) found.set(folded, [...(found.get(folded) ?? []), code])
  byFolded = found
  return byFolded
}

/** To upper case, then to lower case. */
export function foldedOf(code: number): number {
  const upper = upperOf(code)
  return upper === 0x130 ? 0x69 : (onlyCodePoint(String.fromCodePoint(upper).toLowerCase()) ?? upper)
}

/** Character.toUpperCase(int): one character to one. */
function upperOf(code: number): number {
  return onlyCodePoint(String.fromCodePoint(code).toUpperCase()) ?? greekTitleCase(code)
}

function onlyCodePoint(text: string): number | undefined {
  const code = text.codePointAt(0)!
  return text.length === (code > 0xffff ? 2 : 1) ? code : undefined
}

/** Of Greek letters with iota subscript, whose upper case is two letters, Java takes the title case. */
function greekTitleCase(code: number): number {
  if (code >= 0x1f80 && code <= 0x1faf) return code | 8
  return code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3 ? code + 9 : code
}
