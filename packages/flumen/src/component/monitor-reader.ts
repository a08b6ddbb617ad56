import { readComponent } from './component-reader.ts'
import type { MonitorPlan } from './plan.ts'
import type { PlanContext } from './plan-context.ts'

/** The section of an agent's monitoring; `-Dflume.monitoring.KEY=VALUE` is a key of it. */
export const monitoringSection = 'flumen.monitoring'

const usual = 'http'

/**
 * Who shows the agent's numbers: by HTTP on the default port unless something else is asked for, or `none`. An agent
 * inside a program has none unless it asks.
 */
export async function readMonitor(context: PlanContext): Promise<MonitorPlan | undefined> {
  const section = context.root.below(monitoringSection)
  const isAsked = context.reading.settings.below(section.prefix).length > 0
  if (!isAsked && (context.isEmbedded || !context.catalogue.entry('monitor', usual))) return undefined
  if (section.get('type')?.value.toLowerCase() === 'none') {
    context.leaveUnread(section.prefix)
    return undefined
  }
  const plan = await readComponent(context, 'monitor', section, 'monitoring', { otherwise: usual })
  return plan && { ...plan, isAsked }
}
