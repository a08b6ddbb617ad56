/** A Java pattern, parsed; what differs from JavaScript is already written as JavaScript (`v` flag) in the leaves. */
export type RegexNode =
  | { readonly kind: 'text'; readonly source: string }
  | { readonly kind: 'set'; readonly source: string }
  | { readonly kind: 'assertion'; readonly source: string }
  /** `\G` behind the beginning of a pattern. */
  | { readonly kind: 'lastMatch' }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'alternatives'; readonly options: readonly RegexNode[] }
  | { readonly kind: 'group'; readonly number: number | undefined; readonly body: RegexNode }
  | { readonly kind: 'look'; readonly opening: '?=' | '?!' | '?<=' | '?<!'; readonly body: RegexNode }
  | { readonly kind: 'atomic'; readonly body: RegexNode }
  | {
      readonly kind: 'repeat'
      readonly body: RegexNode
      readonly min: number
      readonly max: number
      readonly mode: '' | '?' | '+'
    }
  | { readonly kind: 'reference'; readonly number: number; readonly letters: 'exact' | 'asciiCase' | 'anyCase' }

export interface ParsedRegex {
  readonly root: RegexNode
  readonly groupCount: number
  readonly groupNames: ReadonlyMap<string, number>
  /** The pattern has a `\G`; unless it is foreign it begins with it, so that a match begins where the last one ended. */
  readonly sticky: boolean
  readonly hasReferences: boolean
  /** What JavaScript matches otherwise than Java does: the pattern must be run by our own matcher. */
  readonly isForeign: boolean
}

/** A pattern that Java refuses, or one that cannot be translated faithfully. */
export class JavaRegexError extends Error {
  /** Position in the pattern, from 0, as Java counts it. */
  readonly index: number
  /** How to mend it. */
  readonly hint: string

  constructor(message: string, index: number, hint: string) {
    super(message)
    this.name = 'JavaRegexError'
    this.index = index
    this.hint = hint
  }
}

/** A code point as JavaScript source, in a class or outside of one. */
export function literalSource(code: number): string {
  if (code >= 0x30 && code <= 0x7a && /\w/.test(String.fromCharCode(code))) return String.fromCharCode(code)
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** Whether the empty text matches. */
export function isNullable(node: RegexNode): boolean {
  return shortest(node) === 0
}

/** Fewest characters that a node can read. */
export function shortest(node: RegexNode): number {
  switch (node.kind) {
    case 'text':
    case 'set':
      return 1
    case 'alternatives':
      return node.options.reduce((length, option) => Math.min(length, shortest(option)), Number.POSITIVE_INFINITY)
    case 'look':
      return 0
    case 'repeat':
      return node.min === 0 ? 0 : node.min * shortest(node.body)
    default:
      return children(node).reduce((length, child) => length + shortest(child), 0)
  }
}

/** Most characters that a node can read. */
export function longest(node: RegexNode): number {
  switch (node.kind) {
    case 'text':
    case 'set':
      return isLineBreak(node) ? 2 : 1
    case 'alternatives':
      return node.options.reduce((length, option) => Math.max(length, longest(option)), 0)
    case 'look':
      return 0
    case 'reference':
      return Number.POSITIVE_INFINITY
    case 'repeat': {
      const length = longest(node.body)
      return length === 0 || node.max === 0 ? 0 : length * node.max
    }
    default:
      return children(node).reduce((length, child) => length + longest(child), 0)
  }
}

/** `\R`, the one text that is not a single character. */
export function isLineBreak(node: RegexNode): boolean {
  return node.kind === 'text' && node.source.startsWith('(?:')
}

/** A node that reads one character. */
export function isCharacter(node: RegexNode): node is RegexNode & { kind: 'text' | 'set' } {
  return node.kind === 'set' || (node.kind === 'text' && !isLineBreak(node))
}

/** Whether a node reads nothing and captures nothing, so that repeating it changes nothing. */
export function isCondition(node: RegexNode): boolean {
  if (node.kind === 'group') return node.number === undefined && isCondition(node.body)
  if (node.kind === 'sequence') return node.items.every(isCondition)
  if (node.kind === 'look') return !captures(node.body)
  return node.kind === 'assertion'
}

/** How many `\G` there are. */
export function lastMatches(node: RegexNode): number {
  return (node.kind === 'lastMatch' ? 1 : 0) + children(node).reduce((count, child) => count + lastMatches(child), 0)
}

export function beginsWithLastMatch(node: RegexNode): boolean {
  return node.kind === 'lastMatch' || (node.kind === 'sequence' && node.items[0]?.kind === 'lastMatch')
}

/** Whether a certain node is this one or inside of it. */
export function hasInside(node: RegexNode, wanted: RegexNode): boolean {
  return node === wanted || children(node).some((child) => hasInside(child, wanted))
}

/** The nodes inside of a node. */
export function children(node: RegexNode): readonly RegexNode[] {
  switch (node.kind) {
    case 'sequence':
      return node.items
    case 'alternatives':
      return node.options
    case 'group':
    case 'atomic':
    case 'look':
    case 'repeat':
      return [node.body]
    default:
      return []
  }
}

function captures(node: RegexNode): boolean {
  return (node.kind === 'group' && node.number !== undefined) || children(node).some(captures)
}
