/**
 * A pattern or a replacement that java.util.regex refuses, or that Flumen does not support.
 * `description` has Java's words, `index` is the offset in the text at which it went wrong, `hint` says what to do.
 */
export class JavaRegexError extends Error {
  override readonly name = 'JavaRegexError'
  readonly description: string
  readonly index: number
  readonly hint: string

  constructor(description: string, index: number, hint?: string) {
    super(`${description} near index ${index}`)
    this.description = description
    this.index = index
    this.hint = hint ?? hintFor(description)
  }
}

/** By the beginning of the description. */
const hints: readonly (readonly [string, string])[] = [
  ['Dangling meta character', 'A quantifier needs something before it; write a backslash before a literal character.'],
  ['Unclosed group', 'A ")" is missing; write \\( for a literal parenthesis.'],
  ["Unmatched closing ')'", 'There is no "(" for this ")"; write \\) for a literal parenthesis.'],
  ['Unclosed character class', 'A "]" is missing; write \\[ for a literal bracket.'],
  ['Illegal character range', 'The end of the range comes before its beginning; write \\- for a literal hyphen.'],
  ['Illegal repetition range', 'In {n,m} n is at most m, and both are at most 2147483647.'],
  ['Illegal repetition', 'Write \\{ for a literal brace; a repetition is {n}, {n,} or {n,m}.'],
  ['Unclosed counted closure', 'A repetition is {n}, {n,} or {n,m} without spaces; write \\{ for a literal brace.'],
  ['Illegal/unsupported escape', 'Only letters with a meaning may follow a backslash.'],
  [
    'Unescaped trailing backslash',
    'Write \\\\ for a literal backslash; a properties file needs every backslash twice.',
  ],
  ['Look-behind group', 'Inside (?<=...) use {0,n} in place of * and +, and quantify no alternatives.'],
  ['Unknown character property', 'Properties are written like \\p{Alpha}, \\p{L}, \\p{IsLatin}, \\p{InGreek}.'],
  ['Unknown inline modifier', 'The inline flags are i m s x u d U, as in (?i) or (?i:...).'],
  ['Unknown group type', 'Groups are (...), (?:...), (?<name>...), (?=...), (?!...), (?<=...), (?<!...), (?>...).'],
  ['Bad class syntax', 'Something must stand on both sides of "&&".'],
  ['Illegal group reference', 'In a replacement $ begins a group, as in $1 or ${name}; write \\$ for a dollar sign.'],
  ['No group', 'The pattern has no such group; write \\$ for a literal dollar sign.'],
  ['character to be escaped is missing', 'Write \\\\ for a literal backslash at the end of the replacement.'],
]

function hintFor(description: string): string {
  return hints.find(([beginning]) => description.startsWith(beginning))?.[1] ?? 'See java.util.regex.Pattern.'
}
