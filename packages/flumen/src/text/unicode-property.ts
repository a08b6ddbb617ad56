import { CodePointSet } from './code-point-set.ts'

const known = new Map<string, CodePointSet>()

/**
 * The code points of a JavaScript property expression such as `L`, `Alphabetic` or `Script=Greek`.
 * Undefined when the engine knows no such property. The first call for a property takes some milliseconds.
 */
export function unicodeProperty(expression: string): CodePointSet | undefined {
  const found = known.get(expression)
  if (found !== undefined) return found
  const set = scan(expression)
  if (set !== undefined) known.set(expression, set)
  return set
}

/** A union of properties that are known to exist. */
export function unicodeProperties(...expressions: readonly string[]): CodePointSet {
  return expressions.reduce((set, one) => set.union(unicodeProperty(one) ?? nothing), nothing)
}

/** Character.toUpperCase(int): the simple mapping, one code point to one. */
export function simpleUpperCase(codePoint: number): number {
  const upper = onlyCodePoint(String.fromCodePoint(codePoint).toUpperCase())
  return upper ?? greekTitleCase(codePoint) ?? codePoint
}

/** Character.toLowerCase(int): the simple mapping, one code point to one. */
export function simpleLowerCase(codePoint: number): number {
  return codePoint === 0x130 ? 0x69 : (onlyCodePoint(String.fromCodePoint(codePoint).toLowerCase()) ?? codePoint)
}

let casedCodePoints: readonly number[] | undefined

/** All code points that some case mapping changes. */
export function casedLetters(): readonly number[] {
  casedCodePoints ??= unicodeProperties('Changes_When_Casemapped')
    .ranges()
    .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
  return casedCodePoints
}

const nothing = new CodePointSet([])

/** Written out and searched in runs. */
const searched: readonly (readonly [number, number])[] = [
  [0, 0xd7ff],
  [0xe000, 0xffff],
  [0x10000, 0x3ffff],
  [0xe0000, 0xe0fff],
]

/** No property divides these: their first code point speaks for all. */
const uniform: readonly (readonly [number, number])[] = [
  [0xd800, 0xdb7f],
  [0xdb80, 0xdbff],
  [0xdc00, 0xdfff],
  [0x40000, 0xdffff],
  [0xe1000, 0xeffff],
  [0xf0000, 0xffffd],
  [0xffffe, 0xfffff],
  [0x100000, 0x10fffd],
  [0x10fffe, 0x10ffff],
]

function scan(expression: string): CodePointSet | undefined {
  let runs: RegExp
  try {
    runs = new RegExp(`\\p{${expression}}+`, 'gu')
  } catch {
    return undefined
  }
  const ranges: (readonly [number, number])[] = []
  for (const [first, last] of searched) collectRuns(runs, first, last, ranges)
  for (const range of uniform) {
    runs.lastIndex = 0
    if (runs.test(String.fromCodePoint(range[0]))) ranges.push(range)
  }
  return CodePointSet.fromRanges(ranges)
}

function collectRuns(runs: RegExp, first: number, last: number, ranges: (readonly [number, number])[]): void {
  const width = first > 0xffff ? 2 : 1
  const codePoints = Array.from({ length: last - first + 1 }, (_, i) => first + i)
  let text = ''
  for (let i = 0; i < codePoints.length; i += 4096) text += String.fromCodePoint(...codePoints.slice(i, i + 4096))
  runs.lastIndex = 0
  for (let found = runs.exec(text); found !== null; found = runs.exec(text)) {
    const start = first + found.index / width
    ranges.push([start, start + found[0].length / width - 1])
  }
}

function onlyCodePoint(text: string): number | undefined {
  const codePoint = text.codePointAt(0)
  return codePoint !== undefined && text.length === (codePoint > 0xffff ? 2 : 1) ? codePoint : undefined
}

/** Greek letters with iota subscript: the full upper case has two letters, the simple one is the title case. */
function greekTitleCase(codePoint: number): number | undefined {
  if (codePoint >= 0x1f80 && codePoint <= 0x1faf) return codePoint | 8
  if (codePoint === 0x1fb3 || codePoint === 0x1fc3 || codePoint === 0x1ff3) return codePoint + 9
  return undefined
}
