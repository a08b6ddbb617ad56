import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declaration, type Fields, type Outputs, typeNameOf } from '../component/kit.ts'
import { EventBatch, type Interceptor } from '../core/index.ts'
import { type ComponentCase, componentContract } from './component-contract.ts'
import { createForTest, readForTest } from './harness.ts'
import { ManualClock } from './manual-clock.ts'
import { sampleBatches, sampleNumber } from './sample-batches.ts'

export interface InterceptorCase extends ComponentCase {
  /** Headers whose values differ from run to run (random ids). */
  readonly random?: readonly string[]
}

/** What one run of an interceptor gave: events with their numbers in the batch that went in. */
interface Given {
  readonly events: readonly { readonly number: string | undefined; readonly headers: object; readonly body: string }[]
  readonly rejected: readonly (readonly [number, string])[]
}

/** What every interceptor promises; registers tests. */
export function interceptorContract<F extends Fields>(
  declaration: Declaration<'interceptor', F>,
  given: InterceptorCase = {},
): void {
  const name = `interceptor ${typeNameOf(declaration)}`
  componentContract(declaration, given)

  test(`${name} may be stopped before its start, and twice, and leaves no timer`, async () => {
    const clock = new ManualClock()
    const make = async (): Promise<Interceptor> =>
      (await createForTest(declaration, given.values, { ...given.harness, clock })).instance
    const unstarted = await make()
    await unstarted.stop?.()
    const started = await make()
    await started.start?.()
    await started.stop?.()
    await started.stop?.()
    assert.equal(clock.pending, 0)
  })

  test(`${name} gives rows in their order, never more than came in, and no row that it rejects`, async () => {
    await withInstance(declaration, given, (interceptor) => {
      for (const batch of sampleBatches()) {
        const { events, rejected } = run(interceptor, batch, given)
        assert.ok(events.length + rejected.length <= batch.length)
        const numbers = events.flatMap(({ number }) => (number === undefined ? [] : [Number(number)]))
        assert.deepEqual(
          numbers,
          [...new Set(numbers)].sort((one, other) => one - other),
        )
        const rows = rejected.map(([row]) => row)
        assert.deepEqual(
          rows,
          [...new Set(rows)].filter((row) => row >= 0 && row < batch.length),
        )
        assert.deepEqual(
          numbers.filter((number) => rows.includes(number)),
          [],
        )
        for (const [, reason] of rejected) assert.notEqual(reason, '')
      }
    })
  })

  test(`${name} leaves the batch that it gets, and its bytes, as they were`, async () => {
    await withInstance(declaration, given, (interceptor) => {
      for (const batch of sampleBatches()) {
        const before = [...batch]
        interceptor.intercept(batch, () => undefined)
        assert.deepEqual([...batch], before)
      }
    })
  })

  test(`${name} gives for a batch what it gives for its rows one by one`, async () => {
    await withInstance(declaration, given, (interceptor) => {
      for (const batch of sampleBatches()) {
        const alone = Array.from({ length: batch.length }, (_, row) =>
          run(interceptor, batch.slice(row, row + 1), given),
        )
        const events = alone.flatMap((each) => each.events)
        const rejected = alone.flatMap((each, row) => each.rejected.map(([, reason]) => [row, reason] as const))
        const together = run(interceptor, batch, given)
        assert.deepEqual(together, { events, rejected })
      }
    })
  })

  test(`${name} sets no header that its declaration does not name`, async () => {
    const { read } = await readForTest(declaration, given.values ?? {}, given.harness?.catalogue)
    const outputs = declaration.outputs?.(read)
    if (!outputs || outputs.isOpen) return
    await withInstance(declaration, given, (interceptor) => {
      for (const batch of sampleBatches()) assertOutputs(interceptor, batch, outputs)
    })
  })

  test(`${name} gives an empty batch for an empty batch`, async () => {
    await withInstance(declaration, given, (interceptor) => {
      assert.equal(interceptor.intercept(EventBatch.empty, () => undefined).length, 0)
    })
  })
}

/** What an event had and has not changed it may keep. */
function assertOutputs(interceptor: Interceptor, batch: EventBatch, { names, overwrites }: Outputs): void {
  const before = new Set(Array.from(batch, ({ headers }) => [...headers].map(String)).flat())
  for (const { headers } of interceptor.intercept(batch, () => undefined)) {
    const set = [...headers].filter((header) => !before.has(String(header))).map(([header]) => header)
    for (const header of set) assert.ok(names.includes(header), `${header} is not among ${names}`)
    if (overwrites) for (const header of names) assert.ok(headers.has(header), header)
  }
}

async function withInstance<F extends Fields>(
  declaration: Declaration<'interceptor', F>,
  given: InterceptorCase,
  work: (interceptor: Interceptor) => void,
): Promise<void> {
  const { instance } = await createForTest(declaration, given.values, { ...given.harness, clock: new ManualClock() })
  await instance.start?.()
  try {
    work(instance)
  } finally {
    await instance.stop?.()
  }
}

function run(interceptor: Interceptor, batch: EventBatch, { random = [] }: InterceptorCase): Given {
  const rejected: [number, string][] = []
  const result = interceptor.intercept(batch, (row, reason) => rejected.push([row, reason]))
  const events = Array.from(result, ({ headers, body }) => {
    const kept = [...headers].filter(([key]) => !random.includes(key)).sort(([one], [other]) => (one < other ? -1 : 1))
    return { number: headers.get(sampleNumber), headers: kept, body: Buffer.from(body).toString('base64') }
  })
  return { events, rejected: rejected.sort(([one], [other]) => one - other) }
}
