import { JavaRegexError } from './regex-syntax.ts'

/** Texts and numbers of Java groups, in order. */
export interface JavaReplacement {
  readonly parts: readonly (string | number)[]
}

interface Groups {
  readonly groupCount: number
  readonly groupNames: ReadonlyMap<string, number>
}

const noGroups: Groups = { groupCount: 0, groupNames: new Map() }

/**
 * A replacement of Matcher.replaceAll: `$1` (as many digits as there are groups), `${name}`, a backslash before a
 * character that is meant itself. @throws JavaRegexError
 */
export function compileJavaReplacement(text: string, { groupCount, groupNames }: Groups = noGroups): JavaReplacement {
  const parts: (string | number)[] = []
  let literal = ''
  let at = 0
  const group = (number: number): void => {
    parts.push(literal, number)
    literal = ''
  }
  while (at < text.length) {
    const character = text[at++]!
    if (character === '\\') {
      if (at === text.length)
        throw new JavaRegexError('character to be escaped is missing', at, 'double the backslash at the end')
      literal += text[at++]
    } else if (character !== '$') literal += character
    else if (text[at] === '{') {
      const match = /^\{([A-Za-z][A-Za-z0-9]*)\}/.exec(text.slice(at))
      if (!match)
        throw new JavaRegexError(
          namedGroupError(text.slice(at)),
          at,
          'write ${name} with letters and digits, or \\$ for the sign itself',
        )
      const number = groupNames.get(match[1]!)
      if (number === undefined)
        throw new JavaRegexError(`No group with name {${match[1]}}`, at, 'the pattern has no group of that name')
      group(number)
      at += match[0].length
    } else {
      const digit = text.charCodeAt(at) - 48
      if (!(digit >= 0 && digit <= 9))
        throw new JavaRegexError('Illegal group reference', at, 'write $1 or ${name}, or \\$ for the sign itself')
      let number = digit
      at++
      while (at < text.length) {
        const next = text.charCodeAt(at) - 48
        if (next < 0 || next > 9 || number * 10 + next > groupCount) break
        number = number * 10 + next
        at++
      }
      if (number > groupCount)
        throw new JavaRegexError(`No group ${number}`, at, `the pattern has ${groupCount} groups`)
      group(number)
    }
  }
  parts.push(literal)
  return { parts }
}

function namedGroupError(rest: string): string {
  if (/^\{[A-Za-z]/.test(rest)) return "named capturing group is missing trailing '}'"
  return /^\{\d/.test(rest)
    ? `capturing group name {${/^\{([^}]*)/.exec(rest)![1]}} starts with digit character`
    : 'named capturing group has 0 length name'
}
