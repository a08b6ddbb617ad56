import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { codeOf, messageOf, verdictOf } from '../../../core/index.ts'
import { batchOfText, rowsOf } from '../../../protocols/thrift-rpc/rpc-for-test.ts'
import { makeCertificates, missingOpenSsl } from '../../../testing/certificates.ts'
import { createForTest, type Harness, type HarnessOptions, readForTest } from '../../../testing/harness.ts'
import { ManualClock, settle } from '../../../testing/manual-clock.ts'
import { deliveryForTest, type FailingDestination, sinkContract } from '../../../testing/sink-contract.ts'
import thrift from './thrift.ts'
import { type PeerAnswer, ThriftPeer } from './thrift-peer-for-test.ts'

const nowhere = { hostname: '127.0.0.1', port: '1' }

async function destination(protocol: 'compact' | 'binary', isAway: boolean): Promise<FailingDestination> {
  const peer = await ThriftPeer.start(protocol)
  return {
    values: { hostname: '127.0.0.1', port: String(peer.port), protocol },
    arrived: () => Buffer.concat(Array.from(peer.stored, ({ body }) => body)),
    fail: async () => {
      if (isAway) await peer.stop()
      else peer.answer = 'failed'
    },
    mend: async () => {
      if (isAway) await peer.listen()
      else peer.answer = 'ok'
    },
    remove: () => peer.stop(),
  }
}

for (const protocol of ['compact', 'binary'] as const) {
  sinkContract(thrift, {
    values: nowhere,
    destination: () => destination(protocol, false),
    failing: () => destination(protocol, protocol === 'binary'),
  })
}

interface Pair {
  readonly peer: ThriftPeer
  readonly sink: Harness<'sink'>
}

