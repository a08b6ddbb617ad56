import { RangeSet } from '../../packages/flumen/src/core/ranges.ts'
import { eventLine, identityOf } from './event-line.ts'
import { linesOf } from './ledger.ts'

/*
 * Files of a trial:
 *   producers   `sent PRODUCER END` before events below END are sent, `acknowledged PRODUCER FROM TO` after their OK
 *   delivered   `HEADERS<tab>BODY` of each event, where HEADERS is `producer=P number=N`, as the sink got it
 */

export interface Trial {
  readonly seed: number
  /** Bytes of an event. */
  readonly bytes: number
  readonly producers: string
  readonly delivered: string
}

export interface Verdict {
  readonly sent: number
  readonly acknowledged: number
  /** Each counted once. */
  readonly delivered: number
  readonly duplicates: number
  /** Acknowledged and not delivered. */
  readonly lost: number
  /** Delivered and never sent. */
  readonly invented: number
  /** Of which body or headers are not those that were sent. */
  readonly corrupt: number
  /** Delivered for the first time after a later one of its producer. */
  readonly disordered: number
  /** The first of what is wrong. */
  readonly examples: readonly string[]
}

/** Holds what was delivered against what was sent and acknowledged. */
export function judge({ seed, bytes, producers, delivered }: Trial): Verdict {
  const claims = claimsOf(producers)
  const seen = new Map<number, RangeSet>()
  const count = { duplicates: 0, invented: 0, corrupt: 0, disordered: 0 }
  const examples: string[] = []
  const note = (kind: keyof typeof count, line: string): void => {
    count[kind]++
    if (kind !== 'duplicates' && examples.length < 10) examples.push(`${kind}: ${line.slice(0, 120)}`)
  }
  for (const line of linesOf(delivered)) {
    const [headers = '', body = ''] = line.split('\t')
    const identity = identityOf(body)
    if (!identity) {
      note('corrupt', line)
      continue
    }
    const { producer, number } = identity
    if (number >= (claims.sent.get(producer) ?? 0)) note('invented', line)
    else if (body !== eventLine(seed, producer, number, bytes) || headers !== `producer=${producer} number=${number}`)
      note('corrupt', line)
    const known = setOf(seen, producer)
    const end = known.end
    if (known.add(number, number + 1) === 0) note('duplicates', line)
    else if (number < end) note('disordered', line)
  }
  let lost = 0
  for (const [producer, acknowledged] of claims.acknowledged) {
    for (const [from, to] of missing(acknowledged, setOf(seen, producer))) {
      lost += to - from
      if (examples.length < 10) examples.push(`lost: p${producer} ${from} to ${to - 1}`)
    }
  }
  return {
    sent: [...claims.sent.values()].reduce((sum, end) => sum + end, 0),
    acknowledged: total(claims.acknowledged),
    delivered: total(seen),
    lost,
    ...count,
    examples,
  }
}

/** What is wrong, in words; empty where nothing is. */
export function faultsOf(verdict: Verdict, mostDuplicates: number): string[] {
  const faults = [...verdict.examples]
  if (verdict.duplicates > mostDuplicates) {
    faults.push(`${verdict.duplicates} events came twice; at most ${mostDuplicates} may`)
  }
  return faults
}

export interface Claims {
  /** The number after the last one that was sent, by producer. */
  readonly sent: Map<number, number>
  readonly acknowledged: Map<number, RangeSet>
}

export function claimsOf(path: string): Claims {
  const claims: Claims = { sent: new Map(), acknowledged: new Map() }
  for (const line of linesOf(path)) {
    const [kind, producer = 0, from = 0, to = 0] = line.split(' ').map((word, index) => (index ? Number(word) : word))
    const id = Number(producer)
    if (kind === 'sent') claims.sent.set(id, Math.max(claims.sent.get(id) ?? 0, Number(from)))
    else setOf(claims.acknowledged, id).add(Number(from), Number(to))
  }
  return claims
}

function setOf(sets: Map<number, RangeSet>, producer: number): RangeSet {
  const set = sets.get(producer) ?? new RangeSet()
  sets.set(producer, set)
  return set
}

function missing(wanted: RangeSet, there: RangeSet): [number, number][] {
  return wanted.ranges.flatMap(([from, to]) => there.missing(from, to).map(([a, b]): [number, number] => [a, b]))
}

function total(sets: ReadonlyMap<number, RangeSet>): number {
  return [...sets.values()].reduce((sum, set) => sum + set.total, 0)
}
