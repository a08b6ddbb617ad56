import { lookup, lookupService } from 'node:dns/promises'
import { hostname } from 'node:os'

/** The questions that finding this machine's name and address asks. */
export interface HostResolver {
  /** Addresses of a name, the preferred one first. */
  addresses(name: string): Promise<readonly string[]>
  nameOf(address: string): Promise<string>
}

/** Asks as the system does: its hosts file, then its name servers; IPv4 first, as Java does. */
export const systemResolver: HostResolver = {
  addresses: async (name) => (await lookup(name, { all: true, order: 'ipv4first' })).map(({ address }) => address),
  nameOf: async (address) => (await lookupService(address, 0)).hostname,
}

/** The address that this machine's own name stands for. @throws where it stands for none */
export async function localAddress(resolver: HostResolver = systemResolver): Promise<string> {
  const name = hostname()
  const [address] = await resolver.addresses(name)
  if (address === undefined) throw new Error(`the name of this machine, ${name}, has no address`)
  return address
}

/**
 * The full name of this machine: what its address stands for, if that name stands for the address too; otherwise the
 * address, as Java's getCanonicalHostName gives it.
 */
export async function canonicalName(resolver: HostResolver = systemResolver): Promise<string> {
  const address = await localAddress(resolver)
  try {
    const name = await resolver.nameOf(address)
    return (await resolver.addresses(name)).includes(address) ? name : address
  } catch {
    return address
  }
}
