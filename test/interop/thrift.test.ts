// Our Thrift sink to Flume's Thrift source, and from there Flume's Thrift sink to our source: what came out is what went in.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import thriftSink from '../../packages/flumen/src/components/sinks/thrift/thrift.ts'
import { batchOf, ChannelFullError, type EventBatch, messageOf } from '../../packages/flumen/src/core/index.ts'
import {
  decodeAnswer,
  FrameSplitter,
  type ThriftProtocol,
} from '../../packages/flumen/src/protocols/thrift-rpc/index.ts'
import { hex, hexOf } from '../../packages/flumen/src/protocols/thrift-rpc/rpc-for-test.ts'
import { createForTest, deliveryForTest, type Harness, refuse } from '../../packages/flumen/src/testing/index.ts'
import { busyJava, flume, startFlume } from '../../servers/flume.ts'
import { freePort, skipUnless, temporaryDirectory, waitUntil } from '../../servers/server.ts'
import { digestInOrder, eventAt, eventsBetween } from './client-events.ts'
import { ourSource, portOf, sizesOf, stored, taken, threads } from './relay.ts'

interface Flow {
  readonly name: string
  readonly protocol: ThriftProtocol
  readonly batch: number
  readonly isTls?: true
  /** Of our sink; with several Flume must have room for all events. */
  readonly inFlight?: number
}

const flows: readonly Flow[] = [
  { name: 'compact1', protocol: 'compact', batch: 1 },
  { name: 'compact100', protocol: 'compact', batch: 100 },
  { name: 'compact1000', protocol: 'compact', batch: 1000 },
  { name: 'binary1', protocol: 'binary', batch: 1 },
  { name: 'binary100', protocol: 'binary', batch: 100 },
  { name: 'binary1000', protocol: 'binary', batch: 1000 },
  { name: 'inFlight', protocol: 'compact', batch: 100, inFlight: 8 },
  { name: 'tls', protocol: 'compact', batch: 100, isTls: true },
]
const events = 100_000
const password = 'storePassword'
const passwords = { 'keystore-password': password, 'truststore-password': password }

/** A key of a server, and a store of what is to be trusted. */
function makeStores(directory: string): { readonly keystore: string; readonly truststore: string } {
  const [keystore, truststore] = [join(directory, 'server.p12'), join(directory, 'trusted.jks')]
  const keytool = (...words: readonly string[]): void => {
    const { status, stdout } = spawnSync('keytool', ['-storepass', password, '-noprompt', ...words], {
      encoding: 'utf8',
    })
    assert.equal(status, 0, stdout)
  }
  const names = ['-dname', 'CN=localhost', '-ext', 'san=ip:127.0.0.1,dns:localhost']
  keytool('-genkeypair', '-alias', 'server', '-keyalg', 'RSA', ...names, '-keystore', keystore, '-storetype', 'PKCS12')
  const certificate = join(directory, 'server.crt')
  keytool('-exportcert', '-alias', 'server', '-keystore', keystore, '-file', certificate)
  keytool('-importcert', '-alias', 'server', '-file', certificate, '-keystore', truststore, '-storetype', 'JKS')
  return { keystore, truststore }
}

function linesOf(
  name: string,
  ours: number,
  theirs: number,
  { protocol, batch, isTls, inFlight }: Flow,
  stores: string,
): string {
  return `
a1.sources.${name}.type = thrift
a1.sources.${name}.bind = 127.0.0.1
a1.sources.${name}.port = ${theirs}
a1.sources.${name}.protocol = ${protocol}
a1.sources.${name}.channels = ${name}
a1.sources.${name}.threads = ${threads}
a1.channels.${name}.type = memory
a1.channels.${name}.capacity = ${inFlight === undefined ? 10_000 : events}
a1.channels.${name}.transactionCapacity = 1000
a1.sinks.${name}.type = thrift
a1.sinks.${name}.channel = ${name}
a1.sinks.${name}.hostname = 127.0.0.1
a1.sinks.${name}.port = ${ours}
a1.sinks.${name}.protocol = ${protocol}
a1.sinks.${name}.batch-size = ${batch}
${isTls ? stores : ''}`
}

/** Sends all in batches; what Flume has no room for at the moment is sent again. */
async function sendAll(sink: Harness<'sink'>, { batch: size, inFlight = 1 }: Flow): Promise<void> {
  const open = new Set<Promise<unknown>>()
  for (let from = 0; from < events; from += size) {
    while (open.size >= inFlight) await Promise.race(open)
    const batch = batchOf([...eventsBetween(from, from + size)])
    const sending: Promise<unknown> = sendOne(sink, batch).finally(() => open.delete(sending))
    open.add(sending)
  }
  await Promise.all(open)
}

