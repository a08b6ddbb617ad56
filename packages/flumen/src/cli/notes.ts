import type { Catalogue } from '../component/catalogue.ts'
import type { AgentPlan, ComponentPlan } from '../component/plan.ts'
import { memoryShare } from '../runtime/memory-share.ts'
import type { PlannedAgent } from './configuration.ts'

/**
 * What `check` says on standard error beside the problems, where nothing has to be mended: how much memory channels may
 * take, what they lose, which components are a third party's.
 */
export function factsOf({ plan, settings }: PlannedAgent, catalogue: Catalogue): readonly string[] {
  const facts = [...memoryFacts(plan), ...lossFacts(plan)]
  for (const component of componentsOf(plan)) {
    const type = settings.get(`${component.key}.type`)
    if (!type || catalogue.entry(component.declaration.kind, type.value)) continue
    facts.push(`${type.key}: ${type.value} is a plugin: ${component.declaration.summary}`)
  }
  return facts
}

/** A channel whose bytes are not limited by its own options gets a share of the process's memory. */
function memoryFacts(plan: AgentPlan): string[] {
  const share = memoryShare(plan)
  return plan.channels
    .filter(({ declaration, options }) => 'byteCapacity' in declaration.fields && declaration.sharesMemory?.(options))
    .map(({ key }) => `${key} may hold up to ${mebibytes(share)} in memory; set ${key}.byteCapacity for another limit`)
}

function lossFacts({ channels }: AgentPlan): string[] {
  return channels.flatMap(({ key, declaration, options }) => {
    const loss = declaration.mayLose?.(options)
    return loss ? [`${key}: ${loss}`] : []
  })
}

function componentsOf({ sources, channels, groups }: AgentPlan): readonly ComponentPlan[] {
  return [
    ...sources.flatMap((source): readonly ComponentPlan[] => [source, ...source.interceptors, source.selector]),
    ...channels,
    ...groups.flatMap(({ sinks, processor }): readonly ComponentPlan[] => (processor ? [...sinks, processor] : sinks)),
  ]
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2)} MiB`
}
