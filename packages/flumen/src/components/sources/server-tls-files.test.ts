import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectPlainly } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import { Catalogue } from '../../component/catalogue.ts'
import type { Declaration } from '../../component/kit.ts'
import { batchOf, createEvent } from '../../core/index.ts'
import { readKeyStore } from '../../protocols/key-stores/key-store.ts'
import { entryOf } from '../../testing/agent-harness.ts'
import { makeCertificates, missingOpenSsl, openssl } from '../../testing/certificates.ts'
import { createForTest, type Harness } from '../../testing/harness.ts'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import { deliveryForTest } from '../../testing/sink-contract.ts'
import json from '../http-handlers/json.ts'
import avroSink from '../sinks/avro/avro.ts'
import avro from './avro/avro.ts'
import http from './http/http.ts'
import multiport from './multiport-syslog-tcp/multiport-syslog-tcp.ts'
import syslogTcp from './syslog-tcp/syslog-tcp.ts'
import thrift from './thrift/thrift.ts'

const folder = mkdtempSync(join(tmpdir(), 'flumen-tls-files-'))
after(() => rmSync(folder, { recursive: true }))
const skip = missingOpenSsl() ?? false
const file = (name: string): string => join(folder, name)

if (!skip) {
  makeCertificates(folder, 'ours', 'first', 'second')
  makeCertificates(folder, 'theirs', 'localhost')
  for (const name of ['first', 'second']) {
    const store = ['-inkey', `${name}.key`, '-out', `${name}.p12`, '-passout', 'pass:secret']
    openssl(folder, 'pkcs12', '-export', '-in', `${name}.pem`, ...store)
  }
}

/** As somebody would who renews a certificate. */
function put(name: string): void {
  copyFileSync(file(`${name}.pem`), file('server.pem'))
  copyFileSync(file(`${name}.key`), file('server.key'))
}

async function running(
  t: TestContext,
  declaration: Declaration<'source'>,
  values: Readonly<Record<string, string>>,
): Promise<{ readonly source: Harness<'source'>; readonly port: number; readonly clock: ManualClock }> {
  const clock = new ManualClock()
  const catalogue = new Catalogue([entryOf(json as unknown as Declaration)])
  const all = { bind: '127.0.0.1', host: '127.0.0.1', port: '0', ssl: 'true', ...values }
  const source = await createForTest(declaration, all, { clock, catalogue })
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  const { address } = source.observed.lines.find(({ message }) => message === 'Listening.')!.facts
  return { source, port: Number(/:(\d+)$/.exec(String(address))![1]), clock }
}

/** The certificate that a client is shown. */
async function shownCertificate(port: number): Promise<PeerCertificate> {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const certificate = socket.getPeerCertificate()
  socket.destroy()
  return certificate
}

/** The name in it. */
async function shown(port: number): Promise<string> {
  return String((await shownCertificate(port)).subject.CN)
}

const password = 'storePassword'
const stored = (name: string): string => join(import.meta.dirname, '../../../../../test/golden/key-stores', name)

/** In hexadecimal with colons: of the first key in a store of Java's. */
function fingerprintOf(name: string): string {
  const store = readKeyStore(readFileSync(stored(name)), password)
  const alias = store.aliases().find((each) => each === 'authority' || each === 'server')!
  return new X509Certificate(store.privateKey(alias).chain[0]!.pem).fingerprint256
}

const pem = { certificate: file('server.pem'), certificateKey: file('server.key') }
const sources = { avro, thrift, http, syslogTcp, multiport } as unknown as Record<string, Declaration<'source'>>
for (const [name, declaration] of Object.entries(sources)) {
  test(`${name}: a new certificate on the disk is shown to the next client`, { skip }, async (t) => {
    put('first')
    const values: Record<string, string> = name === 'multiport' ? { ...pem, ports: '0' } : pem
    const { port, clock } = await running(t, declaration, values)
    assert.equal(await shown(port), 'first')
    put('second')
    assert.equal(await shown(port), 'first', 'not looked at again within a second')
    await clock.advance(1000)
    assert.equal(await shown(port), 'second')
  })
}

