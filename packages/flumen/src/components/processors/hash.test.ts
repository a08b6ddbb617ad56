import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  batchOf,
  createEvent,
  type EventBatch,
  EventDeliveryError,
  EventRejectedError,
  type SinkProcessor,
} from '../../core/index.ts'
import { createForTest, ManualClock, processorContract, readForTest } from '../../testing/index.ts'
import hash from './hash.ts'

const down = new EventDeliveryError('down')
const values = { header: 'key' }
const none: ReadonlySet<string> = new Set()

processorContract(hash, { values })
processorContract(hash, { values: { ...values, backoff: 'false', 'weight.k2': '2.5' } })

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 8 })
const keys = fc.array(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 100 })

test('a key goes to the same sink whatever stands beside it in its batch, and in whatever order the group has its sinks', async () => {
  await fc.assert(
    fc.asyncProperty(names, keys, async (sinks, rows) => {
      const { processor } = await make(sinks)
      const together = sinksOf(processor, batchOfKeys(rows))
      const { processor: other } = await make(sinks.toReversed())
      const alone = rows.map((key) => other.pick(batchOfKeys([key]), none))
      assert.deepEqual(together, alone)
    }),
    { numRuns: 100 },
  )
})

test('when a sink leaves, only its keys move', async () => {
  await fc.assert(
    fc.asyncProperty(names, keys, fc.nat(), async (sinks, rows, which) => {
      const left = sinks[which % sinks.length]!
      const before = sinksOf((await make(sinks)).processor, batchOfKeys(rows))
      const others = (await make(sinks.filter((sink) => sink !== left))).processor
      const after = sinksOf(others, batchOfKeys(rows))
      for (const [row, sink] of before.entries()) {
        assert.notEqual(after[row], left)
        if (sink !== left) assert.equal(after[row], sink)
      }
      const { processor } = await make(sinks)
      processor.failed(left, down)
      assert.deepEqual(sinksOf(processor, batchOfKeys(rows)), after, 'a sink that is left alone counts as gone')
    }),
    { numRuns: 100 },
  )
})

test('shares name each row once, in ascending order, however many sinks have been tried', async () => {
  await fc.assert(
    fc.asyncProperty(names, keys, fc.nat(), async (sinks, rows, triedCount) => {
      const { processor } = await make(sinks)
      const tried = new Set(sinks.slice(0, triedCount % sinks.length))
      const found = sinksOf(processor, batchOfKeys(rows), tried)
      assert.ok(found.every((sink) => !tried.has(sink) && sinks.includes(sink)))
    }),
    { numRuns: 100 },
  )
})

test('keys are spread by the weights', async () => {
  const all = batchOfKeys(Array.from({ length: 6000 }, (_, index) => `customer-${index}`))
  const even = countsOf(sinksOf((await make(['k1', 'k2', 'k3'])).processor, all))
  // The standard deviation of each is 37.
  for (const sink of ['k1', 'k2', 'k3']) assert.ok(Math.abs(even.get(sink)! - 2000) < 250, `${sink} ${even.get(sink)}`)
  const weighted = await make(['k1', 'k2', 'k3'], { 'weight.k1': '3', 'weight.k2': '2' })
  const counts = countsOf(sinksOf(weighted.processor, all))
  for (const [sink, expected] of [['k1', 3000] as const, ['k2', 2000] as const, ['k3', 1000] as const]) {
    assert.ok(Math.abs(counts.get(sink)! - expected) < 250, `${sink} ${counts.get(sink)}`)
  }
})

test('where a key goes is the same in every version', async () => {
  const { processor } = await make(['k1', 'k2', 'k3'])
  const rows = ['', 'a', 'b', 'web-1', 'web-2', 'été', '日本語', 'x'.repeat(1000)]
  assert.deepEqual(sinksOf(processor, batchOfKeys(rows)), ['k3', 'k3', 'k3', 'k2', 'k1', 'k2', 'k2', 'k3'])
})

test('events without the header stay together, and go to the sinks in turn', async () => {
  const { processor } = await make(['k1', 'k2', 'k3'])
  const without = batchOf([createEvent('a'), createEvent('b')])
  const turns = Array.from({ length: 6 }, () => processor.pick(without, none))
  assert.deepEqual(turns, ['k1', 'k2', 'k3', 'k1', 'k2', 'k3'])
  const mixed = batchOf([createEvent('a'), createEvent('b', { key: 'web-1' }), createEvent('c')])
  const [first, , last] = sinksOf(processor, mixed)
  assert.equal(first, last)
})

