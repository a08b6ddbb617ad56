import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, createEvent, type Event, EventBatch } from '../../core/index.ts'
import { sampleBatches } from '../../testing/sample-batches.ts'
import { AvroEncoder } from '../avro-container-encoder.ts'
import { AvroReader, AvroRpcError } from './avro-reader.ts'
import { framesOf, goldenBytes, goldenEvents, plainEvents } from './avro-rpc-for-test.ts'
import { AvroCallReader, appendBatchRequest, readReply, statusAnswer } from './calls.ts'
import { readEvents } from './events.ts'
import { frameOf } from './frame-reader.ts'
import { handshakeRequest, KnownClients } from './handshake.ts'
import { sourceProtocol, sourceProtocolHash } from './source-protocol.ts'

/** Serves the requests of a captured conversation; the answers as they go over the wire, and the events. */
function serve(bytes: Uint8Array, pieceBytes: number): { readonly answers: Buffer; readonly events: readonly Event[] } {
  const calls = new AvroCallReader(new KnownClients())
  const answers: Buffer[] = []
  const events: Event[] = []
  for (const frame of framesOf(bytes, pieceBytes)) {
    const call = calls.read(frame, 0)
    assert.ok(call.kind !== 'packed')
    if (call.kind === 'answered') answers.push(call.answer)
    else {
      answers.push(statusAnswer(call, 'OK'))
      events.push(...call.batch)
    }
  }
  return { answers: Buffer.concat(answers), events }
}

test("the protocol's text is Flume's to the letter", () => {
  assert.equal(sourceProtocolHash.toString('hex'), '86aadae2c45474c0fe93ffd0f2350a65')
  assert.equal(sourceProtocol.length, 1334)
})

for (const pieceBytes of [1, 7, 100, 1 << 20]) {
  test(`a conversation of Flume's client is answered as Flume does, in pieces of ${pieceBytes} bytes`, () => {
    const { answers, events } = serve(goldenBytes('avro-plain.1.c2s.bin'), pieceBytes)
    assert.deepEqual(answers, goldenBytes('avro-plain.1.s2c.bin'))
    assert.deepEqual(plainEvents(events), plainEvents(goldenEvents()))
  })
}

test("what Flume's command-line client says is answered as Flume does", () => {
  const { answers, events } = serve(goldenBytes('avrocli.1.c2s.bin'), 64)
  assert.deepEqual(answers, goldenBytes('avrocli.1.s2c.bin'))
  assert.equal(events.length, 4)
})

test('a ping and an unknown message are answered as Flume does', () => {
  for (const name of ['ping-empty-message', 'unknown-message']) {
    const { answers } = serve(goldenBytes(`avro-handshake-known-hash-${name}.c2s.bin`), 1000)
    assert.deepEqual(answers, goldenBytes(`avro-handshake-known-hash-${name}.s2c.bin`), name)
  }
})

test('FAILED is answered as Flume does', () => {
  const calls = new AvroCallReader(new KnownClients())
  const [one, two, three] = framesOf(goldenBytes('avro-channel-full.1.c2s.bin'), 1000).map((frame) => {
    const call = calls.read(frame, 0)
    assert.ok(call.kind === 'append')
    return call
  })
  const answers = [statusAnswer(one!, 'OK'), statusAnswer(two!, 'OK'), statusAnswer(three!, 'FAILED')]
  assert.deepEqual(Buffer.concat(answers), goldenBytes('avro-channel-full.1.s2c.bin'))
})

test('whatever the shape of a batch, it comes back as it was sent', () => {
  for (const batch of sampleBatches()) {
    const calls = new AvroCallReader(new KnownClients())
    const [frame] = framesOf(wireOf(5, batch, { withText: false }), 1 << 16)
    const call = calls.read(frame!, 77)
    assert.ok(call.kind === 'append' && call.isBatch)
    assert.equal(call.serial, 5)
    assert.deepEqual(plainEvents(call.batch), plainEvents(batch))
    assert.ok(call.batch.parts.every(({ arrivedAt }) => arrivedAt === 77))
  }
})

