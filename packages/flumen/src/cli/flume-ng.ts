import { agentOptions, conf, helpOption, property } from './agent-options.ts'
import { type Grammar, parseArguments } from './arguments.ts'
import { type Command, statuses, UsageError } from './command.ts'
import type { CommandIo } from './io.ts'
import { complain } from './run-command.ts'
import { propertiesOfEnvironment } from './system-properties.ts'
import { flumeVersionLines } from './version-info.ts'

const program = 'flume-ng'

/** Flume's script takes these anywhere on the line, whatever the mode. */
const scriptOptions: Command['options'] = [
  conf,
  { name: 'classpath', short: 'C', value: 'CP', doc: 'Accepted: there is no Java here.' },
  { name: 'dryrun', short: 'd', doc: 'Prints the command that would run, and ends.' },
  { name: 'plugins-path', value: 'DIRS', doc: 'Accepted: plugins are named in the configuration, by path or package.' },
  property,
  { name: 'X', value: 'OPTION', attached: true, repeatable: true, doc: 'Accepted: an option of Java.' },
  { name: 'agentlib', value: ':…', attached: true, repeatable: true, doc: 'Accepted: an option of Java.' },
  { name: 'agentpath', value: ':…', attached: true, repeatable: true, doc: 'Accepted: an option of Java.' },
  { name: 'javaagent', value: ':…', attached: true, repeatable: true, doc: 'Accepted: an option of Java.' },
]

const agentModeOptions: Command['options'] = [...agentOptions.filter(({ name }) => !['conf', 'D'].includes(name))]

/** Options of Java's world that do nothing here. */
const javaOptions: readonly string[] = ['classpath', 'plugins-path', 'X', 'agentlib', 'agentpath', 'javaagent']

/**
 * The command `flume-ng`, for scripts that were written for Flume: its modes, its options, its statuses.
 * @param line the words after the program's name
 */
export async function runFlumeNg(line: readonly string[], io: CommandIo): Promise<number> {
  const [mode, ...rest] = line
  try {
    return await runMode(mode, rest, io)
  } catch (error) {
    return complain(error, mode === undefined ? program : `${program} ${mode}`, io)
  }
}

async function runMode(mode: string | undefined, rest: readonly string[], io: CommandIo): Promise<number> {
  switch (mode) {
    case 'help':
      io.stdout.write(await usage(io))
      return statuses.ok
    case 'version':
      io.stdout.write(`${flumeVersionLines().join('\n')}\n`)
      return statuses.ok
    case 'node':
      io.stderr.write(`${program}: node is an old name; use agent\n`)
      return agent(rest, io)
    case 'agent':
      return agent(rest, io)
    case 'tool': {
      const { runTool } = await import('./tool/flume-tool.ts')
      return runTool(rest, io, scriptOptions)
    }
    case 'avro-client': {
      if (parseArguments(rest, { options: scriptOptions, passOverWords: true }).has('dryrun'))
        return dryRun(mode, rest, io)
      const { runAvroClient } = await import('./avro-client/avro-client.ts')
      return runAvroClient(rest, io, scriptOptions)
    }
    default:
      io.stderr.write(`${program}: ${mode === undefined ? 'there is no command' : `unknown command ${mode}`}\n\n`)
      io.stderr.write(await usage(io))
      return statuses.failed
  }
}

async function agent(line: readonly string[], io: CommandIo): Promise<number> {
  const grammar: Grammar = { options: [...scriptOptions, ...agentModeOptions], passOverWords: true }
  const given = parseArguments(line, grammar)
  if (given.has('dryrun')) return dryRun('agent', line, io)
  if (given.has('help')) {
    io.stdout.write(await usage(io))
    return statuses.ok
  }
  if (given.complaints.length > 0) throw new UsageError(given.complaints)
  const java = javaOptions.filter((name) => given.has(name))
  if (java.length > 0) say(io, `there is no Java here; nothing is done with ${java.map(dashed).join(', ')}`)
  if (given.words.length > 0) say(io, `nothing is done with ${given.words.map(quoted).join(' ')}`)
  const { startAgent } = await import('./start-agent.ts')
  // Properties of the command line come last and win.
  const properties = [...propertiesOfEnvironment(io.environment), ...given.values('D')]
  return startAgent({ io, arguments: given.withOnly('D', properties), program })
}

/** Prints the command that would run. */
function dryRun(mode: string, line: readonly string[], io: CommandIo): number {
  io.stdout.write(`${[...io.program, mode, ...withoutDryRun(line)].map(quoted).join(' ')}\n`)
  return statuses.ok
}

function say(io: CommandIo, what: string): void {
  io.stderr.write(`${program} agent: ${what}\n`)
}

function dashed(name: string): string {
  const option = scriptOptions.find((each) => each.name === name)
  return option?.attached ? `-${name}` : `--${name}`
}

function withoutDryRun(line: readonly string[]): readonly string[] {
  return line.filter((word) => !/^--?(?:d|dryrun)$/.test(word))
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** What `flume-ng help` prints: the order and the headings of Flume's. */
async function usage({ stdout }: CommandIo): Promise<string> {
  const { flumeNgHelp } = await import('./flume-ng-help.ts')
  return flumeNgHelp(scriptOptions, [...agentModeOptions.filter((option) => option !== helpOption), helpOption], stdout)
}
