import { dirname, resolve } from 'node:path'
import { agentNames, agentsOf } from '../component/agent-names.ts'
import type { AgentPlan } from '../component/plan.ts'
import { readPlan } from '../component/plan-reader.ts'
import { readConfigurationFiles } from '../config/configuration-files.ts'
import { didYouMean } from '../config/did-you-mean.ts'
import { noPlace, type Place, Problems } from '../config/problem.ts'
import { Settings } from '../config/settings.ts'
import { readSmallFile } from '../config/small-file.ts'
import { substitute } from '../config/substitution.ts'
import { compileJavaDateFormat } from '../text/java-date-format.ts'
import { type CommandContext, UsageError } from './command.ts'
import type { CommandIo } from './io.ts'
import { applyFlumenProperties, type SystemProperties, systemPropertiesOf } from './system-properties.ts'

/** What the files of a command line say, before any agent of them is looked at. */
export interface Configuration {
  readonly settings: Settings
  /** The same with its placeholders. */
  readonly raw: Settings
  /** As they were named. */
  readonly files: readonly string[]
  /** Folder that plugin paths are relative to: that of the first file. */
  readonly directory: string
  readonly properties: SystemProperties
  /** Of reading and substituting. */
  readonly problems: Problems
}

/** Reads the named files in order and puts values for their placeholders; what is wrong becomes problems. */
export async function readConfiguration({ io, arguments: given }: CommandContext): Promise<Configuration> {
  const files = [...given.values('conf-file'), ...given.words]
  const [first] = files
  if (first === undefined) throw new UsageError(['there is no configuration; name one with -f FILE'])
  const problems = new Problems()
  const properties = systemPropertiesOf(given.values('D'))
  const raw = await readConfigurationFiles(files, problems)
  const settings = substituted(raw, properties, problems, io)
  reportStrayKeys(raw, problems)
  return { settings, raw, files, directory: dirname(resolve(io.cwd, first)), properties, problems }
}

/** A key without a dot belongs to no agent; it makes sense only as a value for others, `${key}`. */
function reportStrayKeys(settings: Settings, problems: Problems): void {
  for (const { key, place } of settings) {
    // An editor's key: it names the schema of the file.
    if (key === '$schema') continue
    if (key.includes('.') || isReferredTo(settings, key)) continue
    const near = didYouMean(key, agentNames(settings))
    const fix = near === undefined ? 'write AGENT.SECTION…, or remove it' : `write ${near}.SECTION…, or remove it`
    problems.error(place, key, 'no agent is named before a first dot, so it is dropped', fix)
  }
}

/** Whether a placeholder may mean a key, or a key below it. */
export function isReferredTo(settings: Settings, key: string): boolean {
  for (const { value } of settings) if (value.includes(`\${${key}`)) return true
  return false
}

/** Puts values for the placeholders of settings. */
export function substituted(
  settings: Settings,
  properties: SystemProperties,
  problems: Problems,
  { environment, clock, cwd }: Pick<CommandIo, 'environment' | 'clock' | 'cwd'>,
): Settings {
  const sources = {
    environment,
    systemProperties: properties.values,
    now: new Date(clock.now()),
    formatDate: (pattern: string, now: Date) => compileJavaDateFormat(pattern).format(now.getTime()),
    readFile: (path: string, charset: string) => readSmallFile(resolve(cwd, path), charset),
  }
  return substitute(settings, sources, problems)
}

/** Everything that can be said about one agent, with what was wrong in the files. */
export interface PlannedAgent {
  readonly plan: AgentPlan
  readonly problems: Problems
  /** What the plan was read from. */
  readonly settings: Settings
}

/** Reads one agent of a configuration; problems of the files themselves are not among its problems. */
export async function planAgent(
  { settings: shared, properties, directory }: Pick<Configuration, 'settings' | 'properties' | 'directory'>,
  agent: string,
  { catalogue, lenient, environment }: Pick<CommandIo, 'catalogue' | 'environment'> & { readonly lenient: boolean },
): Promise<PlannedAgent> {
  const settings = new Settings()
  settings.merge(shared)
  applyFlumenProperties(properties, agent, settings)
  const problems = new Problems()
  const plan = await readPlan(settings, agent, problems, {
    catalogue,
    directory,
    lenient,
    globals: { properties: properties.values, environment },
  })
  return { plan, problems, settings }
}

/** The agent that is meant; none, with a problem that lists those there are, when that is not clear. */
export function chooseAgent(
  { settings, files }: Pick<Configuration, 'settings' | 'files'>,
  name: string | undefined,
  problems: Problems,
): string | undefined {
  const agents = agentsOf(settings)
  if (name !== undefined && (agents.includes(name) || agentNames(settings).includes(name))) return name
  const place: Place = { ...noPlace, file: files[0] ?? '' }
  if (agents.length === 0 && problems.hasErrors) return undefined
  if (agents.length === 0) {
    problems.error(place, '', 'the configuration has no agent', 'write NAME.sources, NAME.channels and NAME.sinks')
    return undefined
  }
  if (name === undefined && agents.length === 1) return agents[0]
  const have = agents.length === 1 ? `the agent is ${agents[0]}` : `the agents are ${agents.join(', ')}`
  const near = name === undefined ? undefined : didYouMean(name, agents)
  if (name === undefined)
    problems.error(place, '', `there are ${agents.length} agents and none is named`, `add -n: ${have}`)
  else
    problems.error(place, '', `there is no agent ${name}`, near === undefined ? have : `did you mean ${near}? ${have}`)
  return undefined
}

/** Nothing is left that could move an event. */
export function isEmpty({ channels, sources, groups }: AgentPlan): boolean {
  return channels.length === 0 || (sources.length === 0 && groups.length === 0)
}
