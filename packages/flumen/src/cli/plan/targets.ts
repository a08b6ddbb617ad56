import { isIPv6, SocketAddress } from 'node:net'

/** A source that listens. */
export interface Listener {
  /** `agent.source` */
  readonly id: string
  readonly agent: string
  /** `avro`: only sinks of the same protocol can reach it. */
  readonly protocol: string
  /** Undefined: all addresses. */
  readonly host: string | undefined
  readonly port: number
}

/** What a sink sends to. */
export interface Destination {
  /** `agent.sink` */
  readonly id: string
  readonly protocol: string
  readonly host: string
  readonly port: number
}

export interface Matched {
  /** By id of the sink, the id of the source. Others send outside. */
  readonly targets: ReadonlyMap<string, string>
  /** What could not be decided, a line each. */
  readonly doubts: readonly string[]
}

/**
 * Finds the source that each sink sends to: its port and protocol, and a host that is one of the given ones of the agent,
 * the address that the source is bound to, or the name of the agent. A host that nobody knows means the only listener of
 * its port, where all sinks that name the port name the same host.
 */
export function matched(
  destinations: readonly Destination[],
  listeners: readonly Listener[],
  hosts: ReadonlyMap<string, readonly string[]>,
): Matched {
  const targets = new Map<string, string>()
  const doubts: string[] = []
  for (const destination of destinations) {
    const { id, host, port } = destination
    const onPort = listeners.filter((each) => each.port === port && each.protocol === destination.protocol)
    const named = onPort.filter((listener) => isCalled(listener, plainHost(host), hosts))
    const sameHost = destinations.every((other) => other.port !== port || plainHost(other.host) === plainHost(host))
    const free = onPort.filter((listener) => isOpen(listener) && !hosts.has(listener.agent))
    const [only, ...others] = named.length > 0 ? named : sameHost && onPort.length === 1 ? free : []
    if (only && others.length === 0) targets.set(id, only.id)
    else if (onPort.length > 0) doubts.push(doubtOf(destination, named.length > 0 ? named : onPort))
  }
  return { targets, doubts }
}

function isCalled({ agent, host }: Listener, wanted: string, hosts: ReadonlyMap<string, readonly string[]>): boolean {
  const given = hosts.get(agent)
  if (given) return given.some((each) => plainHost(each) === wanted)
  return plainHost(agent) === wanted || (host !== undefined && plainHost(host) === wanted)
}

function isOpen({ host }: Listener): boolean {
  return host === undefined || ['0.0.0.0', '::'].includes(plainHost(host))
}

function doubtOf({ id, host, port }: Destination, listeners: readonly Listener[]): string {
  const who = listeners.map((each) => each.id).join(' or ')
  const agent = listeners[0]?.agent ?? 'AGENT'
  return `${id} sends to ${host}:${port}, which is taken for something outside; where it is ${who}, say so: --host ${agent}=${host}`
}

/** One spelling an address: lower case, the shortest form of IPv6, this machine by its number. */
function plainHost(host: string): string {
  const lower = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  if (lower === 'localhost' || lower === '::1') return '127.0.0.1'
  if (!isIPv6(lower)) return lower
  const { address } = new SocketAddress({ address: lower.replace(/%.*$/, ''), family: 'ipv6' })
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '')
}
