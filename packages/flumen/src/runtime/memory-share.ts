import { totalmem } from 'node:os'

const least = 64 * 1024 ** 2

/**
 * Bytes that each of so many channels may hold in memory unless its options say otherwise: a quarter of what the process
 * may have (a control group's limit counts), shared, at least 64 MiB each.
 */
export function memoryShare(channels: number): number {
  const constrained = process.constrainedMemory()
  const available = constrained > 0 && constrained < totalmem() ? constrained : totalmem()
  return Math.max(least, Math.floor(available / 4 / Math.max(1, channels)))
}
