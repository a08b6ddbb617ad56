import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AvroRpcError } from './avro-reader.ts'
import { goldenBytes } from './avro-rpc-for-test.ts'
import { AvroCallReader, readReply } from './calls.ts'
import { AvroFrameReader, frameOf } from './frame-reader.ts'
import { KnownClients } from './handshake.ts'

const inputs = 100_000
const slowMs = 100
const conversation = goldenBytes('avro-plain.1.c2s.bin')
const replies = goldenBytes('avro-plain.1.s2c.bin')

test(`${inputs} damaged conversations and answers are read, or refused with an error of this protocol, each at once`, () => {
  const random = generator(7)
  let refused = 0
  let read = 0
  for (let index = 0; index < inputs; index++) {
    const bytes = damaged(index % 4 === 0 ? replies : conversation, random)
    const began = performance.now()
    try {
      read += index % 4 === 0 ? readReplies(bytes) : serve(bytes, random)
    } catch (error) {
      if (!(error instanceof AvroRpcError)) throw error
      refused++
    }
    const tookMs = performance.now() - began
    if (tookMs > slowMs) {
      // Another process may have had the processor: only what is slow again is slow.
      const again = performance.now()
      try {
        serve(bytes, random)
      } catch {}
      assert.ok(performance.now() - again < slowMs, bytes.toString('hex'))
    }
  }
  assert.ok(refused > 1000 && read > 1000, `${refused} refused, ${read} read`)
})

type Random = (below: number) => number

function generator(seed: number): Random {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Some bits turned, bytes set to extremes, pieces cut out or twice; mostly in the first requests. */
function damaged(good: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(Uint8Array.from(good).buffer)
  for (let change = random(4); change >= 0; change--) {
    const at = random(Math.min(bytes.length, random(3) === 0 ? bytes.length : 300))
    const kind = random(5)
    if (kind === 0) bytes[at]! ^= 1 << random(8)
    else if (kind === 1) bytes[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][random(6)]!
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random(20))])
    else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at + random(20)), bytes.subarray(at)])
    else bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(random(12), 0xff), bytes.subarray(at)])
  }
  return bytes
}

function serve(bytes: Buffer, random: Random): number {
  const reader = new AvroFrameReader(1 << 20)
  const calls = new AvroCallReader(new KnownClients())
  let requests = 0
  const pieceBytes = random(2) === 0 ? bytes.length : 1 + random(500)
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    reader.receive(Buffer.from(bytes.subarray(at, at + pieceBytes)))
    for (let frame = reader.next(); frame; frame = reader.next()) {
      const call = calls.read(frame, 0)
      if (call.kind === 'append')
        for (const { headers, body } of call.batch) requests += headers.size + body.length > 0 ? 1 : 0
    }
  }
  return requests
}

function readReplies(bytes: Buffer): number {
  const reader = new AvroFrameReader(1 << 20)
  let count = 0
  reader.receive(bytes)
  for (let frame = reader.next(); frame; frame = reader.next()) {
    readReply(frame, count > 0)
    count++
  }
  return count
}

test('a frame of random bytes behind the handshake is answered', () => {
  const random = generator(11)
  const [first] = [new AvroFrameReader(1 << 20)]
  first.receive(Buffer.from(Uint8Array.from(conversation.subarray(0, 84)).buffer))
  const calls = new AvroCallReader(new KnownClients())
  calls.read(first.next()!, 0)
  for (let index = 0; index < 20_000; index++) {
    const payload = Buffer.concat([
      Buffer.from('\0\x16appendBatch'),
      Uint8Array.from({ length: random(60) }, () => random(random(2) === 0 ? 8 : 256)),
    ])
    const reader = new AvroFrameReader(1 << 20)
    reader.receive(frameOf(index, [payload]))
    const call = calls.read(reader.next()!, 0)
    assert.ok(call.kind === 'append' || call.problem !== undefined)
  }
})
