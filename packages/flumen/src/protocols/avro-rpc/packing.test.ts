import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constants, zstdCompressSync } from 'node:zlib'
import { batchOf, createEvent, type EventBatch } from '../../core/index.ts'
import { sampleBatches } from '../../testing/sample-batches.ts'
import { AvroRpcError } from './avro-reader.ts'
import { framesOf, plainEvents } from './avro-rpc-for-test.ts'
import {
  AvroCallReader,
  appendBatchRequest,
  type PackedCall,
  packedBatchRequest,
  readReply,
  readUnpacked,
  statusAnswer,
} from './calls.ts'
import { KnownClients } from './handshake.ts'
import { checkPacked, isSmall, type Packed, type UnpackingBounds, unpacked, unpackedAtOnce } from './packing.ts'

const origin = { first: 7, last: 9, producer: 'p' }
const most = 1 << 27

/** The server's side of a connection of ours behind its handshake, and what it answered. */
function settled(): { readonly calls: AvroCallReader; readonly answer: Buffer } {
  const calls = new AvroCallReader(new KnownClients())
  const [greeting] = framesOf(Buffer.concat(appendBatchRequest(1, batchOf([]), { withText: false })), 1000)
  const call = calls.read(greeting!, 0)
  assert.ok(call.kind === 'append')
  return { calls, answer: statusAnswer(call, 'OK') }
}

async function sent(batch: EventBatch, level = 3): Promise<ReturnType<AvroCallReader['read']>> {
  const wire = Buffer.concat(await packedBatchRequest(5, batch, level, origin))
  return settled().calls.read(framesOf(wire, 1 << 16)[0]!, 77)
}

/** Of text that becomes smaller. */
function lines(count: number): EventBatch {
  return batchOf(Array.from({ length: count }, (_, index) => createEvent(`GET /page/${index} 200`, { host: 'h' })))
}

async function packedLines(count: number): Promise<PackedCall> {
  const call = await sent(lines(count))
  assert.ok(call.kind === 'packed')
  return call
}

const boundsOf = (maxRequestSize: number): UnpackingBounds => ({ maxRequestSize, maxInflationRatio: 100 })

test('a packed batch comes back as it was sent, with its origin, whatever its shape and size', async () => {
  let [small, large] = [0, 0]
  for (const batch of [...sampleBatches(), lines(100), lines(20_000)]) {
    for (const level of [0, 3, 9]) {
      const call = await sent(batch, level)
      if (call.kind !== 'packed') continue
      checkPacked(call, boundsOf(most))
      if (isSmall(call)) small++
      else large++
      for (const bytes of [unpackedAtOnce(call), await unpacked(call)]) {
        const read = readUnpacked(call, bytes, 77)
        assert.ok(read.kind === 'append' && read.isBatch)
        assert.deepEqual(plainEvents(read.batch), plainEvents(batch))
        assert.deepEqual([read.serial, read.origin], [5, origin])
        assert.ok(read.batch.parts.every(({ slab, arrivedAt }) => slab === bytes && arrivedAt === 77))
      }
    }
  }
  assert.ok(small >= 3 && large >= 3, `${small} small, ${large} large`)
})

test('what is small or does not shrink is sent as it is, to the byte', async () => {
  const random = Uint8Array.from({ length: 100_000 }, (_, index) => (index * index * 2_654_435_761) >>> 13)
  for (const batch of [batchOf([]), lines(3), batchOf([createEvent(random)])]) {
    assert.deepEqual(
      Buffer.concat(await packedBatchRequest(5, batch, 3, origin)),
      Buffer.concat(appendBatchRequest(5, batch, 'settled', origin)),
    )
  }
})

