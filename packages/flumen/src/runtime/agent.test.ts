import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Declaration } from '../component/kit.ts'
import memory from '../components/channels/memory.ts'
import defaultProcessor from '../components/processors/default.ts'
import failover from '../components/processors/failover.ts'
import replicating from '../components/selectors/replicating.ts'
import {
  batchOf,
  createEvent,
  type EventBatch,
  EventDeliveryError,
  EventRejectedError,
  type Log,
  silentLog,
} from '../core/index.ts'
import { planOf, scriptedSink, scriptedSource } from '../testing/agent-harness.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { Agent } from './agent.ts'

const builtIn = [memory, replicating, defaultProcessor, failover] as unknown as Declaration[]

const simple = `
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
`

function numbered(from: number, count: number): EventBatch {
  return batchOf(Array.from({ length: count }, (_, index) => createEvent(String(from + index))))
}

function texts(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(from + index))
}

async function agentOf(
  text: string,
  declarations: readonly Declaration[],
  clock = new ManualClock(),
  log: Log = silentLog,
): Promise<Agent> {
  return new Agent(await planOf(text, [...builtIn, ...declarations]), { log, clock })
}

function assertClosed(agent: Agent): void {
  const { sources, channels, sinks } = agent.accounts
  let copies = 0
  for (const [name, each] of sources) {
    const { received, stored, filtered, rejected, unrouted, refused, repeated } = each
    assert.equal(received, stored + filtered + rejected + unrouted + refused + repeated, name)
    copies += each.copies
  }
  let put = 0
  for (const [name, each] of channels) {
    assert.equal(each.put + each.recovered, each.acknowledged + each.buffered + each.discarded, name)
    put += each.put
  }
  assert.equal(copies, put)
  for (const [name, { taken, delivered, dead, returned }] of sinks)
    assert.equal(taken, delivered + dead + returned, name)
}

test('events go from source to sink in order, and every account closes', async () => {
  const source = scriptedSource()
  const sink = scriptedSink()
  const agent = await agentOf(simple, [source.declaration, sink.declaration])
  await agent.start()
  await source.contexts.get('r1')!.put(numbered(0, 250))
  await settle()
  assertClosed(agent)
  assert.deepEqual(sink.delivered('k1'), texts(0, 250))
  const end = await agent.stop()
  assert.deepEqual(end, { reason: 'asked', left: [] })
  assertClosed(agent)
})

test('a put larger than transactionCapacity is split, and one that fails says how many rows are in', async () => {
  const source = scriptedSource()
  const clock = new ManualClock()
  const sink = scriptedSink(() => new Promise<void>(() => undefined))
  const text = simple
    .replace('capacity = 1000', 'capacity = 250')
    .replace('transactionCapacity = 100', 'transactionCapacity = 100\na1.channels.c1.keep-alive = 3')
  const agent = await agentOf(text, [source.declaration, sink.declaration], clock)
  await agent.start()
  const put = Promise.resolve(source.contexts.get('r1')!.put(numbered(0, 320)))
  const failed = assert.rejects(put, { name: 'PutError', code: 'CHANNEL_FULL', verdict: 'retry', stored: 200 })
  await clock.advance(3000)
  await failed
  assertClosed(agent)
  assert.equal(agent.accounts.sources.get('r1')!.refused, 120)
  const stopping = agent.stop(0)
  await clock.advance(2000)
  await Promise.race([stopping, settle()])
})

test('a batch that fails is tried again with growing pauses until it is in, and no other overtakes it', async () => {
  const source = scriptedSource()
  const clock = new ManualClock()
  const tries: number[] = []
  const sink = scriptedSink((_sink, batch, { attempt }) => {
    tries.push(clock.monotonic())
    if (attempt < 4) throw new EventDeliveryError(`no, ${batch.length}`)
  })
  const agent = await agentOf(simple, [source.declaration, sink.declaration], clock)
  await agent.start()
  await source.contexts.get('r1')!.put(numbered(0, 5))
  await settle()
  await source.contexts.get('r1')!.put(numbered(5, 5))
  await clock.advance(6000)
  assert.deepEqual(tries.slice(0, 4), [0, 1000, 3000, 6000])
  await clock.advance(6000)
  assert.deepEqual(sink.delivered('k1'), texts(0, 10))
  assertClosed(agent)
  await agent.stop()
})

