// Reliability bar S7 on everything that speaks TLS: what is old, weak, false or missing is refused, and nothing goes or comes
// as plain text instead. Scribe, netcat and the sources for Flume 0.9 speak none.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import {
  type ConnectionOptions,
  connect as connectTls,
  createServer as createTlsServer,
  type TlsOptions,
} from 'node:tls'
import { Catalogue } from '../../packages/flumen/src/component/catalogue.ts'
import { builtInComponents } from '../../packages/flumen/src/components/catalogue.generated.ts'
import avroSink from '../../packages/flumen/src/components/sinks/avro/avro.ts'
import httpSink from '../../packages/flumen/src/components/sinks/http/http.ts'
import ircSink from '../../packages/flumen/src/components/sinks/irc/irc.ts'
import thriftSink from '../../packages/flumen/src/components/sinks/thrift/thrift.ts'
import avroSource from '../../packages/flumen/src/components/sources/avro/avro.ts'
import httpSource from '../../packages/flumen/src/components/sources/http/http.ts'
import multiportSource from '../../packages/flumen/src/components/sources/multiport-syslog-tcp/multiport-syslog-tcp.ts'
import syslogSource from '../../packages/flumen/src/components/sources/syslog-tcp/syslog-tcp.ts'
import thriftSource from '../../packages/flumen/src/components/sources/thrift/thrift.ts'
import { batchOf, createEvent, verdictOf } from '../../packages/flumen/src/core/index.ts'
import { appendBatchRequest } from '../../packages/flumen/src/protocols/avro-rpc/calls.ts'
import { encodeCall } from '../../packages/flumen/src/protocols/thrift-rpc/index.ts'
import { createForTest, type Harness } from '../../packages/flumen/src/testing/harness.ts'
import { settle } from '../../packages/flumen/src/testing/manual-clock.ts'
import { deliveryForTest } from '../../packages/flumen/src/testing/sink-contract.ts'
import { clientHelloOf, isAlert, isServerHello, serverHelloOf, suites, versions } from './tls-hellos.ts'
import { type Identity, makeIdentities } from './tls-identities.ts'

type Values = Readonly<Record<string, string>>

const { skip, file, pem } = makeIdentities()
const shownAs = (name: Identity): Values => ({ certificate: file(`${name}.pem`), certificateKey: file(`${name}.key`) })
const one = batchOf([createEvent('an event')])

interface SourceTarget {
  readonly name: string
  make(values: Values): Promise<Harness<'source'>>
  /** One event as a client sends it. */
  readonly event: Buffer
}

const catalogue = new Catalogue(builtInComponents)
const body = '[{"headers":{},"body":"an event"}]'
const line = Buffer.from('<13>Oct 11 22:14:15 host an event\n')
const sources: readonly SourceTarget[] = [
  {
    name: 'avro',
    make: (values) => createForTest(avroSource, { bind: '127.0.0.1', port: '0', ...values }),
    event: Buffer.concat(appendBatchRequest(1, one, { withText: false })),
  },
  {
    name: 'thrift',
    make: (values) => createForTest(thriftSource, { bind: '127.0.0.1', port: '0', ...values }),
    event: Buffer.concat(encodeCall(one, { protocol: 'compact', sequence: 1 })),
  },
  {
    name: 'http',
    make: (values) => createForTest(httpSource, { bind: '127.0.0.1', port: '0', ...values }, { catalogue }),
    event: Buffer.from(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
  },
  {
    name: 'syslogtcp',
    make: (values) => createForTest(syslogSource, { host: '127.0.0.1', port: '0', ...values }),
    event: line,
  },
  {
    name: 'multiport_syslogtcp',
    make: (values) => createForTest(multiportSource, { host: '127.0.0.1', ports: '0', ...values }),
    event: line,
  },
]

async function listening(
  t: TestContext,
  target: SourceTarget,
  values: Values,
): Promise<{ readonly port: number; failures(): number; readonly source: Harness<'source'> }> {
  const source = await target.make({ ssl: 'true', ...values })
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  const { address } = source.observed.lines.find(({ message }) => message === 'Listening.')!.facts
  return {
    port: Number(/:(\d+)$/.exec(String(address))![1]),
    failures: () => source.observed.counts.get('tlsFailures') ?? 0,
    source,
  }
}

/** What is answered to some bytes. */
async function answerTo(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(bytes)
  const answer = await Promise.race([once(socket, 'data'), closed.then(() => [Buffer.alloc(0)])])
  socket.destroy()
  return answer[0] as Buffer
}

/** Sends an event over TLS; resolves when the connection is over. */
async function sendSecurely(port: number, event: Buffer, options: ConnectionOptions): Promise<void> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
  socket.on('error', () => undefined).resume()
  socket.write(event)
  socket.end()
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
}

