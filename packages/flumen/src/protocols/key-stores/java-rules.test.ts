import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Bytes } from '../../core/index.ts'
import { type KeyStore, readKeyStore } from './key-store.ts'

const folder = join(import.meta.dirname, '../../../../../test/golden/key-stores')
const password = 'storePassword'
const friendlyName = '2a864886f70d010914'
const localKeyId = '2a864886f70d010915'
const unknownAttribute = '2a864886f70d01091e'

test('an alias that another program wrote in capitals is one in small letters', () => {
  const bytes = replaced('mixed.jks', hexOf('\0\u0006server'), hexOf('\0\u0006SERVER'))
  const store = readKeyStore(signed(bytes), password)
  assert.ok(store.aliases().includes('server'))
  assert.equal(store.privateKey('Server').chain.length, 2)
})

test('a private key of JKS that was changed is refused by its own digest', () => {
  const bytes = readFileSync(join(folder, 'rsa.jks'))
  // Behind the salt and the head of the key: 12 bytes of the store, 4 of the kind, the alias, 8 of the date.
  const alias = bytes.readUInt16BE(16)
  const middle = 12 + 4 + 2 + alias + 8 + 4 + 500
  bytes[middle] = bytes.readUInt8(middle) ^ 1
  const store = readKeyStore(signed(bytes), password)
  assert.throws(() => store.privateKey('rsa', 'anotherPassword'), { reason: 'password' })
})

test('what is not enciphered is guarded by the MAC', () => {
  const bytes = replaced('openssl-plain.p12', localKeyId, unknownAttribute)
  assert.throws(() => readKeyStore(bytes, password), { reason: 'password' })
})

test('the only key belongs to the first certificate when neither has an id or a name', () => {
  const hex = replaced('openssl-plain.p12', localKeyId, unknownAttribute).toString('hex')
  const bytes = withoutMac(Buffer.from(hex.replaceAll(friendlyName, unknownAttribute), 'hex'))
  const store = readKeyStore(bytes, password)
  assert.deepEqual(store.aliases(), ['1'])
  assert.deepEqual(chainOf(store, '1'), chainOf(open('openssl-plain.p12')))
})

test('a key with an id belongs to the certificate of its name when no certificate has that id', () => {
  // The certificate stands first; without its id, the names still are the same.
  const plain = readFileSync(join(folder, 'openssl-plain.p12')).toString('hex')
  const bytes = withoutMac(Buffer.from(plain.replace(localKeyId, unknownAttribute), 'hex'))
  assert.notEqual(plain.indexOf(localKeyId), plain.lastIndexOf(localKeyId))
  assert.deepEqual(chainOf(readKeyStore(bytes, password)), chainOf(open('openssl-plain.p12')))
})

test('a store that asks for no rounds at all is refused', () => {
  const rounds = /02022710/g
  const bytes = Buffer.from(
    readFileSync(join(folder, 'open.p12')).toString('hex').replaceAll(rounds, '02020000'),
    'hex',
  )
  assert.throws(() => readKeyStore(bytes, password).secretKey('key-1'), { reason: 'limit' })
})

function open(file: string): KeyStore {
  return readKeyStore(readFileSync(join(folder, file)), password)
}

function chainOf(store: KeyStore, alias = 'openssl'): readonly Bytes[] {
  const chain = store.privateKey(alias).chain.map(({ der }) => der)
  assert.equal(chain.length, 1)
  return chain
}

function replaced(file: string, from: string, to: string): Buffer {
  const hex = readFileSync(join(folder, file)).toString('hex')
  assert.ok(hex.includes(from))
  return Buffer.from(hex.replaceAll(from, to), 'hex')
}

function hexOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex')
}

/** The MAC is the second and last part of the outer sequence, whose length has two bytes. */
function withoutMac(store: Buffer): Buffer {
  const contentEnd = 4 + 3 + 4 + store.readUInt16BE(4 + 3 + 2)
  const bytes = Buffer.from(store.subarray(0, contentEnd))
  bytes.writeUInt16BE(contentEnd - 4, 2)
  return bytes
}

/** With the digest that JKS ends with. */
function signed(bytes: Buffer): Buffer {
  const body = bytes.subarray(0, -20)
  const secret = Buffer.from(password, 'utf16le').swap16()
  return Buffer.concat([body, hash('sha1', Buffer.concat([secret, Buffer.from('Mighty Aphrodite'), body]), 'buffer')])
}
