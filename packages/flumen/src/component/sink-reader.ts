import { readFields } from '../config/field.ts'
import type { Section } from '../config/section.ts'
import { type Channels, checkBatch, readChannelName } from './channel-references.ts'
import { retryFields } from './common-fields.ts'
import { readComponent } from './component-reader.ts'
import { frameKeys } from './frame.ts'
import type { SinkPlan } from './plan.ts'
import type { PlanContext } from './plan-context.ts'

/** A sink; undefined when it has an error, or its channel has. */
export async function readSink(
  context: PlanContext,
  section: Section,
  name: string,
  channels: Channels,
): Promise<SinkPlan | undefined> {
  const { problems } = context.reading
  const before = problems.errorsEver
  section.know(frameKeys.sinks)
  const sink = await readComponent(context, 'sink', section, name)
  const retry = await readFields(retryFields, section)
  const named = readChannel(context, section, name, channels)
  const channel = named === undefined ? undefined : channels.plans.get(named)
  if (sink && channel && problems.errorsEver === before) checkBatch(sink, channel, section)
  if (!sink || problems.errorsEver !== before) return undefined
  if (channel) return { ...sink, channel: channel.name, retry }
  context.dropped(section, `the channel of sink ${name} does not work, so it does not run`)
  return undefined
}

function readChannel(context: PlanContext, section: Section, name: string, channels: Channels): string | undefined {
  const named = context.names(section, 'channel') ?? []
  const [only] = named
  if (only === undefined) {
    const fix = `add ${section.key('channel')} = ${[...channels.names][0] ?? 'c1'}`
    section.missing('channel', `sink ${name} has no channel`, fix)
    return undefined
  }
  if (named.length === 1) return readChannelName(context, section, 'channel', only, channels)
  const fix = `keep one of ${named.join(', ')}; use one sink a channel`
  section.error('channel', `a sink takes from one channel, not from ${named.length}`, fix)
  return undefined
}
