import { type Column, EventBatch, type Part } from '../../core/index.ts'

export type ConstantColumn = Extract<Column, { kind: 'constant' }>

/**
 * The batch with one value of a header in all rows.
 * @param preserveExisting a row that has the header, be it empty, keeps its own
 */
export function addHeader(
  batch: EventBatch,
  name: string,
  column: ConstantColumn,
  preserveExisting: boolean,
): EventBatch {
  if (!preserveExisting) return batch.withHeader(name, column)
  return changeParts(batch, (part) => {
    const existing = existingHeader(part, name)
    if (existing === 'all') return part
    if (existing === 'none') return part.withHeader(name, column)
    return part.withHeader(name, { kind: 'list', values: existing.map((value) => value ?? column.value) })
  })
}

/** Whether all rows of a part have a header, or none, or what each of them has. */
export function existingHeader(part: Part, name: string): 'all' | 'none' | readonly (string | undefined)[] {
  for (const [known, column] of part.columns) {
    if (known !== name) continue
    if (column.kind === 'constant') return 'all'
    return column.values.includes(undefined) ? column.values : 'all'
  }
  const { rare } = part
  if (!rare?.some((headers) => headers?.has(name))) return 'none'
  return rare.map((headers) => headers?.get(name))
}

/** The batch itself where no part changes. */
export function changeParts(batch: EventBatch, change: (part: Part) => Part): EventBatch {
  let changed = false
  const parts = batch.parts.map((part) => {
    const next = change(part)
    if (next !== part) changed = true
    return next
  })
  return changed ? new EventBatch(parts) : batch
}
