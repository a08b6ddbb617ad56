import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeMasterKey } from './master-key.ts'

const key = Buffer.from('00d1f2a3b4c5968778695a4b3c2d1e0fffeeddccbbaa99887766554433221100', 'hex')

test('a key is read as hexadecimal, base64, PEM and raw bytes', () => {
  for (const length of [16, 24, 32]) {
    const wanted = key.subarray(0, length)
    const [hex, base64] = [wanted.toString('hex'), wanted.toString('base64')]
    const forms = [
      wanted,
      hex,
      `${hex.toUpperCase()}\n`,
      ` ${base64}\r\n`,
      `-----BEGIN AES KEY-----\n${base64}\n-----END AES KEY-----\n`,
      `-----BEGIN FLUME KEY 1-----\n${base64.slice(0, 8)}\n${base64.slice(8)}\n-----END FLUME KEY 1-----`,
    ]
    for (const form of forms)
      assert.deepEqual(decodeMasterKey(Buffer.from(form)), { key: Uint8Array.from(wanted) }, String(form))
  }
})

test('a raw key may begin and end with bytes that would be blanks in a text', () => {
  const raw = Buffer.concat([Buffer.of(0x0a, 0x20), key.subarray(0, 12), Buffer.of(0x0d, 0x0a)])
  assert.deepEqual(decodeMasterKey(raw), { key: Uint8Array.from(raw) })
})

test('any other length is refused with the way to make a key, and without what was there', () => {
  const cases: readonly (readonly [content: string | Buffer, bytes: number])[] = [
    ['', 0],
    ['secret', 6],
    [key.subarray(0, 31), 31],
    [key.toString('hex').slice(0, 62), 31],
    [`${key.toString('hex')}00`, 33],
    [`-----BEGIN AES KEY-----\n${key.toString('base64').slice(0, 20)}\n-----END AES KEY-----`, 15],
    // A PKCS8 key is not the 32 bytes in it.
    [`-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI${'A'.repeat(43)}\n-----END PRIVATE KEY-----`, 48],
  ]
  for (const [content, bytes] of cases) {
    const decoded = decodeMasterKey(Buffer.from(content))
    assert.ok('problem' in decoded, String(content))
    assert.match(decoded.problem, new RegExp(`16, 24 or 32 bytes, not ${bytes};`))
    assert.match(decoded.problem, /openssl rand -hex 32/)
    assert.doesNotMatch(decoded.problem, /secret|00d1f2/)
  }
})
