import { type Kind, kindNames, kinds } from '../../component/kind.ts'
import { didYouMean } from '../../config/did-you-mean.ts'
import { helpOption } from '../agent-options.ts'
import { type Command, type CommandContext, statuses, UsageError } from '../command.ts'
import { commands } from '../commands.ts'
import { commandHelp, componentHelp, kindHelp } from '../help-pages.ts'
import type { CommandIo } from '../io.ts'
import { definitionList, widthOf } from '../text-table.ts'
import { flumenVersion } from '../version-info.ts'

export const helpCommand: Command = {
  name: 'help',
  summary: 'Explains a command, a kind of component, or one component.',
  usage: ['', 'COMMAND', 'sources | channels | sinks | interceptors | …', 'source | channel | sink | … TYPE'],
  options: [helpOption],
  words: 'TOPIC',
  examples: [
    { line: 'flumen help agent', doc: 'The options of a command.' },
    { line: 'flumen help sinks', doc: 'All sinks.' },
    { line: 'flumen help sink file_roll', doc: 'The keys of one, with their defaults.' },
  ],
  run: help,
}

async function help({ io, arguments: { words } }: CommandContext): Promise<number> {
  io.stdout.write(await pageOf(words, io))
  return statuses.ok
}

async function pageOf(words: readonly string[], io: CommandIo): Promise<string> {
  const [topic, type, ...more] = topicOf(words)
  if (topic === undefined) return overview(io)
  if (more.length > 0) throw new UsageError([`"${words.join(' ')}" is no topic; see flumen help`])
  const command = Object.hasOwn(commands, topic) ? commands[topic] : undefined
  if (command && type === undefined) return commandHelp(await command(), 'flumen', io.stdout)
  const kind = kindOf(topic)
  if (kind !== undefined)
    return type === undefined ? kindHelp(kind, io.catalogue, io.stdout) : componentPage(kind, type, io)
  if (type === undefined) {
    const holders = kinds.filter((each) => io.catalogue.entry(each, topic) !== undefined)
    const pages = await Promise.all(holders.map((each) => componentPage(each, topic, io)))
    if (pages.length > 0) return pages.join('\n')
  }
  throw new UsageError([unknownTopic(topic, io)])
}

/** `sink processor failover` is the topic `sink-processor` and a type. */
function topicOf(words: readonly string[]): readonly string[] {
  const [first, second, ...rest] = words
  const joined = second === undefined ? undefined : `${first}-${second}`
  return joined !== undefined && kindOf(joined) !== undefined ? [joined, ...rest] : words
}

function kindOf(topic: string): Kind | undefined {
  const wanted = topic.toLowerCase()
  return kinds.find((kind) => spellings(kind).includes(wanted))
}

function spellings(kind: Kind): readonly string[] {
  const { one, many, folder } = kindNames[kind]
  return [kind.toLowerCase(), `${kind.toLowerCase()}s`, one.replaceAll(' ', '-'), many.replaceAll(' ', '-'), folder]
}

async function componentPage(kind: Kind, type: string, { catalogue, cwd, stdout }: CommandIo): Promise<string> {
  const found = await catalogue.find(kind, type, cwd)
  if ('message' in found) throw new UsageError([`${found.message}; ${found.fix}`])
  return componentHelp(found.declaration, stdout)
}

function unknownTopic(topic: string, { catalogue }: CommandIo): string {
  const types = catalogue.entries.flatMap(({ type }) => type ?? [])
  const near = didYouMean(topic, [...Object.keys(commands), ...kinds.flatMap(spellings), ...types])
  return `there is no help on ${topic}${near === undefined ? '; see flumen help' : `; did you mean ${near}?`}`
}

/** The page of `flumen help`. */
export async function overview({ stdout }: Pick<CommandIo, 'stdout'>): Promise<string> {
  const width = widthOf(stdout)
  const loaded = await Promise.all(Object.values(commands).map((load) => load()))
  const rows = loaded.map(({ name, summary }): [string, string] => [name, summary])
  const listed = kinds.map((kind) => kindNames[kind].many.replaceAll(' ', '-')).join(', ')
  const topics: [string, string][] = [
    ['flumen help COMMAND', 'The options of a command.'],
    ['flumen help sinks', `All sinks. Likewise: ${listed}.`],
    ['flumen help sink file_roll', 'The keys of one component.'],
  ]
  return [
    `Flumen ${flumenVersion()} moves events from sources through channels to sinks.\n`,
    `Usage:\n  flumen COMMAND [OPTION …]\n`,
    `Commands:\n${definitionList(rows, width)}`,
    `More:\n${definitionList(topics, width)}`,
  ].join('\n')
}
