import type { CodePointSet } from './code-point-set.ts'

/**
 * A parsed Java pattern. The kinds are those that java.util.regex.Pattern tells apart when it matches, because it
 * treats them differently where it can be observed: the rounds of a `repeat` and of a `groupRepeat` are never entered
 * again once they have matched, those of a `loop` are.
 */
export type RegexNode =
  | { readonly kind: 'set'; readonly set: CodePointSet }
  | { readonly kind: 'sequence'; readonly nodes: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly options: readonly RegexNode[] }
  | RegexGroup
  /** A quantified single element, or any possessively quantified element. */
  | RegexRepeat
  /** A quantified group whose body can match in one way only. */
  | { readonly kind: 'groupRepeat'; readonly group: RegexGroup; readonly range: RepeatRange; readonly mode: RepeatMode }
  /** Any other quantified group. */
  | { readonly kind: 'loop'; readonly group: RegexGroup; readonly range: RepeatRange; readonly mode: RepeatMode }
  /** `x?` of a single element, or `(x)?+`. */
  | { readonly kind: 'option'; readonly atom: RegexNode; readonly mode: RepeatMode }
  | { readonly kind: 'atomic'; readonly body: RegexNode }
  | RegexLook
  | { readonly kind: 'assertion'; readonly at: AssertionKind }
  /** `\R` */
  | { readonly kind: 'lineEnding' }
  | RegexReference

export type RepeatMode = 'greedy' | 'lazy' | 'possessive'

/** `max` is Infinity for an open range. */
export interface RepeatRange {
  readonly min: number
  readonly max: number
}

/** `index` is 0 for a group that captures nothing. */
export interface RegexGroup {
  readonly kind: 'group'
  readonly index: number
  readonly body: RegexNode
}

export interface RegexRepeat {
  readonly kind: 'repeat'
  readonly atom: RegexNode
  readonly range: RepeatRange
  readonly mode: RepeatMode
}

/** `length`: for a look-behind, how far back Java looks, in UTF-16 units or, when `byCodePoint`, in code points. */
export interface RegexLook {
  readonly kind: 'look'
  readonly behind: boolean
  readonly negative: boolean
  readonly body: RegexNode
  readonly length: { readonly min: number; readonly max: number; readonly byCodePoint: boolean }
}

export interface RegexReference {
  readonly kind: 'reference'
  readonly group: number
  readonly letters: 'exact' | 'asciiCase' | 'unicodeCase'
}

export type AssertionKind =
  | 'begin'
  | 'end'
  | 'lastMatch'
  | 'lineBegin'
  | 'unixLineBegin'
  | 'lastLineEnd'
  | 'unixLastLineEnd'
  | 'lineEnd'
  | 'unixLineEnd'
  | 'wordBoundary'
  | 'noWordBoundary'
  | 'unicodeWordBoundary'
  | 'noUnicodeWordBoundary'

export interface RegexTree {
  readonly root: RegexNode
  readonly groupCount: number
  readonly groupNames: ReadonlyMap<string, number>
  /** Java steps over whole surrogate pairs when it looks for the beginning of a match. */
  readonly byCodePoint: boolean
  readonly hasReferences: boolean
}

/** Matches the empty text. */
export const emptyNode: RegexNode = { kind: 'sequence', nodes: [] }