test('bodies are not copied: they lie in the bytes that came', () => {
  const batch = batchOf([createEvent('one'), createEvent('two')])
  const [frame] = framesOf(wireOf(1, batch, { withText: false }), 1 << 16)
  const call = new AvroCallReader(new KnownClients()).read(frame!, 0)
  assert.ok(call.kind === 'append')
  assert.equal(call.batch.parts[0]!.slab, frame!.bytes)
})

test('random batches come back, encoded with every form of block', () => {
  const random = generator(42)
  for (let round = 0; round < 500; round++) {
    const events = Array.from({ length: random(20) }, () => randomEvent(random))
    const bytes = encodeEvents(events, random)
    const reader = new AvroReader(bytes, 0, bytes.length)
    assert.deepEqual(plainEvents(readEvents(reader, 0)), plainEvents(events))
    assert.equal(reader.left, 0)
  }
})

test('more names than columns, names that come late and names that come twice are all there', () => {
  const many = Array.from({ length: 200 }, (_, index) => createEvent(`${index}`, { [`name ${index}`]: 'x', all: 'y' }))
  const late = [
    createEvent('a'),
    createEvent('b', { k: '1' }),
    createEvent('c', { l: '2', k: '1' }),
    createEvent('d', { k: '3' }),
  ]
  for (const events of [many, late]) {
    const bytes = encodeEvents(events, () => 0)
    assert.deepEqual(plainEvents(readEvents(new AvroReader(bytes, 0, bytes.length), 0)), plainEvents(events))
  }
  const twice = Buffer.from([2, 4, 2, 0x6b, 2, 0x31, 2, 0x6b, 2, 0x32, 0, 0, 0])
  assert.deepEqual(plainEvents(readEvents(new AvroReader(twice, 0, twice.length), 0)), [[{ k: '2' }, '']])
})

test('headers that all rows share become constants, and equal values are one text', () => {
  const events = Array.from({ length: 10 }, (_, index) => createEvent('x', { host: 'h', odd: String(index % 2) }))
  const bytes = encodeEvents(events, () => 0)
  const [part] = readEvents(new AvroReader(bytes, 0, bytes.length), 0).parts
  assert.deepEqual(part!.columns[0], ['host', { kind: 'constant', value: 'h' }])
  assert.equal(part!.columns[1]![1].kind, 'list')
})

