/** A Java pattern, parsed; what differs from JavaScript is already written as JavaScript (`v` flag) in the leaves. */
export type RegexNode =
  | { readonly kind: 'text'; readonly source: string }
  | { readonly kind: 'set'; readonly source: string }
  | { readonly kind: 'assertion'; readonly source: string }
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
  | { readonly kind: 'reference'; readonly number: number; readonly ignoreCase: boolean }

export interface ParsedRegex {
  readonly root: RegexNode
  readonly groupCount: number
  readonly groupNames: ReadonlyMap<string, number>
  /** The pattern begins with `\G`: a match begins where the last one ended, the first at the beginning. */
  readonly sticky: boolean
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

/** Whether a node can match without taking a character. */
export function isNullable(node: RegexNode): boolean {
  switch (node.kind) {
    case 'text':
    case 'set':
      return false
    case 'sequence':
      return node.items.every(isNullable)
    case 'alternatives':
      return node.options.some(isNullable)
    case 'group':
    case 'atomic':
      return isNullable(node.body)
    case 'repeat':
      return node.min === 0 || isNullable(node.body)
    default:
      return true
  }
}
