import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rc2Decipher } from './rc2.ts'

// RFC 2268, section 5: key, effective bits, plain text, cipher text. One block each.
const vectors: readonly (readonly [key: string, bits: number, plain: string, enciphered: string])[] = [
  ['0000000000000000', 63, '0000000000000000', 'ebb773f993278eff'],
  ['ffffffffffffffff', 64, 'ffffffffffffffff', '278b27e42e2f0d49'],
  ['3000000000000000', 64, '1000000000000001', '30649edf9be7d2c2'],
  ['88', 64, '0000000000000000', '61a8a244adacccf0'],
  ['88bca90e90875a', 64, '0000000000000000', '6ccf4308974c267f'],
  ['88bca90e90875a7f0f79c384627bafb2', 64, '0000000000000000', '1a807d272bbe5db1'],
  ['88bca90e90875a7f0f79c384627bafb2', 128, '0000000000000000', '2269552ab0f85ca6'],
]

test('the blocks of the RFC are deciphered', () => {
  for (const [key, bits, plain, enciphered] of vectors) {
    // The start vector makes the padding of a whole block out of the plain text.
    const iv = Buffer.from(plain, 'hex').map((byte) => byte ^ 8)
    const found = new Rc2Decipher(Buffer.from(key, 'hex'), bits).decipher(Buffer.from(enciphered, 'hex'), iv)
    assert.deepEqual(found, Buffer.alloc(0), `${key} ${bits}`)
  }
})

test('a wrong padding, or a text that is not of whole blocks, gives nothing', () => {
  const rc2 = new Rc2Decipher(Buffer.from('88', 'hex'), 64)
  const block = Buffer.from('61a8a244adacccf0', 'hex')
  for (const padding of [0, 9, 255]) assert.equal(rc2.decipher(block, Buffer.alloc(8, padding)), undefined)
  assert.equal(rc2.decipher(block, Buffer.of(3, 3, 3, 3, 3, 2, 3, 3)), undefined)
  for (const length of [0, 7, 9]) assert.equal(rc2.decipher(Buffer.alloc(length), Buffer.alloc(8)), undefined)
})