const refusedHellos = [
  ...(['ssl3', 'tls10', 'tls11'] as const).map((version) => [version, 'sound'] as const),
  ...(['null', 'rc4', 'tripleDes', 'des', 'exportGrade', 'anonymous'] as const).map((list) => ['tls12', list] as const),
  ['tls10', 'rc4'] as const,
  ['tls11', 'tripleDes'] as const,
]

for (const target of sources) {
  test(`S7: ${target.name} source: old versions and weak cipher suites are not agreed on`, { skip }, async (t) => {
    const { port, failures, source } = await listening(t, target, shownAs('localhost'))
    assert.ok(isServerHello(await answerTo(port, clientHelloOf(versions.tls12, suites.sound))))
    while (failures() < 1) await settle()
    for (const [index, [version, list]] of refusedHellos.entries()) {
      const answer = await answerTo(port, clientHelloOf(versions[version], suites[list]))
      assert.ok(answer.length === 0 || isAlert(answer), `${version} ${list}: ${answer.toString('hex')}`)
      while (failures() < index + 2) await settle()
    }
    assert.deepEqual(source.bodies(), [])
  })

  test(`S7: ${target.name} source: plain text is not taken where TLS is spoken`, { skip }, async (t) => {
    const { port, failures, source } = await listening(t, target, shownAs('localhost'))
    await answerTo(port, target.event)
    while (failures() < 1) await settle()
    assert.deepEqual(source.bodies(), [])
  })

  test(`S7: ${target.name} source: a client without a certificate of its authorities that holds now is not served`, {
    skip,
  }, async (t) => {
    const asking = { ...shownAs('localhost'), clientAuthorities: file('ours.pem') }
    const { port, failures, source } = await listening(t, target, asking)
    const refused: readonly (Identity | undefined)[] = [undefined, 'stranger', 'self', 'expired', 'future']
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      for (const name of refused) {
        const before = failures()
        await sendSecurely(port, target.event, { maxVersion, ...(name && pem(name)) })
        while (failures() === before) await settle()
        assert.deepEqual(source.bodies(), [], name ?? 'no certificate')
      }
    }
    await sendSecurely(port, target.event, pem('localhost'))
    await source.stored(1)
  })

  test(`S7: ${target.name} source: without its key store or certificate it does not start, nor as plain text`, {
    skip,
  }, async () => {
    await assert.rejects(target.make({ ssl: 'true' }), /TLS needs a key store or a certificate/)
    for (const missing of [
      { keystore: file('nowhere.p12'), 'keystore-password': 'secret' },
      { ...shownAs('localhost'), certificate: file('nowhere.pem') },
      { ...shownAs('localhost'), clientAuthorities: file('nowhere.pem') },
      { ...shownAs('localhost'), clientTruststore: file('nowhere.jks') },
    ]) {
      const source = await target.make({ ssl: 'true', ...missing })
      await assert.rejects(async () => source.instance.start(), /TLS cannot be set up: .*nowhere/)
      assert.ok(source.observed.lines.every(({ message }) => message !== 'Listening.'))
      await source.instance.stop(0)
    }
  })
}

interface SinkTarget {
  readonly name: string
  make(port: number, values: Values): Promise<Harness<'sink'>>
}

const times = { 'connect-timeout': '1000', 'request-timeout': '1000' }
const sinks: readonly SinkTarget[] = [
  { name: 'avro', make: (port, values) => createForTest(avroSink, { ...rpcValues(port), ...values }) },
  { name: 'thrift', make: (port, values) => createForTest(thriftSink, { ...rpcValues(port), ...values }) },
  {
    name: 'http',
    make: (port, values) => createForTest(httpSink, { endpoint: `https://localhost:${port}/`, ...values }),
  },
  {
    name: 'irc',
    make: (port, values) => createForTest(ircSink, { ...addressValues(port), nick: 'flumen', chan: 'logs', ...values }),
  },
]

function addressValues(port: number): Values {
  return { hostname: 'localhost', port: String(port), ssl: 'true' }
}

function rpcValues(port: number): Values {
  return { ...addressValues(port), ...times }
}

/** What comes of a delivery to a port: the failure. It must be one that a retry may mend. */
async function failureOf(target: SinkTarget, port: number, values: Values): Promise<unknown> {
  const sink = await target.make(port, values)
  await sink.instance.start()
  const failure = await (async () => sink.instance.deliver(one, deliveryForTest()))().then(
    () => undefined,
    (error: unknown) => error,
  )
  await sink.instance.stop(0)
  assert.equal(verdictOf(failure), 'retry')
  return failure
}

