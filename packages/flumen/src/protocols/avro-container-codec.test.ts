import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { uncompressSync } from 'snappy'
import { skipUnless } from '../../../../servers/server.ts'
import { loadBzip2 } from './avro-container-bzip2.ts'
import { loadCompress } from './avro-container-codec.ts'

// First: the codec is loaded once.
test('bzip2 leaves nothing in the global object and no handler at the process when it is loaded', async () => {
  const surroundings = (): unknown => [
    Object.getOwnPropertyNames(globalThis).sort(),
    process.eventNames().map((event) => [event, process.listenerCount(event)]),
  ]
  const before = surroundings()
  await loadCompress('bzip2')
  assert.deepEqual(surroundings(), before)
})

test('bzip2 compresses more than its memory had room for at first, and what does not become smaller', async (t) => {
  const missing = spawnSync('bzip2', ['--help']).error ? 'bzip2 is not on the PATH' : undefined
  if (!(await skipUnless(t, { name: 'bzip2', missing: async () => missing }))) return
  const compress = await loadCompress('bzip2')
  for (const data of [Buffer.from('x'), randomBytes(10_000_000)]) {
    const back = execFileSync('bzip2', ['-dc'], { input: await compress!(data), maxBuffer: 2 ** 28 })
    assert.ok(back.equals(data))
  }
})

test('snappy is a raw block and the CRC-32 of what was compressed, big-endian', async () => {
  const compress = await loadCompress('snappy')
  const data = Buffer.from('to be compressed '.repeat(100))
  const block = Buffer.from(await compress!(data))
  assert.deepEqual(uncompressSync(block.subarray(0, -4)), data)
  assert.equal(block.readUInt32BE(block.length - 4), crc32(data))
})

test('bzip2 goes back to what it was made of, and refuses what is none or becomes too much', async () => {
  const bzip2 = await loadBzip2()
  const data = Buffer.alloc(5_000_000, 'all the same ')
  const compressed = bzip2.compress(data)
  assert.ok(data.equals(bzip2.decompress(compressed, data.length)))
  assert.throws(() => bzip2.decompress(compressed, data.length - 1), /bzip2 failed with code -8/)
  assert.throws(() => bzip2.decompress(data, 100), /bzip2 failed with code -5/)
})

test('null does nothing to a block', async () => {
  assert.equal(await loadCompress('null'), undefined)
})
