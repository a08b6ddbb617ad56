import { didYouMean } from '../config/did-you-mean.ts'
import { statuses, UsageError } from './command.ts'
import { commands } from './commands.ts'
import type { CommandIo } from './io.ts'
import { complain, runCommand } from './run-command.ts'

/** Other ways to ask for a command. */
const asked: ReadonlyMap<string, string> = new Map([
  ['--help', 'help'],
  ['-h', 'help'],
  ['--version', 'version'],
  ['-V', 'version'],
])

/**
 * The command `flumen`.
 * @param line the words after the program's name
 * @returns the exit status, see {@link statuses}
 */
export async function runFlumen(line: readonly string[], io: CommandIo): Promise<number> {
  const [word, ...rest] = line
  if (word === undefined) {
    const { overview } = await import('./commands/help.ts')
    io.stderr.write(await overview({ stdout: io.stderr }))
    return statuses.usage
  }
  const name = asked.get(word) ?? word
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (load) return runCommand(await load(), rest, io, 'flumen')
  const near = didYouMean(name, Object.keys(commands))
  const hint = near === undefined ? `the commands are ${Object.keys(commands).join(', ')}` : `did you mean ${near}?`
  return complain(new UsageError([`there is no command ${word}; ${hint}`]), 'flumen', io)
}
