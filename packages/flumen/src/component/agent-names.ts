import type { Settings } from '../config/settings.ts'

/** Names of the agents that the settings are about: whatever stands before a first dot. */
export function agentNames(settings: Settings): readonly string[] {
  const names = new Set<string>()
  for (const key of keysOf(settings)) if (key.indexOf('.') > 0) names.add(key.slice(0, key.indexOf('.')))
  return [...names]
}

/**
 * The agents of a configuration. One needs channels and something that uses them; where none is whole, the names with
 * most lists count, so that what they lack can be said.
 */
export function agentsOf(settings: Settings): readonly string[] {
  const lists = new Map<string, Set<string>>()
  for (const key of keysOf(settings)) {
    const [, agent, list] = /^([^.]+)\.(channels|sources|sinks)$/.exec(key) ?? []
    if (agent !== undefined && list !== undefined) lists.set(agent, (lists.get(agent) ?? new Set()).add(list))
  }
  const whole = [...lists].filter(([, own]) => own.has('channels') && own.size > 1)
  if (whole.length > 0) return whole.map(([name]) => name)
  const most = [...lists.values()].reduce((least, own) => Math.max(least, own.size), 0)
  return most === 0 ? agentNames(settings) : [...lists].filter(([, own]) => own.size === most).map(([name]) => name)
}

function* keysOf(settings: Settings): Iterable<string> {
  for (const { key } of settings) yield key
  yield* settings.impliedKeys
}
