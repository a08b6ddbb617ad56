import type { SinkPlan, SourcePlan } from '../../component/plan.ts'
import type { NamedPlan } from './configurations.ts'
import type { Destination, Listener } from './targets.ts'

/** The sources that agents can be reached at. */
export function listenersOf({ name: agent, plan }: NamedPlan): readonly Listener[] {
  return plan.sources.flatMap(({ name, declaration, options }) => {
    const listens = declaration.listens?.(options) ?? []
    return listens.flatMap(({ protocol, host, port }) => {
      if (protocol !== 'tcp' || typeof port !== 'number' || declaration.type === undefined) return []
      return [{ id: `${agent}.${name}`, agent, protocol: declaration.type, host, port }]
    })
  })
}

/** Where sinks send to, as far as it is another agent's address; a sink says it with the keys that Flume has for it. */
export function destinationsOf({ name: agent, plan }: NamedPlan): readonly Destination[] {
  return plan.groups.flatMap(({ sinks }) =>
    sinks.flatMap((sink) => {
      const address = addressOf(sink)
      const protocol = sink.declaration.type
      return address && protocol !== undefined ? [{ id: `${agent}.${sink.name}`, protocol, ...address }] : []
    }),
  )
}

function addressOf({ options }: SinkPlan): { readonly host: string; readonly port: number } | undefined {
  const { hostname, port, endpoint } = options as { hostname?: unknown; port?: unknown; endpoint?: unknown }
  if (typeof hostname === 'string' && typeof port === 'number') return { host: hostname, port }
  const url = endpoint instanceof URL ? endpoint : typeof endpoint === 'string' ? URL.parse(endpoint) : null
  if (!url) return undefined
  return { host: url.hostname, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) }
}

/**
 * Which part of its events a source gives to each of its channels, 0 to 1. A selector that decides by what is in an event
 * may give any channel all of them: that is the worst case, and taken where nothing else is said.
 */
export function routesOf(
  { channels, selector }: SourcePlan,
  given: ReadonlyMap<string, number> | undefined,
): { readonly shares: ReadonlyMap<string, number>; readonly isWorstCase: boolean } {
  if (given) return { shares: given, isWorstCase: false }
  const { type } = selector.declaration
  const share = type === 'load_balancing' ? 1 / channels.length : 1
  const shares = new Map(channels.map((channel) => [channel, share]))
  return { shares, isWorstCase: channels.length > 1 && type !== 'replicating' && type !== 'load_balancing' }
}

/** Events a second that a source makes or takes at most by its own options; infinite: no bound. */
export function ownLimitOf({ options }: SourcePlan): number {
  const { maxEventsPerSecond } = options as { maxEventsPerSecond?: unknown }
  return typeof maxEventsPerSecond === 'number' && maxEventsPerSecond > 0
    ? maxEventsPerSecond
    : Number.POSITIVE_INFINITY
}
