import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Declaration } from '../../component/kit.ts'
import {
  batchOf,
  createEvent,
  type EventBatch,
  EventDeliveryError,
  EventRejectedError,
  type Outcome,
  silentLog,
} from '../../core/index.ts'
import { Agent } from '../../runtime/agent.ts'
import { planOf, scriptedSink, scriptedSource } from '../../testing/agent-harness.ts'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import memory from '../channels/memory.ts'
import replicating from '../selectors/replicating.ts'
import hash from './hash.ts'

const configuration = `
a1.sources = r1
a1.channels = c1
a1.sinks = k1 k2 k3
a1.sources.r1.type = scripted
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = 1000
${['k1', 'k2', 'k3'].map((sink) => `a1.sinks.${sink}.type = scripted\na1.sinks.${sink}.channel = c1`).join('\n')}
a1.sinkgroups = g1
a1.sinkgroups.g1.sinks = k1 k2 k3
a1.sinkgroups.g1.processor.type = hash
a1.sinkgroups.g1.processor.header = key
`

type Script = (sink: string, batch: EventBatch) => void | Outcome
type Answer = 'take' | 'fail' | 'rest'

/** Sends events with 20 keys through a group and waits until all are settled. */
async function deliverThrough(events: number, script: Script) {
  const source = scriptedSource()
  const clock = new ManualClock()
  const sink = scriptedSink(script)
  const parts = [memory, replicating, hash, source.declaration, sink.declaration] as unknown as Declaration[]
  const agent = new Agent(await planOf(configuration, parts), { log: silentLog, clock })
  await agent.start()
  for (let from = 0; from < events; from += 100) {
    const rows = Array.from({ length: Math.min(100, events - from) }, (_, row) => from + row)
    await source.contexts.get('r1')!.put(batchOf(rows.map((row) => createEvent(String(row), keyOf(row)))))
  }
  for (let round = 0; round < 2000 && agent.accounts.channels.get('c1')!.buffered > 0; round++) {
    await settle()
    await clock.advance(1000)
  }
  const accounts = agent.accounts.sinks
  await agent.stop()
  return { accounts, delivered: ['k1', 'k2', 'k3'].map((name) => sink.delivered(name)) }
}

/** Every 23rd event has none. */
function keyOf(row: number): Readonly<Record<string, string>> {
  return row % 23 === 22 ? {} : { key: `key ${row % 20}` }
}

test('while all sinks work, each has its keys, in order, and counts what it delivered', async () => {
  const { accounts, delivered } = await deliverThrough(500, () => undefined)
  const sinkOfKey = new Map<string, number>()
  for (const [sink, bodies] of delivered.entries()) {
    const own = bodies.map(Number).filter((row) => keyOf(row).key !== undefined)
    assert.ok(own.length > 0)
    assert.deepEqual(
      own,
      own.toSorted((one, other) => one - other),
    )
    for (const row of own) {
      const key = keyOf(row).key!
      assert.equal(sinkOfKey.get(key) ?? sink, sink, key)
      sinkOfKey.set(key, sink)
    }
    const { taken, delivered: counted } = accounts.get(`k${sink + 1}`)!
    assert.deepEqual([taken, counted], [bodies.length, bodies.length])
  }
  assert.equal(delivered.flat().length, 500)
})

test('no row is lost, and none is delivered twice, while sinks fail in turn', async () => {
  const answers = fc.array(fc.constantFrom<Answer>('take', 'take', 'fail', 'rest'), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(answers, async (given) => {
      let calls = 0
      const { accounts, delivered } = await deliverThrough(300, (_sink, batch) => {
        const answer = given[calls++] ?? 'take'
        if (answer === 'fail') throw new EventDeliveryError('down')
        if (answer === 'rest') return { retry: Uint32Array.of(batch.length - 1) }
        return undefined
      })
      const arrived = delivered.flat().map(Number)
      assert.deepEqual(
        arrived.toSorted((one, other) => one - other),
        Array.from({ length: 300 }, (_, row) => row),
      )
      for (const [sink, bodies] of delivered.entries()) {
        const { taken, delivered: counted, dead, returned } = accounts.get(`k${sink + 1}`)!
        assert.deepEqual([taken, counted, dead, returned], [bodies.length, bodies.length, 0, 0])
      }
    }),
    { numRuns: 60 },
  )
})

test('a row that is refused for good is found among those of its sink, and counted there', async () => {
  const refused = new Map<string, number>()
  const { accounts, delivered } = await deliverThrough(200, (sink, batch) => {
    const bad = Array.from({ length: batch.length }, (_, row) => Number(batch.text(row))).filter(
      (row) => row % 50 === 7,
    )
    if (bad.length === 0) return
    if (batch.length === 1) refused.set(sink, (refused.get(sink) ?? 0) + 1)
    throw new EventRejectedError('a bad row')
  })
  assert.equal(delivered.flat().length, 196)
  for (const sink of ['k1', 'k2', 'k3']) assert.equal(accounts.get(sink)!.dead, refused.get(sink) ?? 0, sink)
})

test('while a sink is away the others have its keys, and it has them again when it is back', async () => {
  let isAway = true
  const source = scriptedSource()
  const clock = new ManualClock()
  const sink = scriptedSink((name) => {
    if (name === 'k1' && isAway) throw new EventDeliveryError('down')
  })
  const parts = [memory, replicating, hash, source.declaration, sink.declaration] as unknown as Declaration[]
  const agent = new Agent(await planOf(configuration, parts), { log: silentLog, clock })
  await agent.start()
  const keys = Array.from({ length: 100 }, (_, index) => `key ${index}`)
  const send = async (): Promise<void> => {
    await source.contexts.get('r1')!.put(batchOf(keys.map((key) => createEvent(key, { key }))))
    await settle()
  }
  await send()
  const elsewhere = [new Set(sink.delivered('k2')), new Set(sink.delivered('k3'))] as const
  assert.equal(elsewhere[0].size + elsewhere[1].size, 100)
  isAway = false
  await clock.advance(2000)
  await send()
  const back = sink.delivered('k1')
  assert.ok(back.length > 10)
  for (const key of back) assert.ok(elsewhere[0].has(key) || elsewhere[1].has(key))
  assert.ok(back.some((key) => elsewhere[0].has(key)) && back.some((key) => elsewhere[1].has(key)), 'to both of them')
  const stayed = sink.delivered('k2').slice(elsewhere[0].size)
  assert.ok(stayed.every((key) => elsewhere[0].has(key)))
  await agent.stop()
})
