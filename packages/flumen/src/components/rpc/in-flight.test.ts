import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Declaration } from '../../component/kit.ts'
import { batchOf, createEvent, type EventBatch, retryAfterOf, verdictOf } from '../../core/index.ts'
import { AvroFrameReader, frameOf } from '../../protocols/avro-rpc/frame-reader.ts'
import { createForTest, type Harness } from '../../testing/harness.ts'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import { deliveryForTest } from '../../testing/sink-contract.ts'
import avroSink from '../sinks/avro/avro.ts'
import thriftSink from '../sinks/thrift/thrift.ts'
import avroSource from '../sources/avro/avro.ts'
import thriftSource from '../sources/thrift/thrift.ts'

const greeting = Buffer.of(0, 0, 0, 0)
const none = Buffer.alloc(0)

interface Connection {
  readonly socket: Socket
  /** Of the requests that came. */
  readonly serials: number[]
}

/** An Avro server that answers when a test says so. */
async function scripted(t: TestContext): Promise<{ readonly connections: Connection[]; readonly port: string }> {
  const connections: Connection[] = []
  const server = createServer((socket) => {
    const frames = new AvroFrameReader(1 << 20)
    const serials: number[] = []
    connections.push({ socket, serials })
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      frames.receive(Buffer.from(chunk as Buffer))
      for (let frame = frames.next(); frame; frame = frames.next()) serials.push(frame.serial)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const { socket } of connections) socket.destroy()
    server.close()
  })
  return { connections, port: String((server.address() as { port: number }).port) }
}

/** @param status 0 OK, 1 FAILED */
function answer({ socket }: Connection, serial: number, status = 0): void {
  socket.write(frameOf(serial, [serial === 1 ? greeting : none, Buffer.of(0), Buffer.of(0, status * 2)]))
}

async function sinkTo(
  t: TestContext,
  port: string,
  values: Readonly<Record<string, string>> = {},
  clock?: ManualClock,
): Promise<Harness<'sink'>> {
  const all = { hostname: '127.0.0.1', port, maxInFlight: '8', ...values }
  const sink = await createForTest(avroSink, all, clock && { clock })
  await sink.instance.start()
  t.after(() => sink.instance.stop(0))
  return sink
}

function deliver(sink: Harness<'sink'>, batch: EventBatch | string): Promise<unknown> {
  const events = typeof batch === 'string' ? batchOf([createEvent(batch)]) : batch
  return Promise.resolve(sink.instance.deliver(events, deliveryForTest()))
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await settle()
}

test('the first request goes alone, those after its answer together and in order', async (t) => {
  const { connections, port } = await scripted(t)
  const sink = await sinkTo(t, port)
  assert.deepEqual([sink.instance.limits.inFlight, sink.instance.limits.ordered], [8, true])
  const all = Promise.all(['a', 'b', 'c', 'd'].map((body) => deliver(sink, body)))
  await until(() => connections[0]?.serials.length === 1)
  await settle()
  assert.deepEqual(connections[0]!.serials, [1])
  answer(connections[0]!, 1)
  const late = deliver(sink, 'e')
  await until(() => connections[0]!.serials.length === 5)
  assert.deepEqual(connections[0]!.serials, [1, 2, 3, 4, 5])
  for (const serial of [2, 3, 4, 5]) answer(connections[0]!, serial)
  await Promise.all([all, late])
  assert.equal(connections.length, 1)
})

test('answers in another order are those of their requests', async (t) => {
  const { connections, port } = await scripted(t)
  const sink = await sinkTo(t, port)
  const done: string[] = []
  const all = ['a', 'b', 'c'].map((body) => deliver(sink, body).then(() => done.push(body)))
  await until(() => connections[0]?.serials.length === 1)
  answer(connections[0]!, 1)
  await until(() => connections[0]!.serials.length === 3)
  answer(connections[0]!, 3)
  await until(() => done.length === 2)
  assert.deepEqual(done, ['a', 'c'])
  answer(connections[0]!, 2)
  await Promise.all(all)
})

