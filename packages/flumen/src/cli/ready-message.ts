import type { Listen } from '../component/declaration.ts'
import { typeNameOf } from '../component/declaration.ts'
import type { AgentPlan, ComponentPlan } from '../component/plan.ts'

/** What flows where, a text a source: `r1 (netcat, localhost:44444) -> c1 (memory) -> k1 (logger)`. */
export function flowsOf(plan: AgentPlan): readonly string[] {
  const flows = plan.sources.map((source) => {
    const [only] = source.channels
    const isChain = source.channels.length === 1 && plan.sources.length === 1 && plan.channels.length === 1
    const channels = isChain ? chain(plan, only!) : source.channels.join(', ')
    return `${described(source)} -> ${channels}`
  })
  if (flows.length === 1 && plan.channels.length === 1) return flows
  return [...flows, ...plan.channels.map(({ name }) => chain(plan, name))]
}

/** `c1 (memory) -> k1 (logger), k2 (null)`. */
function chain(plan: AgentPlan, name: string): string {
  const channel = plan.channels.find((each) => each.name === name)!
  const sinks = plan.groups.filter((group) => group.channel === name).flatMap((group) => group.sinks)
  return sinks.length === 0 ? described(channel) : `${described(channel)} -> ${sinks.map(described).join(', ')}`
}

function described({ name, declaration, options }: ComponentPlan): string {
  const addresses = (declaration.listens?.(options) ?? []).map(addressText)
  const type = typeNameOf(declaration)
  return `${name} (${[type.slice(type.lastIndexOf('.') + 1), ...addresses].join(', ')})`
}

function addressText({ host, port }: Listen): string {
  if (typeof port === 'string') return port
  const where = host === undefined ? '*' : host.includes(':') ? `[${host}]` : host
  return port === 0 ? `${where}, any port` : `${where}:${port}`
}
