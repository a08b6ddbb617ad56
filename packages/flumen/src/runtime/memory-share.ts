import { totalmem } from 'node:os'
import type { AgentPlan } from '../component/plan.ts'

const least = 64 * 1024 ** 2

/**
 * Bytes that each channel which keeps its events in memory may hold unless its options say otherwise: a quarter of what
 * the process may have (a control group's limit counts), shared, at least 64 MiB each.
 */
export function memoryShare({ channels: all }: Pick<AgentPlan, 'channels'>): number {
  const channels = all.filter(({ declaration, options }) => declaration.sharesMemory?.(options)).length
  const constrained = process.constrainedMemory()
  const available = constrained > 0 && constrained < totalmem() ? constrained : totalmem()
  return Math.max(least, Math.floor(available / 4 / Math.max(1, channels)))
}
