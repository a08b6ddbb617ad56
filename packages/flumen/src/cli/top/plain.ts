import { statuses } from '../command.ts'
import type { CommandIo, TextOutput } from '../io.ts'
import { reasonOf } from './client.ts'
import { sorts } from './components.ts'
import type { Flow } from './flow.ts'
import { History } from './history.ts'
import { duration } from './human.ts'
import type { Reading } from './reading.ts'
import type { Target } from './target.ts'
import { paint } from './text.ts'
import { linesOf } from './view.ts'

export interface PlainOptions {
  readonly io: CommandIo
  readonly target: Target
  readonly intervalMs: number
  readonly json: boolean
  readonly colours: boolean
  readonly ask: (signal: AbortSignal) => Promise<Reading>
}

/** Prints one reading. */
export async function printOnce(options: PlainOptions, reading: Reading): Promise<number> {
  await written(options.io.stdout, textOf(new History().add(reading), options))
  return statuses.ok
}

/** Prints a block, or an object, a refresh until a signal comes or nobody reads any more. */
export async function printOn(options: PlainOptions, first: Reading): Promise<number> {
  const { io, intervalMs, json } = options
  const stop = new AbortController()
  const undo = io.onSignal(() => stop.abort())
  const history = new History()
  let reading: Reading | undefined = first
  let answeredAt = io.clock.monotonic()
  try {
    for (let isFirst = true; !stop.signal.aborted; isFirst = false) {
      if (reading) {
        const text = textOf(history.add(reading), options)
        if (!(await written(io.stdout, json || isFirst ? text : `\n${text}`))) break
      }
      await io.clock.sleep(intervalMs, stop.signal)
      try {
        reading = await options.ask(stop.signal)
        answeredAt = io.clock.monotonic()
      } catch (error) {
        if (stop.signal.aborted) break
        reading = undefined
        const silence = duration((io.clock.monotonic() - answeredAt) / 1000)
        io.stderr.write(`flumen top: no answer for ${silence}: ${reasonOf(error)}\n`)
      }
    }
  } catch (error) {
    // The sleep was cut short.
    if (!stop.signal.aborted) throw error
  } finally {
    undo()
  }
  return statuses.ok
}

function textOf(flow: Flow, { io, json, colours, target }: PlainOptions): string {
  if (json) return `${jsonOf(flow)}\n`
  const { columns } = io.stdout
  const fromEnvironment = Number(io.environment.COLUMNS)
  const width = columns ?? (fromEnvironment >= 40 ? Math.min(fromEnvironment, 1000) : 120)
  const view = { width, height: Number.POSITIVE_INFINITY, sort: sorts[0], address: target.address }
  return linesOf(flow, view)
    .map((line) => `${paint(line, colours)}\n`)
    .join('')
}

/** One line. What JSON would let through and a terminal might obey is escaped too. */
export function jsonOf(flow: Flow): string {
  return JSON.stringify(flow).replaceAll(
    /[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Waits until it is written, so that a slow reader is not drowned; false when nobody reads any more. */
function written(stdout: TextOutput, text: string): Promise<boolean> {
  return new Promise((resolve) => stdout.write(text, (error) => resolve(!error)))
}
