import { bytes } from '../top/human.ts'
import type { NamedPlan } from './configurations.ts'
import { type Delays, delaysOf } from './delays.ts'
import type { Network } from './network.ts'
import { type Outlook, outlookOf } from './outlook.ts'
import { agentOf } from './scenario.ts'

/** All that the report and the JSON show. */
export interface Answer {
  readonly network: Network
  readonly outlook: Outlook
  readonly delays: Delays
  /** What happens when a channel has been full for a while, by its id. */
  readonly whenFull: ReadonlyMap<string, string>
  readonly outageSeconds: number | undefined
  readonly notes: readonly string[]
}

/** @throws CircleError */
export function answerOf(
  plans: readonly NamedPlan[],
  network: Network,
  notes: readonly string[],
  outageSeconds: number | undefined,
): Answer {
  const outlook = outlookOf(network, outageSeconds)
  const whenFull = new Map(network.channels.map(({ id }) => [id, consequence(plans, network, id)]))
  const all = [...notes, ...memoryNotes(plans, outlook, network)]
  return { network, outlook, delays: delaysOf(plans, outlook), whenFull, outageSeconds, notes: all }
}

/** A channel's share of the memory depends on the machine that it runs on. */
function memoryNotes(plans: readonly NamedPlan[], { channels }: Outlook, network: Network): string[] {
  const full = new Set(channels.filter(({ bound }) => bound === 'bytes').map(({ id }) => id))
  return plans.flatMap(({ name, plan }) =>
    plan.channels.flatMap(({ name: channel, declaration, options }) => {
      const id = `${name}.${channel}`
      const size = network.channels.find((each) => each.id === id)?.bytes ?? 0
      if (!full.has(id) || !declaration.sharesMemory?.(options)) return []
      return [`${id}: ${bytes(size)} is its share of this machine's memory; byteCapacity sets another limit`]
    }),
  )
}

function consequence(plans: readonly NamedPlan[], { sources, runners }: Network, channel: string): string {
  const { plan } = plans.find(({ name }) => name === agentOf(channel)) ?? {}
  const own = plan?.channels.find(({ name }) => channel === `${agentOf(channel)}.${name}`)
  if ((own?.options as { whenFull?: unknown } | undefined)?.whenFull === 'drop_oldest')
    return 'gives up its oldest events'
  const feeding = sources.filter(({ routes }) => routes.some((route) => route.channel === channel))
  const clauses = feeding.flatMap(({ id, outside }) => {
    const source = plan?.sources.find(({ name }) => id === `${agentOf(id)}.${name}`)
    const mayLose = source?.declaration.mayLose?.(source.options) !== undefined
    const before = runners.flatMap(({ id: runner, channel, sinks }) => {
      if (!sinks.some(({ target }) => target === id)) return []
      return sinks.some(({ target }) => target !== id) ? `${runner} turns to its other sinks` : `${channel} fills`
    })
    const fills = [...new Set(before)]
    return outside.events > 0 ? [...fills, mayLose ? `${id} may lose events` : `${id} waits`] : fills
  })
  return clauses.join(', ')
}
