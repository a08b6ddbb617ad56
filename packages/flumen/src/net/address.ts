import { lookup } from 'node:dns/promises'
import { isIP, SocketAddress } from 'node:net'
import { ComponentFailedError } from '../core/index.ts'

/** `127.0.0.1:44444`, `[::1]:44444`, `*:44444` for all addresses. */
export function hostAndPort(host: string | undefined, port: number): string {
  if (host === undefined) return `*:${port}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** An address as the system writes it; an IPv4 address that a dual-stack socket shows in IPv6 form becomes IPv4 again. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  const [bare = '', zone] = address.split('%')
  if (isIP(bare) !== 6) return address
  const canonical = new SocketAddress({ address: bare, family: 'ipv6' }).address
  return zone === undefined ? canonical : `${canonical}%${zone}`
}

/** An address as Java's InetSocketAddress prints it: `/127.0.0.1:514`, `/[0:0:0:0:0:0:0:1]:514`. */
export function javaSocketAddress(address: string, port: number): string {
  const plain = plainAddress(address)
  if (isIP(plain) !== 6 || plain.includes('.')) return `/${plain}:${port}`
  const [bare = '', zone] = plain.split('%')
  const [head, tail] = bare.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const zeros = tail ? Array.from({ length: 8 - head!.length - tail.length }, () => '0') : []
  const groups = [...head!, ...zeros, ...(tail ?? [])].join(':')
  return `/[${zone === undefined ? groups : `${groups}%${zone}`}]:${port}`
}

/**
 * The address that a host name of a listener means, IPv4 first as in Java: `localhost` is 127.0.0.1.
 * @throws ComponentFailedError where there is none
 */
export async function addressOf(host: string): Promise<string> {
  if (isIP(host) !== 0) return host
  try {
    return (await lookup(host, { order: 'ipv4first' })).address
  } catch (cause) {
    throw new ComponentFailedError(`the host name ${host} has no address`, { cause })
  }
}
