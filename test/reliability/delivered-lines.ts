import type { EventBatch } from '../../packages/flumen/src/core/index.ts'

/** Lines of the ledger of a sink, as the oracle reads them. */
export function deliveredLines(batch: EventBatch): string[] {
  return Array.from({ length: batch.length }, (_, row) => {
    const headers = Array.from(batch.headers(row), ([name, value]) => `${name}=${value}`)
    return `${headers.sort().reverse().join(' ')}\t${batch.text(row)}`
  })
}