test('a count or a length beyond what is there is refused before anything is made for it', () => {
  for (const bytes of [
    [0xfe, 0xff, 0xff, 0xff, 0x0f],
    [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
    [2, 0xfe, 0xff, 0xff, 0xff, 0x0f],
    [2, 0, 0xfe, 0xff, 0xff, 0xff, 0x0f],
    [3, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [2, 0, 1],
    [2],
    [],
  ]) {
    const reader = new AvroReader(Buffer.from(bytes), 0, bytes.length)
    assert.throws(() => readEvents(reader, 0), AvroRpcError, String(bytes))
  }
})

test('a request that cannot be read behind its handshake is told so, and the next one is read', () => {
  const calls = new AvroCallReader(new KnownClients())
  const frame = (payload: Uint8Array) => framesOf(frameOf(9, [payload]), 1000)[0]!
  const bad = calls.read(frame(Buffer.concat([handshakeRequest(false), Buffer.from('\0\x16appendBatch\x04\0')])), 0)
  assert.ok(bad.kind === 'answered' && bad.problem !== undefined)
  const [reply] = framesOf(bad.answer, 1000)
  assert.equal(readReply(reply!, false).kind, 'error')
  const good = calls.read(frame(Buffer.from('\0\x16appendBatch\0')), 0)
  assert.ok(good.kind === 'append')
  assert.equal(good.batch.length, 0)
})

test('the name of an unknown message is not repeated at any length', () => {
  const name = new AvroEncoder(5000)
  name.string('x'.repeat(5000))
  const [frame] = framesOf(frameOf(1, [handshakeRequest(false), Buffer.of(0), name.encoded]), 1 << 16)
  const call = new AvroCallReader(new KnownClients()).read(frame!, 0)
  assert.ok(call.kind === 'answered' && call.answer.length < 1000)
})

test('a handshake that is cut off cannot be answered', () => {
  const [frame] = framesOf(frameOf(1, [handshakeRequest(false).subarray(0, 20)]), 1000)
  assert.throws(() => new AvroCallReader(new KnownClients()).read(frame!, 0), AvroRpcError)
})

test('a client with another text is asked for it, told ours, and served', () => {
  const known = new KnownClients()
  const calls = new AvroCallReader(known)
  const stranger = Buffer.from('0123456789abcdef')
  const greet = (text: string | undefined, serverHash: Uint8Array): Buffer => {
    const encoder = new AvroEncoder(100)
    encoder.raw(stranger)
    encoder.long(text === undefined ? 0 : 1)
    if (text !== undefined) encoder.string(text)
    encoder.raw(serverHash)
    encoder.long(0)
    return frameOf(1, [encoder.encoded, Buffer.from('\0\x16appendBatch\0')])
  }
  const matchOf = (request: Buffer): unknown => {
    const call = calls.read(framesOf(request, 1000)[0]!, 0)
    assert.ok(call.kind !== 'packed')
    return call.kind === 'append' ? call.greeting[0] : framesOf(call.answer, 5000)[0]!.bytes[0]
  }
  assert.equal(matchOf(greet(undefined, stranger)), 4)
  assert.equal(matchOf(greet('no protocol', stranger)), 4)
  assert.equal(matchOf(greet('{"protocol":"Mine"}', stranger)), 2)
  const second = new AvroCallReader(known).read(framesOf(greet(undefined, sourceProtocolHash), 1000)[0]!, 0)
  assert.ok(second.kind === 'append')
  assert.equal(second.greeting[0], 0)
})

function wireOf(...request: Parameters<typeof appendBatchRequest>): Buffer {
  return Buffer.concat(appendBatchRequest(...request))
}

type Random = (below: number) => number

function generator(seed: number): Random {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function randomEvent(random: Random): Event {
  const headers = Array.from({ length: random(4) }, () => [`k${random(6)}`, 'é'.repeat(random(3))] as const)
  return createEvent(
    Uint8Array.from({ length: random(50) }, () => random(256)),
    Object.fromEntries(headers),
  )
}

/** In blocks of random sizes, some with a negative count and their size. */
function encodeEvents(events: readonly Event[], random: Random): Buffer {
  const all = new AvroEncoder(1000)
  encodeBlocks(all, events, random, (encoder, { headers, body }) => {
    encodeBlocks(encoder, [...headers], random, (pairs, [name, value]) => {
      pairs.string(name)
      pairs.string(value)
    })
    encoder.bytes(body, 0, body.length)
  })
  return Buffer.from(all.encoded)
}

function encodeBlocks<T>(
  target: AvroEncoder,
  items: readonly T[],
  random: Random,
  encode: (encoder: AvroEncoder, item: T) => void,
): void {
  let at = 0
  while (at < items.length) {
    const count = Math.max(1, items.length - at - random(items.length))
    const block = new AvroEncoder(100)
    for (const item of items.slice(at, at + count)) encode(block, item)
    if (random(2) === 1) {
      // -n is 2n - 1 in zigzag, which for small n is one byte.
      target.raw(Uint8Array.of(count * 2 - 1))
      target.long(block.length)
    } else target.long(count)
    target.raw(block.encoded)
    at += count
  }
  target.long(0)
}

test('an empty batch is an empty array', () => {
  const [frame] = framesOf(wireOf(1, EventBatch.empty, 'settled'), 1000)
  assert.equal(frame!.bytes.toString('latin1'), '\0\x16appendBatch\0')
})