test('a refused batch is halved until the rows that nobody will take are dead, the rest is delivered in order', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'flumen-dead-'))
  const source = scriptedSource()
  const sink = scriptedSink((_sink, batch) => {
    for (let row = 0; row < batch.length; row++)
      if (Number(batch.text(row)) % 7 === 3) throw new EventRejectedError('sevens')
  })
  const agent = await agentOf(`${simple}a1.flumen.deadLetters = ${directory}`, [source.declaration, sink.declaration])
  await agent.start()
  await source.contexts.get('r1')!.put(numbered(0, 100))
  await agent.stop()
  assert.deepEqual(
    sink.delivered('k1'),
    texts(0, 100).filter((text) => Number(text) % 7 !== 3),
  )
  const [file] = await readdir(directory)
  const letters = (await readFile(join(directory, file!), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    letters.map(({ body }) => body),
    texts(0, 100).filter((text) => Number(text) % 7 === 3),
  )
  assert.equal(letters[0].reason, 'EVENT_REJECTED: sevens')
  assert.equal(letters[0].component, 'k1')
  assert.equal(agent.accounts.sinks.get('k1')!.dead, letters.length)
  assertClosed(agent)
  await rm(directory, { recursive: true })
})

test('rows that a sink names as rejected or to be retried are just those', async () => {
  const source = scriptedSource()
  const clock = new ManualClock()
  const sink = scriptedSink((_sink, _batch, { attempt }) =>
    attempt === 1 ? { rejected: [{ row: 1, reason: 'bad' }], retry: Uint32Array.of(0, 3) } : undefined,
  )
  const agent = await agentOf(simple, [source.declaration, sink.declaration], clock)
  await agent.start()
  await source.contexts.get('r1')!.put(numbered(0, 5))
  await clock.advance(1000)
  assert.deepEqual(sink.delivered('k1'), ['2', '4', '0', '3'])
  assert.deepEqual({ ...agent.accounts.sinks.get('k1') }, { taken: 5, delivered: 4, dead: 1, returned: 0 })
  await agent.stop()
})

test('a fatal error makes a new instance after a pause, and the batch goes to it', async () => {
  const source = scriptedSource()
  const clock = new ManualClock()
  let fatal = true
  const sink = scriptedSink(() => {
    if (fatal) throw Object.assign(new Error('broken'), { code: 'BROKEN', verdict: 'fatal' })
  })
  const agent = await agentOf(simple, [source.declaration, sink.declaration], clock)
  await agent.start()
  await source.contexts.get('r1')!.put(numbered(0, 3))
  await settle()
  const status = agent.statuses.find(({ name }) => name === 'k1')!
  assert.equal(status.state, 'failed')
  assert.equal(status.lastError!.message, 'broken')
  fatal = false
  await clock.advance(5000)
  assert.equal(sink.starts, 2)
  assert.deepEqual(sink.delivered('k1'), texts(0, 3))
  assert.equal(agent.statuses.find(({ name }) => name === 'k1')!.restarts, 1)
  await agent.stop()
})

test('with onFailure = stop a later failure ends the agent and says which component', async () => {
  const source = scriptedSource()
  const agent = await agentOf(`${simple}a1.flumen.onFailure = stop`, [source.declaration, scriptedSink().declaration])
  await agent.start()
  source.contexts.get('r1')!.fail(Object.assign(new Error('cable cut'), { verdict: 'fatal' }))
  const end = await agent.ended
  assert.equal(end.reason, 'failed')
  assert.match(end.error!, /source r1: cable cut/)
})

test('a component that cannot start at the first start ends the agent, and what was started is stopped', async () => {
  const source = scriptedSource(() => {
    throw new Error('address in use')
  })
  const agent = await agentOf(simple, [source.declaration, scriptedSink().declaration])
  await assert.rejects(agent.start(), { message: 'source r1: address in use', code: 'COMPONENT_FAILED' })
  assert.equal((await agent.ended).reason, 'failed')
  assert.equal(agent.state, 'stopped')
})

test('an agent whose sources have ended stops when all is delivered', async () => {
  const source = scriptedSource()
  const clock = new ManualClock()
  let fails = 3
  const sink = scriptedSink(() => {
    if (fails-- > 0) throw new Error('not yet')
  })
  const agent = await agentOf(simple, [source.declaration, sink.declaration], clock)
  await agent.start()
  await source.contexts.get('r1')!.put(numbered(0, 20))
  source.contexts.get('r1')!.end()
  await clock.advance(60_000)
  assert.deepEqual(await agent.ended, { reason: 'ended', left: [] })
  assert.deepEqual(sink.delivered('k1'), texts(0, 20))
})

