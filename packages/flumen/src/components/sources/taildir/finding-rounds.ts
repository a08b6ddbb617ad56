import { basename } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { leadOf } from '../../../protocols/tail-positions/index.ts'

/**
 * Rounds in which names are looked at. A file may be found before another one that is older: its original, of which
 * nothing is known then. Once another round has looked at all that the system had told when the file was found, there is
 * no such one.
 */
export class FindingRounds {
  #current = 1
  #settled = 0
  #hasFound = false
  /** Names that are to be looked at in this round, by what they begin with. */
  readonly #names = new Map<string, Set<string>>()
  readonly #onSettled: () => void

  constructor(onSettled: () => void) {
    this.#onSettled = onSettled
  }

  /** A file was found. @returns the round */
  find(): number {
    this.#hasFound = true
    return this.#current
  }

  /** Nothing is unknown any more that was there when a file of this round was found. */
  isSettled(round: number): boolean {
    return round <= this.#settled
  }

  /** Names are looked at, until `seen` is told of each. */
  expect(names: readonly string[]): void {
    for (const name of names) {
      const lead = leadOf(name)
      const like = this.#names.get(lead)
      if (like) like.add(name)
      else this.#names.set(lead, new Set([name]))
    }
  }

  seen(name: string): void {
    const lead = leadOf(name)
    const like = this.#names.get(lead)
    like?.delete(name)
    if (like?.size === 0) this.#names.delete(lead)
  }

  /** Another name that begins like this one is to be looked at in this round. */
  hasLike({ path, lead }: { readonly path: string; readonly lead: string }): boolean {
    const like = this.#names.get(lead)
    return like !== undefined && (like.size > 1 || !like.has(basename(path)))
  }

  /**
   * A round is over.
   * @param isQuiet whether there is nothing to look at now; asked when the system has told all that has happened
   */
  async end(isQuiet: () => boolean): Promise<void> {
    this.#names.clear()
    this.#settle(this.#current - 1)
    if (this.#hasFound) {
      // What it tells comes between two of them.
      await turn()
      await turn()
      if (isQuiet()) this.#settle(this.#current)
    }
    this.#hasFound = false
    this.#current++
  }

  #settle(round: number): void {
    if (round <= this.#settled) return
    this.#settled = round
    this.#onSettled()
  }
}
