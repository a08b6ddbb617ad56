import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { loadBzip2 } from '../../../protocols/avro-container-bzip2.ts'
import { Bzip2Stream } from './bzip2-stream.ts'

const library = await loadBzip2()
const packed = (data: Buffer): Buffer => Buffer.from(library.compress(data))

async function unpacked(file: Buffer, chunkBytes = 65_536): Promise<Buffer> {
  const chunks = Array.from({ length: Math.ceil(file.length / chunkBytes) }, (_, index) =>
    file.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  )
  const pieces: Buffer[] = []
  for await (const piece of Readable.from(chunks).pipe(new Bzip2Stream())) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

test('a file of several blocks comes out whole, in chunks of any size', async () => {
  const data = Buffer.concat([randomBytes(1_000_000), Buffer.from('and text that repeats '.repeat(60_000))])
  assert.ok(data.equals(await unpacked(packed(data))))
  const small = Buffer.from('some lines\n'.repeat(50))
  for (const chunkBytes of [1, 7, 40]) assert.ok(small.equals(await unpacked(packed(small), chunkBytes)))
})

test('streams one after the other are one file, and an empty one is none of it', async () => {
  const parts = ['first ', '', 'second'].map((text) => packed(Buffer.from(text)))
  assert.equal(String(await unpacked(Buffer.concat(parts))), 'first second')
  assert.equal((await unpacked(Buffer.alloc(0))).length, 0)
})

test('a file that is cut off or damaged fails', async () => {
  const file = packed(Buffer.from('text '.repeat(1000)))
  for (let length = 1; length < file.length; length++) {
    await assert.rejects(unpacked(file.subarray(0, length)), `${length} of ${file.length} bytes`)
  }
  const damaged = Buffer.from(file)
  damaged[40] = (damaged[40] ?? 0) ^ 1
  await assert.rejects(unpacked(damaged))
  await assert.rejects(unpacked(Buffer.concat([file, Buffer.from('more')])), /begin with BZh/)
})

test('bytes that look like the end of a block within it do not end it', async () => {
  // Marks at every bit of a byte, in bytes that bzip2 cannot make shorter and keeps in order of its own.
  const marks = Array.from({ length: 8 }, (_, shift) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE((0x314159265359n << 16n) >> BigInt(shift))
    return bytes
  })
  const data = Buffer.concat([randomBytes(5000), ...marks, randomBytes(5000)])
  assert.ok(data.equals(await unpacked(packed(data))))
})
