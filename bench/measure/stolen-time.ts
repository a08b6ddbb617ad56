import { readFileSync } from 'node:fs'

/** What a pass of a measurement says of the machine that it ran on. */
export interface Disturbed {
  /** The share of the machine's time that its host gave to others while the pass ran; see {@link watchStolenTime}. */
  readonly stolen: number
}

/** A pass counts where the host took no more of it. */
const mostStolen = 0.02
/** A pass is made so often at most. */
const mostTries = 6

/**
 * Time of which a virtual machine's processors had something to do, and their host had them wait: proc_stat(5), `steal`.
 * @returns asked later: the share of the time of all processors since
 */
export function watchStolenTime(read = (): string => readFileSync('/proc/stat', 'latin1')): () => number {
  const before = timesIn(read())
  return () => {
    const after = timesIn(read())
    const all = after.all - before.all
    return all === 0 ? 0 : (after.stolen - before.stolen) / all
  }
}

/** Of the first line, which is the sum of all processors. Guests' time is part of the user's. */
function timesIn(text: string): { readonly all: number; readonly stolen: number } {
  const times = text.slice(0, text.indexOf('\n')).split(/ +/).slice(1, 9).map(Number)
  return { all: times.reduce((sum, time) => sum + time, 0), stolen: times[7]! }
}

/** Makes a pass again as long as the host disturbs it, and takes the one that it disturbed least. */
export class Undisturbed {
  #passes = 0
  #again = 0
  #worst = 0

  async pass<T extends Disturbed>(make: () => T | Promise<T>): Promise<T> {
    this.#passes++
    let best = await make()
    for (let tries = 1; best.stolen > mostStolen && tries < mostTries; tries++) {
      this.#again++
      const next = await make()
      if (next.stolen < best.stolen) best = next
    }
    this.#worst = Math.max(this.#worst, best.stolen)
    return best
  }

  /** What a reader of the table has to know of it. */
  get text(): string {
    const rule = `A pass of which the host of the machine took more than ${percentOf(mostStolen)} was made again, up to ${mostTries - 1} times, for all alike`
    if (this.#again === 0) return `${rule}; there was none.`
    return `${rule}: ${this.#again} more for ${this.#passes} that count, of which it took ${percentOf(this.#worst)} at most.`
  }
}

function percentOf(share: number): string {
  return `${Math.round(share * 1000) / 10} %`
}
