import type { Readable } from 'node:stream'
import type { Catalogue } from '../component/catalogue.ts'
import type { Clock } from '../core/index.ts'

/** A stream of the process as far as commands write to it. */
export interface TextOutput {
  /** @param written called once it is written, or with the error when it cannot be: nobody reads any more */
  write(text: string | Uint8Array, written?: (error?: Error | null) => void): unknown
  readonly isTTY?: boolean
  /** Width of the terminal. */
  readonly columns?: number
}

/** The terminal that standard output is. */
export interface Terminal {
  size(): { readonly columns: number; readonly rows: number }
  /** Calls back after each change of the size, until the returned function is called. */
  onResize(handler: () => void): () => void
  /** Takes every key, Ctrl-C too, as the terminal sends it, until the returned function is called. */
  onKeys(handler: (typed: string) => void): () => void
  /** Writes one sequence now and the other when the returned function is called, or when the process ends before that. */
  enter(enter: string, leave: string): () => void
}

/** Everything outside that a command touches; tests bring their own. */
export interface CommandIo {
  /** For data and for what was asked for (help, findings). */
  readonly stdout: TextOutput
  /** For the log and for complaints. */
  readonly stderr: TextOutput
  /** Standard input; that of the process where it is not given. */
  readonly stdin?: () => Readable
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What relative paths are relative to. */
  readonly cwd: string
  readonly clock: Clock
  /** For commands that take the whole terminal; only asked for when standard output is one. */
  readonly terminal?: () => Promise<Terminal>
  readonly catalogue: Catalogue
  /** The words that start this program again: the runtime and its entry. */
  readonly program: readonly string[]
  /** Folder of the machine-wide `flume.opts`. */
  readonly systemConfiguration: string
  /** Calls back on SIGTERM and SIGINT until the returned function is called. */
  onSignal(handler: (signal: string) => void): () => void
  /** Calls back with every exception and rejection that nobody caught, until the returned function is called. */
  onUncaught(handler: (error: unknown) => void): () => void
}

/** Whether lines to a stream may have colours: only on a terminal, never where the user asked for none. */
export function wantsColours(stream: TextOutput, environment: CommandIo['environment']): boolean {
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb'
}
