import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KeyProviderDoors, type KeyProviderSettings, openKeyProvider } from './providers.ts'

const keyA = Buffer.alloc(32, 0xa1)
const keyB = Buffer.alloc(16, 0xb2)

interface World {
  readonly files?: Readonly<Record<string, string | Buffer>>
  readonly commands?: Readonly<Record<string, string>>
  /** By alias; `password` is that which the entry has. */
  readonly entries?: Readonly<Record<string, { readonly bytes: Buffer; readonly password: string }>>
}

const store = {
  keyStoreFile: '/etc/keys.jceks',
  keyStorePasswordFile: '/etc/store.pass',
  keys: 'key-a key-b',
  'keys.key-b.passwordFile': '/etc/b.pass',
}
const storeWorld: World = {
  files: { '/etc/keys.jceks': 'STORE', '/etc/store.pass': ' \tstorePassword\r\n', '/etc/b.pass': 'bPassword\n' },
  entries: { 'key-a': { bytes: keyA, password: 'storePassword' }, 'key-b': { bytes: keyB, password: 'bPassword' } },
}

test('a key store is opened as Flume configures it, with trimmed passwords, each key with its own', async () => {
  for (const type of [
    'JCEKSFILE',
    'jceksfile',
    'org.apache.flume.channel.file.encryption.JCEFileKeyProvider$Builder',
    'org.apache.flume.channel.file.encryption.JCEKSFileKeyProvider',
  ]) {
    const provider = await open({ type, activeKey: 'key-b', options: store }, storeWorld)
    assert.deepEqual(provider.activeKey(), { id: 'key-b', bytes: keyB })
    assert.equal(provider.key('key-a'), keyA)
    assert.equal(provider.key('key-c'), undefined)
  }
})

test('only what Java takes for blanks is trimmed from a password', async () => {
  const files = { ...storeWorld.files, '/etc/store.pass': '\u0001\u00a0storePassword\u00a0\u0000\n' }
  const entries = { 'key-a': { bytes: keyA, password: '\u00a0storePassword\u00a0' } }
  const options = { ...store, keys: 'key-a' }
  const provider = await open(
    { type: 'JCEKSFILE', activeKey: 'key-a', options },
    { files, entries },
    [],
    '\u00a0storePassword\u00a0',
  )
  assert.equal(provider.activeKey().bytes, keyA)
})

test('the active key and those of stored events are loaded from the store without being listed', async () => {
  const options = { ...store, keys: 'key-a' }
  const provider = await open({ type: 'JCEKSFILE', activeKey: 'key-a', options }, storeWorld, ['key-b'])
  assert.equal(provider.key('key-b'), keyB)
})

test('keys come from files, all that are configured', async () => {
  const options = { 'keys.a.file': '/a', 'keys.old.key.file': '/b' }
  const world = { files: { '/a': keyA.toString('hex'), '/b': keyB } }
  const provider = await open({ type: 'file', activeKey: 'a', options }, world)
  assert.deepEqual(provider.activeKey(), { id: 'a', bytes: Uint8Array.from(keyA) })
  assert.deepEqual(provider.key('old.key'), Uint8Array.from(keyB))
})

test('keys come from a command that gets the id as its last word', async () => {
  const options = { command: ' /bin/get-key  --vault v ', keys: 'old' }
  const commands = {
    '/bin/get-key|--vault|v|new': `${keyA.toString('base64')}\n`,
    '/bin/get-key|--vault|v|old': keyB.toString('hex'),
    '/bin/get-key|--vault|v|older; rm': keyB.toString('hex'),
  }
  const provider = await open({ type: 'COMMAND', activeKey: 'new', options }, { commands }, ['older; rm'])
  assert.deepEqual(provider.activeKey().bytes, Uint8Array.from(keyA))
  assert.deepEqual(provider.key('old'), Uint8Array.from(keyB))
  assert.deepEqual(provider.key('older; rm'), Uint8Array.from(keyB))
  await assert.rejects(open({ type: 'COMMAND', activeKey: 'new', options }, { commands }, ['-rf']), {
    code: 'CONFIGURATION',
  })
})

