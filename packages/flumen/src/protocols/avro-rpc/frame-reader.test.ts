import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { framesOf } from './avro-rpc-for-test.ts'
import { AvroFrameReader, frameOf } from './frame-reader.ts'

const mebibyte = 1 << 20

test('buffers of any number and size are joined, however the bytes come', () => {
  const sizes = [[0], [5], [43, 9], [0, 1, 2], [0, 0, 0], [1, 0, 8192, 8192, 100_000, 0, 7], [8, 8192]]
  const buffers = sizes.map((row) => row.map((size, index) => Buffer.alloc(size, 97 + (index % 26))))
  const wire = Buffer.concat(buffers.map((row, index) => frameOf(index - 3, row)))
  for (const pieceBytes of [1, 3, 11, 1000, 8200, mebibyte]) {
    const frames = framesOf(wire, pieceBytes)
    assert.deepEqual(
      frames.map(({ serial, bytes }) => [serial, bytes.toString()]),
      buffers.map((row, index) => [index - 3, Buffer.concat(row).toString()]),
    )
  }
})

test('frames of one chunk are views on it', () => {
  const wire = Buffer.concat([frameOf(1, [Buffer.from('ab'), Buffer.from('cd')]), frameOf(2, [Buffer.from('e')])])
  const reader = new AvroFrameReader(1000)
  reader.receive(wire)
  const [one, two] = [reader.next()!, reader.next()!]
  assert.equal(one.bytes, wire)
  assert.equal(two.bytes, wire)
  assert.equal(one.bytes.toString('latin1', one.start, one.end), 'abcd')
  assert.equal(two.bytes.toString('latin1', two.start, two.end), 'e')
  assert.equal(reader.next(), undefined)
  assert.equal(reader.pendingBytes, 0)
})

test('no buffers, a negative length and too large a frame are refused, also before they have come', () => {
  const heads = [
    [0, 0, 0, 1, 0, 0, 0, 0],
    [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff],
    [0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff],
    [0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff],
    [0, 0, 0, 1, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff],
    [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 9, 0x7f, 0xff, 0xff, 0xff],
  ]
  for (const head of heads) {
    for (const pieceBytes of [1, 100]) {
      assert.throws(() => framesOf(Uint8Array.from(head), pieceBytes, mebibyte), /frame|buffer/, String(head))
    }
  }
})

test('memory is made for what has come, not for what is announced', () => {
  const reader = new AvroFrameReader(1 << 30)
  reader.receive(Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 0x3f, 0, 0, 0]))
  assert.equal(reader.next(), undefined)
  assert.ok(reader.pendingBytes > 0)
  for (let piece = 1; piece <= 64; piece++) {
    reader.receive(Buffer.alloc(65_536))
    assert.equal(reader.next(), undefined)
    assert.ok(reader.pendingBytes <= 2 * piece * 65_536 + 65_536, `${reader.pendingBytes} of ${piece} pieces`)
  }
})

test('what comes before the last bytes were taken is not lost', () => {
  const reader = new AvroFrameReader(1000)
  reader.receive(frameOf(1, [Buffer.from('a')]))
  reader.receive(frameOf(2, [Buffer.from('b')]))
  assert.deepEqual([reader.next()!.serial, reader.next()!.serial, reader.next()], [1, 2, undefined])
})

test('what was read is not kept until more comes', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const reader = new AvroFrameReader(1000)
  const chunks = [frameOf(1, [Buffer.alloc(100)])].map((chunk) => {
    reader.receive(chunk)
    assert.ok(reader.next())
    assert.equal(reader.next(), undefined)
    return new WeakRef(chunk)
  })
  // A reference that was just made lives until the turn is over.
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  assert.equal(chunks[0]!.deref(), undefined)
})
