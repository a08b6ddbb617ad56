import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { type Declaration, defineInterceptor } from '../../component/kit.ts'
import memory from '../../components/channels/memory.ts'
import failover from '../../components/processors/failover.ts'
import multiplexing from '../../components/selectors/multiplexing.ts'
import replicating from '../../components/selectors/replicating.ts'
import {
  type AgentReading,
  batchOf,
  createEvent,
  EventDeliveryError,
  EventRejectedError,
  type Outcome,
  type SourceContext,
  silentLog,
} from '../../core/index.ts'
import { planOf, scriptedSink, scriptedSource } from '../../testing/agent-harness.ts'
import { Agent } from '../agent.ts'

/** Three sources, rivals for three small channels (one optional), a group and two sinks that fail in every way. */
const configuration = `
a1.sources = r1 r2 r3
a1.channels = c1 c2 c3
a1.sinks = k1 k2 k3 k4
a1.sinkgroups = g1
a1.sinkgroups.g1.sinks = k1 k2
a1.sinkgroups.g1.processor.type = failover
a1.sinkgroups.g1.processor.priority.k1 = 5
a1.sinkgroups.g1.processor.priority.k2 = 3
a1.sinkgroups.g1.processor.maxpenalty = 5
a1.sources.r1.type = scripted
a1.sources.r1.channels = c1 c2
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = capricious
a1.sources.r2.type = scripted
a1.sources.r2.channels = c2 c1 c3
a1.sources.r2.selector.type = replicating
a1.sources.r2.selector.optional = c3
a1.sources.r3.type = scripted
a1.sources.r3.channels = c1 c2 c3
a1.sources.r3.selector.type = multiplexing
a1.sources.r3.selector.header = to
a1.sources.r3.selector.mapping.0 = c1
a1.sources.r3.selector.mapping.1 = c2 c3
${[1, 2, 3]
  .map(
    (number) => `
a1.channels.c${number}.type = memory
a1.channels.c${number}.capacity = ${(4 - number) * 25}
a1.channels.c${number}.transactionCapacity = 20
a1.channels.c${number}.keep-alive = 5 ms`,
  )
  .join('\n')}
${[1, 2, 3, 4]
  .map(
    (number) => `
a1.sinks.k${number}.type = scripted
a1.sinks.k${number}.batchSize = ${number * 5}
a1.sinks.k${number}.backoffSleepIncrement = 1
a1.sinks.k${number}.maxBackoffSleep = 3
a1.sinks.k${number}.channel = c${Math.max(1, number - 1)}`,
  )
  .join('\n')}
`

function assertClosed({ sources, channels, sinks }: AgentReading): void {
  let copies = 0
  for (const { name, account } of sources) {
    const { received, stored, filtered, rejected, unrouted, refused, repeated } = account
    assert.equal(received, stored + filtered + rejected + unrouted + refused + repeated, name)
    copies += account.copies
  }
  let put = 0
  for (const { name, account, size } of channels) {
    assert.equal(account.put + account.recovered, account.acknowledged + account.buffered + account.discarded, name)
    assert.ok(size >= 0)
    put += account.put
    const taken = sinks.filter(({ channel }) => channel === name)
    const settled = taken.reduce((sum, sink) => sum + sink.account.delivered + sink.account.dead, 0)
    assert.equal(account.acknowledged, settled, name)
  }
  assert.equal(copies, put)
  for (const { name, account, batchesInFlight } of sinks) {
    assert.equal(account.taken, account.delivered + account.dead + account.returned, name)
    assert.ok(batchesInFlight === 0 || batchesInFlight === 1)
  }
}

const capricious = defineInterceptor({
  type: 'capricious',
  summary: 'Filters, rejects and throws.',
  fields: {},
  examples: [],
  create: () => ({
    intercept(batch, reject) {
      const kept: number[] = []
      for (let row = 0; row < batch.length; row++) {
        const last = batch.text(row).at(-1)
        if (last === '7') reject(row, 'seven')
        else if (last === '5') throw new Error('five')
        else if (last !== '3') kept.push(row)
      }
      return batch.select(Uint32Array.from(kept))
    },
  }),
})

for (const keepsLetters of [false, true]) {
  const letters = keepsLetters ? 'kept' : 'dropped'
  test(`every account closes at every reading, whatever fails (dead letters ${letters})`, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'flumen-accounts-'))
    t.after(() => rm(directory, { recursive: true, force: true }))
    const [seed] = fc.sample(fc.nat(), 1)
    const random = randomOf(seed!)
    const script = async (rows: number): Promise<Outcome | void> => {
      const draw = random()
      if (draw < 0.15) await setTimeout(random() * 3)
      if (draw < 0.25) throw new EventDeliveryError('not now')
      if (draw < 0.35) throw new EventRejectedError('never')
      if (draw < 0.45) return { rejected: [{ row: 0, reason: 'bad' }] }
      if (draw < 0.55) return { retry: Uint32Array.from([rows - 1]) }
    }
    const source = scriptedSource()
    const sink = scriptedSink((_name, batch) => (random() < 0.5 ? undefined : script(batch.length)))
    const declarations = [memory, replicating, multiplexing, failover, capricious, source.declaration, sink.declaration]
    const dead = keepsLetters ? `\na1.flumen.deadLetters = ${directory}` : ''
    const plan = await planOf(configuration + dead, declarations as unknown as Declaration[])
    const agent = new Agent(plan, { log: silentLog })
    t.after(() => agent.stop(0))
    await agent.start()
    const until = performance.now() + 700
    let readings = 0
    const reader = (async () => {
      while (performance.now() < until) {
        assertClosed(agent.read())
        readings++
        if (random() < 0.3) await setTimeout(1)
        else await setImmediate()
      }
    })()
    const writer = async (context: SourceContext): Promise<void> => {
      for (let number = 0; performance.now() < until; number++) {
        const rows = 1 + Math.floor(random() * 45)
        const to = (row: number): string => String((number + row) % 3)
        const events = Array.from({ length: rows }, (_, row) => createEvent(`${number}${row}`, { to: to(row) }))
        try {
          await context.put(batchOf(events))
        } catch {
          // A full channel; the account knows.
        }
        if (random() < 0.2) await setTimeout(1)
      }
    }
    await Promise.all([reader, ...Array.from(source.contexts.values(), writer)])
    await agent.stop(300)
    const end = agent.read()
    assertClosed(end)
    const seen = JSON.stringify({ seed, readings, ...end.sources.map(({ account }) => account) })
    assert.ok(readings > 50, seen)
    const [first, second, third] = end.sources
    assert.ok(first!.account.filtered > 0 && first!.account.rejected > 0 && first!.account.refused > 0, seen)
    assert.ok(second!.optionalMissed > 0 && third!.account.unrouted > 0, seen)
    assert.equal(first!.deadLettered > 0, keepsLetters, seen)
    assert.equal(first!.dropped.rejected === 0, keepsLetters, seen)
    assert.ok(end.sinks.some(({ account }) => account.dead > 0) && end.sinks.some(({ retries }) => retries > 0), seen)
  })
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
