import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, hash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Bytes } from '../../core/index.ts'
import { type KeyStore, readKeyStore } from './key-store.ts'
import { KeyStoreError, type KeyStoreReason } from './key-store-error.ts'

interface Expected {
  readonly file: string
  readonly type: string
  readonly password: string
  readonly keyPassword: string
  readonly entries: readonly ExpectedEntry[]
}

interface ExpectedEntry {
  readonly alias: string
  readonly kind: string
  readonly algorithm?: string
  readonly hex?: string
  readonly sha256?: string
  readonly chain?: readonly string[]
}

const folder = join(import.meta.dirname, '../../../../../test/golden/key-stores')
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as readonly Expected[]

for (const { file, type, password, keyPassword, entries } of expected) {
  test(`${file} holds for us what it holds for Java`, () => {
    const store = open(file, password)
    assert.equal(store.type, type)
    assert.deepEqual(store.aliases().toSorted(), entries.map(({ alias }) => alias).toSorted())
    for (const entry of entries) assert.deepEqual(found(store, entry, keyPassword), entry)
  })
}

test('stores that Java does not read hold what OpenSSL put into them', () => {
  const wanted = expected.find(({ file }) => file === 'openssl.p12')?.entries[0]
  assert.ok(wanted)
  for (const [file, password] of [
    ['openssl-unicode.p12', 'größer'],
    ['openssl-aes192.p12', 'storePassword'],
    ['openssl-plain.p12', 'storePassword'],
  ] as const)
    assert.deepEqual(found(open(file, password), wanted, password), wanted)
})

test('an alias is found in whatever case it is asked for', () => {
  for (const [file, alias] of [
    ['secret.jceks', 'AES-256'],
    ['modern.p12', 'aes-256'],
  ] as const)
    assert.equal(open(file).secretKey(alias).bytes.length, 32)
  assert.equal(open('mixed.jceks').secretKey('SCHLÜSSEL').algorithm, 'AES')
})

test('a private key and its certificate are those that TLS takes', () => {
  for (const [file, alias, keyPassword] of [
    ['modern.p12', 'server', undefined],
    ['mixed.jks', 'server', undefined],
    ['rsa.jks', 'rsa', 'anotherPassword'],
  ] as const) {
    const { key, chain } = open(file).privateKey(alias, keyPassword)
    const certificate = new X509Certificate(chain[0]!.pem)
    assert.ok(certificate.publicKey.equals(createPublicKey(key.pem)))
    assert.ok(
      createPrivateKey({ key: Buffer.from(key.der), format: 'der', type: 'pkcs8' }).equals(createPrivateKey(key.pem)),
    )
  }
})

test('a key is opened as often as it is asked for', () => {
  const store = open('secret.jceks')
  assert.deepEqual(store.secretKey('aes-128'), store.secretKey('aes-128'))
})

test('a wrong password is an error that names the store and not the password', () => {
  for (const file of ['secret.jceks', 'mixed.jks', 'modern.p12', 'legacy.p12', 'no-mac.p12', 'openssl-empty.p12']) {
    const error = errorOf(() => open(file, 'secretGuess'))
    assert.equal(error.reason, 'password', file)
    assert.match(error.message, new RegExp(`^${file}: the password of the key store is wrong`))
    assert.doesNotMatch(error.message, /secretGuess/)
  }
})

test('a wrong password of a key is an error that names the key', () => {
  const cases: readonly (readonly [file: string, read: (store: KeyStore) => unknown, alias: string])[] = [
    ['other.jceks', (store) => store.secretKey('key-1'), 'key-1'],
    ['mixed.jceks', (store) => store.privateKey('server', 'secretGuess'), 'server'],
    ['rsa.jks', (store) => store.privateKey('rsa'), 'rsa'],
    ['modern.p12', (store) => store.secretKey('aes-128', 'secretGuess'), 'aes-128'],
    ['legacy.p12', (store) => store.privateKey('server', 'secretGuess'), 'server'],
  ]
  for (const [file, read, alias] of cases) {
    const error = errorOf(() => read(open(file)))
    assert.equal(error.reason, 'password')
    assert.match(error.message, new RegExp(`^${file} \\(\\w+\\): the password of the key '${alias}' is wrong`))
    assert.doesNotMatch(error.message, /secretGuess/)
  }
})