test('when one is refused those without an answer fail too, to be sent again at once behind it', async (t) => {
  const { connections, port } = await scripted(t)
  const sink = await sinkTo(t, port)
  const outcomes = ['a', 'b', 'c', 'd'].map((body) => deliver(sink, body).catch((error: unknown) => error))
  await until(() => connections[0]?.serials.length === 1)
  answer(connections[0]!, 1)
  await until(() => connections[0]!.serials.length === 4)
  answer(connections[0]!, 2, 1)
  const [first, ...failed] = await Promise.all(outcomes)
  assert.equal(first, undefined)
  assert.match(String(failed[0]), /FAILED/)
  assert.match(String(failed[1]), /a request before it/)
  assert.ok(failed.every((error) => verdictOf(error) === 'retry'))
  assert.deepEqual(failed.map(retryAfterOf), [undefined, 0, 0])
  assert.deepEqual(
    failed.map((error) => (error as { readonly maybeDelivered?: boolean }).maybeDelivered ?? false),
    [false, true, true],
  )
  await settle()
  const again = deliver(sink, 'b')
  await until(() => connections[1]?.serials.length === 1)
  answer(connections[1]!, 1)
  await again
  assert.equal(sink.observed.counts.get('connectionsClosed'), 1)
})

test('what comes before the failure is known to its sender does not overtake it', async (t) => {
  const { connections, port } = await scripted(t)
  const sink = await sinkTo(t, port)
  const first = deliver(sink, 'a')
  await until(() => connections[0]?.serials.length === 1)
  answer(connections[0]!, 1)
  await first
  const failed = deliver(sink, 'b')
  await until(() => connections[0]!.serials.length === 2)
  const next = failed.catch(() => deliver(sink, 'c')).catch((error: unknown) => error)
  connections[0]!.socket.destroy()
  assert.equal(retryAfterOf(await next), 0)
  assert.equal(connections.length, 1)
})

test('a first request that fails takes with it those that wait for its answer, which were not sent', async (t) => {
  const { connections, port } = await scripted(t)
  const sink = await sinkTo(t, port)
  const outcomes = ['a', 'b', 'c'].map((body) => deliver(sink, body).catch((error: unknown) => error))
  await until(() => connections[0]?.serials.length === 1)
  answer(connections[0]!, 1, 1)
  const failed = await Promise.all(outcomes)
  assert.deepEqual(failed.map(retryAfterOf), [undefined, 0, 0])
  assert.deepEqual(connections[0]!.serials, [1])
  assert.equal(connections.length, 1)
})

test('a lost connection is the failure of the oldest, and the others need no pause of their own', async (t) => {
  const { connections, port } = await scripted(t)
  const sink = await sinkTo(t, port)
  const outcomes = ['a', 'b', 'c'].map((body) => deliver(sink, body).catch((error: unknown) => error))
  await until(() => connections[0]?.serials.length === 1)
  answer(connections[0]!, 1)
  await until(() => connections[0]!.serials.length === 3)
  connections[0]!.socket.destroy()
  assert.deepEqual((await Promise.all(outcomes)).map(retryAfterOf), [undefined, undefined, 0])
})

test('a batch that can never be sent harms none of those on their way', async (t) => {
  const receiver = await createForTest(thriftSource, { bind: '127.0.0.1', port: '0' })
  await receiver.instance.start()
  t.after(() => receiver.instance.stop(0))
  const { address } = receiver.observed.lines.find(({ message }) => message === 'Listening.')!.facts
  const port = /:(\d+)$/.exec(String(address))![1]!
  const sink = await createForTest(thriftSink, {
    hostname: '127.0.0.1',
    port,
    maxInFlight: '4',
    maxRequestSize: '1024',
  })
  await sink.instance.start()
  t.after(() => sink.instance.stop(0))
  const large = 'x'.repeat(2000)
  const outcomes = await Promise.allSettled(['a', 'b', large, 'c'].map((body) => deliver(sink, body)))
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'delivered' : verdictOf(outcome.reason))),
    ['delivered', 'delivered', 'reject', 'delivered'],
  )
  assert.deepEqual(receiver.bodies(), ['a', 'b', 'c'])
  assert.equal(sink.observed.counts.get('connectionsClosed') ?? 0, 0)
})

