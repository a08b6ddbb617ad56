import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declaration, type Fields, typeNameOf } from '../component/kit.ts'
import { type Bytes, batchOf, EventBatch, type EventSerializer } from '../core/index.ts'
import { type ComponentCase, componentContract } from './component-contract.ts'
import { createForTest } from './harness.ts'
import { sampleBatches } from './sample-batches.ts'

/** What every event serializer promises; registers tests. */
export function serializerContract<F extends Fields>(
  declaration: Declaration<'serializer', F>,
  given: ComponentCase = {},
): void {
  const name = `serializer ${typeNameOf(declaration)}`
  componentContract(declaration, given)

  test(`${name} writes nothing for an empty batch`, async () => {
    const serializer = await make(declaration, given)
    serializer.begin()
    assert.equal((await serialized(serializer, EventBatch.empty)).length, 0)
  })

  test(`${name} gives a batch the same bytes whatever parts it is made of`, async () => {
    const serializer = await make(declaration, given)
    serializer.begin()
    for (const batch of sampleBatches()) {
      assert.deepEqual(await serialized(serializer, batch), await serialized(serializer, batchOf(batch)))
    }
  })

  test(`${name} keeps nothing of a batch after its flush, so that one whose bytes were lost can be written again`, async () => {
    const serializer = await make(declaration, given)
    serializer.begin()
    for (const batch of sampleBatches()) {
      const first = await serialized(serializer, batch)
      for (const other of sampleBatches()) await serialized(serializer, other)
      assert.deepEqual(await serialized(serializer, batch), first)
    }
  })

  test(`${name} leaves the batch as it was, and never writes again what it gave away`, async () => {
    const serializer = await make(declaration, given)
    const givenAway: (readonly [Bytes, Bytes])[] = []
    const watch = (bytes: Bytes | undefined): void => {
      if (bytes) givenAway.push([bytes, bytes.slice()])
    }
    watch(serializer.begin())
    for (const batch of sampleBatches()) {
      const before = [...batch]
      serializer.write(batch, watch)
      watch(await serializer.flush())
      assert.deepEqual([...batch], before)
    }
    watch(serializer.end())
    for (const [now, then] of givenAway) assert.deepEqual(now, then)
  })

  test(`${name} has a file of its own for each instance`, async () => {
    const [one, other] = [await make(declaration, given), await make(declaration, given)]
    const batch = sampleBatches().at(-1)!
    one.begin()
    one.write(batch, () => undefined)
    other.begin()
    assert.equal((await serialized(other, EventBatch.empty)).length, 0)
  })
}

/** All that a serializer gives for a batch, flush included. */
export async function serialized(serializer: EventSerializer, batch: EventBatch): Promise<Buffer> {
  const chunks: Bytes[] = []
  serializer.write(batch, (bytes) => chunks.push(bytes))
  const last = await serializer.flush()
  if (last) chunks.push(last)
  return Buffer.concat(chunks)
}

async function make<F extends Fields>(
  declaration: Declaration<'serializer', F>,
  given: ComponentCase,
): Promise<EventSerializer> {
  return (await createForTest(declaration, given.values, given.harness)).instance
}
