import { someOf } from '../config/problem-text.ts'
import type { Section } from '../config/section.ts'
import { readComponent } from './component-reader.ts'
import type { ComponentPlan, GroupPlan, SinkPlan } from './plan.ts'
import type { PlanContext } from './plan-context.ts'

/** The sinks of an agent as its groups see them. */
export interface Sinks {
  /** All that are listed, also those that are not sound. */
  readonly names: ReadonlySet<string>
  readonly plans: ReadonlyMap<string, SinkPlan>
  /** To the name of the group that they are in. */
  readonly grouped: Map<string, string>
}

/** A sink group with its processor; undefined when it has an error or no sink. Its sinks are `grouped` all the same. */
export async function readGroup(
  context: PlanContext,
  section: Section,
  name: string,
  sinks: Sinks,
): Promise<GroupPlan | undefined> {
  const { problems } = context.reading
  const before = problems.errorsEver
  section.know(['sinks', 'processor.*'])
  const named = readMembers(context, section, name, sinks)
  const [first, ...others] = named.flatMap((each) => sinks.plans.get(each) ?? [])
  const members = first ? [first, ...others.filter((other) => isOfChannel(context, section, other, first, sinks))] : []
  const processor = await readProcessor(
    context,
    section,
    name,
    context.lenient ? members.map((each) => each.name) : named,
  )
  if (first && processor && problems.errorsEver === before) {
    return { name, channel: first.channel, sinks: members, processor }
  }
  if (named.length > 0) context.dropped(section, `group ${name} does not run, nor do its sinks ${someOf(named)}`)
  return undefined
}

function readMembers(context: PlanContext, section: Section, name: string, sinks: Sinks): readonly string[] {
  const members = new Set<string>()
  const listed = context.names(section, 'sinks')
  for (const each of new Set(listed)) {
    const known = sinks.names.has(each) ? each : meantSink(context, section, each, sinks)
    if (known === undefined) continue
    const other = sinks.grouped.get(known)
    if (other === undefined || other === name) {
      members.add(known)
      sinks.grouped.set(known, name)
    } else context.passOver(section, 'sinks', `${known} is already in group ${other}`, 'a sink belongs to one group')
  }
  const fix = `add ${section.key('sinks')} = k1 k2`
  if (listed === undefined) section.missing('sinks', `group ${name} names no sinks`, fix)
  else if (members.size === 0) context.dropped(section, `group ${name} has no sink that works`)
  return [...members]
}

function meantSink(context: PlanContext, section: Section, name: string, sinks: Sinks): string | undefined {
  const { reading, root, lenient } = context
  if (reading.settings.hasBelow(root.key(`sinks.${name}.`))) {
    context.passOver(section, 'sinks', `sink ${name} is not listed`, `add ${name} to ${root.key('sinks')}`)
    return undefined
  }
  const names = reading.spend(sinks.names.size) ? [...sinks.names] : []
  const free = names.filter((each) => !sinks.grouped.has(each))
  const near = reading.near(name, free) ?? reading.near(name, names)
  const have = sinks.names.size === 0 ? 'there are no sinks' : `the sinks are ${someOf(sinks.names)}`
  context.passOver(section, 'sinks', `there is no sink ${name}`, near === undefined ? have : `did you mean ${near}?`)
  return lenient ? undefined : near
}

/** All sinks of a group take from one channel; in a lenient start one that does not runs alone. */
function isOfChannel(context: PlanContext, section: Section, sink: SinkPlan, first: SinkPlan, sinks: Sinks): boolean {
  if (sink.channel === first.channel) return true
  const message = `${sink.name} takes from ${sink.channel} and ${first.name} from ${first.channel}`
  context.passOver(section, 'sinks', message, 'give all sinks of a group the same channel')
  if (context.lenient) sinks.grouped.delete(sink.name)
  return false
}

async function readProcessor(
  context: PlanContext,
  section: Section,
  name: string,
  members: readonly string[],
): Promise<ComponentPlan<'processor'> | undefined> {
  const own = section.below('processor')
  const missing = {
    message: `group ${name} of ${members.length} sinks has no processor.type; Flume drops such a group with its sinks`,
    fix: `add ${own.key('type')} = failover or load_balance`,
  }
  const withoutType = members.length > 1 ? { missing } : { otherwise: 'default' }
  const processor = await readComponent(context, 'processor', own, `${name}.processor`, withoutType)
  if (!processor) return undefined
  checkSize(own, name, processor, members)
  if (members.length > 0) checkNamedSinks(context, own, name, processor, members)
  return processor
}

function checkNamedSinks(
  context: PlanContext,
  section: Section,
  name: string,
  { declaration, options }: ComponentPlan<'processor'>,
  members: readonly string[],
): void {
  const named = declaration.namesSinks?.(options) ?? []
  const unnamed = members.filter((member) => !named.some(({ sink }) => sink === member))
  for (const { key, sink } of named) {
    if (members.includes(sink)) continue
    const near = context.reading.near(sink, unnamed) ?? context.reading.near(sink, members)
    const fix = near === undefined ? `its sinks are ${someOf(members)}` : `did you mean ${near}?`
    context.passOver(section, key, `sink ${sink} is not in group ${name}`, fix)
  }
}

function checkSize(section: Section, name: string, { declaration }: ComponentPlan, members: readonly string[]): void {
  const { min, max } = declaration.groupSize ?? { min: 0, max: Number.POSITIVE_INFINITY }
  if (members.length === 0 || (members.length >= min && members.length <= max)) return
  const wanted = min === max ? `${min}` : `${min} to ${max}`
  section.error(
    'type',
    `${declaration.type ?? 'this processor'} is for ${wanted} ${max === 1 ? 'sink' : 'sinks'}, group ${name} has ${members.length}`,
    members.length > max ? 'write failover or load_balance' : 'add sinks, or take the sink out of the group',
  )
}
