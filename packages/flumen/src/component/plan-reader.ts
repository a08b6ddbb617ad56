import { readFields } from '../config/field.ts'
import type { Problems } from '../config/problem.ts'
import { type Globals, Reading, type Section } from '../config/section.ts'
import { Settings } from '../config/settings.ts'
import { readActiveList } from './active-list.ts'
import type { Catalogue } from './catalogue.ts'
import type { Channels } from './channel-references.ts'
import { agentFields } from './common-fields.ts'
import { readComponent } from './component-reader.ts'
import { type ComponentList, componentLists, frameKeys } from './frame.ts'
import { readGroup } from './group-reader.ts'
import { asMeant } from './meant-keys.ts'
import { readMonitor } from './monitor-reader.ts'
import type { AgentPlan, ChannelPlan, GroupPlan, SinkPlan } from './plan.ts'
import { checkPlan } from './plan-checks.ts'
import { PlanContext } from './plan-context.ts'
import { readSink } from './sink-reader.ts'
import { readSource } from './source-reader.ts'
import { reportUnknownKeys, sectionNames } from './unknown-keys.ts'

export { agentNames, agentsOf } from './agent-names.ts'

export interface PlanOptions {
  readonly catalogue: Catalogue
  /** Folder that plugin paths are relative to. */
  readonly directory?: string
  /** As Flume: what is misspelt is dropped. Otherwise it is reported once and read as it was meant, so that one slip is one line. */
  readonly lenient?: boolean
  /** A program holds the agent and may itself put into its channels and take from them, so nothing is out of reach. */
  readonly isEmbedded?: boolean
  /** Defaults for the whole process; the environment alone unless they are given. */
  readonly globals?: Globals
}

/**
 * Reads one agent: finds and reads every component, checks what holds between them, and reports every problem at once.
 * The plan holds what is sound, so that a lenient start can run it; a strict one refuses when there are errors. The
 * settings are not changed.
 */
export async function readPlan(
  settings: Settings,
  agent: string,
  problems: Problems,
  { catalogue, directory, lenient = false, isEmbedded = false, globals }: PlanOptions,
): Promise<AgentPlan> {
  const own = lenient ? copyOf(settings) : await asMeant(settings, agent, problems, catalogue)
  const reading = new Reading(own, problems, directory, catalogue, globals)
  const context = new PlanContext(reading, catalogue, agent, { lenient, isEmbedded })
  const plan = checkPlan(context, await readParts(context))
  checkParts(context)
  reportUnknownKeys(context)
  return plan
}

async function readParts(context: PlanContext): Promise<AgentPlan> {
  const { root, agent } = context
  const settings = await readFields(agentFields, root.below('flumen'))
  const channels = await readChannels(context)
  const sources = await readAll(context, 'sources', (section, name) => readSource(context, section, name, channels))
  const sinks = await readAll(context, 'sinks', (section, name) => readSink(context, section, name, channels))
  const groups = await readGroups(context, sinks)
  const monitor = await readMonitor(context)
  refuseConfigFilters(context)
  return {
    name: agent,
    settings,
    channels: [...channels.plans.values()],
    sources: [...sources.plans.values()],
    groups,
    monitor,
  }
}

/** The names of a list, and the plans of what is sound. */
interface Read<P> {
  readonly names: ReadonlySet<string>
  readonly plans: ReadonlyMap<string, P>
}

async function readChannels(context: PlanContext): Promise<Channels> {
  const { names, plans } = await readAll(context, 'channels', (section, name): Promise<ChannelPlan | undefined> => {
    section.know(frameKeys.channels)
    return readComponent(context, 'channel', section, name)
  })
  return { names, plans }
}

async function readAll<P>(
  context: PlanContext,
  list: ComponentList,
  read: (section: Section, name: string) => Promise<P | undefined>,
): Promise<Read<P>> {
  const { root } = context
  const { active, listed } = readActiveList(context, root, list, {
    one: componentLists[list],
    mainKey: 'type',
    isNeeded: true,
    isReferredTo: (name) => isReferredTo(context, list, name),
  })
  const plans = new Map<string, P>()
  for (const name of active) {
    const plan = await read(root.below(`${list}.${name}`), name)
    if (plan) plans.set(name, plan)
  }
  return { names: listed, plans }
}

/** Whether sources or sinks name a channel, or a group a sink. */
function isReferredTo({ root, reading }: PlanContext, list: ComponentList, name: string): boolean {
  const pattern = {
    channels: /^(?:sources\.[^.]+\.channels|sinks\.[^.]+\.channel)$/,
    sinks: /^sinkgroups\.[^.]+\.sinks$/,
  }
  if (list === 'sources') return false
  return reading.settings
    .below(root.prefix)
    .some(({ key, value }) => pattern[list].test(key.slice(root.prefix.length)) && value.split(/\s+/).includes(name))
}

async function readGroups(context: PlanContext, { names, plans }: Read<SinkPlan>): Promise<readonly GroupPlan[]> {
  const { root } = context
  const sinks = { names, plans, grouped: new Map<string, string>() }
  const { active } = readActiveList(context, root, 'sinkgroups', {
    one: 'sink group',
    mainKey: 'sinks',
    isNeeded: false,
  })
  const groups: GroupPlan[] = []
  for (const name of active) {
    const group = await readGroup(context, root.below(`sinkgroups.${name}`), name, sinks)
    if (group) groups.push(group)
  }
  for (const sink of plans.values()) {
    if (sinks.grouped.has(sink.name)) continue
    groups.push({ name: sink.name, channel: sink.channel, sinks: [sink], processor: undefined })
  }
  return groups
}

function refuseConfigFilters(context: PlanContext): void {
  const { root } = context
  const filters = root.below('configfilters')
  root.know(['configfilters'])
  if (!root.list('configfilters')?.length && filters.isEmpty) return
  context.leaveUnread(filters.prefix)
  const fix = `use \${env:NAME} or \${file:PATH} instead`
  context.passOver(root, 'configfilters', 'config filters come in a later version', fix)
}

/** An agent has channels, and something that uses them. */
function checkParts({ root, agent, reading, isEmbedded }: PlanContext): void {
  // Where there is no list at all, what is defined counts, which has its problem already.
  const lacks = (list: ComponentList): boolean =>
    (root.list(list)?.length ?? sectionNames(reading.settings, root.key(`${list}.`)).size) === 0
  if (lacks('channels')) root.missing('channels', `agent ${agent} has no channel`, `add ${root.key('channels')} = c1`)
  if (!isEmbedded && lacks('sources') && lacks('sinks')) {
    const message = `agent ${agent} has neither a source nor a sink`
    root.missing('sources', message, `add ${root.key('sources')} = r1`)
  }
}

function copyOf(settings: Settings): Settings {
  const copy = new Settings()
  copy.merge(settings)
  return copy
}
