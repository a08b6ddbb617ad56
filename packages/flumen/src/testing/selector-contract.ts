import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declaration, type Fields, typeNameOf } from '../component/kit.ts'
import type { ChannelSelector, EventBatch } from '../core/index.ts'
import { type ComponentCase, componentContract } from './component-contract.ts'
import { createForTest } from './harness.ts'
import { sampleBatches } from './sample-batches.ts'

export interface SelectorCase extends ComponentCase {
  /** Its choice depends on what came before (round robin), or on chance. */
  readonly stateful?: boolean
}

/** What every channel selector promises; registers tests. The source has the channels of the harness, or c1 to c3. */
export function selectorContract<F extends Fields>(
  declaration: Declaration<'selector', F>,
  given: SelectorCase = {},
): void {
  const name = `selector ${typeNameOf(declaration)}`
  const harness = { channels: ['c1', 'c2', 'c3'], ...given.harness }
  componentContract(declaration, { ...given, harness })

  test(`${name} names a channel at most once for a row, by a number that the source has`, async () => {
    const { instance } = await createForTest(declaration, given.values, harness)
    for (const batch of sampleBatches()) {
      for (const targets of targetsOfRows(instance, batch)) {
        const channels = targets.map(({ channel }) => channel)
        assert.equal(new Set(channels).size, channels.length)
        for (const channel of channels)
          assert.ok(Number.isInteger(channel) && channel >= 0 && channel < harness.channels.length)
      }
    }
  })

  test(`${name} names rows of the batch, ascending, and leaves the batch as it was`, async () => {
    const { instance } = await createForTest(declaration, given.values, harness)
    for (const batch of sampleBatches()) {
      const before = [...batch]
      for (const { rows } of instance.select(batch)) {
        const numbers = [...(rows ?? [])]
        assert.deepEqual(
          numbers,
          [...new Set(numbers)].sort((one, other) => one - other),
        )
        assert.ok(numbers.every((row) => row < batch.length))
      }
      assert.deepEqual([...batch], before)
    }
  })

  if (given.stateful) return
  test(`${name} routes a batch as it routes its rows one by one`, async () => {
    const { instance } = await createForTest(declaration, given.values, harness)
    for (const batch of sampleBatches()) {
      const alone = Array.from(
        { length: batch.length },
        (_, row) => targetsOfRows(instance, batch.slice(row, row + 1))[0],
      )
      assert.deepEqual(targetsOfRows(instance, batch), alone)
    }
  })
}

interface Targeted {
  readonly channel: number
  readonly required: boolean
}

function targetsOfRows(selector: ChannelSelector, batch: EventBatch): readonly (readonly Targeted[])[] {
  const targets: Targeted[][] = Array.from({ length: batch.length }, () => [])
  for (const { channel, required, rows } of selector.select(batch)) {
    for (const row of rows ?? targets.keys()) targets[row]!.push({ channel, required })
  }
  return targets.map((each) => each.sort((one, other) => one.channel - other.channel))
}
