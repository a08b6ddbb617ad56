import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declaration, type Fields, typeNameOf } from '../component/kit.ts'
import { batchOfOne, EventDeliveryError, EventRejectedError, type SinkProcessor } from '../core/index.ts'
import { type ComponentCase, componentContract } from './component-contract.ts'
import { createForTest } from './harness.ts'
import { ManualClock } from './manual-clock.ts'

const batch = batchOfOne(Buffer.from('event'))
const none: ReadonlySet<string> = new Set()

/** What every sink processor promises; registers tests. The group has the sinks of the harness, or k1 to k3. */
export function processorContract<F extends Fields>(
  declaration: Declaration<'processor', F>,
  given: ComponentCase = {},
): void {
  const name = `processor ${typeNameOf(declaration)}`
  const sinks = given.harness?.sinks ?? ['k1', 'k2', 'k3']
  const clock = new ManualClock()
  const make = async (): Promise<SinkProcessor> =>
    (await createForTest(declaration, given.values, { ...given.harness, sinks, clock })).instance
  componentContract(declaration, { ...given, harness: { ...given.harness, sinks } })

  test(`${name} never waits while its sinks work`, async () => {
    const processor = await make()
    for (let round = 0; round < 50; round++) {
      const sink = processor.pick(batch, none)
      assert.ok(typeof sink === 'string' && sinks.includes(sink))
      processor.succeeded(sink)
    }
  })

  test(`${name} picks each sink at most once in a round, and one again when its wait is over`, async () => {
    const processor = await make()
    for (let round = 0; round < 40; round++) {
      const { tried, waitMs } = failAll(processor)
      assert.ok(round > 0 || tried.size === sinks.length)
      assert.ok(Number.isFinite(waitMs) && waitMs >= 0)
      await clock.advance(waitMs)
      assert.equal(typeof processor.pick(batch, none), 'string')
    }
  })

  test(`${name} does not hold it against a sink that a batch was refused for good`, async () => {
    const processor = await make()
    for (const sink of sinks) processor.failed(sink, new EventRejectedError('bad rows'))
    assert.equal(typeof processor.pick(batch, none), 'string')
  })

  test(`${name} sets no timer`, async () => {
    failAll(await make())
    assert.equal(clock.pending, 0)
  })

  test(`${name} bears failures that are no errors of Flumen, and sinks that it does not know`, async () => {
    const processor = await make()
    processor.failed(sinks[0]!, undefined as never)
    processor.failed('no such sink', new EventDeliveryError('down'))
    processor.succeeded('no such sink')
  })

  function failAll(processor: SinkProcessor): { readonly tried: ReadonlySet<string>; readonly waitMs: number } {
    const tried = new Set<string>()
    for (;;) {
      const picked = processor.pick(batch, tried)
      if (typeof picked !== 'string') {
        assert.ok('waitMs' in picked, 'a batch of one row has no share')
        return { tried, waitMs: picked.waitMs }
      }
      assert.ok(!tried.has(picked))
      tried.add(picked)
      processor.failed(picked, new EventDeliveryError('down'))
    }
  }
}