/** Whether a sink sends anything to a server of TLS, which breaks the connection off then. */
async function sendsTo(target: SinkTarget, tls: TlsOptions, values: Values): Promise<boolean> {
  let hasSent = false
  const server = createTlsServer(tls, (socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      hasSent = true
      socket.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await failureOf(target, (server.address() as AddressInfo).port, values)
  server.close()
  await once(server, 'close')
  return hasSent
}

const trusting = { authorities: file('ours.pem') }

for (const target of sinks) {
  test(`S7: ${target.name} sink: a server that is a stranger, out of date or another host gets nothing`, {
    skip,
  }, async () => {
    assert.equal(await sendsTo(target, pem('localhost'), trusting), true)
    for (const name of ['stranger', 'self', 'expired', 'future', 'elsewhere'] as const) {
      assert.equal(await sendsTo(target, pem(name), trusting), false, name)
    }
    // Without authorities those of Node count, and they vouch for none of these.
    for (const name of ['localhost', 'self'] as const) assert.equal(await sendsTo(target, pem(name), {}), false, name)
  })

  test(`S7: ${target.name} sink: any certificate is taken only where trust-all-certs says so`, { skip }, async () => {
    for (const name of ['stranger', 'expired', 'elsewhere'] as const) {
      assert.equal(await sendsTo(target, pem(name), { 'trust-all-certs': 'true' }), true, name)
      assert.equal(await sendsTo(target, pem(name), { 'trust-all-certs': 'false' }), false, name)
    }
  })

  test(`S7: ${target.name} sink: without the certificate that a server asks for nothing is taken`, {
    skip,
  }, async () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const tls = { ...pem('localhost'), ca: readFileSync(file('ours.pem')), requestCert: true, maxVersion }
      assert.equal(await sendsTo(target, tls, trusting), false)
      assert.equal(await sendsTo(target, tls, { ...trusting, ...shownAs('stranger') }), false)
      assert.equal(await sendsTo(target, tls, { ...trusting, ...shownAs('localhost') }), true)
    }
  })

  test(`S7: ${target.name} sink: old versions and weak cipher suites are not agreed on, nor is plain text spoken`, {
    skip,
  }, async () => {
    const answers = [
      ...(['ssl3', 'tls10', 'tls11'] as const).map((version) => serverHelloOf(versions[version], suites.sound[0])),
      ...(['null', 'rc4', 'tripleDes', 'anonymous'] as const).flatMap((list) =>
        suites[list].map((suite) => serverHelloOf(versions.tls12, suite)),
      ),
      Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
    ]
    for (const answer of answers) {
      const [hello, ...rest] = (await saidTo(target, answer, trusting)).map(recordType)
      assert.equal(hello, 'handshake')
      assert.ok(
        rest.every((type) => type === 'alert'),
        `${answer.toString('hex')}: ${rest}`,
      )
    }
  })

  test(`S7: ${target.name} sink: without its trust store, authorities or key it does not start`, { skip }, async () => {
    for (const missing of [
      { truststore: file('nowhere.jks') },
      { authorities: file('nowhere.pem') },
      { ...trusting, ...shownAs('localhost'), certificateKey: file('nowhere.key') },
      { ...trusting, keystore: file('nowhere.jks') },
    ]) {
      const sink = await target.make(1, missing)
      await assert.rejects(async () => sink.instance.start(), /TLS cannot be set up: .*nowhere/)
    }
  })
}

test('S7: a hello of a server that is as it should be is answered with no alert', { skip }, async () => {
  const ecdheEcdsaAes128Gcm = 0xc02b
  const said = await saidTo(sinks[0]!, serverHelloOf(versions.tls12, ecdheEcdsaAes128Gcm), trusting)
  assert.deepEqual(said.map(recordType), ['handshake'])
})

/** What a sink says to a server that answers its hello with some bytes, a piece for each time that it speaks. */
async function saidTo(target: SinkTarget, answer: Buffer, values: Values): Promise<readonly Buffer[]> {
  const said: Buffer[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      said.push(bytes)
      if (said.length === 1) socket.write(answer)
    })
    socket.on('end', () => socket.end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await failureOf(target, (server.address() as AddressInfo).port, values)
  server.close()
  await once(server, 'close')
  return said
}

function recordType(bytes: Buffer): string {
  return { 21: 'alert', 22: 'handshake', 23: 'data' }[bytes[0] ?? 0] ?? 'plain text'
}
