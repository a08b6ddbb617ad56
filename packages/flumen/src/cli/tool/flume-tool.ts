import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Event, FlumenError, messageOf } from '../../core/index.ts'
import { FlumeLogError } from '../../protocols/flume-log/index.ts'
import { DiskError } from '../../storage/files.ts'
import { type ParsedArguments, parseArguments } from '../arguments.ts'
import { hasSegments, locateChannel } from '../channel/channel-directories.ts'
import { verify } from '../channel/verify.ts'
import { type Option, statuses, UsageError } from '../command.ts'
import type { CommandIo } from '../io.ts'
import { checkDirectories, summaryOf } from './integrity-check.ts'

const toolName = 'FCINTEGRITYTOOL'

const toolOptions: readonly Option[] = [
  { name: 'dataDirs', short: 'l', value: 'DIRS', doc: 'Data directories, with commas between them.' },
  { name: 'eventValidator', short: 'e', value: 'MODULE', doc: 'A module whose function says which events are valid.' },
  { name: 'help', short: 'h', doc: 'Shows this help.' },
]

const noTool = `Expected name of tool and arguments for tool to be passed in on the command line. Please pass one of the following as arguments to this command: \n${toolName}\n\n`

/** As commons-cli prints it for Flume. */
const usage = `usage: bin/flume-ng tool fcintegritytool  [-D <property=value>] [-e <arg>]
       [-h] [-l <arg>]
 -D <property=value>         custom properties
 -e,--eventValidator <arg>   Fully Qualified Name of Event Validator
                             Implementation
 -h,--help                   Display help
 -l,--dataDirs <arg>         Comma-separated list of data directories
                             which the tool must verify. This option is
                             mandatory
`

/**
 * `flume-ng tool`, with the texts and statuses of Flume's.
 * @param scriptOptions those that the script takes whatever the mode
 */
export async function runTool(
  line: readonly string[],
  io: CommandIo,
  scriptOptions: readonly Option[],
): Promise<number> {
  const given = parseArguments(line, { options: [...toolOptions, ...scriptOptions], words: 'TOOL' })
  const [name] = given.words
  if (name === undefined) {
    io.stdout.write(noTool)
    return statuses.failed
  }
  if (name.toUpperCase() !== toolName) {
    io.stderr.write(`Cannot find tool matching ${name}. Please select one of: \n [${toolName}]\n`)
    return statuses.failed
  }
  if (given.complaints.length > 0) throw new UsageError(given.complaints)
  const list = given.value('dataDirs')
  if (given.has('help') || list === undefined) {
    io.stdout.write(given.has('help') ? usage : `${usage}dataDirs is required.\n`)
    io.stderr.write('Could not parse command line options. Exiting ...\n')
    return statuses.failed
  }
  try {
    return await checkIntegrity(list.split(','), given, io)
  } catch (error) {
    const isExpected = [FlumeLogError, FlumenError, DiskError].some((kind) => error instanceof kind)
    if (!isExpected && !(error instanceof Error && 'errno' in error)) throw error
    io.stderr.write(`flume-ng tool: ${messageOf(error)}\n`)
    return statuses.failed
  }
}

async function checkIntegrity(places: readonly string[], given: ParsedArguments, io: CommandIo): Promise<number> {
  const paths = places.map((place) => resolve(io.cwd, place))
  for (const [index, path] of paths.entries()) {
    if (existsSync(path)) continue
    io.stderr.write(`flume-ng tool: Data directory, ${places[index]} does not exist.\n`)
    return statuses.failed
  }
  const isValid = await validatorOf(given, io)
  if (isValid === 'none') return statuses.failed
  const ours = paths.filter(hasSegments)
  let status: number = statuses.ok
  if (ours.length > 0) {
    io.stderr.write(`flume-ng tool: ${ours.join(', ')}: of Flumen; they are verified, and nothing is changed\n`)
    const target = { directories: locateChannel(ours, io.cwd), ciphers: undefined, keys: [] }
    status = await verify(target, io)
  }
  const others = paths.filter((path) => !ours.includes(path))
  if (others.length > 0) io.stdout.write(summaryOf(checkDirectories(others, isValid, io)))
  return status
}

type Validator = (event: Event) => boolean

/** Undefined: every event is valid. `none`: it cannot be had, which has been told. */
async function validatorOf(given: ParsedArguments, io: CommandIo): Promise<Validator | undefined | 'none'> {
  const name = given.value('eventValidator')
  if (name === undefined) return undefined
  if (!/[/\\]|\.[cm]?[jt]s$/.test(name)) {
    io.stderr.write(
      `flume-ng tool: the validator ${name} is a Java class, which cannot run here; give the path of a JavaScript module ` +
        'that exports a function (event) => boolean\n',
    )
    return 'none'
  }
  const properties = Object.fromEntries(given.values('D').map(pairOf))
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(resolve(io.cwd, name)).href)
    const exported = module.default ?? module.validate
    if (typeof exported !== 'function') throw new Error('it exports no function, neither as default nor as validate')
    return (event) => exported(event, properties) === true
  } catch (error) {
    io.stderr.write(`flume-ng tool: the validator ${name} cannot be used: ${messageOf(error)}\n`)
    return 'none'
  }
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text, 'true'] : [text.slice(0, at), text.slice(at + 1)]
}
