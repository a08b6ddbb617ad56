import type { Declaration, Fields } from '../component/kit.ts'
import { type Bytes, createEvent, type EventBatch } from '../core/index.ts'
import { createForTest } from './harness.ts'
import { ManualClock } from './manual-clock.ts'
import { batchOfOnePart } from './sample-batches.ts'

/** What an interceptor made of rows: their headers, and which it rejected. */
export interface ParsedLines {
  readonly headers: readonly Readonly<Record<string, string>>[]
  readonly rejected: readonly (readonly [row: number, reason: string])[]
  readonly batch: EventBatch
}

export type ParseLines = (lines: readonly (string | Bytes)[]) => ParsedLines

/** An interceptor as a function from bodies to headers, for the tests of those that parse. */
export async function parseLines<F extends Fields>(
  declaration: Declaration<'interceptor', F>,
  values: Readonly<Record<string, string>> = {},
  clock: ManualClock = new ManualClock(),
): Promise<ParseLines> {
  const { instance } = await createForTest(declaration, values, { clock })
  return (lines) => {
    const rejected: [number, string][] = []
    const batch = instance.intercept(batchOfOnePart(lines.map((line) => createEvent(line))), (row, reason) =>
      rejected.push([row, reason]),
    )
    return { headers: Array.from(batch, ({ headers }) => Object.fromEntries(headers)), rejected, batch }
  }
}