async function pairOf(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Pair> {
  const peer = await ThriftPeer.start(values.protocol === 'binary' ? 'binary' : 'compact')
  const sink = await createForTest(thrift, { hostname: '127.0.0.1', port: String(peer.port), ...values }, options)
  await sink.instance.start()
  context.after(async () => {
    await sink.instance.stop(0)
    await peer.stop()
  })
  return { peer, sink }
}

const three = batchOfText(['one', { a: '1' }], ['two', { a: '1', b: '2' }], ['three'])

test('a batch is one call over a connection that stays', async (context) => {
  const { peer, sink } = await pairOf(context)
  for (let round = 0; round < 3; round++) await sink.instance.deliver(three, deliveryForTest())
  assert.deepEqual(
    peer.calls.map(({ method, sequence, batch }) => [method, sequence, rowsOf(batch)]),
    [1, 2, 3].map((sequence) => ['appendBatch', sequence, rowsOf(three)]),
  )
  assert.equal(peer.connections, 1)
  assert.equal(sink.observed.counts.get('connectionsCreated'), 1)
})

const failures: readonly (readonly [answer: PeerAnswer, says: RegExp, maybeDelivered: boolean])[] = [
  ['failed', /answered FAILED/, false],
  ['internal', /the other side failed: broke/, true],
  ['close', /closed|ECONNRESET/, true],
  ['garbage', /cannot be read/, true],
  ['otherSequence', /answer 2 came to call 1/, true],
]

for (const [answer, says, maybeDelivered] of failures) {
  test(`after the answer "${answer}" the batch is to be sent again, over a new connection`, async (context) => {
    const { peer, sink } = await pairOf(context)
    peer.answer = answer
    await assert.rejects(
      async () => sink.instance.deliver(three, deliveryForTest()),
      (error: Error & { readonly maybeDelivered?: boolean }) => {
        assert.deepEqual([verdictOf(error), codeOf(error)], ['retry', 'EVENT_DELIVERY'])
        assert.match(messageOf(error), says)
        assert.equal(error.maybeDelivered === true, maybeDelivered)
        return true
      },
    )
    peer.answer = 'ok'
    await sink.instance.deliver(three, deliveryForTest())
    assert.deepEqual(rowsOf(peer.stored), rowsOf(three))
    assert.equal(peer.connections, 2)
    const { counts } = sink.observed
    assert.deepEqual([counts.get('connectionsCreated'), counts.get('connectionsClosed')], [2, 1])
  })
}

test('an answer that does not come in time gives the connection up', async (context) => {
  const clock = new ManualClock()
  const { peer, sink } = await pairOf(context, { 'request-timeout': '5000' }, { clock })
  peer.answer = 'mute'
  const delivering = Promise.resolve(sink.instance.deliver(three, deliveryForTest()))
  const failed = assert.rejects(delivering, (error) => verdictOf(error) === 'retry')
  while (peer.calls.length === 0) await settle()
  await clock.advance(5001)
  await failed
  assert.equal(clock.pending, 0)
})

test('a stop while it waits for an answer ends the wait', async (context) => {
  const { peer, sink } = await pairOf(context)
  peer.answer = 'mute'
  const failed = assert.rejects(async () => sink.instance.deliver(three, deliveryForTest()))
  while (peer.calls.length === 0) await settle()
  await sink.instance.stop(0)
  await failed
})

test('no connection is a failure that is counted, and the sink goes on when there is one', async (context) => {
  const { peer, sink } = await pairOf(context)
  await peer.stop()
  await assert.rejects(async () => sink.instance.deliver(three, deliveryForTest()), /ECONNREFUSED/)
  assert.equal(sink.observed.counts.get('connectionsFailed'), 1)
  await peer.listen()
  await sink.instance.deliver(three, deliveryForTest())
  assert.deepEqual(rowsOf(peer.stored), rowsOf(three))
})

test('a connection is renewed after the interval, by either name of the key', async (context) => {
  for (const key of ['reset-connection-interval', 'connection-reset-interval']) {
    const clock = new ManualClock()
    const { peer, sink } = await pairOf(context, { [key]: '60' }, { clock })
    await sink.instance.deliver(three, deliveryForTest())
    await clock.advance(59_000)
    await sink.instance.deliver(three, deliveryForTest())
    assert.equal(peer.connections, 1)
    await clock.advance(2000)
    await sink.instance.deliver(three, deliveryForTest())
    assert.equal(peer.connections, 2)
  }
})

test('a request over the bound is refused for good, so that the runner finds the event that does not fit', async (context) => {
  const { peer, sink } = await pairOf(context, { maxRequestSize: '10000' })
  const { limits } = sink.instance
  assert.equal(limits.bytes, 7500)
  const large = batchOfText(['small'], ['x'.repeat(10_000)])
  await assert.rejects(
    async () => sink.instance.deliver(large, deliveryForTest()),
    (error) => verdictOf(error) === 'reject',
  )
  await sink.instance.deliver(large.slice(0, 1), deliveryForTest())
  assert.equal(peer.stored.length, 1)
})

test('it speaks TLS with a source whose authority it knows, and with no other', async (context) => {
  if (missingOpenSsl() !== undefined) {
    context.skip('there is no openssl')
    return
  }
  const directory = mkdtempSync(join(tmpdir(), 'flumen-thrift-'))
  context.after(() => rmSync(directory, { recursive: true }))
  makeCertificates(directory, 'authority', 'server')
  makeCertificates(directory, 'stranger')
  const file = (name: string): string => join(directory, name)
  const peer = await ThriftPeer.start('compact', {
    cert: readFileSync(file('server.pem')),
    key: readFileSync(file('server.key')),
  })
  context.after(() => peer.stop())
  for (const authority of ['stranger', 'authority']) {
    const values = {
      hostname: '127.0.0.1',
      port: String(peer.port),
      ssl: 'true',
      authorities: file(`${authority}.pem`),
    }
    const { instance } = await createForTest(thrift, values)
    await instance.start()
    const deliver = async (): Promise<unknown> => instance.deliver(three, deliveryForTest())
    if (authority === 'stranger') await assert.rejects(deliver, (error) => verdictOf(error) === 'retry')
    else await deliver()
    await instance.stop(0)
  }
  assert.deepEqual(rowsOf(peer.stored), rowsOf(three))
})

test("Flume's keys are taken, what it mends is mended, and Kerberos is refused", async () => {
  const read = async (values: Readonly<Record<string, string>>) => {
    const { read: options, problems, unknown } = await readForTest(thrift, { ...nowhere, ...values })
    return { options, said: problems.all.map(({ severity, key }) => `${severity} ${key}`), unknown }
  }
  const mended = await read({ 'batch-size': '0', 'connect-timeout': '999', 'request-timeout': 'x' })
  const { options } = mended
  assert.deepEqual(
    [options['batch-size'], options['connect-timeout'], options['request-timeout']],
    [100, 20_000, 20_000],
  )
  assert.deepEqual((await read({ protocol: 'BINARY' })).said, ['warning protocol'])
  assert.deepEqual((await read({ protocol: 'binary' })).said, [])
  assert.deepEqual((await read({ kerberos: 'true' })).said, ['error kerberos'])
  const all = await read({
    maxConnections: '4',
    'client-principal': 'a',
    'server-principal': 'b',
    'truststore-type': 'JKS',
  })
  assert.deepEqual(all.unknown, [])
})
