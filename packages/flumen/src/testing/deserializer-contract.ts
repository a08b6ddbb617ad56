import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declaration, type Fields, typeNameOf } from '../component/kit.ts'
import type { Bytes, Decoded, EventDeserializer } from '../core/index.ts'
import { type ComponentCase, componentContract } from './component-contract.ts'
import { createForTest } from './harness.ts'

/** A file for the contract, and how many events it is. */
export interface DeserializerCase extends ComponentCase {
  readonly input: Bytes
  readonly events: number
}

/** An event that was decoded, as text, and where a tracker stands after it. */
export interface DecodedEvent {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** Offset in the input; undefined: within something that is decoded as a whole. */
  readonly end: number | undefined
}

/** All that became of an input. */
export interface DecodedInput {
  readonly events: readonly DecodedEvent[]
  readonly rejected: readonly (readonly [event: number, reason: string])[]
  /** Bytes that were consumed, and why no more were. */
  readonly consumed: number
  readonly problem: string | undefined
}

/** What every event deserializer promises; registers tests. */
export function deserializerContract<F extends Fields>(
  declaration: Declaration<'deserializer', F>,
  given: DeserializerCase,
): void {
  const name = `deserializer ${typeNameOf(declaration)}`
  const make = async (): Promise<EventDeserializer> =>
    (await createForTest(declaration, given.values, given.harness)).instance
  componentContract(declaration, given)

  test(`${name} gives the same events however its input is cut into chunks`, async () => {
    const whole = await decodeAll(await make(), given.input)
    assert.equal(whole.events.length, given.events)
    assert.equal(whole.problem, undefined)
    assert.equal(whole.consumed, given.input.length)
    for (const chunkBytes of [1, 2, 3, 7, 64, 1000]) {
      const { events, rejected } = await decodeAll(await make(), given.input, chunkBytes)
      assert.deepEqual([events, rejected], [whole.events, whole.rejected], `chunks of ${chunkBytes}`)
    }
  })

  test(`${name} says ends that rise, the last one where the input ends`, async () => {
    const { events } = await decodeAll(await make(), given.input, 50)
    const ends = events.flatMap(({ end }) => (end === undefined ? [] : [end]))
    assert.deepEqual(
      ends,
      ends.toSorted((one, other) => one - other),
    )
    assert.ok((ends.at(-1) ?? given.input.length) <= given.input.length)
  })

  test(`${name} goes on at any end that it said, if it says that it can`, async () => {
    const { events } = await decodeAll(await make(), given.input)
    for (const [index, { end }] of events.entries()) {
      if (!(await make()).seeks || end === undefined || end === given.input.length) continue
      const rest = await decodeAll(await make(), given.input.slice(end))
      assert.deepEqual(
        rest.events.map(({ body }) => body),
        events.slice(index + 1).map(({ body }) => body),
      )
    }
  })

  test(`${name} bears any bytes: it has a problem, or it is done, and takes its time from what is there`, async () => {
    let seed = 1
    const next = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(given.input).subarray(0, 1 + next(given.input.length))
      const damaged = Uint8Array.from(bytes)
      for (let flips = next(4); flips > 0; flips--) damaged[next(damaged.length)] = next(256)
      const { consumed, problem } = await decodeAll(await make(), damaged, 1 + next(200))
      assert.ok(problem !== undefined || consumed === damaged.length)
    }
  })
}

/** Decodes an input as a source does: what is not consumed is shown again, with more behind it. */
export async function decodeAll(
  deserializer: EventDeserializer,
  input: Bytes,
  chunkBytes = input.length || 1,
): Promise<DecodedInput> {
  const events: DecodedEvent[] = []
  const rejected: (readonly [number, string])[] = []
  let base = 0
  for (let to = Math.min(chunkBytes, input.length); ; ) {
    const last = to === input.length
    const chunk = Uint8Array.from(input.subarray(base, to))
    const decoded = await deserializer.decode(chunk, last)
    assert.equal(decoded.ends.length, decoded.batch.length)
    for (const { row, reason } of decoded.rejected ?? []) rejected.push([events.length + row, reason])
    events.push(...eventsOf(decoded, base))
    base += decoded.consumed
    if (decoded.problem !== undefined) return { events, rejected, consumed: base, problem: decoded.problem }
    if (last && base === input.length) return { events, rejected, consumed: base, problem: undefined }
    if (last && decoded.consumed === 0) throw new Error('nothing was consumed of the end, and there is no problem')
    if (!last) to = Math.min(to + chunkBytes, input.length)
  }
}

function eventsOf({ batch, ends }: Decoded, base: number): DecodedEvent[] {
  return Array.from({ length: batch.length }, (_, row) => {
    const end = ends[row] ?? -1
    return {
      body: Buffer.from(batch.body(row)).toString('latin1'),
      headers: Object.fromEntries(batch.headers(row)),
      end: end < 0 ? undefined : base + end,
    }
  })
}