test('a stop gives up at its deadline and says what was left in memory', async () => {
  const source = scriptedSource()
  const clock = new ManualClock()
  const sink = scriptedSink(() => {
    throw new Error('never')
  })
  const agent = await agentOf(simple, [source.declaration, sink.declaration], clock)
  await agent.start()
  await source.contexts.get('r1')!.put(numbered(0, 30))
  const stopping = agent.stop(2000)
  await clock.advance(2000)
  assert.deepEqual(await stopping, { reason: 'asked', left: [{ channel: 'c1', events: 30 }] })
  assertClosed(agent)
  assert.equal(clock.pending, 0, 'no timer is left')
})

test('failover gives the failed batch itself to the next sink, at once', async () => {
  const source = scriptedSource()
  const clock = new ManualClock()
  const sink = scriptedSink((name) => {
    if (name === 'k1') throw new EventDeliveryError('down')
  })
  const text = `${simple}
a1.sinks = k1 k2
a1.sinks.k2.type = scripted
a1.sinks.k2.channel = c1
a1.sinkgroups = g1
a1.sinkgroups.g1.sinks = k1 k2
a1.sinkgroups.g1.processor.type = failover
a1.sinkgroups.g1.processor.priority.k1 = 10
a1.sinkgroups.g1.processor.priority.k2 = 5
`
  const agent = await agentOf(text, [source.declaration, sink.declaration], clock)
  await agent.start()
  await source.contexts.get('r1')!.put(numbered(0, 10))
  await settle()
  assert.deepEqual(sink.delivered('k2'), texts(0, 10))
  assertClosed(agent)
  await agent.stop()
})

test('two channels, one full: the healthy sink gets each event exactly once and keeps moving', async () => {
  const source = scriptedSource()
  const clock = new ManualClock()
  const sink = scriptedSink((name) => (name === 'k2' ? new Promise<void>(() => undefined) : undefined))
  const text = `${simple}
a1.channels = c1 c2
a1.channels.c2.type = memory
a1.channels.c2.capacity = 10
a1.channels.c2.keep-alive = 1
a1.sources.r1.channels = c1 c2
a1.sources.r1.selector.optional = c2
a1.sinks = k1 k2
a1.sinks.k2.type = scripted
a1.sinks.k2.batchSize = 10
a1.sinks.k2.channel = c2
`
  const agent = await agentOf(text, [source.declaration, sink.declaration], clock)
  await agent.start()
  for (let from = 0; from < 300; from++) await source.contexts.get('r1')!.put(numbered(from, 1))
  await settle()
  assert.deepEqual(sink.delivered('k1'), texts(0, 300))
  assert.equal(agent.accounts.sources.get('r1')!.stored, 300)
  assert.equal(agent.accounts.channels.get('c2')!.put, 10)
  assertClosed(agent)
  const stopping = agent.stop(0)
  await clock.advance(2000)
  await Promise.race([stopping, settle()])
})

test('a full required channel refuses the put as a whole: nothing is stored twice when it is tried again', async () => {
  const source = scriptedSource()
  const clock = new ManualClock()
  let open = false
  const waiting: (() => void)[] = []
  const sink = scriptedSink((name) =>
    name === 'k2' && !open ? new Promise<void>((resolve) => waiting.push(resolve)) : undefined,
  )
  const text = `${simple}
a1.channels = c1 c2
a1.channels.c2.type = memory
a1.channels.c2.capacity = 10
a1.channels.c2.transactionCapacity = 10
a1.channels.c2.keep-alive = 1
a1.sources.r1.channels = c1 c2
a1.sinks = k1 k2
a1.sinks.k2.type = scripted
a1.sinks.k2.batchSize = 10
a1.sinks.k2.channel = c2
`
  const agent = await agentOf(text, [source.declaration, sink.declaration], clock)
  await agent.start()
  const put = source.contexts.get('r1')!.put
  let next = 0
  for (let round = 0; round < 8; round++) {
    const trying = Promise.resolve(put(numbered(next, 5))).then(
      () => {
        next += 5
      },
      ({ stored }: { stored: number }) => {
        next += stored
      },
    )
    await clock.advance(1000)
    await trying
  }
  assert.equal(next, 10, 'the second channel is full after ten')
  open = true
  for (const go of waiting) go()
  await settle()
  while (next < 50) {
    await put(numbered(next, 5))
    next += 5
  }
  await settle()
  assert.deepEqual(sink.delivered('k1'), texts(0, 50))
  assert.deepEqual(sink.delivered('k2'), texts(0, 50))
  assertClosed(agent)
  await agent.stop()
})

const group = `${simple}
a1.sinks = k1 k2
a1.sinks.k2.type = scripted
a1.sinks.k2.channel = c1
a1.sinkgroups = g1
a1.sinkgroups.g1.sinks = k1 k2
a1.sinkgroups.g1.processor.type = failover
a1.sinkgroups.g1.processor.priority.k1 = 10
a1.sinkgroups.g1.processor.priority.k2 = 5
`

