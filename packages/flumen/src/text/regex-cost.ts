import { type Automaton, automatonOf, type Ways } from './regex-automaton.ts'
import type { RegexNode } from './regex-syntax.ts'

/** How a pattern is going to be searched for. */
export interface SearchManner {
  /** A match is tried for at the beginning of the text only. */
  readonly anchored: boolean
  /** A match is tried for only behind characters that this class does not have: see `leadingClass`. */
  readonly notBehind?: string | undefined
  /** `first`: one match is enough. `every`: the search goes on behind a match. `whole`: the match must be the text. */
  readonly wanted: 'first' | 'every' | 'whole'
}

/** Steps of the matcher, about a nanosecond each, that one text may cost without a guard. */
const mostSteps = 100_000
/** A linear search may try so many ways at each character. */
const mostWays = 64
/** The safe length of a linear search: V8 keeps what it can go back to on a stack of 64 MB. */
export const unlimited = 1_000_000
/** A loop with more ways than so many is taken for ambiguous, as the proof takes their number squared. */
const mostWaysInLoop = 500
const mostLoops = 200

/**
 * The longest text on which a pattern may run without a guard; 0: none.
 *
 * A backtracking matcher tries every way in which the pattern reads a beginning of the text. How their number grows
 * with the text is known from the pattern (Weber and Seidl, "On the degree of ambiguity of finite automata", 1991):
 * exponentially when a loop can read the same text in two ways, otherwise with a power that is the longest row of
 * loops in which one can hand over to the next anywhere in a text that both read. The search for the beginning of the
 * match is the first of these loops.
 */
export function safeLength(root: RegexNode, manner: SearchManner): number {
  const automaton = automatonOf(root)
  if (automaton === undefined) return 0
  const graph = searchGraph(automaton, manner)
  const loops = loopsOf(graph)
  if (loops.length > mostLoops || loops.some((loop) => isAmbiguous(loop, graph))) return 0
  const ways = mostWaysThrough(graph)
  const power = longestRow(loops, graph)
  if (power <= 1) return ways <= mostWays ? unlimited : Math.floor((mostSteps * mostWays) / ways)
  const permutations = [1, 1, 2, 6, 24, 120][power] ?? 120
  return Math.floor(((mostSteps * permutations) / ways) ** (1 / power))
}

/**
 * The class of a repetition with which every match begins. Where the pattern does not match behind one of these
 * characters, it did not match one character before either, so that a search need not try there again.
 */
export function leadingClass(node: RegexNode): string | undefined {
  if (node.kind === 'sequence') return node.items[0] && leadingClass(node.items[0])
  if (node.kind === 'group') return leadingClass(node.body)
  if (node.kind !== 'repeat' || node.max !== Number.POSITIVE_INFINITY || node.mode === '+') return undefined
  const { body } = node
  const single = body.kind === 'group' && body.number === undefined ? body.body : body
  return single.kind === 'set' ? single.source : undefined
}

/** Whether a match can only begin where the text begins. */
export function beginsAtStart(node: RegexNode): boolean {
  switch (node.kind) {
    case 'assertion':
      return node.source === '^'
    case 'sequence':
      return node.items[0] !== undefined && beginsAtStart(node.items[0])
    case 'alternatives':
      return node.options.every(beginsAtStart)
    case 'group':
    case 'atomic':
      return beginsAtStart(node.body)
    default:
      return false
  }
}

interface Graph {
  readonly reads: readonly bigint[]
  readonly follows: readonly Ways[]
  readonly weights: readonly number[]
  readonly roots: Iterable<number>
}

/** The automaton with the search for the beginning, and without the ways that end the work because the match is certain. */
function searchGraph(automaton: Automaton, { anchored, notBehind, wanted }: SearchManner): Graph {
  const { every } = automaton
  const sure = wanted === 'first' ? automaton.sure : wanted === 'every' ? lastingly(automaton) : new Set<number>()
  const failing = (ways: Ways): Ways => new Map([...ways].filter(([position]) => !sure.has(position)))
  const reads = [...automaton.reads, 0n]
  const follows = automaton.follows.map((ways, position) => (sure.has(position) ? ways : failing(ways)))
  const roots = [follows.push(automaton.first) - 1, ...sure]
  if (!anchored && (wanted === 'every' || !automaton.matchesNothing)) {
    const search = reads.push(every) - 1
    roots.push(search)
    if (notBehind === undefined) follows.push(sumOf([search], failing(automaton.first)))
    else {
      reads.push(every & ~automaton.sortsOf(notBehind))
      follows.push(sumOf([search, search + 1], new Map()), failing(automaton.first))
    }
  }
  return { reads, follows, weights: automaton.weights, roots }
}

/** The sure positions that lead to no others: behind such a match nothing has been tried in vain. */
function lastingly({ sure, follows }: Automaton): ReadonlySet<number> {
  const vain = new Set(follows.keys().filter((position) => !sure.has(position)))
  const before: number[][] = follows.map(() => [])
  for (const [position, ways] of follows.entries()) for (const next of ways.keys()) before[next]!.push(position)
  const leading = reached([...vain], before)
  return new Set([...sure].filter((position) => !leading.has(position)))
}

