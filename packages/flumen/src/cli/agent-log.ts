import type { LogLevel } from '../core/index.ts'
import { ConsoleLog, type LogFormat } from '../runtime/console-log.ts'
import type { ParsedArguments } from './arguments.ts'
import { UsageError } from './command.ts'
import { type CommandIo, wantsColours } from './io.ts'

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
const formats: readonly LogFormat[] = ['text', 'json']

/** How the log of a command line is to be written: `--log-format`, `--log-level`. Throws a usage error. */
export function logChoice(given: ParsedArguments, usual: LogLevel): { format: LogFormat; level: LogLevel } {
  return {
    format: oneOf(formats, given.value('log-format') ?? 'text', 'log-format'),
    level: oneOf(levels, given.value('log-level') ?? usual, 'log-level'),
  }
}

/** The log of an agent, on standard error. */
export function openLog(io: CommandIo, { format, level }: { format: LogFormat; level: LogLevel }): ConsoleLog {
  return new ConsoleLog({
    format,
    level,
    clock: io.clock,
    colours: wantsColours(io.stderr, io.environment),
    write: (line) => io.stderr.write(line),
  })
}

function oneOf<T extends string>(values: readonly T[], written: string, option: string): T {
  const value = values.find((each) => each === written.toLowerCase())
  if (value === undefined) throw new UsageError([`--${option} is one of ${values.join(', ')}, not ${written}`])
  return value
}
