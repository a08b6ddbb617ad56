import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameSplitter } from './frame-splitter.ts'
import { framesOf } from './rpc-for-test.ts'
import { ThriftError } from './thrift-error.ts'

function framed(...bodies: readonly string[]): Buffer {
  return Buffer.concat(
    bodies.map((body) => {
      const length = Buffer.alloc(4)
      length.writeInt32BE(body.length)
      return Buffer.concat([length, Buffer.from(body)])
    }),
  )
}

test('frames are cut wherever the pieces end', () => {
  const bodies = ['', 'a', 'b'.repeat(300_000), '', 'c'.repeat(17)]
  const bytes = framed(...bodies)
  for (const chunkBytes of [1, 2, 3, 5, 1000, 65_536, bytes.length]) {
    assert.deepEqual(framesOf(bytes, chunkBytes).map(String), bodies, `pieces of ${chunkBytes}`)
  }
})

test('frames are cut where small and large pieces follow each other', () => {
  const body = Array.from({ length: 60_000 }, (_, index) => String.fromCharCode(32 + (index % 90))).join('')
  const bytes = framed('x', body, 'y', body)
  const sizes = [1, 9000, 3, 8192, 8191, 20_000, 7, 0, 5000, 5000, 5000, 12_000]
  for (let shift = 0; shift < sizes.length; shift++) {
    const splitter = new FrameSplitter(1_000_000)
    const frames: string[] = []
    for (let at = 0, piece = shift; at < bytes.length; piece++) {
      const size = sizes[piece % sizes.length]!
      splitter.receive(bytes.subarray(at, at + size))
      at += size
      for (let frame = splitter.next(); frame; frame = splitter.next()) frames.push(String(frame))
    }
    assert.deepEqual(frames, ['x', body, 'y', body])
    assert.equal(splitter.pendingBytes, 0)
  }
})

test('a frame within one piece is not copied, any other has memory of its own size', () => {
  const splitter = new FrameSplitter(1_000_000)
  const chunk = framed('first', 'x'.repeat(500_000))
  splitter.receive(chunk.subarray(0, 100))
  assert.equal(splitter.next()?.buffer, chunk.buffer)
  assert.equal(splitter.next(), undefined)
  splitter.receive(chunk.subarray(100))
  const frame = splitter.next()
  assert.deepEqual([frame?.length, frame?.buffer.byteLength], [500_000, 500_000])
  assert.equal(splitter.pendingBytes, 0)
})

test('memory follows what came, not what was declared', () => {
  const splitter = new FrameSplitter(2 ** 31 - 1)
  splitter.receive(Buffer.from('7fffffff', 'hex'))
  assert.equal(splitter.next(), undefined)
  assert.equal(splitter.pendingBytes, 4)
  for (let piece = 0; piece < 100_000; piece++) {
    splitter.receive(Buffer.of(1))
    assert.equal(splitter.next(), undefined)
  }
  assert.ok(splitter.pendingBytes <= 100_000 + 65_536 + 4, String(splitter.pendingBytes))
})

test('a length that is negative or over the bound is refused at once', () => {
  for (const [head, most] of [
    ['ffffffff', 100],
    ['80010001', 100],
    ['00000065', 100],
    ['47455420', 16_384_000],
  ] as const) {
    const splitter = new FrameSplitter(most)
    splitter.receive(Buffer.from(head, 'hex'))
    assert.throws(() => splitter.next(), ThriftError)
  }
})
