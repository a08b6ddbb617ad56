import { avroClientOptions } from './avro-client/options.ts'
import type { Option } from './command.ts'
import type { TextOutput } from './io.ts'
import { definitionList, widthOf } from './text-table.ts'

/** The usage of `flume-ng`, in the order and with the headings that Flume's has. */
export function flumeNgHelp(
  globalOptions: readonly Option[],
  agentOptions: readonly Option[],
  out: TextOutput,
): string {
  const width = widthOf(out)
  return [
    'Usage: flume-ng <command> [options]...\n',
    `commands:\n${definitionList(modes, width)}`,
    `global options:\n${definitionList(globalOptions.map(row), width)}`,
    `agent options:\n${definitionList(agentOptions.map(row), width)}`,
    `avro-client options:\n${definitionList(avroClientOptions.map(row), width)}`,
    'flumen help says what this program can do beside what Flume can.\n',
  ].join('\n')
}

const modes: readonly (readonly [string, string])[] = [
  ['help', 'display this help text'],
  ['agent', 'run an agent'],
  ['avro-client', 'send the lines of a file, of standard input or of the files of a folder to an avro source'],
  ['tool', 'run a tool: FCINTEGRITYTOOL -l DIRS checks the directories of file channels'],
  ['version', 'show which version this is'],
]

/** Flume's notation: `--conf,-c <conf>`. */
function row({ name, short, value, attached, later, doc: text }: Option): [string, string] {
  const doc = later ? `${text} Comes with a later version.` : text
  const spelling = attached ? `-${name}` : short === undefined ? `--${name}` : `--${name},-${short}`
  if (value === undefined) return [spelling, doc]
  return [attached ? `${spelling}${value.toLowerCase()}` : `${spelling} <${value.toLowerCase()}>`, doc]
}
