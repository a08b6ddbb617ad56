import type { Section } from '../config/section.ts'

export interface HostAddress {
  /** In the list of hosts. */
  readonly name: string
  readonly host: string
  readonly port: number
}

/**
 * The hosts of a list of names, in its order. As in Flume, a name without an address is passed over; unlike there, an
 * IPv6 address may stand in brackets.
 * @param least how many there must be
 */
export function readHosts(names: readonly string[], least: number, section: Section): readonly HostAddress[] {
  const hosts = new Map<string, HostAddress>()
  let hasError = false
  for (const name of names) {
    const key = `hosts.${name}`
    const written = section.get(key)?.value
    const address = written === undefined ? undefined : addressOf(written)
    if (hosts.has(name)) section.warning('hosts', `${name} stands there twice; once counts`, 'leave one of them out')
    else if (written === undefined) {
      section.warning('hosts', `${name} has no address and is passed over, as in Flume`, `add ${key} = HOST:PORT`)
    } else if (!address) {
      hasError = true
      section.error(key, `"${written.slice(0, 100)}" is not an address`, 'write HOST:PORT, such as collector:4141')
    } else hosts.set(name, { name, ...address })
  }
  for (const { rest, key } of section.takeBelow('hosts')) {
    if (!names.includes(rest))
      section.warning(key, `${rest} does not stand in hosts, and is not used`, `add ${rest} to hosts`)
  }
  if (!hasError && names.length > 0 && hosts.size < least) {
    section.error(
      'hosts',
      `at least ${least === 1 ? 'one host is' : 'two hosts are'} needed`,
      'add names, and hosts.NAME = HOST:PORT',
    )
  }
  return [...hosts.values()]
}

function addressOf(written: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([\da-fA-F:.%\w]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(written) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}
