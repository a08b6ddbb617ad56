import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { constants, zstdCompressSync } from 'node:zlib'
import { batchOf, createEvent, type EventBatch } from '../../../core/index.ts'
import { AvroEncoder } from '../../../protocols/avro-container-encoder.ts'
import { framesOf } from '../../../protocols/avro-rpc/avro-rpc-for-test.ts'
import { appendBatchRequest } from '../../../protocols/avro-rpc/calls.ts'
import { callMeta } from '../../../protocols/avro-rpc/extension.ts'
import { frameOf } from '../../../protocols/avro-rpc/frame-reader.ts'
import type { Harness, HarnessOptions } from '../../../testing/harness.ts'
import { portOf, startForTest } from '../../../testing/listening.ts'
import { settle } from '../../../testing/manual-clock.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import avro from './avro.ts'

const mebibyte = 1_048_576
const hello = Buffer.concat(appendBatchRequest(1, batchOf([createEvent('hello')]), { withText: false }))

function running(
  t: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Harness<'source'>> {
  return startForTest(t, avro, { bind: '127.0.0.1', port: '0', ...values }, options)
}

/** A client behind its handshake. */
async function greeted(t: TestContext, source: Harness<'source'>): Promise<TcpClient> {
  const client = await TcpClient.connect(portOf(source))
  t.after(() => client.destroy())
  await client.send(hello)
  return client
}

/** What stands behind the name of the message, for one event of so many bytes. */
function rowsOf(length: number): Buffer {
  const encoder = new AvroEncoder(length + 20)
  encoder.long(1)
  encoder.long(0)
  const body = Buffer.alloc(length, 'x')
  encoder.bytes(body, 0, length)
  encoder.long(0)
  return Buffer.from(encoder.encoded)
}

function packed(serial: number, bytes: Uint8Array, unpackedBytes: number, name = 'appendBatch'): Buffer {
  const head = new AvroEncoder(20)
  head.string(name)
  return frameOf(serial, [callMeta({ unpackedBytes }), head.encoded, bytes])
}

function packedRows(serial: number, length: number): Buffer {
  const rows = rowsOf(length)
  return packed(serial, zstdCompressSync(rows), rows.length)
}

/** Serial and status of each answer. */
function statusesOf({ received }: TcpClient): readonly (readonly [serial: number, status: number])[] {
  return framesOf(received, received.length || 1).map(({ serial, bytes }) => [serial, bytes.at(-1)! / 2])
}

function errorsOf(source: Harness<'source'>): string {
  return source.observed.lines.map(({ facts }) => String(facts.error ?? '')).join('\n')
}

test('packed requests, small and large, are stored and answered in their order among plain ones', async (t) => {
  const source = await running(t)
  const client = await greeted(t, source)
  const lengths = [1000, 2 * mebibyte, 10, 500_000, 2000]
  await client.send(Buffer.concat(lengths.map((length, index) => packedRows(index + 2, length))))
  await client.send(Buffer.concat(appendBatchRequest(7, batchOf([createEvent('plain')]), 'settled')))
  await source.stored(7)
  assert.deepEqual(
    source.bodies().map(({ length }) => length),
    [5, ...lengths, 5],
  )
  while (statusesOf(client).length < 7) await settle()
  assert.deepEqual(
    statusesOf(client),
    [1, 2, 3, 4, 5, 6, 7].map((serial) => [serial, 0]),
  )
})

test('a packed request that cannot be, or becomes too large, ends its connection and no other', async (t) => {
  const rows = rowsOf(1000)
  const large = rowsOf(mebibyte)
  const good = zstdCompressSync(rows)
  for (const [request, expected] of [
    [packed(2, good, rows.length - 1), /cannot be unpacked/],
    [packed(2, good, rows.length + 1), /of 1006 bytes becomes 1005/],
    [packed(2, zstdCompressSync(large), large.length + 1), /of 1048584 bytes becomes 1048583/],
    [packed(2, good.subarray(0, 10), rows.length), /cannot be unpacked/],
    [packed(2, Buffer.from('no frame of zstd'), rows.length), /cannot be unpacked/],
    [packed(2, Buffer.concat([good, good]), rows.length * 2), /becomes|more behind/],
    [packed(2, good, 2 ** 30), /becomes more than 134217728 bytes/],
    [packed(2, good, 100 * mebibyte), /100 times as large, which is maxInflationRatio/],
    [
      packed(
        2,
        zstdCompressSync(Buffer.alloc(64 * mebibyte), { params: { [constants.ZSTD_c_windowLog]: 17 } }),
        200_000,
      ),
      /cannot be unpacked/,
    ],
  ] as const) {
    const source = await running(t)
    const other = await greeted(t, source)
    const client = await greeted(t, source)
    await source.stored(2)
    await client.send(request)
    await client.lastAnswer()
    assert.match(errorsOf(source), expected)
    assert.equal(source.observed.counts.get('requestsInvalid'), 1)
    await other.send(packedRows(2, 1000))
    await source.stored(3)
    assert.equal(source.bodies().length, 3)
  }
})

test('maxRequestSize holds for what a request becomes', async (t) => {
  const source = await running(t, { maxRequestSize: '1 MiB' })
  const client = await greeted(t, source)
  await client.send(packedRows(2, mebibyte - 100))
  await source.stored(2)
  await client.send(packedRows(3, mebibyte))
  await client.lastAnswer()
  assert.match(errorsOf(source), /becomes more than 1048576 bytes/)
})

test('rows that cannot be read, and an unknown message, have an answer, and the connection goes on', async (t) => {
  const source = await running(t)
  const client = await greeted(t, source)
  const rows = rowsOf(1000)
  const cut = rows.subarray(0, 900)
  await client.send(packed(2, zstdCompressSync(cut), cut.length))
  await client.send(packed(3, zstdCompressSync(rows), rows.length, 'odd'))
  await client.send(packedRows(4, 1000))
  await source.stored(2)
  assert.equal(source.observed.counts.get('requestsInvalid'), 2)
  assert.equal(source.bodies()[1]!.length, 1000)
})

test('a client that is none of ours cannot pack: its metadata are read over', async (t) => {
  const source = await running(t)
  const client = await TcpClient.connect(portOf(source))
  t.after(() => client.destroy())
  // As Flume says it, with an empty map where ours name themselves.
  const [frame] = framesOf(hello, hello.length)
  const at = frame!.bytes.indexOf('flumen.tiers') - 3
  await client.send(frameOf(1, [frame!.bytes.subarray(0, at), Buffer.of(0), frame!.bytes.subarray(at + 18)]))
  await source.stored(1)
  await client.send(packedRows(2, 1000))
  while (source.observed.counts.get('requestsInvalid') !== 1) await settle()
  assert.equal(source.bodies().length, 1)
})

test('packed requests of all clients take no more memory at a time than maxHeldSize; a stop ends those that wait', async (t) => {
  const store: (() => void)[] = []
  const onPut = (batch: EventBatch): Promise<void> | undefined =>
    batch.body(0).length < 100 ? undefined : new Promise((resolve) => store.push(resolve))
  const source = await running(t, { maxHeldSize: '4 MiB' }, { onPut: (batch) => onPut(batch) })
  const clients: TcpClient[] = []
  for (let index = 0; index < 6; index++) clients.push(await greeted(t, source))
  await source.stored(clients.length)
  for (const client of clients) await client.send(packedRows(2, 1.5 * mebibyte))
  // Two are in, and each that is stored lets in another.
  for (const stored of [0, 1]) {
    while (store.length < stored + 2) await settle()
    for (let turn = 0; turn < 200; turn++) await settle()
    assert.equal(store.length, stored + 2)
    store[stored]!()
    await source.stored(clients.length + stored + 1)
  }
  while (store.length < 4) await settle()
  await source.instance.stop(0)
  for (const resolve of store) resolve()
  for (let turn = 0; turn < 200; turn++) await settle()
  assert.equal(store.length, 4)
})
