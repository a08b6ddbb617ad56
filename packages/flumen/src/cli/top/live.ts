import { statuses } from '../command.ts'
import { type CommandIo, type Terminal, wantsColours } from '../io.ts'
import { reasonOf } from './client.ts'
import { type Sort, sorts } from './components.ts'
import type { Flow } from './flow.ts'
import { History } from './history.ts'
import { keysOf } from './keys.ts'
import type { Reading } from './reading.ts'
import { Screen } from './screen.ts'
import type { Target } from './target.ts'
import { linesOf } from './view.ts'

export interface LiveOptions {
  readonly io: CommandIo
  readonly target: Target
  readonly intervalMs: number
  readonly ask: (signal: AbortSignal) => Promise<Reading>
}

/**
 * Shows the flow on the whole terminal until somebody quits.
 * @param first the reading that showed that there is an agent
 */
export async function showLive(options: LiveOptions, terminal: Terminal, first: Reading): Promise<number> {
  const live = new Live(options, terminal, first)
  try {
    await live.ended
    return statuses.ok
  } finally {
    live.close()
  }
}

class Live {
  readonly ended: Promise<void>
  readonly #options: LiveOptions
  readonly #screen: Screen
  readonly #history = new History()
  readonly #end: { resolve(): void; reject(error: unknown): void }
  readonly #stop = new AbortController()
  readonly #undo: (() => void)[] = []
  #flow: Flow
  #sort: Sort = sorts[0]
  #isPaused = false
  #isHelp = false
  #isAsking = false
  /** Monotonic, ms. */
  #answeredAt: number
  #failure: string | undefined
  #cancelTick: () => void = () => undefined

  constructor(options: LiveOptions, terminal: Terminal, first: Reading) {
    const { io } = options
    this.#options = options
    this.#flow = this.#history.add(first)
    this.#answeredAt = io.clock.monotonic()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ended = promise
    this.#end = { resolve, reject }
    this.#undo.push(
      io.onSignal(() => resolve()),
      io.onUncaught((error) => reject(error)),
    )
    this.#screen = new Screen(terminal, io.stdout, wantsColours(io.stdout, io.environment), {
      keys: (typed) => this.#guarded(() => this.#typed(typed)),
      resize: () => this.#guarded(() => this.#draw()),
    })
    this.#guarded(() => this.#draw())
    this.#schedule()
  }

  close(): void {
    this.#cancelTick()
    this.#stop.abort()
    this.#screen.close()
    for (const undo of this.#undo) undo()
  }

  #schedule(): void {
    const { io, intervalMs } = this.#options
    this.#cancelTick = io.clock.after(intervalMs, () => {
      this.#schedule()
      if (this.#isPaused) return
      this.#guarded(() => this.#draw())
      void this.#read()
    })
  }

  async #read(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    try {
      const reading = await this.#options.ask(this.#stop.signal)
      this.#answeredAt = this.#options.io.clock.monotonic()
      this.#failure = undefined
      if (!this.#isPaused) this.#flow = this.#history.add(reading)
    } catch (error) {
      this.#failure = reasonOf(error)
    } finally {
      this.#isAsking = false
    }
    if (!this.#stop.signal.aborted) this.#guarded(() => this.#draw())
  }

  #typed(typed: string): void {
    for (const key of keysOf(typed)) {
      if (key === 'quit') this.#end.resolve()
      else if (this.#isHelp) this.#isHelp = false
      else if (key === 'help') this.#isHelp = true
      else if (key === 'pause') this.#pause()
      else if (key === 'sort') this.#sort = sorts[(sorts.indexOf(this.#sort) + 1) % sorts.length] ?? sorts[0]
      else if (key === 'redraw') this.#screen.redraw()
    }
    this.#draw()
  }

  #pause(): void {
    this.#isPaused = !this.#isPaused
    if (this.#isPaused) return
    this.#answeredAt = this.#options.io.clock.monotonic()
    void this.#read()
  }

  #draw(): void {
    const { columns, rows } = this.#screen.size
    const { target, intervalMs } = this.#options
    const lines = linesOf(this.#flow, {
      width: columns,
      height: rows,
      sort: this.#sort,
      address: target.address,
      keys: { isPaused: this.#isPaused, isHelp: this.#isHelp, intervalSeconds: intervalMs / 1000 },
      silence: this.#silence(),
    })
    this.#screen.draw(lines)
  }

  /** A slow answer is silence too, as soon as two intervals and a second have passed. */
  #silence(): { seconds: number; why: string } | undefined {
    const { io, intervalMs } = this.#options
    const ms = io.clock.monotonic() - this.#answeredAt
    if (this.#failure === undefined && (this.#isPaused || ms < 2 * intervalMs + 1000)) return undefined
    return { seconds: ms / 1000, why: this.#failure ?? 'waiting for it' }
  }

  /** What goes wrong in a callback ends the program, with the terminal given back. */
  #guarded(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#end.reject(error)
    }
  }
}
