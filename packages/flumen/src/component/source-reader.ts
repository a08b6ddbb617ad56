import { readFields } from '../config/field.ts'
import { someOf } from '../config/problem-text.ts'
import type { Section } from '../config/section.ts'
import { readActiveList } from './active-list.ts'
import { type Channels, checkBatch, readChannelName } from './channel-references.ts'
import { retryFields } from './common-fields.ts'
import { readComponent } from './component-reader.ts'
import { frameKeys } from './frame.ts'
import type { ComponentPlan, SourcePlan } from './plan.ts'
import type { PlanContext } from './plan-context.ts'

/** A source with its interceptors and its selector; undefined when one of them has an error, or no channel is left. */
export async function readSource(
  context: PlanContext,
  section: Section,
  name: string,
  channels: Channels,
): Promise<SourcePlan | undefined> {
  const { problems } = context.reading
  const before = problems.errorsEver
  section.know(frameKeys.sources)
  const source = await readComponent(context, 'source', section, name)
  const retry = await readFields(retryFields, section)
  const named = readChannelNames(context, section, name, channels)
  const fed = named.filter((each) => channels.plans.has(each))
  const interceptors = await readInterceptors(context, section, name)
  const selector = await readSelector(context, section, name, context.lenient ? fed : named)
  if (source && problems.errorsEver === before) {
    for (const each of fed) checkBatch(source, channels.plans.get(each)!, section)
  }
  if (!source || !selector || problems.errorsEver !== before) return undefined
  if (fed.length > 0) return { ...source, channels: fed, interceptors, selector, retry }
  context.dropped(section, `none of the channels of source ${name} works, so it does not run`)
  return undefined
}

function readChannelNames(context: PlanContext, section: Section, name: string, channels: Channels): readonly string[] {
  const named = new Set(context.names(section, 'channels'))
  if (named.size === 0) {
    const fix = `add ${section.key('channels')} = ${[...channels.names][0] ?? 'c1'}`
    section.missing('channels', `source ${name} has no channel`, fix)
  }
  const meant = new Set<string>()
  for (const each of named) {
    const known = readChannelName(context, section, 'channels', each, channels)
    if (known !== undefined) meant.add(known)
  }
  return [...meant]
}

async function readInterceptors(
  context: PlanContext,
  section: Section,
  source: string,
): Promise<ComponentPlan<'interceptor'>[]> {
  const facts = { one: 'interceptor', mainKey: 'type', isNeeded: false } as const
  const plans: ComponentPlan<'interceptor'>[] = []
  for (const name of readActiveList(context, section, 'interceptors', facts).active) {
    const own = section.below(`interceptors.${name}`)
    const plan = await readComponent(context, 'interceptor', own, `${source}.${name}`)
    if (plan) plans.push(plan)
  }
  return plans
}

const replicating = { otherwise: 'replicating' }

async function readSelector(
  context: PlanContext,
  section: Section,
  source: string,
  channels: readonly string[],
): Promise<ComponentPlan<'selector'> | undefined> {
  const own = section.below('selector')
  const selector = await readComponent(context, 'selector', own, `${source}.selector`, replicating)
  let leftOut = false
  for (const { key, channel, isOptional } of selector?.declaration.namesChannels?.(selector.options) ?? []) {
    if (channels.length === 0 || channels.includes(channel)) continue
    const near = context.reading.near(channel, channels)
    const fix = near === undefined ? `its channels are ${someOf(channels)}` : `did you mean ${near}?`
    const message = `${channel} is not among the channels of source ${source}`
    if (isOptional) context.passOver(own, key, message, fix)
    else own.error(key, message, fix)
    if (isOptional && context.lenient) leftOut = leaveOut(own, key, channel)
  }
  return leftOut ? readComponent(context, 'selector', own, `${source}.selector`, replicating) : selector
}

/** Takes a word out of a list, so that a lenient start goes on without it. */
function leaveOut(section: Section, key: string, word: string): true {
  const { settings } = section.reading
  const setting = section.get(key)
  const rest = (setting?.value ?? '').split(/\s+/).filter((each) => each !== word)
  if (setting && rest.length > 0) settings.set({ ...setting, value: rest.join(' ') })
  else settings.delete(section.key(key))
  return true
}
