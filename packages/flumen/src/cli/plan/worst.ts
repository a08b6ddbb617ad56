import { type Hop, hopsOf, useOf } from './bottleneck.ts'
import { type Loads, loadsOf } from './loads.ts'
import { type Load, type Network, nothing } from './network.ts'
import { scenariosOf } from './scenario.ts'

const parts = ['sources', 'into', 'sinks'] as const

/** The most that each part carries in any scenario, that in which all is well included. */
export interface Worst extends Pick<Loads, (typeof parts)[number]> {
  /** Places that carry the rates while all is well, and not when a neighbour is down; as they are then. */
  readonly overloads: readonly Hop[]
}

/** @param usual the loads while all is well */
export function worstOf(network: Network, usual: Loads): Worst {
  const most = { sources: new Map(usual.sources), into: new Map(usual.into), sinks: new Map(usual.sinks) }
  const full = hopsOf(network, usual).filter((hop) => useOf(hop) > 1)
  const known = new Set(full.map(keyOf))
  const overloads = new Map<string, Hop>()
  for (const scenario of scenariosOf(network)) {
    const loads = loadsOf(network, { scenario })
    for (const part of parts) raise(most[part], loads[part])
    for (const hop of hopsOf(network, loads, scenario)) {
      const before = overloads.get(keyOf(hop))
      const isWorse = useOf(hop) > (before ? useOf(before) : 1)
      if (isWorse && !known.has(keyOf(hop))) overloads.set(keyOf(hop), hop)
    }
  }
  return { ...most, overloads: [...overloads.values()] }
}

function raise(most: Map<string, Load>, loads: ReadonlyMap<string, Load>): void {
  for (const [id, load] of loads) if (load.events > (most.get(id) ?? nothing).events) most.set(id, load)
}

function keyOf({ kind, id }: Hop): string {
  return `${kind} ${id}`
}
