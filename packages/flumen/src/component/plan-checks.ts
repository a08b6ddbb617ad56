import { findClashes } from './addresses.ts'
import type { AgentPlan, ChannelPlan, ComponentPlan, GroupPlan, SinkPlan, SourcePlan } from './plan.ts'
import type { PlanContext } from './plan-context.ts'

/**
 * What holds between components that are sound themselves: addresses, whether every channel and every sink can get
 * events, what can be lost. A lenient start goes on without what cannot run.
 */
export function checkPlan(context: PlanContext, plan: AgentPlan): AgentPlan {
  const { problems } = context.reading
  // After other errors this would only say again that something is missing.
  const isWhole = !context.isEmbedded && (context.lenient || !problems.hasErrors)
  // A monitor that nobody asked for gives way.
  const monitors = plan.monitor?.isAsked ? [plan.monitor] : []
  const clashing = findClashes(context, [...plan.sources, ...sinksOf(plan), ...plan.channels, ...monitors])
  const apart = context.lenient ? without(clashing, plan) : plan
  const flow = flowOf(apart)
  if (isWhole) for (const channel of apart.channels) checkReach(context, flow, channel)
  for (const component of apart.sources) {
    const loss = component.declaration.mayLose?.(component.options)
    if (loss) problems.note(component.place, component.key, loss, 'see docs/guide/concepts.md, "What can be lost"')
  }
  for (const source of apart.sources) noteOverwritten(context, source)
  const channels = apart.channels.filter(({ name }) => flow.fed.has(name) || flow.drains.has(name))
  return context.lenient && !context.isEmbedded ? { ...apart, channels } : apart
}

/** Which channels get events, and who takes them out. */
interface Flow {
  readonly fed: ReadonlySet<string>
  readonly drains: ReadonlyMap<string, readonly SinkPlan[]>
}

function flowOf(plan: AgentPlan): Flow {
  const fed = new Set(plan.sources.flatMap(({ channels }) => channels))
  return { fed, drains: Map.groupBy(sinksOf(plan), ({ channel }) => channel) }
}

/** Whether a channel and its sinks can get events; makes sense only when every component is sound. */
function checkReach(context: PlanContext, { fed, drains }: Flow, { name, place, key, declaration }: ChannelPlan): void {
  const { root, reading } = context
  const sinks = drains.get(name) ?? []
  if (!fed.has(name) && sinks.length === 0) {
    const fix = `remove it from ${root.key('channels')}, or name it in a source`
    context.passOver(root.below(`channels.${name}`), '', `no source and no sink uses channel ${name}`, fix)
  } else if (sinks.length === 0) {
    const message = `no sink takes from channel ${name}, so it fills up`
    reading.problems.warning(place, key, message, `add a sink with channel = ${name}`)
  } else if (!fed.has(name) && !declaration.holdsEvents) {
    for (const sink of sinks) {
      const message = `no source feeds channel ${name}, so sink ${sink.name} never gets an event`
      context.passOver(root.below(`sinks.${sink.name}`), '', message, `name ${name} in the channels of a source`)
    }
  }
}

/**
 * A header that one interceptor sets and a later one sets in any case, with none between them that could have used it:
 * the first one does nothing.
 */
function noteOverwritten({ reading }: PlanContext, { interceptors }: SourcePlan): void {
  const setters: { readonly name: string; readonly headers: readonly string[] }[] = []
  for (const { name, key, place, declaration, options } of interceptors) {
    const outputs = declaration.outputs?.(options)
    const headers = outputs?.names ?? []
    const own = name.slice(name.indexOf('.') + 1)
    if (!outputs?.overwrites) setters.splice(0)
    for (const header of outputs?.overwrites ? headers : []) {
      const first = setters.find((each) => each.headers.includes(header))
      if (!first) continue
      const message = `interceptor ${own} sets the header ${header} of every event, so what ${first.name} sets is gone`
      reading.problems.note(place, key, message, 'remove one of them, or keep what is there with preserveExisting')
    }
    setters.push({ name: own, headers })
  }
}

function without(dropped: ReadonlySet<ComponentPlan>, plan: AgentPlan): AgentPlan {
  const runs = (component: ComponentPlan): boolean => !dropped.has(component)
  const groups = plan.groups.map((group): GroupPlan => ({ ...group, sinks: group.sinks.filter(runs) }))
  return {
    ...plan,
    sources: plan.sources.filter(runs),
    channels: plan.channels.filter(runs),
    groups: groups.filter(({ sinks }) => sinks.length > 0),
    monitor: plan.monitor && runs(plan.monitor) ? plan.monitor : undefined,
  }
}

function sinksOf({ groups }: AgentPlan): readonly SinkPlan[] {
  return groups.flatMap(({ sinks }) => sinks)
}
