import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../testing/disk/random.ts'
import { SimulatedDisk } from '../testing/disk/simulated-disk.ts'
import { groupOf, logOptions, readAll } from '../testing/log-bench.ts'
import { Log } from './log.ts'
import { lz4Codec } from './lz4-codec.ts'

test('bytes of any kind come back', () => {
  const random = new Random(1)
  const { compress, decompress } = lz4Codec()
  for (let round = 0; round < 300; round++) {
    const values = random.pick([1, 3, 256])
    const plain = Uint8Array.from({ length: random.below(5000) }, () => random.below(values))
    const packed = compress(plain)
    assert.deepEqual(new Uint8Array(decompress(packed, plain.length)), plain)
  }
})

test('a block is that of the format, without a frame or a length', () => {
  const { compress, decompress } = lz4Codec()
  // Literals only, written by hand: a token with their number, then they.
  assert.deepEqual(Buffer.from(decompress(Buffer.from('\x50hello', 'latin1'), 5)).toString(), 'hello')
  assert.deepEqual(Buffer.from(compress(Buffer.from('hello'))).toString('latin1'), '\x50hello')
  // A literal, then 19 bytes from one byte back, then the last five literals.
  const repeated = Buffer.from([0x1f, 0x61, 0x01, 0x00, 0x00, 0x50, 0x61, 0x61, 0x61, 0x61, 0x61])
  assert.equal(Buffer.from(decompress(repeated, 25)).toString(), 'a'.repeat(25))
})

test('blocks that were changed throw or give other bytes, and end nothing', () => {
  const random = new Random(2)
  const { compress, decompress } = lz4Codec()
  const packed = compress(Buffer.from('the quick brown fox '.repeat(50)))
  let thrown = 0
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from(packed)
    for (let count = 1 + random.below(4); count > 0; count--) bytes[random.below(bytes.length)] = random.below(256)
    try {
      decompress(bytes.subarray(0, 1 + random.below(bytes.length)), random.pick([0, 1000, 10_000]))
    } catch {
      thrown++
    }
  }
  assert.ok(thrown > 1000)
})

test('a length that a block cannot have is refused before anything is allocated', () => {
  assert.throws(() => lz4Codec().decompress(new Uint8Array(10), 4_000_000_000), /cannot hold/)
})

test('a log packed with it is read again', () => {
  const disk = new SimulatedDisk({ directories: ['/data', '/checkpoint'] })
  const options = logOptions(disk, { compression: 'lz4', lz4: lz4Codec })
  const log = Log.open(options)
  const texts = Array.from({ length: 20 }, (_, index) => `${index} `.repeat(300))
  for (const text of texts) log.commit(groupOf([[text]]))
  assert.ok(log.status.bytes < 15_000, `${log.status.bytes}`)
  log.close()
  assert.deepEqual([...readAll(Log.open(options)).values()], texts)
})