for (const [name, declaration] of Object.entries(sources)) {
  test(`${name}: a handshake has no longer than a line or a request has`, { skip, timeout: 20_000 }, async (t) => {
    put('first')
    const time = name === 'multiport' || name === 'syslogTcp' ? 'lineTimeout' : 'requestTimeout'
    const own: Record<string, string> = name === 'multiport' ? { ports: '0' } : {}
    const { source, port } = await running(t, declaration, { ...pem, ...own, [time]: '300 ms' })
    const socket = connectPlainly(port, '127.0.0.1').on('error', () => undefined)
    socket.write(Buffer.of(0x16, 3, 1, 2, 0))
    socket.resume()
    await once(socket, 'close')
    while (!source.observed.counts.has('tlsFailures')) await settle()
    assert.equal(source.observed.counts.get('tlsFailures'), 1)
  })
}

test('a client that ends within its handshake is not waited for', { skip, timeout: 20_000 }, async (t) => {
  put('first')
  const { source, port } = await running(t, sources.avro!, pem)
  const socket = connectPlainly(port, '127.0.0.1').on('error', () => undefined)
  socket.end(Buffer.of(0x16, 3, 1, 2, 0))
  socket.resume()
  await once(socket, 'close')
  while (source.observed.counts.get('openConnections') !== 0) await settle()
  assert.equal(source.observed.counts.get('tlsFailures'), 1)
})

test('a new key store, too', { skip }, async (t) => {
  copyFileSync(file('first.p12'), file('server.p12'))
  const { port, clock } = await running(t, sources.avro!, {
    keystore: file('server.p12'),
    'keystore-password': 'secret',
  })
  assert.equal(await shown(port), 'first')
  copyFileSync(file('second.p12'), file('server.p12'))
  await clock.advance(1000)
  assert.equal(await shown(port), 'second')
})

test('a JKS store that another one takes the place of, too, whatever its type', async (t) => {
  copyFileSync(stored('mixed.jks'), file('server.jks'))
  const values = { keystore: file('server.jks'), 'keystore-password': password }
  const { port, clock } = await running(t, sources.avro!, values)
  assert.equal((await shownCertificate(port)).fingerprint256, fingerprintOf('mixed.jks'))
  for (const name of ['modern.p12', 'mixed.jceks', 'mixed.jks']) {
    copyFileSync(stored(name), file('server.jks'))
    await clock.advance(1000)
    assert.equal((await shownCertificate(port)).fingerprint256, fingerprintOf(name), name)
  }
})

test('a file that cannot be used leaves the certificate from before, and one warning that says why', {
  skip,
}, async (t) => {
  put('first')
  const { source, port, clock } = await running(t, sources.avro!, pem)
  const warnings = (): readonly string[] =>
    source.observed.lines
      .filter(({ message }) => message.startsWith('Changed files of TLS'))
      .map(({ facts }) => String(facts.error))
  copyFileSync(file('second.pem'), file('server.pem'))
  for (let second = 0; second < 3; second++) {
    await clock.advance(1000)
    assert.equal(await shown(port), 'first')
  }
  assert.equal(warnings().length, 1)
  assert.match(warnings()[0]!, /server\.pem.*key values mismatch/)
  writeFileSync(file('server.key'), 'nothing')
  await clock.advance(1000)
  assert.equal(await shown(port), 'first')
  assert.equal(warnings().length, 2)
  copyFileSync(file('second.key'), file('server.key'))
  await clock.advance(1000)
  assert.equal(await shown(port), 'second')
  assert.equal(warnings().length, 2)
})

