import type { CommandIo, Terminal } from '../io.ts'
import { type Line, paint, widthOf } from './text.ts'

/** Alternate screen, no cursor, no wrapping at the last column. */
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const leave = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l'
/** Terminals that know it show all that stands between as one step; others pass over it. */
const beginUpdate = '\x1b[?2026h'
const endUpdate = '\x1b[?2026l'
const home = '\x1b[H'
const clearRight = '\x1b[K'
const clearBelow = '\x1b[J'

/** The whole terminal for one program. It is given back by `close`, or when the process ends. */
export class Screen {
  readonly #terminal: Terminal
  readonly #stdout: CommandIo['stdout']
  readonly #colours: boolean
  readonly #close: (() => void)[]
  #shown = ''
  #isWriting = false
  #waiting: string | undefined
  #isClosed = false

  constructor(terminal: Terminal, stdout: CommandIo['stdout'], colours: boolean, on: ScreenEvents) {
    this.#terminal = terminal
    this.#stdout = stdout
    this.#colours = colours
    this.#close = [terminal.enter(enter, leave)]
    this.#close.push(terminal.onKeys(on.keys))
    this.#close.push(
      terminal.onResize(() => {
        this.redraw()
        on.resize()
      }),
    )
  }

  get size(): { readonly columns: number; readonly rows: number } {
    return this.#terminal.size()
  }

  /** Shows the lines from the top; nothing is written where they are shown already. */
  draw(lines: readonly Line[]): void {
    const { columns, rows } = this.size
    // After a line that fills the row the cursor stands on its last cell, which clearing would take away.
    const painted = lines.map((line) => paint(line, this.#colours) + (widthOf(line) < columns ? clearRight : ''))
    const body = painted.join('\r\n')
    this.#write(`${beginUpdate}${home}${body}${lines.length < rows ? clearBelow : ''}${endUpdate}`)
  }

  /** The next lines are written even if they are shown already: something else may have written. */
  redraw(): void {
    this.#shown = ''
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#waiting = undefined
    for (const undo of this.#close.reverse()) undo()
  }

  /** A terminal that is slower than the frames gets the last one only. */
  #write(frame: string): void {
    if (this.#isClosed || (frame === this.#shown && this.#waiting === undefined)) return
    if (this.#isWriting) {
      this.#waiting = frame
      return
    }
    this.#shown = frame
    this.#isWriting = true
    this.#stdout.write(frame, () => {
      this.#isWriting = false
      const next = this.#waiting
      this.#waiting = undefined
      if (next !== undefined) this.#write(next)
    })
  }
}

export interface ScreenEvents {
  /** What was typed, as the terminal sends it. */
  keys(typed: string): void
  /** The terminal has another size. */
  resize(): void
}
