import type { Bytes } from '../../core/index.ts'
import { AvroEncoder } from '../avro-container-encoder.ts'
import { AvroDataError, type AvroInput } from './avro-data.ts'
import type { AvroType } from './avro-schema.ts'

const deepest = 200
/** Types that are looked at in one datum, beside so many for each of its bytes: a type may hold others twice, 40 deep. */
const mostSteps = 10_000
const stepsPerByte = 4
/** Items that take no bytes: any number of them could be said to be there. */
const mostEmptyItems = 1000

/**
 * Passes one datum. @returns whether Java would write it otherwise: an array or a map in several blocks, or in one that
 * says its length
 * @throws AvroDataError where the bytes are none of this type
 */
export function skipDatum(type: AvroType, input: AvroInput): boolean {
  const walk = new Walk(input)
  walk.datum(type, undefined, 0)
  return walk.isBlocked
}

/** One datum as Java writes it, each array and map as one block. */
export function plainDatum(type: AvroType, input: AvroInput): Bytes {
  const out = new AvroEncoder(256)
  new Walk(input).datum(type, out, 0)
  return out.encoded
}

class Walk {
  readonly #input: AvroInput
  isBlocked = false
  #stepsLeft: number

  constructor(input: AvroInput) {
    this.#input = input
    this.#stepsLeft = mostSteps + stepsPerByte * (input.end - input.at)
  }

  datum(type: AvroType, out: AvroEncoder | undefined, depth: number): void {
    const input = this.#input
    if (this.#stepsLeft-- <= 0) throw new AvroDataError('a record has too many members for its bytes')
    if (depth > deepest) throw new AvroDataError(`a record is nested deeper than ${deepest}`)
    if (type.kind === 'record') {
      for (const field of type.fields) this.datum(field, out, depth + 1)
    } else if (type.kind === 'array' || type.kind === 'map') this.#blocks(type, out, depth)
    else {
      const from = input.at
      const branch = this.#scalar(type)
      out?.raw(input.bytes.subarray(from, input.at))
      if (branch) this.datum(branch, out, depth + 1)
    }
  }

  /** @returns for a union: what follows its number */
  #scalar(type: Exclude<AvroType, { kind: 'record' | 'array' | 'map' }>): AvroType | undefined {
    const input = this.#input
    switch (type.kind) {
      case 'null':
        return undefined
      case 'boolean':
        input.skip(1)
        return undefined
      case 'number':
        input.skipLong()
        return undefined
      case 'float':
        input.skip(4)
        return undefined
      case 'double':
        input.skip(8)
        return undefined
      case 'text':
        input.skip(input.length())
        return undefined
      case 'fixed':
        input.skip(type.size)
        return undefined
      case 'enum':
        this.#index(type.symbols, 'symbols')
        return undefined
      case 'union':
        return type.branches[this.#index(type.branches.length, 'branches')]
    }
  }

  #index(count: number, what: string): number {
    const index = this.#input.long()
    if (index < 0 || index >= count) throw new AvroDataError(`${index} is none of ${count} ${what}`)
    return index
  }

  #blocks(type: Extract<AvroType, { kind: 'array' | 'map' }>, out: AvroEncoder | undefined, depth: number): void {
    const input = this.#input
    const items = out && new AvroEncoder(256)
    let total = 0
    for (let blocks = 0; ; blocks++) {
      let count = input.long()
      if (count === 0) break
      if (count < 0 || blocks > 0) this.isBlocked = true
      if (count < 0) {
        count = -count
        input.length()
      }
      this.#items(type, count, items, depth)
      total += count
    }
    if (!out || !items) return
    if (total > 0) out.long(total)
    out.raw(items.encoded)
    out.long(0)
  }

  #items(
    { kind, items }: Extract<AvroType, { kind: 'array' | 'map' }>,
    count: number,
    out: AvroEncoder | undefined,
    depth: number,
  ): void {
    const from = this.#input.at
    for (let item = 0; item < count; item++) {
      if (kind === 'map') this.datum({ kind: 'text' }, out, depth)
      this.datum(items, out, depth + 1)
      if (item >= mostEmptyItems && this.#input.at === from) throw new AvroDataError(`${count} items have no bytes`)
    }
  }
}