test('no password that is wrong opens a key, also where the padding is right by chance', () => {
  // The first of such guesses whose padding is right for this key.
  assert.equal(
    reasonOf(() => open('secret.jceks').secretKey('aes-192', 'guess 868')),
    'password',
  )
  const pkcs12 = open('sha1-aes128.p12')
  for (let guess = 0; guess < 300; guess++)
    assert.equal(
      reasonOf(() => pkcs12.secretKey('key-1', `guess ${guess}`)),
      'password',
    )
})

test('what is not there, or something else, is said with what there is', () => {
  const store = open('mixed.jceks')
  assert.throws(() => store.secretKey('key-9'), {
    reason: 'missing',
    message: /^mixed\.jceks \(JCEKS\): it has no entry 'key-9', only '.*'schlüssel'/,
  })
  assert.throws(() => store.secretKey('server'), {
    reason: 'missing',
    message: /'server' is a private key, no secret key/,
  })
  assert.throws(() => store.privateKey('trusted ä'), { reason: 'missing', message: /is a certificate, no private key/ })
})

test('a store that asks for more rounds than allowed is refused before the work is done', () => {
  for (const file of ['modern.p12', 'legacy.p12'])
    assert.throws(() => open(file, 'storePassword', 9_999), { reason: 'limit', message: /more than 9999 rounds/ })
  const keys = open('secret.jceks', 'storePassword', 9_999)
  assert.throws(() => keys.secretKey('aes-128'), { reason: 'limit' })
  assert.equal(open('secret.jceks', 'storePassword', 10_000).secretKey('aes-128').bytes.length, 16)
})

test('bytes that are no key store are refused', () => {
  for (const bytes of ['', '0', 'PK\u0003\u0004', '-----BEGIN CERTIFICATE-----', 'x'.repeat(100)])
    assert.equal(
      reasonOf(() => readKeyStore(Buffer.from(bytes), 'p')),
      'format',
    )
})

test('the copy that is read does not follow what becomes of the bytes', () => {
  const bytes = readFileSync(join(folder, 'secret.jceks'))
  const store = readKeyStore(bytes, 'storePassword')
  bytes.fill(0)
  assert.equal(store.secretKey('aes-128').bytes.length, 16)
})

function open(file: string, password = 'storePassword', mostIterations = 5_000_000): KeyStore {
  return readKeyStore(readFileSync(join(folder, file)), password, { name: file, mostIterations })
}

/** What we find, in the form in which Java's findings are kept. */
function found(store: KeyStore, { alias, kind }: ExpectedEntry, keyPassword: string): ExpectedEntry {
  if (kind === 'secret key') {
    const { algorithm, bytes } = store.secretKey(alias, keyPassword)
    return { alias, kind, algorithm, hex: Buffer.from(bytes).toString('hex') }
  }
  if (kind === 'private key') {
    const { key, chain } = store.privateKey(alias, keyPassword)
    return { alias, kind, sha256: sha256(key.der), chain: chain.map(({ der }) => sha256(der)) }
  }
  const certificate = store.certificates().find((each) => each.alias === alias)
  return { alias, kind, sha256: sha256(certificate?.der ?? Buffer.alloc(0)) }
}

function sha256(bytes: Bytes): string {
  return hash('sha256', bytes)
}

function errorOf(work: () => unknown): KeyStoreError {
  try {
    work()
  } catch (error) {
    if (error instanceof KeyStoreError) return error
    throw error
  }
  return assert.fail('nothing was thrown')
}

function reasonOf(work: () => unknown): KeyStoreReason {
  return errorOf(work).reason
}
