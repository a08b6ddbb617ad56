import { createContext, Script } from 'node:vm'

/** The answer for a text on which a pattern would have worked too long. */
export const cutOff: unique symbol = Symbol('cut off')

/** What the guarded loop and its watcher share. */
interface Board {
  work: (text: string) => unknown
  texts: readonly string[]
  answers: unknown[]
  next: number
  startedAt: number
  now: () => number
}

const board: Board = {
  work: () => undefined,
  texts: [],
  answers: [],
  next: 0,
  startedAt: 0,
  now: () => performance.now(),
}
let run: ((timeoutMs: number) => void) | undefined

// Powers of two: a time-out of `vm` is a whole number.
const longestMs = 16
const shortestMs = 1
/** Times that a text is tried again because the process did not get the processor, or its neighbours used up the limit. */
const mostPardons = 3

/**
 * Runs work on texts one after the other under a time limit (`vm` interrupts a regular expression in its backtracking).
 * A text that alone used up the limit is cut off, its neighbours go on in the next call. The limit is halved by each
 * cut and doubled by each honest run, so that a flood of hostile texts costs little and an honest one is never cut.
 */
export class Guard {
  #limitMs = longestMs

  each<T>(texts: readonly string[], work: (text: string) => T): (T | typeof cutOff)[] {
    Object.assign(board, { work, texts, answers: [], next: 0 })
    run ??= guardedLoop()
    let pardons = mostPardons
    while (board.next < texts.length) {
      const before = process.cpuUsage()
      try {
        run(this.#limitMs)
        this.#limitMs = Math.min(longestMs, this.#limitMs * 2)
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
        const { user, system } = process.cpuUsage(before)
        const workedMs = Math.min((user + system) / 1000, performance.now() - board.startedAt)
        if (workedMs < this.#limitMs / 2 && pardons-- > 0) continue
        board.answers[board.next++] = cutOff
        this.#limitMs = Math.max(shortestMs, this.#limitMs / 2)
        pardons = mostPardons
      }
    }
    const answers = board.answers as (T | typeof cutOff)[]
    Object.assign(board, { work: () => undefined, texts: [], answers: [] })
    return answers
  }
}

function guardedLoop(): (timeoutMs: number) => void {
  const context = createContext({ board })
  const script = new Script(
    'while (board.next < board.texts.length) { board.startedAt = board.now(); board.answers[board.next] = board.work(board.texts[board.next]); board.next++ }',
  )
  return (timeoutMs) => script.runInContext(context, { timeout: timeoutMs })
}
