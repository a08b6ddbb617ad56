import assert from 'node:assert/strict'
import { createDecipheriv, hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import { LoadedKeys } from './key-provider.ts'
import { AuthenticationFailed, SegmentCipher, SegmentOpener, saltLength, sealOverhead } from './segment-cipher.ts'
import { SegmentCiphers } from './segment-ciphers.ts'

const master = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
const plain = Buffer.from('an event')
const place = Buffer.from('segment 7, 4096')

test('what is sealed is opened by its cipher, and by another one with the same key and salt', () => {
  for (const length of [16, 24, 32]) {
    const key = Buffer.alloc(length, 7)
    const cipher = new SegmentCipher(key)
    for (const record of [plain, Buffer.alloc(0), Buffer.alloc(100_000, 'x')]) {
      const sealed = cipher.seal(record, place)
      assert.equal(sealed.length, record.length + sealOverhead)
      assert.deepEqual(Buffer.from(cipher.open(sealed, place)), record)
      assert.deepEqual(Buffer.from(new SegmentOpener(key, cipher.salt).open(sealed, place)), record)
    }
  }
})

test('the format is AES-256-GCM under HKDF-SHA256, nonce, ciphertext, tag', () => {
  const cipher = new SegmentCipher(master)
  cipher.seal(plain, place)
  const sealed = Buffer.from(cipher.seal(plain, place))
  assert.equal(sealed.subarray(0, 12).toString('hex'), '000000000000000000000001')
  const subkey = Buffer.from(hkdfSync('sha256', master, cipher.salt, 'flumen segment v1', 32))
  const decipher = createDecipheriv('aes-256-gcm', subkey, sealed.subarray(0, 12))
  decipher.setAAD(place)
  decipher.setAuthTag(sealed.subarray(-16))
  assert.deepEqual(Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]), plain)
})

test('a record sealed once stays readable', () => {
  // Made by node:crypto alone; a change of the format has to change the info as well.
  const salt = Buffer.alloc(saltLength, 0x5a)
  const sealed = Buffer.from(golden, 'hex')
  assert.deepEqual(Buffer.from(new SegmentOpener(master, salt).open(sealed, place)), plain)
})

test('no nonce comes twice, and each cipher has a salt of its own', () => {
  const cipher = new SegmentCipher(master)
  const nonces = Array.from({ length: 1000 }, () =>
    Buffer.from(cipher.seal(plain, place).subarray(0, 12)).toString('hex'),
  )
  assert.equal(new Set(nonces).size, 1000)
  assert.equal(cipher.salt.length, saltLength)
  assert.notDeepEqual(new SegmentCipher(master).salt, cipher.salt)
})

test('a record with any bit flipped, cut off or lengthened is refused', () => {
  const cipher = new SegmentCipher(master)
  const sealed = cipher.seal(plain, place)
  const refused = (bytes: Uint8Array): void => assert.throws(() => cipher.open(bytes, place), AuthenticationFailed)
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3] = changed.readUInt8(bit >> 3) ^ (1 << (bit & 7))
    refused(changed)
  }
  for (let length = 0; length < sealed.length; length++) refused(sealed.subarray(0, length))
  refused(Buffer.concat([sealed, Buffer.of(0)]))
  assert.deepEqual(Buffer.from(cipher.open(sealed, place)), plain)
})

test('a record is refused in another place, of another segment, and with another key', () => {
  const cipher = new SegmentCipher(master)
  const sealed = cipher.seal(plain, place)
  assert.throws(() => cipher.open(sealed, Buffer.from('segment 7, 4097')), AuthenticationFailed)
  assert.throws(() => cipher.open(sealed, Buffer.alloc(0)), AuthenticationFailed)
  assert.throws(() => new SegmentCipher(master).open(sealed, place), AuthenticationFailed)
  assert.throws(() => new SegmentOpener(Buffer.alloc(16), cipher.salt).open(sealed, place), {
    name: 'AuthenticationFailed',
    code: 'AUTHENTICATION_FAILED',
    verdict: 'fatal',
  })
})

test('keys and salts of other lengths are refused', () => {
  for (const length of [0, 15, 17, 33, 64])
    assert.throws(() => new SegmentCipher(Buffer.alloc(length)), { message: /openssl rand -hex 32/ })
  assert.throws(() => new SegmentOpener(master, Buffer.alloc(31)), RangeError)
})

test('a new segment has the active key, an old one that of its header', () => {
  const keys = new LoadedKeys(
    'new',
    new Map([
      ['old', master],
      ['new', Buffer.alloc(32, 1)],
    ]),
  )
  const before = new SegmentCiphers(new LoadedKeys('old', new Map([['old', master]]))).create()
  const sealed = before.cipher.seal(plain, place)
  const ciphers = new SegmentCiphers(keys)
  assert.equal(ciphers.create().key.id, 'new')
  assert.deepEqual(Buffer.from(ciphers.open(before.key).open(sealed, place)), plain)
  assert.throws(() => ciphers.open({ ...before.key, id: 'lost' }), {
    code: 'KEY_PROVIDER',
    message: /'lost', which is not there: name it in encryption\.keyProvider\.keys/,
  })
  assert.throws(() => ciphers.open(before.key).seal(), TypeError)
})

const golden = '0000000000000000000000058c16f85135360e23c8448eb14db287f9555ab6d9a009e63a'
