import { lookup, lookupService } from 'node:dns/promises'
import { hostname, networkInterfaces } from 'node:os'

export interface IpRule {
  readonly isAllowed: boolean
  readonly by: 'ip' | 'name'
  /** As it was written: `.` is itself, `*` any characters, `?` one. */
  readonly pattern: string
}

export type IpRules = { readonly rules: readonly IpRule[] } | { readonly wrong: string }

/** `allow:ip:10.*,deny:name:*.example.org`. */
export function parseIpRules(text: string): IpRules {
  const rules: IpRule[] = []
  for (const written of text.split(',')) {
    const [, flag, by, pattern] = /^(allow|deny):(ip|name):(.+)$/.exec(written.trim()) ?? []
    if (pattern === undefined) return { wrong: written.trim() }
    rules.push({ isAllowed: flag === 'allow', by: by === 'ip' ? 'ip' : 'name', pattern })
  }
  return { rules }
}

/** What a rule asks the network. */
export interface NameService {
  /** The name of an address, or the address itself where it has none. */
  nameOf(address: string): Promise<string>
  /** Whether the address is that of this machine. */
  isOwn(address: string): Promise<boolean>
}

/** The first rule that fits decides; who fits none is let in. Answers later only where a name has to be looked up. */
export function isAccepted(
  rules: readonly IpRule[],
  address: string,
  names: NameService = systemNames,
): boolean | Promise<boolean> {
  for (const [index, { by, pattern, isAllowed }] of rules.entries()) {
    if (by === 'name') return byName(rules.slice(index), address, names)
    if (fits(pattern, address)) return isAllowed
  }
  return true
}

async function byName(rules: readonly IpRule[], address: string, names: NameService): Promise<boolean> {
  let name: string | undefined
  for (const { by, pattern, isAllowed } of rules) {
    if (by === 'ip') {
      if (fits(pattern, address)) return isAllowed
      continue
    }
    if (pattern === 'localhost') {
      if (await names.isOwn(address)) return isAllowed
      continue
    }
    name ??= await names.nameOf(address)
    if (fits(pattern, name)) return isAllowed
  }
  return true
}

function fits(pattern: string, text: string): boolean {
  // Several stars are one: a pattern of many is slow.
  const parts = pattern.replaceAll(/\*+/g, '*').replaceAll(/[\\^$+()[\]{}|.]/g, '\\$&')
  return new RegExp(`^${parts.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text)
}

export const systemNames: NameService = {
  async nameOf(address) {
    try {
      return (await lookupService(address, 0)).hostname
    } catch {
      return address
    }
  },
  /** As Netty has it: 127.0.0.1 and the address of the machine's own name. */
  async isOwn(address) {
    if (address === '127.0.0.1') return true
    try {
      return (await lookup(hostname(), { order: 'ipv4first' })).address === address
    } catch {
      return Object.values(networkInterfaces()).some((each) => each?.some((one) => one.address === address))
    }
  },
}