test('a sink that fails is left alone for longer and longer, and has its keys again afterwards', async () => {
  const { processor, clock } = await make(['k1', 'k2'], { maxTimeOut: '5s' })
  const batch = batchOfKeys(['web-1'])
  const own = String(processor.pick(batch, none))
  const other = own === 'k1' ? 'k2' : 'k1'
  for (const pause of [2000, 4000, 5000, 5000]) {
    processor.failed(own, down)
    await clock.advance(pause - 1)
    assert.equal(processor.pick(batch, none), other)
    await clock.advance(1)
    assert.equal(processor.pick(batch, none), own)
  }
  processor.succeeded(own)
  processor.failed(own, down)
  await clock.advance(2000)
  assert.equal(processor.pick(batch, none), own)
})

test('where all have failed it waits for the first that is to be tried again', async () => {
  const { processor, clock } = await make(['k1', 'k2'])
  processor.failed('k1', down)
  await clock.advance(500)
  processor.failed('k2', new EventDeliveryError('busy', { retryAfterMs: 9000 }))
  assert.deepEqual(processor.pick(batchOfKeys(['a']), none), { waitMs: 1500 })
})

test('without backoff a sink that failed is tried first with the next batch', async () => {
  const { processor } = await make(['k1', 'k2'], { backoff: 'false' })
  const batch = batchOfKeys(['web-1'])
  const own = String(processor.pick(batch, none))
  processor.failed(own, down)
  assert.notEqual(processor.pick(batch, new Set([own])), own)
  assert.equal(processor.pick(batch, none), own)
  assert.deepEqual(processor.pick(batch, new Set(['k1', 'k2'])), { waitMs: 0 })
})

test('a batch that is refused for good is not held against its sink', async () => {
  const { processor } = await make(['k1', 'k2'])
  const own = String(processor.pick(batchOfKeys(['a']), none))
  processor.failed(own, new EventRejectedError('bad rows'))
  assert.equal(processor.pick(batchOfKeys(['a']), none), own)
})

test('the header is needed, and a weight is a number above 0', async () => {
  const said = async (given: Readonly<Record<string, string>>): Promise<readonly string[]> =>
    (await readForTest(hash, given)).problems.all.map(({ severity, key }) => `${severity} ${key}`)
  assert.deepEqual(await said({}), ['error header'])
  for (const weight of ['0', '-1', 'heavy', '1e9', '10000000']) {
    assert.deepEqual(await said({ ...values, 'weight.k1': weight }), ['error weight.k1'], weight)
  }
  const { read } = await readForTest(hash, { ...values, 'weight.k9': '0.5' })
  assert.deepEqual(hash.namesSinks?.(read), [{ key: 'weight.k9', sink: 'k9' }])
})

async function make(
  sinks: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<{ processor: SinkProcessor; clock: ManualClock }> {
  const clock = new ManualClock()
  const { instance } = await createForTest(hash, { ...values, ...more }, { sinks, clock })
  return { processor: instance, clock }
}

function batchOfKeys(all: readonly string[]): EventBatch {
  return batchOf(all.map((key) => createEvent('event', { key })))
}

/** The sink of each row; fails where one is named twice, or never. */
function sinksOf(processor: SinkProcessor, batch: EventBatch, tried = none): readonly string[] {
  const found: string[] = []
  let left = Uint32Array.from({ length: batch.length }, (_, row) => row)
  while (left.length > 0) {
    const picked = processor.pick(batch.select(left), tried)
    assert.ok(typeof picked === 'string' || 'sink' in picked)
    const share = typeof picked === 'string' ? { sink: picked, rows: left.map((_, at) => at) } : picked
    assert.ok(share.rows.length > 0)
    assert.deepEqual(
      [...share.rows],
      [...new Set(share.rows)].sort((one, other) => one - other),
    )
    for (const at of share.rows) found[left[at]!] = share.sink
    const gone = new Set(share.rows)
    left = left.filter((_, at) => !gone.has(at))
  }
  return found
}

function countsOf(sinks: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const sink of sinks) counts.set(sink, (counts.get(sink) ?? 0) + 1)
  return counts
}
