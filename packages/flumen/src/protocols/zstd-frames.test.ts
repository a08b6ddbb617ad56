import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { ZstdFrames } from './zstd-frames.ts'

async function unpacked(file: Buffer, chunkBytes = 65_536): Promise<Buffer> {
  const chunks = Array.from({ length: Math.ceil(file.length / chunkBytes) }, (_, index) =>
    file.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  )
  const pieces: Buffer[] = []
  for await (const piece of Readable.from(chunks).pipe(new ZstdFrames())) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

test('frames one after the other are one file, in chunks of any size', async () => {
  const parts = [Buffer.from('one '), Buffer.alloc(0), randomBytes(300_000), Buffer.alloc(3_000_000, 'x')]
  const file = Buffer.concat(parts.map((part) => zstdCompressSync(part)))
  assert.ok(Buffer.concat(parts).equals(await unpacked(file)))
  const small = Buffer.concat(['a', 'b', 'c'].map((text) => zstdCompressSync(text)))
  for (let chunk = 1; chunk <= small.length; chunk++) assert.equal(String(await unpacked(small, chunk)), 'abc')
  assert.equal((await unpacked(Buffer.alloc(0))).length, 0)
})

test('a file that is cut off, or with other bytes behind a frame, fails', async () => {
  const file = Buffer.concat([zstdCompressSync('first'), zstdCompressSync('second')])
  const first = zstdCompressSync('first').length
  for (let length = 1; length < file.length; length++) {
    if (length !== first) await assert.rejects(unpacked(file.subarray(0, length)), `${length} bytes`)
  }
  await assert.rejects(unpacked(Buffer.concat([file, Buffer.from('more than it should have')])))
})

test('what is unpacked waits until it is wanted, however small the file is', async () => {
  const stream = new ZstdFrames()
  stream.write(zstdCompressSync(Buffer.alloc(200_000_000)))
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.ok(stream.readableLength < 1_000_000, `${stream.readableLength} bytes wait`)
  stream.destroy()
})
