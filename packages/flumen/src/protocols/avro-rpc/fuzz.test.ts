import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, createEvent } from '../../core/index.ts'
import { AvroEncoder } from '../avro-container-encoder.ts'
import { AvroRpcError } from './avro-reader.ts'
import { framesOf, goldenBytes } from './avro-rpc-for-test.ts'
import {
  type AvroCall,
  AvroCallReader,
  appendBatchRequest,
  packedBatchRequest,
  readReply,
  readUnpacked,
  statusAnswer,
} from './calls.ts'
import { callMeta } from './extension.ts'
import { type AvroFrame, AvroFrameReader, frameOf } from './frame-reader.ts'
import { KnownClients } from './handshake.ts'
import { checkPacked, unpackedAtOnce } from './packing.ts'

const inputs = 100_000
const slowMs = 100
const conversation = goldenBytes('avro-plain.1.c2s.bin')
const mostBytes = 1 << 20
/** What one of ours says: where its rows come from, and packed behind the handshake; all within what is damaged most. */
const row = batchOf([createEvent('one')])
const same = batchOf(Array.from({ length: 50 }, () => createEvent('the same text', { k: 'v' })))
const origin = { first: 1000, last: 1049, producer: 'edge' }
const ours = Buffer.concat([
  ...appendBatchRequest(1, row, { withText: false }, origin),
  ...(await packedBatchRequest(2, same, 3, origin)),
  ...appendBatchRequest(3, row, 'settled', origin),
])

/** How often the server's side met which of our words. */
const met = { origins: 0, packed: 0 }

const conversations = [conversation, ours]
const replies = [goldenBytes('avro-plain.1.s2c.bin'), answersTo(ours)]

test(`${inputs} damaged conversations and answers are read, or refused with an error of this protocol, each at once`, () => {
  const random = generator(7)
  let refused = 0
  let read = 0
  for (let index = 0; index < inputs; index++) {
    const isReply = index % 4 === 0
    const bytes = damaged((isReply ? replies : conversations)[index % 3 === 0 ? 1 : 0]!, random)
    const began = performance.now()
    try {
      read += isReply ? readReplies(bytes) : serve(bytes, random)
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
  assert.ok(met.origins > 1000 && met.packed > 1000, JSON.stringify(met))
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
  const reader = new AvroFrameReader(mostBytes)
  const calls = new AvroCallReader(new KnownClients())
  let requests = 0
  const pieceBytes = random(2) === 0 ? bytes.length : 1 + random(500)
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    reader.receive(Buffer.from(bytes.subarray(at, at + pieceBytes)))
    for (let frame = reader.next(); frame; frame = reader.next()) {
      const call = plain(calls, frame)
      if (call.kind === 'append' && call.origin) met.origins++
      if (call.kind === 'append')
        for (const { headers, body } of call.batch) requests += headers.size + body.length > 0 ? 1 : 0
    }
  }
  return requests
}

/** As the source does it. */
function plain(calls: AvroCallReader, frame: AvroFrame): Exclude<AvroCall, { kind: 'packed' }> {
  const call = calls.read(frame, 0)
  if (call.kind !== 'packed') return call
  checkPacked(call, { maxRequestSize: mostBytes, maxInflationRatio: 100 })
  const bytes = unpackedAtOnce(call)
  met.packed++
  return readUnpacked(call, bytes, 0)
}

function answersTo(requests: Buffer): Buffer {
  const calls = new AvroCallReader(new KnownClients())
  const answers = framesOf(requests, requests.length).map((frame) => {
    const call = plain(calls, frame)
    assert.ok(call.kind === 'append')
    return statusAnswer(call, 'OK')
  })
  return Buffer.concat(answers)
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
    assert.ok(call.kind === 'append' || (call.kind === 'answered' && call.problem !== undefined))
  }
})

test('damaged metadata of a call of ours, and random bytes of it, are read, answered or refused', () => {
  const random = generator(13)
  const calls = new AvroCallReader(new KnownClients())
  calls.read(framesOf(ours, ours.length)[0]!, 0)
  const name = new AvroEncoder(20)
  name.string('appendBatch')
  const rows = framesOf(ours, ours.length)[1]!.bytes.subarray(-40)
  const outcomes = { append: 0, packed: 0, answered: 0 }
  for (let index = 0; index < 20_000; index++) {
    const meta = callMeta({ origin, ...(random(2) === 0 && { unpackedBytes: random(1000) }) })
    const changed = Buffer.from(meta)
    for (let change = random(3); change >= 0; change--) changed[random(changed.length)] = random(256)
    const bytes = random(4) === 0 ? Uint8Array.from({ length: random(60) }, () => random(8)) : changed
    const [frame] = framesOf(frameOf(index, [bytes, name.encoded, rows]), 1000)
    outcomes[calls.read(frame!, 0).kind]++
  }
  assert.ok(outcomes.packed > 100 && outcomes.answered > 100, JSON.stringify(outcomes))
})
