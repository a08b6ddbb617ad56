import { didYouMean } from '../../config/did-you-mean.ts'
import type { ParsedArguments } from '../arguments.ts'
import {
  type Limit,
  parseCount,
  parseLimit,
  parseRate,
  parseRoom,
  parseShares,
  parseTime,
  type Rate,
} from './values.ts'

/** What there is to say something about: ids, `agent.component`, and names of agents. */
export interface Names {
  readonly agents: readonly string[]
  readonly sources: readonly string[]
  readonly channels: readonly string[]
  readonly sinks: readonly string[]
}

/** What the command line says about the world, by id or by name of the agent. */
export interface Assumptions {
  readonly rates: ReadonlyMap<string, Rate>
  readonly limits: ReadonlyMap<string, Limit>
  /** Of a source: by name of the channel. */
  readonly shares: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** Instances of agents. */
  readonly counts: ReadonlyMap<string, number>
  /** Host names and addresses that sinks call an agent. */
  readonly hosts: ReadonlyMap<string, readonly string[]>
  /** Free bytes on the disks of channels. */
  readonly disks: ReadonlyMap<string, number>
  readonly outageSeconds: number | undefined
}

/** Reads what is given about the named things; everything that is wrong with it becomes a complaint. */
export function assumptionsOf(given: ParsedArguments, names: Names, complaints: string[]): Assumptions {
  const reader = new Reader(given, complaints)
  const places = [...names.sources, ...names.sinks]
  const outage = given.value('outage')
  const outageMs = outage === undefined ? undefined : parseTime(outage)
  if (outage !== undefined && outageMs === undefined)
    complaints.push(`--outage ${outage}: write a time, such as 90m or 1h`)
  const shares = reader.each('share', names.sources, parseShares, 'parts of its channels, such as c1:80%,c2:20%')
  return {
    rates: reader.each(
      'rate',
      names.sources,
      parseRate,
      'a rate, such as 5000/s, or 5000/sx300 with the bytes of an event',
    ),
    limits: reader.each(
      'limit',
      places,
      parseLimit,
      'a rate, such as 2000/s, or the time that a batch takes, such as 20ms',
    ),
    shares,
    counts: reader.each('count', names.agents, parseCount, 'a whole number from 1'),
    hosts: reader.several('host', names.agents),
    disks: reader.each('disk', names.channels, parseRoom, 'what is free on its disk, such as 100GiB'),
    outageSeconds: outageMs === undefined ? undefined : outageMs / 1000,
  }
}

class Reader {
  readonly #given: ParsedArguments
  readonly #complaints: string[]

  constructor(given: ParsedArguments, complaints: string[]) {
    this.#given = given
    this.#complaints = complaints
  }

  each<T>(
    option: string,
    ids: readonly string[],
    parse: (text: string) => T | undefined,
    what: string,
  ): ReadonlyMap<string, T> {
    const found = new Map<string, T>()
    for (const [id, text, written] of this.#pairs(option, ids, what)) {
      const value = parse(text)
      if (value === undefined) this.#complaints.push(`--${option} ${written}: "${text}" is not ${what}`)
      else if (found.has(id))
        this.#complaints.push(`--${option} ${written}: ${id} has one already; leave one of them out`)
      else found.set(id, value)
    }
    return found
  }

  several(option: string, ids: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>()
    for (const [id, text] of this.#pairs(option, ids, 'a host name or address')) {
      found.set(id, [...(found.get(id) ?? []), ...text.split(',').map((each) => each.trim())])
    }
    return found
  }

  *#pairs(
    option: string,
    ids: readonly string[],
    what: string,
  ): Iterable<readonly [id: string, text: string, written: string]> {
    for (const written of this.#given.values(option)) {
      const at = written.indexOf('=')
      if (at <= 0) {
        this.#complaints.push(`--${option} ${written}: write NAME=VALUE, where the value is ${what}`)
        continue
      }
      const id = this.#idOf(written.slice(0, at).trim(), ids, `--${option} ${written}`)
      if (id !== undefined) yield [id, written.slice(at + 1).trim(), written]
    }
  }

  /** The agent's name may be left out where only one thing has the name. */
  #idOf(name: string, ids: readonly string[], written: string): string | undefined {
    if (ids.includes(name)) return name
    const same = ids.filter((id) => id.slice(id.indexOf('.') + 1) === name)
    if (same.length === 1) return same[0]
    const near =
      same.length === 0 ? didYouMean(name, [...ids, ...ids.map((id) => id.slice(id.indexOf('.') + 1))]) : undefined
    const known = ids.length === 0 ? 'there is none' : `there ${ids.length === 1 ? 'is' : 'are'} ${listed(ids)}`
    const hint = same.length > 1 ? `say which: ${listed(same)}` : near === undefined ? known : `did you mean ${near}?`
    this.#complaints.push(`${written}: ${same.length > 1 ? 'several have' : 'nothing has'} the name ${name}; ${hint}`)
    return undefined
  }
}

const mostListed = 8

/** `a, b, c and 4 more`. */
export function listed(names: readonly string[]): string {
  if (names.length <= mostListed) return names.join(', ')
  return `${names.slice(0, mostListed).join(', ')} and ${names.length - mostListed} more`
}
