import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineSinkSelector } from '../../component/kit.ts'
import {
  batchOfOne,
  type EventBatch,
  EventDeliveryError,
  EventRejectedError,
  type SinkProcessor,
} from '../../core/index.ts'
import { catalogueOf, createForTest, ManualClock, processorContract, readForTest } from '../../testing/index.ts'
import random from '../sink-selectors/random.ts'
import roundRobin from '../sink-selectors/round-robin.ts'
import loadBalance from './load-balance.ts'

const down = new EventDeliveryError('down')
const none: ReadonlySet<string> = new Set()
const catalogue = catalogueOf(roundRobin, random)

for (const values of [{}, { backoff: 'true' }, { selector: 'random', backoff: 'true' }]) {
  processorContract(loadBalance, { values, harness: { catalogue } })
}

test('load_balance gives a batch to each sink in turn', async () => {
  const { processor } = await make()
  assert.deepEqual(
    Array.from({ length: 7 }, () => processor.pick(batch(), none)),
    ['k1', 'k2', 'k3', 'k1', 'k2', 'k3', 'k1'],
  )
})

test('load_balance tries the other sinks in order when one fails, and then waits as the runner does', async () => {
  const { processor } = await make()
  assert.deepEqual(failRound(processor), { order: ['k1', 'k2', 'k3'], waitMs: 0 })
  assert.deepEqual(failRound(processor), { order: ['k2', 'k3', 'k1'], waitMs: 0 })
})

test('load_balance takes one turn for a batch, however many sinks it is tried on', async () => {
  const { processor } = await make()
  const failing = batch()
  assert.equal(processor.pick(failing, none), 'k1')
  assert.equal(processor.pick(failing, new Set(['k1'])), 'k2')
  assert.equal(processor.pick(batch(), none), 'k2')
})

test('load_balance without backoff goes on giving batches to a sink that fails', async () => {
  const { processor } = await make()
  processor.failed('k1', down)
  assert.equal(processor.pick(batch(), none), 'k1')
})

test('load_balance with backoff leaves a failing sink alone and spreads evenly over the others', async () => {
  const { processor, clock } = await make({ backoff: 'true' })
  processor.failed('k2', down)
  const counts = new Map<string, number>()
  for (let index = 0; index < 100; index++) {
    const sink = String(processor.pick(batch(), none))
    counts.set(sink, (counts.get(sink) ?? 0) + 1)
  }
  assert.deepEqual([...counts].sort(), [
    ['k1', 50],
    ['k3', 50],
  ])
  await clock.advance(2000)
  const picked = new Set(Array.from({ length: 3 }, () => processor.pick(batch(), none)))
  assert.deepEqual([...picked].sort(), ['k1', 'k2', 'k3'])
})

test('load_balance with backoff doubles the pause up to maxTimeOut, and waits for the first that is over', async () => {
  const { processor, clock } = await make({ backoff: 'true', 'selector.maxTimeOut': '10000' })
  const waits: number[] = []
  for (let round = 0; round < 6; round++) {
    const { waitMs } = failRound(processor)
    waits.push(waitMs)
    await clock.advance(waitMs)
  }
  assert.deepEqual(waits, [2000, 4000, 8000, 10_000, 10_000, 10_000])
})

test('load_balance begins with the shortest pause again after a success', async () => {
  const { processor, clock } = await make({ backoff: 'true' }, ['k1'])
  assert.equal(failRound(processor).waitMs, 2000)
  await clock.advance(2000)
  assert.equal(failRound(processor).waitMs, 4000)
  await clock.advance(4000)
  processor.succeeded('k1')
  assert.equal(failRound(processor).waitMs, 2000)
})

test('load_balance begins with the shortest pause again when the last failure is more than an hour over', async () => {
  const { processor, clock } = await make({ backoff: 'true' }, ['k1'])
  assert.equal(failRound(processor).waitMs, 2000)
  await clock.advance(2000 + 3_600_000 - 1)
  assert.equal(failRound(processor).waitMs, 4000)
  await clock.advance(4000 + 3_600_000)
  assert.equal(failRound(processor).waitMs, 2000)
})

