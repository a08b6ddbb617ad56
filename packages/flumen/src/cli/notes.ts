import type { Catalogue } from '../component/catalogue.ts'
import type { AgentPlan, ComponentPlan } from '../component/plan.ts'
import type { Problems } from '../config/problem.ts'
import { memoryShare } from '../runtime/memory-share.ts'
import type { PlannedAgent } from './configuration.ts'

/** What `check` says beside problems: how much memory channels may take, which components are a third party's. */
export function addNotes({ plan, settings, problems }: PlannedAgent, catalogue: Catalogue): void {
  noteMemory(plan, problems)
  for (const component of componentsOf(plan)) {
    const type = settings.get(`${component.key}.type`)
    if (!type || catalogue.entry(component.declaration.kind, type.value)) continue
    problems.note(
      type.place,
      type.key,
      `${type.value} is a plugin: ${component.declaration.summary}`,
      'nothing to mend',
    )
  }
}

/** A channel whose bytes are not limited by its own options gets a share of the process's memory. */
function noteMemory(plan: AgentPlan, problems: Problems): void {
  const share = memoryShare(plan.channels.length)
  for (const { declaration, options, place, key, name } of plan.channels) {
    if (!('byteCapacity' in declaration.fields) || (options as { byteCapacity?: number }).byteCapacity) continue
    const message = `channel ${name} may hold up to ${mebibytes(share)} in memory`
    problems.note(place, key, message, `set ${key}.byteCapacity for another limit`)
  }
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
