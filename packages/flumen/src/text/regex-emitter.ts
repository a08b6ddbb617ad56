import { children, type ParsedRegex, type RegexNode } from './regex-syntax.ts'

export interface EmittedRegex {
  /** For the `v` flag. */
  readonly source: string
  /** Number of the JavaScript group of each Java group; 0 is the whole match. */
  readonly groups: readonly number[]
}

/** Writes a parsed pattern as JavaScript; atomic groups become a look-ahead and a reference, which shifts the numbers of groups. */
export function emitJavaScript(parsed: ParsedRegex): EmittedRegex {
  const groups: number[] = [0]
  numberGroups(parsed.root, { next: 1 }, groups)
  const counter = { next: 1 }
  return { source: emit(parsed.root, counter, groups), groups }
}

interface Counter {
  next: number
}

/** Groups are numbered in the order of their opening, as they are written. */
function numberGroups(node: RegexNode, counter: Counter, groups: number[]): void {
  if (node.kind === 'group' && node.number !== undefined) groups[node.number] = counter.next++
  if (node.kind === 'atomic' || (node.kind === 'repeat' && node.mode === '+')) counter.next++
  for (const child of children(node)) numberGroups(child, counter, groups)
}

function emit(node: RegexNode, counter: Counter, groups: readonly number[]): string {
  switch (node.kind) {
    case 'text':
    case 'set':
    case 'assertion':
      return node.source
    case 'lastMatch':
      // The pattern begins with it: `sticky`.
      return ''
    case 'sequence':
      return node.items
        .map((item) =>
          item.kind === 'alternatives' ? `(?:${emit(item, counter, groups)})` : emit(item, counter, groups),
        )
        .join('')
    case 'alternatives':
      return node.options.map((option) => emit(option, counter, groups)).join('|')
    case 'group':
      if (node.number === undefined) return `(?:${emit(node.body, counter, groups)})`
      counter.next++
      return `(${emit(node.body, counter, groups)})`
    case 'look':
      return `(${node.opening}${emit(node.body, counter, groups)})`
    case 'atomic':
      return atomic(() => emit(node.body, counter, groups), counter)
    case 'reference':
      // In parentheses, as a digit may follow. Those that ignore case are foreign.
      return `(?:\\${groups[node.number]})`
    case 'repeat':
      if (node.mode === '+') return atomic(() => repeated(node, counter, groups), counter)
      if (node.min === 0 && node.max === 1) return optional(node.body, node.mode === '?', counter, groups)
      return repeated(node, counter, groups) + node.mode
  }
}

function atomic(body: () => string, counter: Counter): string {
  const number = counter.next++
  return `(?:(?=(${body()}))\\${number})`
}

/** Alternatives instead of `?`, which in JavaScript leaves out a match that is empty, with its groups. */
function optional(body: RegexNode, lazy: boolean, counter: Counter, groups: readonly number[]): string {
  if (body.kind === 'text' || body.kind === 'set') return `(?:${body.source})?${lazy ? '?' : ''}`
  const source = emit(body, counter, groups)
  return lazy ? `(?:|${source})` : `(?:${source}|)`
}

function repeated(node: RegexNode & { kind: 'repeat' }, counter: Counter, groups: readonly number[]): string {
  const { min, max } = node
  if (min === 0 && max === 1) return optional(node.body, false, counter, groups)
  const body = `(?:${emit(node.body, counter, groups)})`
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? `${body}*` : min === 1 ? `${body}+` : `${body}{${min},}`
  return min === max ? `${body}{${min}}` : `${body}{${min},${max}}`
}
