import { styleText } from 'node:util'
import type { Clock, Log, LogFacts, LogLevel } from '../core/index.ts'

export type LogFormat = 'text' | 'json'

export interface ConsoleLogOptions {
  readonly format: LogFormat
  /** Where lines go; each is a whole line with its end. */
  write(line: string): void
  readonly clock: Clock
  readonly colours: boolean
  /** The least level that is written. */
  readonly level?: LogLevel
}

interface Folded {
  count: number
  readonly level: LogLevel
  readonly facts: LogFacts
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }
const foldMs = 10_000
const mostFolds = 1000

/**
 * Lines for people or JSON for machines. A warning or an error of the same message and component that repeats within ten
 * seconds is folded: its first line is written at once, the rest as one line with a count.
 */
export class ConsoleLog implements Log {
  readonly #options: ConsoleLogOptions
  readonly #folds = new Map<string, Folded>()
  readonly #cancels = new Set<() => void>()

  constructor(options: ConsoleLogOptions) {
    this.#options = options
  }

  debug(message: string, facts?: LogFacts): void {
    this.#log('debug', message, facts)
  }

  info(message: string, facts?: LogFacts): void {
    this.#log('info', message, facts)
  }

  warn(message: string, facts: LogFacts = {}): void {
    this.#fold('warn', message, facts)
  }

  error(message: string, facts: LogFacts = {}): void {
    this.#fold('error', message, facts)
  }

  /** Writes what is folded and lets its timers go. */
  close(): void {
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
    for (const [key, folded] of this.#folds) this.#unfold(key, folded)
  }

  #fold(level: LogLevel, message: string, facts: LogFacts): void {
    const key = `${message}\0${facts.component ?? facts.source ?? facts.sink ?? ''}`
    const known = this.#folds.get(key)
    if (known) {
      this.#folds.set(key, { level, facts, count: known.count + 1 })
      return
    }
    this.#log(level, message, facts)
    if (this.#folds.size >= mostFolds) return
    this.#folds.set(key, { level, facts, count: 0 })
    const cancel = this.#options.clock.after(foldMs, () => {
      this.#cancels.delete(cancel)
      this.#unfold(key, this.#folds.get(key)!)
    })
    this.#cancels.add(cancel)
  }

  #unfold(key: string, { level, facts, count }: Folded): void {
    this.#folds.delete(key)
    const message = key.slice(0, key.indexOf('\0'))
    if (count > 0) this.#log(level, message, { ...facts, repeated: count })
  }

  #log(level: LogLevel, message: string, facts: LogFacts = {}): void {
    const { format, write, level: least = 'info' } = this.#options
    if (ranks[level] < ranks[least]) return
    write(format === 'json' ? this.#json(level, message, facts) : this.#text(level, message, facts))
  }

  #json(level: LogLevel, message: string, facts: LogFacts): string {
    return `${JSON.stringify({ at: new Date(this.#options.clock.now()).toISOString(), level, message, ...facts })}\n`
  }

  #text(level: LogLevel, message: string, facts: LogFacts): string {
    const at = localTime(this.#options.clock.now())
    const pairs = Object.entries(facts)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${name}=${printed(value)}`)
      .join('')
    const word = level.toUpperCase().padEnd(5)
    if (!this.#options.colours) return `${at} ${word} ${message}${pairs}\n`
    const colour = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'green'
    return `${styleText('dim', at, plain)} ${styleText(colour, word, plain)} ${message}${styleText('dim', pairs, plain)}\n`
  }
}

const plain = { validateStream: false }

function printed(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}

function localTime(ms: number): string {
  const date = new Date(ms)
  const two = (number: number): string => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
