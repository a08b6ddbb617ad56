import { type CommandContext, statuses, UsageError } from '../command.ts'
import { wantsColours } from '../io.ts'
import { ask, NoReadingError } from './client.ts'
import { printOn, printOnce } from './plain.ts'
import type { Reading } from './reading.ts'
import { defaultAddress, type Target, targetOf } from './target.ts'

const shortestIntervalSeconds = 0.2
const longestIntervalSeconds = 86_400

/** What `flumen top` does. */
export async function runTop(context: CommandContext): Promise<number> {
  const { io } = context
  const options = optionsOf(context)
  const { target, json, once } = options
  const first = await firstReading(context, target)
  if (!first) return statuses.failed
  const asking = { io, target, intervalMs: options.intervalMs, ask: (signal: AbortSignal) => ask(target, signal) }
  const plain = { ...asking, json, colours: !json && wantsColours(io.stdout, io.environment) }
  if (once) return printOnce(plain, first)
  if (json || !io.stdout.isTTY || io.environment.TERM === 'dumb' || !io.terminal) return printOn(plain, first)
  const { showLive } = await import('./live.ts')
  return showLive(asking, await io.terminal(), first)
}

/** Undefined when there is none, which has been told, or when a signal ended the wait for it. */
async function firstReading({ io, program }: CommandContext, target: Target): Promise<Reading | undefined> {
  const stop = new AbortController()
  const undo = io.onSignal(() => stop.abort())
  try {
    return await ask(target, stop.signal)
  } catch (error) {
    if (stop.signal.aborted) return undefined
    if (!(error instanceof NoReadingError)) throw error
    io.stderr.write(`${program} top: ${error.message}\n`)
    for (const line of error.advice) io.stderr.write(`  ${line}\n`)
    return undefined
  } finally {
    undo()
  }
}

interface TopOptions {
  readonly target: Target
  readonly intervalMs: number
  readonly once: boolean
  readonly json: boolean
}

function optionsOf({ arguments: given }: CommandContext): TopOptions {
  const complaints: string[] = []
  const places = [...given.values('url'), ...given.words]
  if (places.length > 1) complaints.push(`one agent at a time: ${places.join(', ')}`)
  const place = places[0] ?? defaultAddress
  const target = targetOf(place)
  if (!target) complaints.push(`"${place}" is no HOST:PORT and no http URL`)
  const interval = given.value('interval')
  const seconds = interval === undefined ? 1 : Number(interval)
  if (!(seconds >= shortestIntervalSeconds && seconds <= longestIntervalSeconds)) {
    complaints.push(`--interval takes seconds, ${shortestIntervalSeconds} to ${longestIntervalSeconds}: ${interval}`)
  }
  if (!target || complaints.length > 0) throw new UsageError(complaints)
  return { target, intervalMs: seconds * 1000, once: given.has('once'), json: given.has('json') }
}
