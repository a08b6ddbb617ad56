import type { Command } from '../../packages/flumen/src/cli/command.ts'
import { commands } from '../../packages/flumen/src/cli/commands.ts'
import { commandHelp } from '../../packages/flumen/src/cli/help-pages.ts'
import { fenced, page } from './markdown.ts'

/** The help of every command, as `flumen help COMMAND` prints it. */
export async function commandsPage(): Promise<string> {
  const loaded: Command[] = []
  for (const load of Object.values(commands)) loaded.push(await load())
  const out = { write: () => undefined, columns: 100 }
  return page(
    '# Commands',
    '`flumen help COMMAND` prints the same.',
    ...loaded.flatMap((command) => [
      `## flumen ${command.name}`,
      fenced('text', commandHelp(command, 'flumen', out).replaceAll(/ +$/gm, '')),
    ]),
  )
}
