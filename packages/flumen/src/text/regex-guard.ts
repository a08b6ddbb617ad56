import { createContext, Script } from 'node:vm'

/** The answer for a text on which a pattern would have worked too long. */
export const cutOff: unique symbol = Symbol('cut off')

/** What the guarded loop and its watcher share. */
interface Board {
  work: (text: string) => unknown
  texts: readonly string[]
  answers: unknown[]
}

const board: Board = { work: () => undefined, texts: [], answers: [] }
let run: ((timeoutMs: number) => void) | undefined

const longestMs = 10
const shortestMs = 1
const mostCuts = 2

/**
 * Runs work on texts one after the other under a time limit (`vm` interrupts a regular expression in its backtracking).
 * The text that used up the limit is cut off, its neighbours go on in the next call; after the second one all that is
 * left is cut off. Each cut halves the limit, each call without a cut doubles it, so that a flood of hostile texts soon
 * costs 2 ms a call here. An honest text may be cut off when the process did not get the processor: the caller has
 * another, slower way for those.
 */
export class Guard {
  #limitMs = longestMs

  each<T>(texts: readonly string[], work: (text: string) => T): readonly (T | typeof cutOff)[] {
    const answers: (T | typeof cutOff)[] = []
    Object.assign(board, { work, texts, answers })
    run ??= guardedLoop()
    let cuts = 0
    while (answers.length < texts.length) {
      try {
        run(this.#limitMs)
      } catch {
        // The limit, or the matcher ran out of room for what it can go back to.
        if (answers.length < texts.length) answers.push(cutOff)
        this.#limitMs = Math.max(shortestMs, Math.floor(this.#limitMs / 2))
        if (++cuts === mostCuts) while (answers.length < texts.length) answers.push(cutOff)
      }
    }
    if (cuts === 0) this.#limitMs = Math.min(longestMs, this.#limitMs * 2)
    Object.assign(board, { work: () => undefined, texts: [], answers: [] })
    return answers
  }
}

function guardedLoop(): (timeoutMs: number) => void {
  const context = createContext({ board })
  const script = new Script(
    '{ const { work, texts, answers } = board; while (answers.length < texts.length) { const answer = work(texts[answers.length]); answers.push(answer) } }',
  )
  return (timeoutMs) => script.runInContext(context, { timeout: timeoutMs })
}