function sumOf(single: readonly number[], ways: Ways): Ways {
  return new Map([...single.map((position) => [position, 1] as const), ...ways])
}

/** Groups of positions that lead to one another, those first that lead to no later one (Tarjan). */
function components({ follows, roots }: Graph): readonly (readonly number[])[] {
  const found: number[][] = []
  const order = new Map<number, number>()
  const low = new Map<number, number>()
  const stack: number[] = []
  const open = new Set<number>()
  const visit = (position: number): void => {
    order.set(position, order.size)
    low.set(position, order.get(position)!)
    stack.push(position)
    open.add(position)
    for (const next of follows[position]!.keys()) {
      if (!order.has(next)) visit(next)
      if (open.has(next)) low.set(position, Math.min(low.get(position)!, low.get(next)!))
    }
    if (low.get(position) !== order.get(position)) return
    const component = stack.splice(stack.indexOf(position))
    for (const member of component) open.delete(member)
    found.push(component)
  }
  for (const root of roots) if (!order.has(root)) visit(root)
  return found
}

type Loop = ReadonlySet<number>

function loopsOf(graph: Graph): readonly Loop[] {
  return components(graph)
    .filter((component) => component.length > 1 || graph.follows[component[0]!]!.has(component[0]!))
    .map((component) => new Set(component))
}

/** Whether a loop can read one text in two ways and come back to where it was: then the ways double with each round. */
function isAmbiguous(loop: Loop, graph: Graph): boolean {
  let waysInLoop = 0
  for (const from of loop) {
    for (const [to, ways] of graph.follows[from]!) {
      if (!loop.has(to)) continue
      if (ways > 1 || ++waysInLoop > mostWaysInLoop) return true
    }
  }
  const members = [...loop]
  const pairs: number[][] = Array.from({ length: members.length ** 2 }, () => [])
  const back: number[][] = pairs.map(() => [])
  for (const [from, to] of pairSteps(members, graph)) {
    pairs[from]!.push(to)
    back[to]!.push(from)
  }
  const together = members.map((_, index) => index * (members.length + 1))
  const returning = reached(together, back)
  return [...reached(together, pairs)].some((pair) => pair % (members.length + 1) !== 0 && returning.has(pair))
}

/** What two readers in a loop can do with one character; a pair is the first one's index times the size and the second's. */
function* pairSteps(members: readonly number[], { reads, follows }: Graph): Iterable<readonly [number, number]> {
  const index = new Map(members.map((position, at) => [position, at]))
  const next = members.map((position) => [...follows[position]!.keys()].filter((to) => index.has(to)))
  for (let pair = 0; pair < members.length ** 2; pair++) {
    for (const one of next[Math.floor(pair / members.length)]!) {
      for (const other of next[pair % members.length]!) {
        if ((reads[one]! & reads[other]!) !== 0n) yield [pair, index.get(one)! * members.length + index.get(other)!]
      }
    }
  }
}

function reached(from: readonly number[], follows: readonly (readonly number[])[]): Set<number> {
  const seen = new Set(from)
  for (const pair of seen) for (const next of follows[pair]!) seen.add(next)
  return seen
}

/** In how many ways one text can be read without counting the rounds of loops. */
function mostWaysThrough(graph: Graph): number {
  const ways = new Map<number, number>()
  let most = 1
  for (const component of components(graph)) {
    const inside = new Set(component)
    const own = Math.max(
      ...component.map(
        (position) => (graph.weights[position] ?? 0) + waysOut(graph.follows[position]!, inside, ways, graph.reads),
      ),
    )
    for (const position of component) ways.set(position, own)
    most = Math.max(most, own)
  }
  return most
}

function waysOut(follows: Ways, inside: Loop, ways: ReadonlyMap<number, number>, reads: readonly bigint[]): number {
  const out = [...follows].filter(([to]) => !inside.has(to))
  let most = 1
  for (const [chosen] of out) {
    let together = 0
    for (const [to, count] of out) if ((reads[to]! & reads[chosen]!) !== 0n) together += count * ways.get(to)!
    most = Math.max(most, together)
  }
  return most
}

/** Most loops in a row of which each can hand over to the next at many places of one text. */
function longestRow(loops: readonly Loop[], graph: Graph): number {
  const reads = loops.map((loop) => [...loop].reduce((mask, position) => mask | graph.reads[position]!, 0n))
  const rows: number[] = []
  for (const [index, loop] of loops.entries()) {
    let row = 0
    for (let later = 0; later < index; later++) {
      const common = reads[index]! & reads[later]!
      if (rows[later]! > row && common !== 0n && handsOver(loop, loops[later]!, common, graph)) row = rows[later]!
    }
    rows.push(row + 1)
  }
  return Math.max(0, ...rows)
}

function handsOver(from: Loop, to: Loop, common: bigint, { reads, follows }: Graph): boolean {
  const seen = new Set(from)
  for (const position of seen) {
    for (const next of follows[position]!.keys()) {
      if ((reads[next]! & common) === 0n) continue
      if (to.has(next)) return true
      seen.add(next)
    }
  }
  return false
}
