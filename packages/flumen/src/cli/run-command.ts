import { messageOf } from '../core/index.ts'
import { parseArguments } from './arguments.ts'
import { type Command, statuses, UsageError } from './command.ts'
import type { CommandIo } from './io.ts'

/** Reads the words after a command's name and runs it. Every complaint is one line on standard error. */
export async function runCommand(
  command: Command,
  line: readonly string[],
  io: CommandIo,
  program: string,
): Promise<number> {
  try {
    const given = parseArguments(line, command)
    if (given.has('help')) {
      const { commandHelp } = await import('./help-pages.ts')
      io.stdout.write(commandHelp(command, program, io.stdout))
      return statuses.ok
    }
    if (given.complaints.length > 0) throw new UsageError(given.complaints)
    return await command.run({ io, arguments: given, program })
  } catch (error) {
    return complain(error, `${program} ${command.name}`, io)
  }
}

/** Writes what is wrong; the status that goes with it. */
export function complain(error: unknown, who: string, io: CommandIo): number {
  if (error instanceof UsageError) {
    for (const complaint of error.complaints) io.stderr.write(`${who}: ${complaint}\n`)
    io.stderr.write(`See: ${helpFor(who)}\n`)
    return statuses.usage
  }
  io.stderr.write(`${who}: unexpected failure: ${error instanceof Error ? error.stack : messageOf(error)}\n`)
  return statuses.failed
}

function helpFor(who: string): string {
  const [program, command] = who.split(' ')
  if (command === undefined) return `${program} help`
  return program === 'flumen' ? `flumen help ${command}` : `${program} ${command} --help`
}
