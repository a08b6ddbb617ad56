import { someOf } from '../config/problem-text.ts'
import type { Section } from '../config/section.ts'
import type { ChannelPlan, ComponentPlan } from './plan.ts'
import type { PlanContext } from './plan-context.ts'

/** The channels of an agent as sources and sinks see them. */
export interface Channels {
  /** All that are listed, also those that are not sound. */
  readonly names: ReadonlySet<string>
  readonly plans: ReadonlyMap<string, ChannelPlan>
}

/** The name of the channel that a source or sink names; of a misspelt one what was meant, if that is clear. */
export function readChannelName(
  context: PlanContext,
  section: Section,
  key: string,
  name: string,
  { names }: Channels,
): string | undefined {
  if (names.has(name)) return name
  const { reading, root } = context
  if (reading.settings.hasBelow(root.key(`channels.${name}.`))) {
    context.passOver(section, key, `channel ${name} is not listed`, `add ${name} to ${root.key('channels')}`)
    return name
  }
  const near = reading.near(name, [...names])
  const have = names.size === 0 ? 'there are no channels' : `the channels are ${someOf(names)}`
  context.passOver(section, key, `there is no channel ${name}`, near === undefined ? have : `did you mean ${near}?`)
  return context.lenient ? undefined : near
}

/** Whether a source or a sink may have batches as large as it says; Flume drops one whose batches are larger than a transaction. */
export function checkBatch(component: ComponentPlan, channel: ChannelPlan, section: Section): void {
  const batch = component.declaration.batchSize?.(component.options)
  const limit = channel.declaration.transactionCapacity?.(channel.options)
  if (!batch || !limit || batch.events <= limit.events) return
  section.error(
    batch.key,
    `${batch.key} ${batch.events} is larger than ${limit.key} ${limit.events} of channel ${channel.name}`,
    `set ${channel.key}.${limit.key} to at least ${batch.events}, or lower ${batch.key}`,
  )
}