async function sendOne(sink: Harness<'sink'>, batch: EventBatch): Promise<void> {
  await waitUntil('Flume has taken a batch', async () => {
    try {
      await sink.instance.deliver(batch, deliveryForTest())
      return true
    } catch (error) {
      assert.match(messageOf(error), /answered FAILED/)
      return undefined
    }
  })
}

test('100,000 events go through Apache Flume unchanged, with both protocols and batches of 1, 100 and 1,000', {
  timeout: 300_000,
}, async (t) => {
  if (!(await skipUnless(t, flume))) return
  using directory = temporaryDirectory('thrift-interop')
  const stores = makeStores(directory.path)
  const tls = { ssl: 'true', ...stores, ...passwords }
  let refusals = 0
  const started = await Promise.all(
    flows.map(async (flow) => {
      const values = { protocol: flow.protocol, ...(flow.isTls && tls) }
      // Flume must send again what was refused.
      const onPut = (): void => {
        if (flow.name === 'binary1000' && refusals++ === 3) refuse(new ChannelFullError('no room'))
      }
      const { truststore: _, 'truststore-password': __, ...own } = values as Record<string, string>
      const source = await ourSource(t, 'thrift', own, { onPut })
      return { flow, source, port: await freePort(), values }
    }),
  )
  const tlsLines = (name: string): string =>
    `a1.sources.${name}.ssl = true
a1.sources.${name}.keystore = ${stores.keystore}
a1.sources.${name}.keystore-password = ${password}
a1.sources.${name}.keystore-type = PKCS12
a1.sinks.${name}.ssl = true
a1.sinks.${name}.truststore = ${stores.truststore}
a1.sinks.${name}.truststore-password = ${password}
a1.sinks.${name}.truststore-type = JKS`
  const names = flows.map(({ name }) => name).join(' ')
  const configuration = `a1.sources = ${names}\na1.channels = ${names}\na1.sinks = ${names}\n${started
    .map(({ flow, source, port }) => linesOf(flow.name, portOf(source), port, flow, tlsLines(flow.name)))
    .join('')}`
  await using real = await startFlume({
    configuration,
    listens: started.map(({ port }) => port),
    javaOptions: ['-Xmx1g', busyJava],
  })

  const expected = digestInOrder(eventsBetween(0, events))
  // Together: Flume's sinks sleep for seconds between two looks at a channel that was empty.
  await Promise.all(
    started.map(async ({ flow, source, port }) => {
      const trust = { ssl: 'true', truststore: stores.truststore, 'truststore-password': password }
      const maxInFlight = String(flow.inFlight ?? 1)
      const to = { hostname: '127.0.0.1', port: String(port), protocol: flow.protocol, maxInFlight }
      const values = { ...to, ...(flow.isTls && trust) }
      const sink = await createForTest(thriftSink, values)
      await sink.instance.start()
      await sendAll(sink, flow)
      await stored(source, events)
      await sink.instance.stop(1000)
      assert.ok(sizesOf(source).every((size) => size <= flow.batch))
      assert.equal(digestInOrder(taken(source)), expected, flow.name)
      assert.equal(sink.observed.counts.get('connectionsFailed') ?? 0, 0)
    }),
  )
  assert.ok(refusals > 4)
  await real.stop()
})

/** Calls that are wrong in some way, without the length of their frame. */
const head = {
  compact: (method: string): string => `8221 07 ${method.length.toString(16).padStart(2, '0')} ${hexOf(method)}`,
  binary: (method: string): string =>
    `80010001 ${method.length.toString(16).padStart(8, '0')} ${hexOf(method)} 00000007`,
}
const binaryEvent = '0d0001 0b0b 00000000 0b0002 00000001 61 00'
const oddCalls: readonly (readonly [protocol: ThriftProtocol, name: string, bytes: string])[] = [
  ['compact', 'an unknown method', `${head.compact('ping')} 00`],
  ['compact', 'append without an event', `${head.compact('append')} 00`],
  ['compact', 'appendBatch without events', `${head.compact('appendBatch')} 00`],
  ['compact', 'an argument of another type', `${head.compact('append')} 15 02 00`],
  ['compact', 'an event without headers', `${head.compact('append')} 1c 28 01 61 00 00`],
  ['compact', 'an event without a body', `${head.compact('append')} 1c 1b 00 00 00`],
  ['compact', 'an empty list', `${head.compact('appendBatch')} 19 0c 00`],
  ['compact', 'a list of a negative length', `${head.compact('appendBatch')} 19 fc ff ff ff ff 0f 00`],
  ['compact', 'a list longer than the frame', `${head.compact('appendBatch')} 19 fc ff ff ff ff 07 00`],
  ['compact', 'a body longer than the frame', `${head.compact('append')} 1c 1b 00 18 ff 07 00 00`],
  ['compact', 'a one-way call', `8281 07 06 ${hexOf('append')} 1c 1b 00 18 01 61 00 00`],
  ['compact', 'another version', `8222 07 06 ${hexOf('append')} 1c 1b 00 18 01 61 00 00`],
  ['compact', 'another protocol', `8001 0001 0000 0006 ${hexOf('append')} 0000 0007`],
  ['compact', 'the end within a value', `${head.compact('append')} 1c 1b`],
  ['binary', 'an unknown method', `${head.binary('ping')} 00`],
  ['binary', 'append without an event', `${head.binary('append')} 00`],
  ['binary', 'a call without a version', `00000006 ${hexOf('append')} 01 00000009 0c0001 ${binaryEvent} 00`],
  ['binary', 'an event without a body', `${head.binary('append')} 0c0001 0d0001 0b0b 00000000 00 00`],
  ['binary', 'another version', `80020001 00000006 ${hexOf('append')} 00000007 0c0001 ${binaryEvent} 00`],
  ['binary', 'a text of a negative length', `${head.binary('append')} 0c0001 0b0002 ffffffff 61 00 00`],
  ['binary', 'a type that there is not', `${head.binary('append')} 0c0001 11 0003 00 00 00`],
]

