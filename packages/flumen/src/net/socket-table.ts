import { readFile } from 'node:fs/promises'
import { SocketAddress } from 'node:net'
import { endianness } from 'node:os'
import { plainAddress } from './address.ts'

export type Protocol = 'tcp' | 'udp'

/** A row of Linux's table of sockets. */
export interface SocketRow {
  /** As `plainAddress` writes it; `0.0.0.0` or `::` for all addresses. */
  readonly address: string
  readonly port: number
  /** TCP waits for connections in it. A UDP socket has no such state. */
  readonly isListening: boolean
  readonly inode: string
  /** Datagrams that the kernel threw away because the socket's buffer was full; 0 for TCP. */
  readonly drops: number
}

/** A row of TCP has more, the last of them are no drops. */
const udpColumns = 13

/** The sockets of this machine (of this network namespace); empty where there is no /proc. */
export async function socketTable(protocol: Protocol): Promise<readonly SocketRow[]> {
  const tables = await Promise.all([protocol, `${protocol}6`].map((name) => readTable(`/proc/net/${name}`)))
  return tables.flatMap(parseSocketTable)
}

/** Rows of the text of /proc/net/tcp, tcp6, udp or udp6; a line that is none is left out. */
export function parseSocketTable(text: string): readonly SocketRow[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const columns = line.trim().split(/\s+/)
      const [, local = '', , state, , , , , , inode] = columns
      const [hex = '', port = ''] = local.split(':')
      if (inode === undefined || !/^(?:[\dA-F]{8}|[\dA-F]{32})$/.test(hex)) return []
      return [
        {
          address: parseAddress(hex),
          port: Number.parseInt(port, 16),
          isListening: state === '0A',
          inode,
          drops: columns.length === udpColumns ? Number(columns.at(-1)) : 0,
        },
      ]
    })
}

/** Whether two sockets with the same port cannot be there at once: one of them has all addresses, or they are equal. */
export function addressesOverlap(one: string, other: string): boolean {
  return one === other || isWildcard(one) || isWildcard(other)
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::'
}

/** The kernel prints an address as 32-bit words, each in the byte order of the machine. */
function parseAddress(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  if (endianness() === 'LE') bytes.swap32()
  if (bytes.length === 4) return bytes.join('.')
  const groups = bytes.toString('hex').match(/.{4}/g)!
  return plainAddress(new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address)
}

async function readTable(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1')
  } catch {
    return ''
  }
}
