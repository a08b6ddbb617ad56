import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declaration, type Fields, typeNameOf } from '../component/kit.ts'
import { type Bytes, type Delivery, EventBatch, type Sink, verdictOf } from '../core/index.ts'
import { type ComponentCase, componentContract } from './component-contract.ts'
import { createForTest, type Harness, readForTest } from './harness.ts'
import { ManualClock } from './manual-clock.ts'
import { sampleBatches } from './sample-batches.ts'

/** Where a sink of a test delivers to. */
export interface SinkDestination {
  /** Options that lead there; they are put over those of the case. */
  readonly values?: Readonly<Record<string, string>>
  /** The bodies that have arrived, one after the other without anything between; asked after the sink has stopped. */
  arrived(harness: Harness<'sink'>): Bytes | Promise<Bytes>
  remove?(): Promise<void>
}

/** A destination that can be made to fail. */
export interface FailingDestination extends SinkDestination {
  /** From now on deliveries fail. Called when the sink has started and has not delivered anything. */
  fail(): Promise<void>
  mend(): Promise<void>
}

export interface SinkCase extends ComponentCase {
  /** Makes a new destination for each test; a sink without one (null) is only started and stopped, and given events. */
  readonly destination?: () => SinkDestination | Promise<SinkDestination>
  readonly failing?: () => FailingDestination | Promise<FailingDestination>
}

/** What every sink promises; registers tests. */
export function sinkContract<F extends Fields>(declaration: Declaration<'sink', F>, given: SinkCase = {}): void {
  const name = `sink ${typeNameOf(declaration)}`
  componentContract(declaration, given)
  limitsContract(name, declaration, given)
  lifeContract(name, declaration, given)
  deliveryContract(name, declaration, given)
  outageContract(name, declaration, given)
}

/** A delivery as the runner makes it. */
export function deliveryForTest(signal: AbortSignal = new AbortController().signal, attempt = 1): Delivery {
  return { attempt, signal }
}

function limitsContract<F extends Fields>(name: string, declaration: Declaration<'sink', F>, given: SinkCase): void {
  test(`${name} asks for batches of at least one event and one byte, and check knows how many events`, async () => {
    await withSink(declaration, given, async ({ instance }, values) => {
      const { events, bytes, lingerMs, inFlight } = instance.limits
      assert.ok(Number.isSafeInteger(events) && events >= 1, `events ${events}`)
      assert.ok(bytes >= 1 && lingerMs >= 0 && Number.isSafeInteger(inFlight) && inFlight >= 1)
      const { read } = await readForTest(declaration, values, given.harness?.catalogue)
      const told = declaration.batchSize?.(read)
      if (told) assert.equal(told.events, events)
    })
  })
}

function lifeContract<F extends Fields>(name: string, declaration: Declaration<'sink', F>, given: SinkCase): void {
  test(`${name} may be stopped before its start, and twice, and leaves no timer and no handle`, async () => {
    const clock = new ManualClock()
    const before = process.getActiveResourcesInfo().length
    await withSink(
      declaration,
      given,
      async ({ instance }) => {
        await instance.stop(1000)
      },
      clock,
    )
    await withSink(
      declaration,
      given,
      async ({ instance }) => {
        await instance.start()
        for (const batch of sampleBatches()) await instance.deliver(batch, deliveryForTest())
        await instance.stop(1000)
        await instance.stop(1000)
      },
      clock,
    )
    assert.equal(clock.pending, 0)
    await noMoreThan(before)
  })
}

function deliveryContract<F extends Fields>(name: string, declaration: Declaration<'sink', F>, given: SinkCase): void {
  if (!given.destination) return

  test(`${name} delivers every row once and in order, whatever the shape of the batch`, async () => {
    await withSink(declaration, given, async (harness, _values, destination) => {
      const { instance } = harness
      await instance.start()
      for (const batch of sampleBatches()) await deliverAll(instance, batch)
      await instance.stop(10_000)
      assert.deepEqual(Buffer.from(await destination!.arrived(harness)), bodiesOf(sampleBatches()))
      assert.deepEqual(harness.observed.failures, [])
    })
  })

  test(`${name} keeps the order of batches that are in flight together`, async () => {
    await withSink(declaration, given, async (harness, _values, destination) => {
      const { instance } = harness
      await instance.start()
      const { inFlight } = instance.limits
      const batches = sampleBatches().filter(({ length }) => length > 0)
      for (let from = 0; from < batches.length; from += inFlight) {
        await Promise.all(batches.slice(from, from + inFlight).map((batch) => deliverAll(instance, batch)))
      }
      await instance.stop(10_000)
      assert.deepEqual(Buffer.from(await destination!.arrived(harness)), bodiesOf(batches))
    })
  })

  test(`${name} takes an empty batch for delivered`, async () => {
    await withSink(declaration, given, async ({ instance }) => {
      await instance.start()
      await deliverAll(instance, EventBatch.empty)
      await instance.stop(10_000)
    })
  })
}

function outageContract<F extends Fields>(name: string, declaration: Declaration<'sink', F>, given: SinkCase): void {
  const { failing } = given
  if (!failing) return

  test(`${name} says retry while its destination fails, and delivers the batch once afterwards`, async () => {
    const destination = await failing()
    await withSink(declaration, { ...given, destination: () => destination }, async (harness) => {
      const { instance } = harness
      const batch = sampleBatches()[3]!
      await instance.start()
      await destination.fail()
      for (let attempt = 1; attempt <= 3; attempt++) {
        const delivery = async (): Promise<unknown> => instance.deliver(batch, deliveryForTest(undefined, attempt))
        await assert.rejects(delivery, (error) => verdictOf(error) === 'retry')
      }
      await destination.mend()
      await deliverAll(instance, batch)
      await instance.stop(10_000)
      assert.deepEqual(Buffer.from(await destination.arrived(harness)), bodiesOf([batch]))
    })
  })
}

async function deliverAll(sink: Sink, batch: EventBatch): Promise<void> {
  const outcome = await sink.deliver(batch, deliveryForTest())
  assert.deepEqual([outcome?.rejected ?? [], outcome?.retry ?? []], [[], []])
}

async function withSink<F extends Fields>(
  declaration: Declaration<'sink', F>,
  given: SinkCase,
  work: (
    harness: Harness<'sink'>,
    values: Readonly<Record<string, string>>,
    destination: SinkDestination | undefined,
  ) => Promise<void>,
  clock: ManualClock = new ManualClock(),
): Promise<void> {
  const destination = await given.destination?.()
  const values = { ...given.values, ...destination?.values }
  const harness = await createForTest(declaration, values, { ...given.harness, clock })
  try {
    await work(harness, values, destination)
  } finally {
    await harness.instance.stop(10_000)
    await destination?.remove?.()
  }
}

function bodiesOf(batches: readonly EventBatch[]): Buffer {
  return Buffer.concat(batches.flatMap((batch) => Array.from(batch, ({ body }) => body)))
}

/** Handles are let go of a turn after they are closed. */
async function noMoreThan(handles: number): Promise<void> {
  for (let turn = 0; turn < 100 && process.getActiveResourcesInfo().length > handles; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(process.getActiveResourcesInfo().length <= handles, process.getActiveResourcesInfo().join(', '))
}
