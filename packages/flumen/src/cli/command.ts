import type { ParsedArguments } from './arguments.ts'
import type { CommandIo } from './io.ts'

/** Exit statuses; scripts rely on them. */
export const statuses = {
  /** Done; of an agent: a clean stop. */
  ok: 0,
  /** The agent failed, or left events in a channel that does not survive it. */
  failed: 1,
  /** Wrong usage or configuration. */
  usage: 2,
} as const

/** One option of a command line; declared once, for the parser and for the help. */
export interface Option {
  /** Without dashes. One or two dashes are accepted before it, as Flume does. */
  readonly name: string
  /** Other spelling, without dash; Flume has some of several letters (`-prov`). */
  readonly short?: string
  /** What stands for the value in the help; an option without is a flag. */
  readonly value?: string
  readonly repeatable?: boolean
  /** The value follows the short spelling without a blank: `-Dname=value`. */
  readonly attached?: boolean
  /** Accepted in the syntax and refused: the feature is not there yet. */
  readonly later?: boolean
  /** One sentence. */
  readonly doc: string
}

export interface CommandExample {
  readonly line: string
  readonly doc: string
}

/** One command. Its help is generated from this, and nothing about it is listed elsewhere. */
export interface Command {
  readonly name: string
  /** One sentence. */
  readonly summary: string
  /** What may follow the name of the command. */
  readonly usage: readonly string[]
  /** More for its help: paragraphs. */
  readonly description?: readonly string[]
  readonly options: readonly Option[]
  /** Words that do not begin with a dash, and what they are called in complaints; absent: none. */
  readonly words?: string
  /** Options end at the first word; what follows belongs to the words, dashes and all. */
  readonly optionsFirst?: boolean
  readonly examples: readonly CommandExample[]
  /** @returns the exit status */
  run(context: CommandContext): Promise<number>
}

export interface CommandContext {
  readonly io: CommandIo
  readonly arguments: ParsedArguments
  /** What the user typed: `flumen` or `flume-ng`, for complaints. */
  readonly program: string
}

/** The command line or what it names cannot be used: status 2, a line a complaint. */
export class UsageError extends Error {
  readonly complaints: readonly string[]

  constructor(complaints: readonly string[]) {
    super(complaints.join('\n'))
    this.name = 'UsageError'
    this.complaints = complaints
  }
}
