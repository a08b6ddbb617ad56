import type { PatternReader } from './regex-reader.ts'

/** Largest number of a repetition. */
const mostRepetitions = 65_535

/** Least and most repetitions of a quantifier; undefined where there is none. */
export function quantifier(reader: PatternReader): readonly [number, number] | undefined {
  switch (reader.peek()) {
    case '?':
      reader.at++
      return [0, 1]
    case '*':
      reader.at++
      return [0, Number.POSITIVE_INFINITY]
    case '+':
      reader.at++
      return [1, Number.POSITIVE_INFINITY]
    case '{':
      return counted(reader)
    default:
      return undefined
  }
}

function counted(reader: PatternReader): readonly [number, number] {
  const match = /^\{(\d+)(,(\d*))?\}/.exec(reader.source.slice(reader.at, reader.at + 40))
  if (!match) {
    const closed = /^\{\d+(?:,\d*)?/.test(reader.source.slice(reader.at))
    reader.fail(
      closed ? 'Unclosed counted closure' : 'Illegal repetition',
      reader.at,
      'write {n}, {n,} or {n,m}; for a brace itself \\{',
    )
  }
  const min = Number(match[1])
  const max = match[2] === undefined ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3])
  if (max < min) reader.fail('Illegal repetition range', reader.at, 'the first number is the smaller one')
  if (min > mostRepetitions || (max > mostRepetitions && max !== Number.POSITIVE_INFINITY)) {
    reader.fail('Illegal repetition range', reader.at, `at most ${mostRepetitions} repetitions`)
  }
  reader.at += match[0].length
  return [min, max]
}
