import type { RegexNode } from './regex-syntax.ts'

/** A repetition of more than this counts as unbounded. */
const few = 4

/**
 * The longest text on which a pattern may run without a guard. The work of a backtracking engine is about the length to
 * the power of the number of repetitions that compete for the same characters (the start of the match competes too); a
 * repetition inside of another, or around alternatives, may double the work with each character.
 */
export function safeLength(root: RegexNode): number {
  const degree = degreeOf(root)
  if (degree <= 1) return Number.POSITIVE_INFINITY
  return degree === 2 ? 4096 : degree === 3 ? 200 : 0
}

function degreeOf(root: RegexNode): number {
  if (isExponential(root, false)) return Number.POSITIVE_INFINITY
  const steps = flatten(root)
  const starts = steps[0]?.kind === 'assertion' && steps[0].source === '^' ? 0 : 1
  const loops = steps.filter(isLoop)
  const competing = loops.filter((loop) => competes(loop, steps[steps.indexOf(loop) + 1], loops)).length
  const scansFromAnywhere = starts === 1 && loops.length > 0 && canBeginWith(steps) ? 1 : 0
  return Math.max(1, competing + scansFromAnywhere)
}

/** A repetition whose body varies in length, or can be matched in several ways. */
function isExponential(node: RegexNode, inLoop: boolean): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.items.some((item) => isExponential(item, inLoop))
    case 'alternatives':
      return inLoop || node.options.some((option) => isExponential(option, inLoop))
    case 'group':
    case 'atomic':
      return isExponential(node.body, inLoop)
    case 'look':
    case 'reference':
      return true
    case 'repeat':
      if (node.mode === '+') return true
      return (inLoop && node.min !== node.max) || isExponential(node.body, inLoop || node.max > few)
    default:
      return false
  }
}

/** The pattern as a row of steps; alternatives are one step each. */
function flatten(node: RegexNode): RegexNode[] {
  if (node.kind === 'sequence') return node.items.flatMap(flatten)
  if (node.kind === 'group') return flatten(node.body)
  if (node.kind === 'repeat' && node.max <= few) return flatten(node.body)
  if (node.kind === 'alternatives') return node.options.flatMap(flatten)
  return [node]
}

function isLoop(node: RegexNode): node is RegexNode & { kind: 'repeat' } {
  return node.kind === 'repeat' && node.max > few && node.min !== node.max
}

/** A loop that what follows it ends for certain leaves nothing to try again. */
function competes(
  loop: RegexNode & { kind: 'repeat' },
  next: RegexNode | undefined,
  loops: readonly RegexNode[],
): boolean {
  const body = singleSet(loop.body)
  const after = next && singleSet(next.kind === 'repeat' && next.min > 0 ? next.body : next)
  if (body !== undefined && after !== undefined) return overlap(body, after)
  return !(next === undefined && loops.at(-1) === loop)
}

/** Whether a match can be tried for long from every position: the first step is a loop, or what leads to one can repeat. */
function canBeginWith(steps: readonly RegexNode[]): boolean {
  const first = steps.findIndex(isLoop)
  const before = steps.slice(0, first)
  const loop = singleSet((steps[first] as RegexNode & { kind: 'repeat' }).body)
  if (loop === undefined) return true
  return before.every((step) => {
    const set = singleSet(step)
    return step.kind === 'assertion' || (set !== undefined && overlap(set, loop))
  })
}

function singleSet(node: RegexNode | undefined): string | undefined {
  if (node === undefined) return undefined
  if (node.kind === 'set' || node.kind === 'text') return node.source
  if (node.kind === 'group' && node.number === undefined) return singleSet(node.body)
  if (node.kind === 'group') return singleSet(node.body)
  return undefined
}

/** Samples of the characters that texts are made of. */
const samples = [...Array(0x250).keys(), 0x3b1, 0x416, 0x5d0, 0x65e5, 0x2028, 0x1f600].map((code) =>
  String.fromCodePoint(code),
)

function overlap(one: string, other: string): boolean {
  const first = new RegExp(`^(?:${one})$`, 'v')
  const second = new RegExp(`^(?:${other})$`, 'v')
  return samples.some((character) => first.test(character) && second.test(character))
}