test('load_balance counts the failures of calls that were open together as one', async () => {
  const { processor } = await make({ backoff: 'true' }, ['k1'])
  for (let call = 0; call < 8; call++) processor.failed('k1', down)
  assert.deepEqual(processor.pick(batch(), none), { waitMs: 2000 })
})

test('load_balance waits as long as a sink asks, up to maxTimeOut', async () => {
  const { processor } = await make({ backoff: 'true' }, ['k1'])
  processor.failed('k1', new EventDeliveryError('busy', { retryAfterMs: 12_000 }))
  assert.deepEqual(processor.pick(batch(), none), { waitMs: 12_000 })
})

test('load_balance does not leave a sink alone because of a batch that is refused for good', async () => {
  const { processor } = await make({ backoff: 'true' }, ['k1'])
  processor.failed('k1', new EventRejectedError('bad rows'))
  assert.equal(processor.pick(batch(), none), 'k1')
})

test('load_balance takes 0 for the default of maxTimeOut', async () => {
  const { processor, clock } = await make({ backoff: 'true', 'selector.maxTimeOut': '0' }, ['k1'])
  let longest = 0
  for (let round = 0; round < 8; round++) {
    longest = failRound(processor).waitMs
    await clock.advance(longest)
  }
  assert.equal(longest, 30_000)
})

test('load_balance asks a selector of one own for the order of the sinks that are not backing off', async () => {
  const asked: (readonly string[])[] = []
  const heard: string[] = []
  const backwards = defineSinkSelector({
    type: 'backwards',
    summary: 'The last sink first.',
    fields: {},
    examples: [],
    create: () => ({
      order(_batch, usable) {
        asked.push(usable)
        return ['unknown', ...usable.toReversed()]
      },
      failed: (sink) => heard.push(`failed ${sink}`),
      succeeded: (sink) => heard.push(`succeeded ${sink}`),
    }),
  })
  const { processor } = await make({ selector: 'backwards', backoff: 'true' }, undefined, catalogueOf(backwards))
  assert.equal(processor.pick(batch(), none), 'k3')
  processor.failed('k3', down)
  assert.equal(processor.pick(batch(), none), 'k2')
  processor.succeeded('k2')
  assert.deepEqual(asked, [
    ['k1', 'k2', 'k3'],
    ['k1', 'k2'],
  ])
  assert.deepEqual(heard, ['failed k3', 'succeeded k2'])
})

test('load_balance refuses a selector that there is not', async () => {
  const { problems } = await readForTest(loadBalance, { selector: 'round-robin' }, catalogue)
  assert.deepEqual(
    problems.all.map(({ key, fix }) => [key, fix]),
    [['selector', 'did you mean round_robin?']],
  )
})

async function make(
  values: Record<string, string> = {},
  sinks: readonly string[] = ['k1', 'k2', 'k3'],
  known = catalogue,
): Promise<{ processor: SinkProcessor; clock: ManualClock }> {
  const clock = new ManualClock()
  const { instance } = await createForTest(loadBalance, values, { sinks, clock, catalogue: known })
  return { processor: instance, clock }
}

function batch(): EventBatch {
  return batchOfOne(Buffer.from('event'))
}

function failRound(processor: SinkProcessor): { readonly order: readonly string[]; readonly waitMs: number } {
  const one = batch()
  const tried = new Set<string>()
  for (;;) {
    const picked = processor.pick(one, tried)
    if (typeof picked !== 'string') return { order: [...tried], waitMs: waitOf(picked) }
    tried.add(picked)
    processor.failed(picked, down)
  }
}

function waitOf(picked: Exclude<ReturnType<SinkProcessor['pick']>, string>): number {
  assert.ok('waitMs' in picked)
  return picked.waitMs
}
