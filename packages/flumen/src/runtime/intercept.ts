import { EventBatch, type Interceptor, messageOf } from '../core/index.ts'
import type { DeadLetter } from './dead-letters.ts'

/**
 * Runs the chain over a slice. An interceptor that throws is asked row by row, and the rows that make it throw are
 * rejected with its message: one poisonous event stops nothing (in Flume it stops the source).
 * @param letters gets the rejected rows as the interceptor that rejected them saw them
 */
export function intercept(interceptors: readonly Interceptor[], slice: EventBatch, letters: DeadLetter[]): EventBatch {
  let batch = slice
  for (const interceptor of interceptors) {
    if (batch.length === 0) break
    batch = pass(interceptor, batch, letters)
  }
  return batch
}

function pass(interceptor: Interceptor, batch: EventBatch, letters: DeadLetter[]): EventBatch {
  const before = letters.length
  try {
    return interceptor.intercept(batch, (row, reason) => letters.push({ batch, row, reason }))
  } catch (error) {
    letters.length = before
    if (batch.length === 1) {
      letters.push({ batch, row: 0, reason: `interceptor failed: ${messageOf(error)}` })
      return EventBatch.empty
    }
  }
  const rows = Array.from({ length: batch.length }, (_, row) => pass(interceptor, batch.slice(row, row + 1), letters))
  return EventBatch.join(rows.filter((row) => row.length > 0))
}