/** What came back for one frame: sequence and status or kind of exception; or that the connection was closed. */
async function answerTo(port: number, bytes: Buffer, protocol: ThriftProtocol): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  socket.write(Buffer.concat([length, bytes]))
  const splitter = new FrameSplitter(100_000)
  try {
    for await (const chunk of socket) {
      splitter.receive(chunk as Buffer)
      const frame = splitter.next()
      if (!frame) continue
      const { sequence, status, error } = decodeAnswer(frame, protocol)
      return error
        ? `${sequence} exception ${error.kind} ${error.message.replace(/ Struct:.*/, '')}`
        : `${sequence} status ${status}`
    }
    return 'closed'
  } catch (error) {
    return `closed ${messageOf(error) === 'read ECONNRESET' ? '' : messageOf(error)}`.trim()
  } finally {
    socket.destroy()
  }
}

test('calls that are wrong get the answers of Apache Flume, and so does a channel that is full', async (t) => {
  if (!(await skipUnless(t, flume))) return
  const protocols = ['compact', 'binary'] as const
  const [compact, binary, nobody] = [await freePort(), await freePort(), await freePort()]
  const theirs = { compact, binary }
  const sources = protocols.map(
    (protocol) => `
a1.sources.${protocol}.type = thrift
a1.sources.${protocol}.bind = 127.0.0.1
a1.sources.${protocol}.port = ${theirs[protocol]}
a1.sources.${protocol}.protocol = ${protocol}
a1.sources.${protocol}.channels = ${protocol}
a1.channels.${protocol}.type = memory
a1.channels.${protocol}.capacity = 10
a1.channels.${protocol}.transactionCapacity = 10
a1.channels.${protocol}.keep-alive = 0
a1.sinks.${protocol}.type = thrift
a1.sinks.${protocol}.channel = ${protocol}
a1.sinks.${protocol}.hostname = 127.0.0.1
a1.sinks.${protocol}.port = ${nobody}`,
  )
  const list = protocols.join(' ')
  const configuration = `a1.sources = ${list}\na1.channels = ${list}\na1.sinks = ${list}${sources.join('')}\n`
  await using real = await startFlume({ configuration, listens: [compact, binary] })
  const ports = new Map<ThriftProtocol, number>()
  for (const protocol of protocols) {
    const source = await ourSource(t, 'thrift', { protocol })
    ports.set(protocol, portOf(source))
  }
  for (const [protocol, name, bytes] of oddCalls) {
    const [flumes, ours] = [
      await answerTo(theirs[protocol], hex(bytes), protocol),
      await answerTo(ports.get(protocol)!, hex(bytes), protocol),
    ]
    assert.equal(
      ours.replace(/Unrecognized type \d+/, ''),
      flumes.replace(/Unrecognized type \d+/, ''),
      `${protocol}: ${name}`,
    )
  }

  const values = { hostname: '127.0.0.1', port: String(binary), protocol: 'binary' }
  const sink = await createForTest(thriftSink, values)
  await sink.instance.start()
  t.after(() => sink.instance.stop(0))
  const ten = batchOf(Array.from({ length: 10 }, (_, index) => eventAt(index + 1)))
  await assert.rejects(async () => {
    for (let round = 0; round < 3; round++) await sink.instance.deliver(ten, deliveryForTest())
  }, /answered FAILED/)
  await real.stop()
})
