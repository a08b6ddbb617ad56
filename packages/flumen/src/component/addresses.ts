import { isIPv6, SocketAddress } from 'node:net'
import type { Listen } from './declaration.ts'
import type { ComponentPlan } from './plan.ts'
import type { PlanContext } from './plan-context.ts'

/** The components whose address another one has; the first of two has it. Says so of each. */
export function findClashes(context: PlanContext, components: readonly ComponentPlan[]): ReadonlySet<ComponentPlan> {
  const { settings, problems } = context.reading
  const taken = new Map<string, { readonly component: ComponentPlan; readonly host: string }[]>()
  const clashing = new Set<ComponentPlan>()
  for (const component of components) {
    for (const listen of component.declaration.listens?.(component.options) ?? []) {
      if (listen.port === 0) continue
      const port = `${listen.protocol} ${listen.port}`
      const host = plainHost(listen.host)
      const others = taken.get(port) ?? []
      taken.set(port, others)
      const other = others.find((each) => overlap(each.host, host))
      if (!other) {
        others.push({ component, host })
        continue
      }
      clashing.add(component)
      const key = `${component.key}.${listen.key}`
      const message = `${textOf(listen)} is also used by ${other.component.key}`
      problems.error(settings.get(key)?.place ?? component.place, key, message, 'give one of them another one')
    }
  }
  return clashing
}

function textOf({ protocol, port }: Listen): string {
  return protocol === 'unix' ? `socket ${port}` : `${protocol} port ${port}`
}

const any4 = '0.0.0.0'
const any6 = '::'

/** One spelling an address: lower case, shortest form of IPv6, IPv4 out of its IPv6 form; all addresses are `::`. */
function plainHost(host: string | undefined): string {
  if (host === undefined) return any6
  const lower = host.toLowerCase()
  if (lower === 'localhost') return '127.0.0.1'
  if (!isIPv6(lower)) return lower
  const { address } = new SocketAddress({ address: lower.replace(/%.*$/, ''), family: 'ipv6' })
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
}

/** A socket on `::` takes IPv4 as well. */
function overlap(one: string, other: string): boolean {
  if (one === other || one === any6 || other === any6) return true
  return (one === any4 && !isIPv6(other)) || (other === any4 && !isIPv6(one))
}
