import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { defineSink } from '../component/kit.ts'
import { builtInComponents } from '../components/catalogue.generated.ts'
import { codeOf, type EventBatch } from '../core/index.ts'
import { entryOf } from '../testing/agent-harness.ts'
import { ConfiguredEmbeddedAgent } from './embedded-agent.ts'
import type { EmbeddedEvent } from './embedded-event.ts'
import { EventQueue } from './event-queue.ts'

const quiet = (): void => undefined
const noLog = { debug: quiet, info: quiet, warn: quiet, error: quiet }

test('what is offered in one turn goes in batches, in order', async (t) => {
  const { agent, delivered } = await running(t)
  const queue = new EventQueue(agent, { batchSize: 10 })
  for (let number = 0; number < 95; number++) assert.ok(queue.offer(String(number)))
  await queue.flush()
  assert.equal(agent.read().sources[0]!.puts, 10)
  assert.deepEqual(await queue.close(), { stored: 95, rejected: 0, refused: 0, lost: 0, waiting: 0 })
  await agent.stop()
  assert.deepEqual(
    delivered,
    Array.from({ length: 95 }, (_, number) => String(number)),
  )
})

test('a full queue refuses what is offered, and says so with an event when there is room again', async (t) => {
  const { agent, delivered, block, release } = await running(t, small)
  block()
  const refusedNote = (count: number): EmbeddedEvent => `${count} lines were left out`
  const queue = new EventQueue(agent, { batchSize: 1, capacity: 3, refusedNote })
  const taken = Array.from({ length: 8 }, (_, number) => queue.offer(String(number)))
  assert.deepEqual(taken, [true, true, true, false, false, false, false, false])
  assert.equal(queue.account.refused, 5)
  release()
  await queue.flush()
  await queue.flush()
  assert.ok(queue.offer('after'))
  await queue.close()
  await agent.stop()
  assert.deepEqual(delivered, ['0', '1', '2', '5 lines were left out', 'after'])
})

test('a queue is full by bytes too', async (t) => {
  const { agent, block } = await running(t, small)
  block()
  const queue = new EventQueue(agent, { byteCapacity: 10 })
  assert.ok(queue.offer({ body: new Uint8Array(6) }))
  assert.ok(queue.offer('four'))
  assert.ok(!queue.offer('x'))
})

test('add waits for room in the order of its calls, and a close waits for those that wait', async (t) => {
  const { agent, delivered, block, release } = await running(t, small)
  block()
  const queue = new EventQueue(agent, { batchSize: 1, capacity: 2 })
  await queue.add('0')
  await queue.add('1')
  const added = ['2', '3', '4', '5', '6', '7'].map((body) => queue.add(body))
  assert.ok(!queue.offer('passes by'))
  const closed = queue.close(60_000)
  await assert.rejects(queue.add('late'), { code: 'LIFECYCLE' })
  release()
  await Promise.all(added)
  assert.deepEqual(await closed, { stored: 8, rejected: 0, refused: 2, lost: 0, waiting: 0 })
  await agent.stop()
  assert.deepEqual(delivered, ['0', '1', '2', '3', '4', '5', '6', '7'])
})

test('what the channel can never take is rejected, and the events around it are stored', async (t) => {
  const { agent, delivered } = await running(t)
  const queue = new EventQueue(agent)
  queue.offer('before')
  queue.offer({ headers: { n: 5 as unknown as string }, body: 'no event' })
  queue.offer(null as unknown as string)
  queue.offer('after')
  assert.deepEqual(await queue.close(), { stored: 2, rejected: 2, refused: 0, lost: 0, waiting: 0 })
  await agent.stop()
  assert.deepEqual(delivered, ['before', 'after'])
})

test('a batch that is larger than a transaction of the channel goes event by event', async (t) => {
  const { agent, delivered } = await running(t, small)
  const queue = new EventQueue(agent, { batchSize: 5 })
  for (const body of ['0', '1', '2', '3', '4', '5']) queue.offer(body)
  await queue.flush()
  await agent.stop()
  assert.deepEqual(delivered, ['0', '1', '2', '3', '4', '5'])
})

test('a close that comes to its deadline says how many events are lost', async (t) => {
  const { agent, block } = await running(t, small)
  block()
  const queue = new EventQueue(agent, { batchSize: 1 })
  for (let number = 0; number < 10; number++) queue.offer(String(number))
  const { stored, lost, waiting } = await queue.close(50)
  assert.equal(waiting, 0)
  assert.ok(lost > 0)
  assert.equal(stored + lost, 10)
  assert.ok(!queue.offer('late'))
  await assert.rejects(queue.add('late'), { code: 'LIFECYCLE' })
  assert.equal(queue.account.refused, 2)
})

test('events wait for an agent that is still starting, and are lost when it cannot start', async (t) => {
  const { agent, delivered } = await running(t)
  const { promise, resolve } = Promise.withResolvers<ConfiguredEmbeddedAgent>()
  const early = new EventQueue(promise)
  early.offer('early')
  resolve(agent)
  await early.flush()
  await agent.stop()
  assert.deepEqual(delivered, ['early'])
  const failed = new EventQueue(Promise.reject(new Error('no disk')))
  failed.offer('x')
  await assert.rejects(failed.flush(), /no disk/)
  assert.deepEqual([failed.account.lost, failed.offer('y')], [1, false])
  assert.match(String(failed.failure), /no disk/)
})

test('an agent that was stopped ends the queue with what was not stored counted as lost', async (t) => {
  const { agent } = await running(t)
  await agent.stop()
  const queue = new EventQueue(agent)
  queue.offer('x')
  assert.equal(codeOf(await queue.flush().catch((error: unknown) => error)), 'LIFECYCLE')
  await assert.rejects(queue.add('y'), { code: 'LIFECYCLE' })
  assert.deepEqual(await queue.close(), { stored: 0, rejected: 0, refused: 1, lost: 1, waiting: 0 })
})

/** Room for two events in the channel. */
const small = {
  'channel.capacity': '2',
  'channel.transactionCapacity': '2',
  'channel.keep-alive': '0',
}

/** An agent whose sink delivers to an array, unless it is blocked. */
async function running(t: TestContext, more: Readonly<Record<string, string>> = {}) {
  const delivered: string[] = []
  let gate = Promise.resolve()
  let release = (): void => undefined
  const sink = defineSink({
    type: 'array',
    summary: 'Keeps bodies in an array.',
    fields: {},
    examples: [],
    create: () => ({
      limits: { events: 2, bytes: 1000, lingerMs: 0, inFlight: 1, ordered: true },
      start: async () => undefined,
      stop: async () => undefined,
      deliver: async (batch: EventBatch) => {
        await gate
        for (let row = 0; row < batch.length; row++) delivered.push(batch.text(row))
      },
    }),
  })
  const options = { log: noLog, anyType: true }
  const agent = new ConfiguredEmbeddedAgent('app', [...builtInComponents, entryOf(sink)], options)
  await agent.configure({
    'channel.type': 'memory',
    sinks: 'k1',
    'k1.type': 'array',
    'processor.type': 'default',
    ...more,
  })
  await agent.start()
  t.after(async () => {
    release()
    await agent[Symbol.asyncDispose]()
  })
  return {
    agent,
    delivered,
    block: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      release = resolve
    },
    release: () => release(),
  }
}
