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
export function compileJavaReplacement(text: string, groups: Groups = noGroups): JavaReplacement {
  const parts: (string | number)[] = []
  let literal = ''
  let at = 0
  while (at < text.length) {
    const character = text[at++]!
    if (character === '$') {
      const reference = text[at] === '{' ? byName(text, at, groups) : byNumber(text, at, groups)
      parts.push(literal, reference.group)
      literal = ''
      at = reference.end
    } else if (character !== '\\') literal += character
    else if (at === text.length) {
      throw new JavaRegexError('character to be escaped is missing', at, 'double the backslash at the end')
    } else literal += text[at++]
  }
  parts.push(literal)
  return { parts }
}

interface Reference {
  readonly group: number
  readonly end: number
}

function byName(text: string, at: number, { groupNames }: Groups): Reference {
  const match = /^\{([A-Za-z][A-Za-z0-9]*)\}/.exec(text.slice(at))
  if (!match) {
    const hint = 'write ${name} with letters and digits, or \\$ for the sign itself'
    throw new JavaRegexError(namedGroupError(text.slice(at)), at, hint)
  }
  const group = groupNames.get(match[1]!)
  if (group === undefined) {
    throw new JavaRegexError(`No group with name {${match[1]}}`, at, 'the pattern has no group of that name')
  }
  return { group, end: at + match[0].length }
}

/** As many digits as there are groups. */
function byNumber(text: string, at: number, { groupCount }: Groups): Reference {
  const first = digitAt(text, at)
  if (first === undefined) {
    throw new JavaRegexError('Illegal group reference', at, 'write $1 or ${name}, or \\$ for the sign itself')
  }
  let group = first
  let end = at + 1
  for (
    let next = digitAt(text, end);
    next !== undefined && group * 10 + next <= groupCount;
    next = digitAt(text, end)
  ) {
    group = group * 10 + next
    end++
  }
  if (group > groupCount) throw new JavaRegexError(`No group ${group}`, at, `the pattern has ${groupCount} groups`)
  return { group, end }
}

function digitAt(text: string, at: number): number | undefined {
  const digit = text.charCodeAt(at) - 48
  return digit >= 0 && digit <= 9 ? digit : undefined
}

function namedGroupError(rest: string): string {
  if (/^\{[A-Za-z]/.test(rest)) return "named capturing group is missing trailing '}'"
  return /^\{\d/.test(rest)
    ? `capturing group name {${/^\{([^}]*)/.exec(rest)![1]}} starts with digit character`
    : 'named capturing group has 0 length name'
}