test('the server says to ours that it reads packed calls, and not to others', () => {
  const { answer } = settled()
  assert.ok(answer.includes(Buffer.from('\x02\x18flumen.tiers\x02\x02\0')))
  const versionOf = (bytes: Buffer): number | undefined => {
    const reply = readReply(framesOf(bytes, 1000)[0]!, false)
    return reply.kind === 'status' ? reply.version : undefined
  }
  assert.equal(versionOf(answer), 2)
  const older = Buffer.from(answer)
  older[older.indexOf('flumen.tiers') + 13] = 1
  assert.equal(versionOf(older), 1)
})

test('a call that is not packed as it says is refused, at once and on another thread', async () => {
  for (const count of [100, 20_000]) {
    const call = await packedLines(count)
    const { bytes, unpackedBytes } = call
    const damaged = Buffer.from(bytes)
    damaged.fill(0xff, 20, 40)
    const wrong: readonly Packed[] = [
      { bytes, unpackedBytes: unpackedBytes - 1 },
      { bytes, unpackedBytes: unpackedBytes + 1 },
      { bytes, unpackedBytes: 0 },
      { bytes: bytes.subarray(0, -1), unpackedBytes },
      { bytes: bytes.subarray(0, 30), unpackedBytes },
      { bytes: damaged, unpackedBytes },
      { bytes: Buffer.alloc(0), unpackedBytes },
      { bytes: Buffer.alloc(0), unpackedBytes: 0 },
      { bytes: Buffer.concat([bytes, Buffer.of(0)]), unpackedBytes },
      { bytes: Buffer.concat([bytes, zstdCompressSync('')]), unpackedBytes },
      { bytes: Buffer.concat([bytes, bytes]), unpackedBytes: unpackedBytes * 2 },
    ]
    for (const [index, each] of wrong.entries()) {
      assert.throws(() => unpackedAtOnce(each), AvroRpcError, `${index} of ${count}`)
      await assert.rejects(unpacked(each), AvroRpcError, `${index} of ${count}`)
    }
  }
})

test('what says that it becomes too large is refused before it is unpacked', async () => {
  const { bytes } = await packedLines(100)
  for (const [unpackedBytes, mostBytes, expected] of [
    [2 ** 30, most, /becomes more than 134217728 bytes/],
    [2 ** 60, Number.MAX_SAFE_INTEGER, /more than/],
    [1001, 1000, /becomes more than 1000 bytes/],
    [most, most, /100 times as large/],
    [-1, most, /-1 bytes/],
  ] as const) {
    assert.throws(() => checkPacked({ bytes, unpackedBytes }, boundsOf(mostBytes)), expected)
  }
  checkPacked({ bytes, unpackedBytes: 1000 }, boundsOf(1000))
  checkPacked({ bytes, unpackedBytes: most }, { maxRequestSize: most, maxInflationRatio: most })
})

test('a frame that becomes more than it says is unpacked no further', async () => {
  const bomb = zstdCompressSync(Buffer.alloc(1 << 26), { params: { [constants.ZSTD_c_windowLog]: 17 } })
  const isCutOff = (error: unknown): boolean =>
    error instanceof AvroRpcError && (error.cause as { readonly code?: string }).code === 'ERR_BUFFER_TOO_LARGE'
  for (const unpackedBytes of [1000, 1 << 20]) {
    assert.throws(() => unpackedAtOnce({ bytes: bomb, unpackedBytes }), isCutOff)
    await assert.rejects(unpacked({ bytes: bomb, unpackedBytes }), isCutOff)
  }
})

test('a batch that would look like a bomb is sent as it is', async () => {
  const same = createEvent('x'.repeat(1_000_000))
  const batch = batchOf(Array.from({ length: 40 }, () => same))
  assert.equal((await sent(batch)).kind, 'append')
})

test('a packed call of which the rows cannot be read has an answer', async () => {
  const call = await packedLines(100)
  const bytes = unpackedAtOnce(call)
  const read = readUnpacked(call, bytes.subarray(0, -5), 0)
  assert.ok(read.kind === 'answered' && read.problem !== undefined)
  assert.equal(readReply(framesOf(read.answer, 1000)[0]!, true).kind, 'error')
})
