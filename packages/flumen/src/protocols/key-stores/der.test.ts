import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { DerReader } from './der.ts'
import { readKeyStore } from './key-store.ts'

const folder = join(import.meta.dirname, '../../../../../test/golden/key-stores')

test('a PKCS12 store in BER, without lengths and with octets in pieces, is that in DER', () => {
  const der = readFileSync(join(folder, 'openssl-legacy.p12'))
  const ber = withoutLengths(new DerReader(der))
  assert.ok(ber.length > der.length)
  const [first, second] = [der, ber].map((bytes) => readKeyStore(bytes, 'storePassword').privateKey('openssl'))
  assert.deepEqual(second, first)
})

test('object identifiers are written with dots', () => {
  for (const [hex, text] of [
    ['06092a864886f70d010701', '1.2.840.113549.1.7.1'],
    ['060328813c', '1.0.188'],
    ['0603883703', '2.999.3'],
    ['060100', '0.0'],
  ] as const)
    assert.equal(new DerReader(Buffer.from(hex, 'hex')).oid(), text)
})

test('numbers are those that a version or a count can be', () => {
  const read = (hex: string): number => new DerReader(Buffer.from(hex, 'hex')).integer()
  assert.deepEqual(['020100', '02017f', '02020080', '0203030d40'].map(read), [0, 127, 128, 200_000])
  for (const hex of ['0200', '0201ff', '02050100000000']) assert.throws(() => read(hex), { reason: 'format' })
})

test('a length beyond the bytes is refused', () => {
  for (const hex of ['0401', '04820001', '0484ffffffff00', '04850000000001ff', '30800401', '3080', '0480'])
    assert.throws(() => new DerReader(Buffer.from(hex, 'hex')).any(), { reason: 'format' }, hex)
})

/** Each sequence and each `[0]` becomes one that ends with two zeros, each octet string one of pieces of ten bytes. */
function withoutLengths(reader: DerReader): Buffer {
  const pieces: Buffer[] = []
  while (!reader.atEnd) {
    const { tag, content, whole } = reader.any()
    if (tag === 0x30 || tag === 0xa0) pieces.push(Buffer.of(tag, 0x80), withoutLengths(new DerReader(content)))
    else if (tag === 0x04 || tag === 0x80) pieces.push(Buffer.of(tag | 0x20, 0x80), inPieces(content))
    else pieces.push(whole)
    if (tag === 0x30 || tag === 0xa0 || tag === 0x04 || tag === 0x80) pieces.push(Buffer.alloc(2))
  }
  return Buffer.concat(pieces)
}

function inPieces(bytes: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let start = 0; start < bytes.length; start += 10) {
    const piece = bytes.subarray(start, start + 10)
    pieces.push(Buffer.of(0x04, piece.length), piece)
  }
  return Buffer.concat(pieces)
}
