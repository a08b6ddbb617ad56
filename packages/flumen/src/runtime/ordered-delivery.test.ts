import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Declaration } from '../component/kit.ts'
import memory from '../components/channels/memory.ts'
import replicating from '../components/selectors/replicating.ts'
import { batchOf, createEvent, type EventBatch, EventDeliveryError, silentLog } from '../core/index.ts'
import { planOf, scriptedSink, scriptedSource } from '../testing/agent-harness.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { Agent } from './agent.ts'

const configuration = `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = scripted
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = 1000
a1.channels.c1.transactionCapacity = 100
a1.sinks.k1.type = scripted
a1.sinks.k1.channel = c1
a1.sinks.k1.batchSize = 1
`

interface Call {
  readonly body: string
  answer(): void
  fail(): void
}

/** An agent whose sink has up to three batches of one event and answers when it is told. */
async function started(ordered: boolean): Promise<{
  readonly clock: ManualClock
  readonly calls: Call[]
  put(...bodies: readonly string[]): Promise<void>
  delivered(): readonly string[]
  stop(): Promise<unknown>
}> {
  const source = scriptedSource()
  const clock = new ManualClock()
  const calls: Call[] = []
  const sink = scriptedSink(
    (_name, batch) =>
      new Promise<void>((resolve, reject) => {
        calls.push({ body: batch.text(0), answer: resolve, fail: () => reject(new EventDeliveryError('cut')) })
      }),
    { inFlight: 3, ordered },
  )
  const declarations = [memory, replicating, source.declaration, sink.declaration] as unknown as Declaration[]
  const agent = new Agent(await planOf(configuration, declarations), { log: silentLog, clock })
  await agent.start()
  return {
    clock,
    calls,
    put: async (...bodies) => {
      await source.contexts.get('r1')!.put(eventsOf(bodies))
      await settle()
    },
    delivered: () => sink.delivered('k1'),
    stop: () => agent.stop(0),
  }
}

function eventsOf(bodies: readonly string[]): EventBatch {
  return batchOf(bodies.map((body) => createEvent(body)))
}

test('what is taken while a batch is mended waits until that is settled', async () => {
  const { clock, calls, put, delivered, stop } = await started(true)
  await put('1')
  calls[0]!.fail()
  await settle()
  await put('2', '3')
  assert.equal(calls.length, 1)
  await clock.advance(10_000)
  assert.deepEqual(
    calls.map(({ body }) => body),
    ['1', '1'],
  )
  calls[1]!.answer()
  await settle()
  assert.deepEqual(
    calls.slice(2).map(({ body }) => body),
    ['2', '3'],
  )
  for (const { answer } of calls) answer()
  await settle()
  assert.deepEqual(delivered(), ['1', '2', '3'])
  await stop()
})

test('a failed batch waits for all before it, though the one just before it is settled', async () => {
  const { clock, calls, put, stop } = await started(true)
  await put('1', '2', '3')
  calls[1]!.answer()
  await settle()
  calls[2]!.fail()
  await settle()
  await clock.advance(10_000)
  assert.equal(calls.length, 3)
  calls[0]!.answer()
  await settle()
  await clock.advance(10_000)
  assert.deepEqual(
    calls.slice(3).map(({ body }) => body),
    ['3'],
  )
  calls[3]!.answer()
  await stop()
})

test('where the order does not count nobody waits', async () => {
  const { clock, calls, put, stop } = await started(false)
  await put('1')
  calls[0]!.fail()
  await settle()
  await put('2')
  assert.deepEqual(
    calls.map(({ body }) => body),
    ['1', '2'],
  )
  calls[1]!.answer()
  await clock.advance(10_000)
  calls[2]!.answer()
  await stop()
})