test('no connection is one failure for all who wait for it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = String((server.address() as { port: number }).port)
  server.close()
  await once(server, 'close')
  const sink = await sinkTo(t, port)
  const failed = await Promise.all(['a', 'b', 'c'].map((body) => deliver(sink, body).catch((error: unknown) => error)))
  assert.ok(failed.every((error) => /ECONNREFUSED/.test(String(error))))
  assert.equal(sink.observed.counts.get('connectionsFailed'), 1)
})

test('an old connection is replaced when what it has is answered', async (t) => {
  const clock = new ManualClock()
  const { connections, port } = await scripted(t)
  const sink = await sinkTo(t, port, { 'reset-connection-interval': '10' }, clock)
  const first = deliver(sink, 'a')
  await until(() => connections[0]?.serials.length === 1)
  answer(connections[0]!, 1)
  await first
  const second = deliver(sink, 'b')
  await until(() => connections[0]!.serials.length === 2)
  await clock.advance(10_000)
  const later = Promise.all(['c', 'd'].map((body) => deliver(sink, body)))
  for (let turn = 0; turn < 10; turn++) await settle()
  assert.equal(connections.length, 1)
  answer(connections[0]!, 2)
  await second
  await until(() => connections[1]?.serials.length === 1)
  answer(connections[1]!, 1)
  await until(() => connections[1]!.serials.length === 2)
  answer(connections[1]!, 2)
  await later
})

/** Passes bytes on after a while, both ways. */
async function delayed(t: TestContext, port: number, delayMs: number): Promise<string> {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('error', () => undefined)
      from.on('data', (chunk) => void sleep(delayMs).then(() => to.write(chunk)))
      from.once('close', () => to.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return String((server.address() as { port: number }).port)
}

for (const [name, source, sink] of [
  ['avro', avroSource, avroSink],
  ['thrift', thriftSource, thriftSink],
] as unknown as readonly (readonly [string, Declaration<'source'>, Declaration<'sink'>])[]) {
  test(`${name}: over a slow connection all batches arrive once and in order, however many are in flight`, async (t) => {
    const receiver = await createForTest(source, { bind: '127.0.0.1', port: '0' })
    await receiver.instance.start()
    t.after(() => receiver.instance.stop(0))
    const { address } = receiver.observed.lines.find(({ message }) => message === 'Listening.')!.facts
    const port = await delayed(t, Number(/:(\d+)$/.exec(String(address))![1]), 5)
    const batches = Array.from({ length: 64 }, (_, index) =>
      batchOf(
        Array.from({ length: 100 }, (_row, row) => createEvent(`event ${index} ${row} of a hundred bytes or so`)),
      ),
    )
    for (const maxInFlight of [1, 8, 64]) {
      receiver.observed.puts.length = 0
      const sender = await createForTest(sink, { hostname: '127.0.0.1', port, maxInFlight: String(maxInFlight) })
      await sender.instance.start()
      const began = performance.now()
      const open = new Set<Promise<unknown>>()
      for (const batch of batches) {
        while (open.size >= maxInFlight) await Promise.race(open)
        const delivering: Promise<unknown> = deliver(sender, batch).finally(() => open.delete(delivering))
        open.add(delivering)
      }
      await Promise.all(open)
      t.diagnostic(`${maxInFlight} in flight: ${Math.round(performance.now() - began)} ms`)
      await sender.instance.stop(0)
      assert.deepEqual(
        receiver.bodies(),
        batches.flatMap((batch) => Array.from(batch, ({ body }) => Buffer.from(body).toString())),
      )
    }
  })
}
