import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { batchOf, createEvent, verdictOf } from '../../core/index.ts'
import { makeCertificates, missingOpenSsl } from '../../testing/certificates.ts'
import { createForTest, type Harness } from '../../testing/harness.ts'
import { deliveryForTest } from '../../testing/sink-contract.ts'
import avroSink from '../sinks/avro/avro.ts'
import avroSource from '../sources/avro/avro.ts'

const directory = mkdtempSync(join(tmpdir(), 'flumen-client-tls-'))
after(() => rmSync(directory, { recursive: true }))
const skip = missingOpenSsl() ?? false
const file = (name: string): string => join(directory, name)
const server = { ssl: 'true', certificate: file('localhost.pem'), certificateKey: file('localhost.key') }
const client = { ssl: 'true', authorities: file('ours.pem') }
const stored = (name: string): string => join(import.meta.dirname, '../../../../../test/golden/key-stores', name)
const mixed = stored('mixed.jks')
const modern = stored('modern.p12')
const password = 'storePassword'
/** Its certificate is not for the name by which it is called. */
const withStore = { ssl: 'true', keystore: mixed, 'keystore-password': password }
const trustsMixed = { ssl: 'true', truststore: mixed, 'truststore-password': password }

if (!skip) {
  makeCertificates(directory, 'ours', 'localhost', 'client', 'elsewhere')
  makeCertificates(directory, 'theirs', 'stranger')
}

/** Sends one event; resolves with what was stored. */
async function send(
  source: Readonly<Record<string, string>>,
  sink: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const receiver = await createForTest(avroSource, { bind: '127.0.0.1', port: '0', ...source })
  await receiver.instance.start()
  const sender = await createForTest(avroSink, { hostname: 'localhost', port: portOf(receiver), ...sink })
  try {
    await sender.instance.start()
    await sender.instance.deliver(batchOf([createEvent('secret')]), deliveryForTest())
    return receiver.bodies()
  } finally {
    await sender.instance.stop(0)
    await receiver.instance.stop(0)
    assert.deepEqual(
      receiver.bodies().filter((body) => body !== 'secret'),
      [],
    )
  }
}

function portOf({ observed }: Harness<'source'>): string {
  return /:(\d+)$/.exec(String(observed.lines.find(({ message }) => message === 'Listening.')!.facts.address))![1]!
}

async function refused(
  source: Readonly<Record<string, string>>,
  sink: Readonly<Record<string, string>>,
): Promise<void> {
  await assert.rejects(send(source, sink), (error) => verdictOf(error) === 'retry')
}

test('a certificate of an authority that is trusted is taken, by PEM and by trust store', { skip }, async () => {
  assert.deepEqual(await send(server, client), ['secret'])
  assert.deepEqual(await send(withStore, trustsMixed), ['secret'])
})

test('a stranger, another name and a server without TLS are refused', { skip }, async () => {
  await refused(server, { ssl: 'true', authorities: file('theirs.pem') })
  const elsewhere = { ssl: 'true', certificate: file('elsewhere.pem'), certificateKey: file('elsewhere.key') }
  await refused(elsewhere, client)
  await refused(withStore, { ...trustsMixed, truststore: modern })
  await refused(withStore, { ...trustsMixed, verifyHostname: 'true' })
  await refused({}, { ...client, 'request-timeout': '1000', 'connect-timeout': '1000' })
})

test('without a comparison of names any name of a trusted authority is taken, with trust-all-certs anything', {
  skip,
}, async () => {
  const elsewhere = { ssl: 'true', certificate: file('elsewhere.pem'), certificateKey: file('elsewhere.key') }
  assert.deepEqual(await send(elsewhere, { ...client, verifyHostname: 'false' }), ['secret'])
  assert.deepEqual(await send(elsewhere, { ssl: 'true', 'trust-all-certs': 'true' }), ['secret'])
})

test('a server that asks for a certificate takes those of its authorities alone', { skip }, async () => {
  const asking = { ...server, clientAuthorities: file('ours.pem') }
  const shown = (name: string) => ({ ...client, certificate: file(`${name}.pem`), certificateKey: file(`${name}.key`) })
  assert.deepEqual(await send(asking, shown('client')), ['secret'])
  await refused(asking, client)
  await refused(asking, shown('stranger'))
})

test('either side shows who it is with a JKS, JCEKS or PKCS12 store, and is asked by one', async () => {
  for (const [mine, theirs] of [
    [mixed, modern],
    [modern, stored('mixed.jceks')],
    [stored('mixed.jceks'), stored('legacy.p12')],
    [stored('legacy.p12'), mixed],
  ] as const) {
    const own = { keystore: mine, 'keystore-password': password, clientTruststorePassword: password }
    const asking = { ssl: 'true', ...own, clientTruststore: theirs }
    const trusting = { ssl: 'true', truststore: mine, 'truststore-password': password, 'keystore-password': password }
    assert.deepEqual(await send(asking, { ...trusting, keystore: theirs }), ['secret'])
    await refused(asking, trusting)
    await refused(asking, { ...trusting, keystore: mine })
  }
})

test('PEM files take the place of a key store at either side', { skip }, async () => {
  const store = { keystore: mixed, 'keystore-password': password }
  const asking = { ...server, ...store, clientAuthorities: file('ours.pem'), clientTruststore: mixed }
  const shown = { ...client, ...store, certificate: file('client.pem'), certificateKey: file('client.key') }
  assert.deepEqual(await send(asking, shown), ['secret'])
  await refused(asking, { ...client, ...store })
})

test('a file that cannot be used is no start', { skip }, async () => {
  for (const values of [
    { authorities: file('nowhere.pem') },
    { truststore: mixed, 'truststore-password': 'wrong' },
    { certificate: file('client.pem'), certificateKey: file('stranger.key') },
    { keystore: file('nowhere.jks'), 'keystore-password': password },
    { keystore: mixed, 'keystore-password': 'wrong' },
  ]) {
    const sink = await createForTest(avroSink, { hostname: 'localhost', port: '1', ssl: 'true', ...values })
    await assert.rejects(sink.instance.start(), /TLS cannot be set up/)
  }
})

test('the lists of cipher suites decide what is spoken', { skip }, async () => {
  const suite = 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'
  const other = 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256'
  const only = (name: string) => ({ 'include-cipher-suites': name })
  assert.deepEqual(await send({ ...server, ...only(suite) }, { ...client, ...only(`${other} ${suite}`) }), ['secret'])
  await refused({ ...server, ...only(suite) }, { ...client, ...only(other) })
  await refused({ ...server, ...only(suite) }, { ...client, 'exclude-cipher-suites': suite })
  await refused({ ...server, 'include-protocols': 'TLSv1.2' }, { ...client, ...only('TLS_AES_128_GCM_SHA256') })
})