test('a group whose sinks are all down goes round again after a pause, beginning with the best', async () => {
  const source = scriptedSource()
  const clock = new ManualClock()
  let down = true
  const sink = scriptedSink(() => {
    if (down) throw new EventDeliveryError('down')
  })
  const agent = await agentOf(group, [source.declaration, sink.declaration], clock)
  await agent.start()
  await source.contexts.get('r1')!.put(numbered(0, 3))
  await clock.advance(60_000)
  down = false
  await clock.advance(60_000)
  assert.deepEqual(sink.delivered('k1'), texts(0, 3))
  assertClosed(agent)
  await agent.stop()
})

test('an ordered sink with several batches in flight gets them in order again after a failure', async () => {
  const source = scriptedSource()
  const clock = new ManualClock()
  const fail: ((error: Error) => void)[] = []
  let broken = true
  const sink = scriptedSink(() => (broken ? new Promise<void>((_resolve, reject) => fail.push(reject)) : undefined), {
    inFlight: 3,
    ordered: true,
  })
  const text = simple.replace('a1.sinks.k1.channel = c1', 'a1.sinks.k1.channel = c1\na1.sinks.k1.batchSize = 2')
  const agent = await agentOf(text, [source.declaration, sink.declaration], clock)
  await agent.start()
  await source.contexts.get('r1')!.put(numbered(0, 6))
  await settle()
  assert.equal(fail.length, 3)
  broken = false
  for (const reject of fail.toReversed()) {
    reject(new EventDeliveryError('cut'))
    await clock.advance(10_000)
  }
  assert.deepEqual(sink.delivered('k1'), texts(0, 6))
  assertClosed(agent)
  await agent.stop()
})

test('dead letters that cannot be written are not acknowledged: their events wait', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'flumen-dead-'))
  const blocked = join(directory, 'a file', 'letters')
  await writeFile(join(directory, 'a file'), '')
  const source = scriptedSource()
  const clock = new ManualClock()
  const sink = scriptedSink(() => {
    throw new EventRejectedError('no')
  })
  const agent = await agentOf(
    `${simple}a1.flumen.deadLetters = ${blocked}`,
    [source.declaration, sink.declaration],
    clock,
  )
  await agent.start()
  await source.contexts.get('r1')!.put(numbered(0, 2))
  for (let turn = 0; turn < 20; turn++) await clock.advance(1000)
  assert.equal(agent.accounts.sinks.get('k1')!.dead, 0)
  assert.equal(agent.accounts.channels.get('c1')!.buffered, 2)
  await rm(join(directory, 'a file'))
  for (let turn = 0; turn < 20; turn++) {
    await clock.advance(5000)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.equal(agent.accounts.sinks.get('k1')!.dead, 2)
  assertClosed(agent)
  await agent.stop()
  await rm(directory, { recursive: true })
})

test('a stop during the start waits for it, and a sink that ignores its signal does not hold up the stop for ever', async () => {
  const source = scriptedSource()
  const clock = new ManualClock()
  const sink = scriptedSink(() => new Promise<void>(() => undefined))
  const agent = await agentOf(simple, [source.declaration, sink.declaration], clock)
  const starting = agent.start()
  const early = await agentOf(simple, [scriptedSource().declaration, scriptedSink().declaration])
  const racing = early.start()
  assert.equal((await early.stop()).reason, 'asked')
  await racing
  await starting
  await source.contexts.get('r1')!.put(numbered(0, 3))
  await settle()
  const stopping = agent.stop(1000)
  await clock.advance(20_000)
  assert.deepEqual(await stopping, { reason: 'asked', left: [{ channel: 'c1', events: 3 }] })
})

test('when nobody reads the output any more the agent ends at once, without a word', async () => {
  const said: string[] = []
  const say = (message: string): void => {
    said.push(message)
  }
  const source = scriptedSource()
  const sink = scriptedSink(() => {
    throw Object.assign(new Error('closed'), { code: 'OUTPUT_CLOSED', verdict: 'fatal' })
  })
  const log = { debug: say, info: say, warn: say, error: say }
  const clock = new ManualClock()
  const agent = await agentOf(simple, [source.declaration, sink.declaration], clock, log)
  await agent.start()
  said.length = 0
  await source.contexts.get('r1')!.put(numbered(0, 3))
  await clock.advance(10_000)
  assert.equal((await agent.ended).reason, 'output-closed')
  source.contexts.get('r1')!.log.error('Lines are lost.')
  assert.deepEqual(said, [])
})
