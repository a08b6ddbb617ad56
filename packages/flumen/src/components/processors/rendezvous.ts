/** A sink that keys may go to. */
export interface Candidate {
  readonly name: string
  /** Its share of the keys is this over the sum of all. */
  readonly weight: number
}

interface Seeded extends Candidate {
  readonly low: number
  readonly high: number
}

/**
 * Rendezvous hashing: every key puts the sinks in an order of its own, and goes to the first that may have it. When a
 * sink leaves, only its keys move, each to its next sink; they come back with it. The order depends on nothing but the
 * key, the names and the weights, so it is the same after a restart and in another agent.
 */
export class Rendezvous {
  readonly #candidates: readonly Seeded[]

  constructor(candidates: readonly Candidate[]) {
    this.#candidates = candidates.map((candidate) => {
      const [low, high] = hashOf(candidate.name)
      return { ...candidate, low, high }
    })
  }

  /** The best sink for a key among those that `isUsable` lets through; undefined: there is none. */
  first(key: string, isUsable: (name: string) => boolean): string | undefined {
    const [low, high] = hashOf(key)
    let best: string | undefined
    let bestScore = Number.NEGATIVE_INFINITY
    for (const candidate of this.#candidates) {
      if (!isUsable(candidate.name)) continue
      const score = scoreOf(candidate, low, high)
      if (score <= bestScore) continue
      bestScore = score
      best = candidate.name
    }
    return best
  }
}

/** The chance to be the highest of several is in proportion to the weight. */
function scoreOf({ low, high, weight }: Seeded, keyLow: number, keyHigh: number): number {
  const first = mixed(keyLow ^ mixed(low ^ keyHigh))
  const second = mixed(keyHigh ^ mixed(high ^ first))
  // 52 bits and a half, so that it is between 0 and 1 and neither of them.
  const drawn = ((second >>> 6) * 2 ** 26 + (first >>> 6) + 0.5) / 2 ** 52
  return weight / -Math.log(drawn)
}

/** 64 bits of a text in two halves, of its UTF-16 units. */
function hashOf(text: string): readonly [low: number, high: number] {
  let low = 0x9e3779b9 | 0
  let high = 0x85ebca6b | 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit, 0x5bd1e995)
    high = (high << 13) | (high >>> 19)
  }
  return [mixed(low ^ text.length), mixed(high ^ low)]
}

/** The last steps of MurmurHash3: every bit of the input changes half of those of the output. */
function mixed(value: number): number {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
