import type { Part } from '../core/index.ts'
import { javaHashMapOrder } from './java-hash-map.ts'

export type HeaderPair = readonly [name: string, value: string]

/** More columns than bits of a presence mask: such parts are ordered row by row. */
const mostColumns = 30

/**
 * The headers of each row in the order in which Java walks Flume's HashMap of them. Rows of a part whose headers are
 * all constant get the same list: who keeps what was made of the last list need not make it again.
 */
export function javaOrderedHeaders(part: Part): (row: number) => readonly HeaderPair[] {
  const { columns, rare } = part
  if (rare === undefined && columns.every(([, column]) => column.kind === 'constant')) {
    const pairs = ordered(part.headers(0))
    return () => pairs
  }
  if (columns.length > mostColumns) return (row) => ordered(part.headers(row))
  const orders = new Map<number, readonly number[]>()
  return (row) => (rare?.[row] === undefined ? pairsOf(part, row, orders) : ordered(part.headers(row)))
}

/** As Java prints a map: `{k=v, k2=v2}`. */
export function javaMapText(pairs: readonly HeaderPair[]): string {
  let text = '{'
  for (const [name, value] of pairs) text += `${text.length === 1 ? '' : ', '}${name}=${value}`
  return `${text}}`
}

function ordered(headers: ReadonlyMap<string, string>): readonly HeaderPair[] {
  if (headers.size < 2) return [...headers]
  return javaHashMapOrder([...headers.keys()]).map((name) => [name, headers.get(name)!])
}

/** @param orders of the columns that a row has (a bit each), their numbers in Java's order */
function pairsOf(part: Part, row: number, orders: Map<number, readonly number[]>): readonly HeaderPair[] {
  const { columns } = part
  let present = 0
  for (let index = 0; index < columns.length; index++)
    if (valueAt(part, index, row) !== undefined) present |= 1 << index
  let order = orders.get(present)
  if (!order) {
    const numbers = columns.map((_column, index) => index).filter((index) => (present & (1 << index)) !== 0)
    const byName = new Map(numbers.map((index) => [columns[index]![0], index]))
    order = javaHashMapOrder([...byName.keys()]).map((name) => byName.get(name)!)
    orders.set(present, order)
  }
  return order.map((index) => [columns[index]![0], valueAt(part, index, row)!])
}

function valueAt(part: Part, index: number, row: number): string | undefined {
  const column = part.columns[index]![1]
  return column.kind === 'constant' ? column.value : column.values[row]
}