test('settings that are missing or unknown are errors that name them', async () => {
  const cases: readonly (readonly [type: string, options: Readonly<Record<string, string>>, message: RegExp])[] = [
    ['VAULT', {}, /encryption\.keyProvider is 'VAULT', which is none of JCEKSFILE, FILE, COMMAND/],
    ['JCEKSFILE', { ...store, keyStoreFile: '' }, /encryption\.keyProvider\.keyStoreFile is missing/],
    ['JCEKSFILE', { ...store, keyStorePasswordFile: ' ' }, /keyProvider\.keyStorePasswordFile is missing/],
    ['JCEKSFILE', { ...store, keys: '' }, /keyProvider\.keys is missing/],
    ['FILE', {}, /keyProvider\.keys\.key-a\.file is missing/],
    ['COMMAND', {}, /keyProvider\.command is missing/],
  ]
  for (const [type, options, message] of cases)
    await assert.rejects(open({ type, activeKey: 'key-a', options }, storeWorld), { code: 'CONFIGURATION', message })
  await assert.rejects(open({ type: 'FILE', activeKey: '', options: {} }, {}), /encryption\.activeKey is missing/)
})

test('a key that cannot be had is an error that says which and never holds a password or a key', async () => {
  const weak = {
    ...storeWorld,
    entries: { ...storeWorld.entries, 'key-a': { bytes: Buffer.alloc(8), password: 'storePassword' } },
  }
  const noStore = { ...storeWorld, files: { '/etc/store.pass': 'storePassword' } }
  const cases: readonly (readonly [settings: KeyProviderSettings, world: World, message: RegExp])[] = [
    [of('JCEKSFILE', store), noStore, /^the key store cannot be read from \/etc\/keys\.jceks$/],
    [
      of('JCEKSFILE', { ...store, 'keys.key-b.passwordFile': '/etc/store.pass' }),
      storeWorld,
      /the key 'key-b' cannot be had: \/etc\/keys\.jceks: wrong/,
    ],
    [
      of('JCEKSFILE', store),
      weak,
      /the key 'key-a' of \/etc\/keys\.jceks is of no use: .* not 8; make one with: openssl/,
    ],
    [of('FILE', { 'keys.key-a.file': '/gone' }), {}, /the key 'key-a' cannot be read from \/gone/],
    [
      of('FILE', { 'keys.key-a.file': '/a' }),
      { files: { '/a': 'storePassword' } },
      /the file \/a of the key 'key-a' is of no use/,
    ],
    [of('COMMAND', { command: 'get' }), {}, /the key 'key-a' cannot be had/],
    [
      of('COMMAND', { command: 'get' }),
      { commands: { 'get|key-a': '' } },
      /the command gives for the key 'key-a' is of no use.* not 0/,
    ],
  ]
  for (const [settings, world, message] of cases)
    await assert.rejects(open(settings, world), (error: Error & { code?: string }) => {
      assert.match(error.message, message)
      assert.equal(error.code, 'KEY_PROVIDER')
      assert.doesNotMatch(error.message, /storePassword|bPassword|a1a1/)
      return true
    })
})

function of(type: string, options: Readonly<Record<string, string>>): KeyProviderSettings {
  return { type, activeKey: 'key-a', options }
}

function open(
  settings: KeyProviderSettings,
  world: World,
  needed: readonly string[] = [],
  storePassword = 'storePassword',
): ReturnType<typeof openKeyProvider> {
  const doors: KeyProviderDoors = {
    readFile: async (path) => {
      const content = world.files?.[path]
      if (content === undefined) throw new Error('ENOENT')
      return Buffer.from(content)
    },
    run: async (words) => {
      const output = world.commands?.[words.join('|')]
      if (output === undefined) throw new Error('no such command')
      return Buffer.from(output)
    },
    readKeyStore: (bytes, password, name) => {
      assert.equal(Buffer.from(bytes).toString(), 'STORE')
      assert.equal(password, storePassword)
      return {
        secretKey: (alias, keyPassword) => {
          const entry = world.entries?.[alias]
          if (entry === undefined || keyPassword !== entry.password) throw new Error(`${name}: wrong`)
          return entry
        },
      }
    },
  }
  return openKeyProvider(settings, doors, needed)
}