test('other authorities for clients are those of the next handshake, with zlib outside too', { skip }, async (t) => {
  for (const values of [{}, { 'compression-type': 'deflate' }]) {
    put('first')
    copyFileSync(file('theirs.pem'), file('clients.pem'))
    const { source, port, clock } = await running(t, sources.avro!, {
      ...pem,
      clientAuthorities: file('clients.pem'),
      ...values,
    })
    const sink = await createForTest(avroSink, {
      hostname: '127.0.0.1',
      port: String(port),
      ssl: 'true',
      authorities: file('ours.pem'),
      certificate: file('second.pem'),
      certificateKey: file('second.key'),
      ...values,
    })
    await sink.instance.start()
    t.after(() => sink.instance.stop(0))
    const deliver = (): Promise<unknown> =>
      Promise.resolve(sink.instance.deliver(batchOf([createEvent('known')]), deliveryForTest()))
    await assert.rejects(deliver())
    copyFileSync(file('ours.pem'), file('clients.pem'))
    await clock.advance(1000)
    await deliver()
    assert.deepEqual(source.bodies(), ['known'])
  }
})

test('a sink trusts whom its file names by the time it connects', { skip }, async (t) => {
  put('first')
  copyFileSync(file('theirs.pem'), file('trusted.pem'))
  const { source, port } = await running(t, sources.avro!, pem)
  const clock = new ManualClock()
  const values = { hostname: '127.0.0.1', port: String(port), ssl: 'true', authorities: file('trusted.pem') }
  const sink = await createForTest(avroSink, values, { clock })
  await sink.instance.start()
  t.after(() => sink.instance.stop(0))
  const deliver = (): Promise<unknown> =>
    Promise.resolve(sink.instance.deliver(batchOf([createEvent('x')]), deliveryForTest()))
  await assert.rejects(deliver(), /certificate/)
  writeFileSync(file('trusted.pem'), 'nothing')
  await clock.advance(1000)
  await assert.rejects(deliver(), /certificate/)
  const warnings = sink.observed.lines.filter(({ level }) => level === 'warn')
  assert.equal(warnings.length, 1)
  assert.match(String(warnings[0]!.facts.error), /trusted\.pem/)
  copyFileSync(file('ours.pem'), file('trusted.pem'))
  await clock.advance(1000)
  await deliver()
  assert.deepEqual(source.bodies(), ['x'])
})

test('stores of Java that change are those of the next connection, at either side', async (t) => {
  copyFileSync(stored('mixed.jks'), file('clients.jks'))
  const { source, port, clock } = await running(t, sources.avro!, {
    keystore: stored('mixed.jks'),
    'keystore-password': password,
    clientTruststore: file('clients.jks'),
    clientTruststorePassword: password,
  })
  copyFileSync(stored('modern.p12'), file('trusted.jks'))
  copyFileSync(stored('mixed.jks'), file('client.jks'))
  const sinkClock = new ManualClock()
  const values = {
    hostname: '127.0.0.1',
    port: String(port),
    ssl: 'true',
    truststore: file('trusted.jks'),
    'truststore-password': password,
    keystore: file('client.jks'),
    'keystore-password': password,
    'reset-connection-interval': '1',
  }
  const sink = await createForTest(avroSink, values, { clock: sinkClock })
  await sink.instance.start()
  t.after(() => sink.instance.stop(0))
  const deliver = (body: string): Promise<unknown> =>
    Promise.resolve(sink.instance.deliver(batchOf([createEvent(body)]), deliveryForTest()))
  await assert.rejects(deliver('to whom it does not trust'), /certificate/)
  copyFileSync(stored('mixed.jks'), file('trusted.jks'))
  await sinkClock.advance(1000)
  await deliver('trusted')
  copyFileSync(stored('modern.p12'), file('client.jks'))
  await sinkClock.advance(1000)
  await assert.rejects(deliver('as who is not known'))
  copyFileSync(stored('modern.p12'), file('clients.jks'))
  await clock.advance(1000)
  await deliver('known')
  assert.deepEqual(source.bodies(), ['trusted', 'known'])
})
