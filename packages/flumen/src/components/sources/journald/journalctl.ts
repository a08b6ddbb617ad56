import { Command } from '../command.ts'

/** What of the journal is read. */
export interface JournalChoice {
  /** The command, in words. */
  readonly command: readonly string[]
  readonly directory: string | undefined
  readonly files: readonly string[]
  readonly units: readonly string[]
  readonly identifiers: readonly string[]
  readonly priority: string | undefined
  readonly matches: readonly string[]
}

/** Where reading begins: behind a cursor, at the start, or with so many of the last entries. */
export type Beginning = { readonly after: string } | 'start' | { readonly last: number }

/** @throws the system's error where the command cannot be run */
export function startJournalctl(choice: JournalChoice, from: Beginning, isFollowing: boolean): Promise<Command> {
  return Command.start(wordsOf(choice, from, isFollowing))
}

function wordsOf(choice: JournalChoice, from: Beginning, isFollowing: boolean): readonly string[] {
  const { command, directory, files, units, identifiers, priority, matches } = choice
  return [
    ...command,
    '--output=export',
    '--no-pager',
    '--quiet',
    ...beginningOf(from),
    ...(isFollowing ? ['--follow'] : []),
    ...(directory === undefined ? [] : [`--directory=${directory}`]),
    ...files.map((file) => `--file=${file}`),
    ...units.map((unit) => `--unit=${unit}`),
    ...identifiers.map((identifier) => `--identifier=${identifier}`),
    ...(priority === undefined ? [] : [`--priority=${priority}`]),
    ...matches,
  ]
}

function beginningOf(from: Beginning): readonly string[] {
  if (from === 'start') return ['--no-tail']
  return 'after' in from ? [`--after-cursor=${from.after}`, '--no-tail'] : [`--lines=${from.last}`]
}
