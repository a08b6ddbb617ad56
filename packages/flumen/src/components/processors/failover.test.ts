import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOfOne, EventDeliveryError, EventRejectedError, type SinkProcessor } from '../../core/index.ts'
import { createForTest, ManualClock, processorContract, readForTest } from '../../testing/index.ts'
import failover from './failover.ts'

const batch = batchOfOne(Buffer.from('event'))
const down = new EventDeliveryError('down')
const priorities = { 'priority.k1': '5', 'priority.k2': '10', 'priority.k3': '7' }

processorContract(failover, { values: priorities })
processorContract(failover, { values: { maxpenalty: '0' } })

test('failover goes down the priorities within one round', async () => {
  const { processor } = await make(priorities)
  assert.deepEqual(failRound(processor), { order: ['k2', 'k3', 'k1'], waitMs: 2000 })
})

test('failover puts sinks without a usable priority last, in the order of the group', async () => {
  const { processor } = await make({ 'priority.k3': '1', 'priority.k4': 'high', 'priority.k1': '3000000000' }, [
    'k4',
    'k2',
    'k1',
    'k3',
  ])
  assert.deepEqual(failRound(processor).order, ['k3', 'k4', 'k2', 'k1'])
})

test('failover keeps sinks of equal priority in the order of the group', async () => {
  const values = { 'priority.k2': '5', 'priority.k1': '5', 'priority.k3': '6' }
  const { processor } = await make(values)
  assert.deepEqual(failRound(processor).order, ['k3', 'k1', 'k2'])
  const { problems } = await readForTest(failover, values)
  assert.deepEqual(
    problems.all.map(({ severity, key }) => [severity, key]),
    [['warning', 'priority.k1']],
  )
})

test('failover leaves a failing sink alone for 2, 4, 8, 16, 30, 30 s and for ever no longer', async () => {
  const { processor, clock } = await make({}, ['k1'])
  const waits: number[] = []
  for (let failure = 0; failure < 2000; failure++) {
    const { waitMs } = failRound(processor)
    waits.push(waitMs)
    await clock.advance(waitMs)
  }
  assert.deepEqual(waits.slice(0, 6), [2000, 4000, 8000, 16000, 30000, 30000])
  assert.ok(waits.slice(6).every((wait) => wait === 30000))
})

test('failover goes on with the next sink while the first is left alone, and comes back to it', async () => {
  const { processor, clock } = await make(priorities)
  processor.failed('k2', down)
  await clock.advance(1999)
  assert.equal(processor.pick(batch, new Set()), 'k3')
  await clock.advance(1)
  assert.equal(processor.pick(batch, new Set()), 'k2')
  processor.succeeded('k2')
  processor.failed('k2', down)
  await clock.advance(1999)
  assert.equal(processor.pick(batch, new Set()), 'k3', 'the pauses grew from 2 s anew')
  await clock.advance(1)
  assert.equal(processor.pick(batch, new Set()), 'k2')
})

test('failover tries a sink whose time is over before the live ones, the one that waited longest first', async () => {
  const { processor, clock } = await make(priorities)
  processor.failed('k1', down)
  await clock.advance(500)
  processor.failed('k3', down)
  await clock.advance(2000)
  assert.equal(processor.pick(batch, new Set()), 'k1')
  assert.equal(processor.pick(batch, new Set(['k1'])), 'k3')
  assert.equal(processor.pick(batch, new Set(['k1', 'k3'])), 'k2')
  processor.succeeded('k1')
  processor.succeeded('k3')
  assert.equal(processor.pick(batch, new Set()), 'k2')
})

test('failover counts the failures of calls that were open together as one', async () => {
  const { processor } = await make({}, ['k1'])
  for (let call = 0; call < 8; call++) processor.failed('k1', down)
  assert.equal(restsFor(processor), 2000)
})

test('failover waits as long as a sink asks, up to maxpenalty', async () => {
  const { processor, clock } = await make({ maxpenalty: '10s' }, ['k1'])
  processor.failed('k1', new EventDeliveryError('busy', { retryAfterMs: 7000 }))
  assert.equal(restsFor(processor), 7000)
  processor.failed('k1', new EventDeliveryError('busy', { retryAfterMs: 70_000 }))
  assert.equal(restsFor(processor), 7000, 'the first failure is not over')
  await clock.advance(7000)
  processor.failed('k1', new EventDeliveryError('busy', { retryAfterMs: 70_000 }))
  assert.equal(restsFor(processor), 10_000)
})

test('failover does not leave a sink alone because of a batch that is refused for good', async () => {
  const { processor, clock } = await make(priorities)
  await clock.advance(60_000)
  processor.failed('k2', new EventRejectedError('bad rows'))
  assert.equal(processor.pick(batch, new Set()), 'k2')
  assert.deepEqual(processor.pick(batch, new Set(['k1', 'k2', 'k3'])), { waitMs: 0 })
  processor.failed('k1', down)
  assert.deepEqual(processor.pick(batch, new Set(['k1', 'k2', 'k3'])), { waitMs: 0 }, 'k2 and k3 are live')
})

test('failover warns of a maxpenalty that is no duration and takes the default, as Flume', async () => {
  const { read, problems } = await readForTest(failover, { maxpenalty: 'long' })
  assert.equal(read.maxpenalty, 30000)
  assert.deepEqual(
    problems.all.map(({ severity, key }) => [severity, key]),
    [['warning', 'maxpenalty']],
  )
})

test('failover names the sinks of its priorities for the check', async () => {
  const { read } = await readForTest(failover, { 'priority.k9': '1' })
  assert.deepEqual(failover.namesSinks?.(read), [{ key: 'priority.k9', sink: 'k9' }])
})

async function make(
  values: Record<string, string>,
  sinks: readonly string[] = ['k1', 'k2', 'k3'],
): Promise<{ processor: SinkProcessor; clock: ManualClock }> {
  const clock = new ManualClock()
  const { instance } = await createForTest(failover, values, { sinks, clock })
  return { processor: instance, clock }
}

function failRound(processor: SinkProcessor): { readonly order: readonly string[]; readonly waitMs: number } {
  const tried = new Set<string>()
  for (;;) {
    const picked = processor.pick(batch, tried)
    if (typeof picked !== 'string') return { order: [...tried], waitMs: waitOf(picked) }
    tried.add(picked)
    processor.failed(picked, down)
  }
}

/** Ms that the only sink is left alone from now on. */
function restsFor(processor: SinkProcessor): number {
  const picked = processor.pick(batch, new Set())
  return typeof picked === 'string' ? 0 : waitOf(picked)
}

function waitOf(picked: Exclude<ReturnType<SinkProcessor['pick']>, string>): number {
  assert.ok('waitMs' in picked)
  return picked.waitMs
}
