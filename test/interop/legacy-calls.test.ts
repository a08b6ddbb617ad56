// Calls of Scribe and of Flume 0.9 that are wrong in some way: Apache Flume's sources and ours answer alike, byte for byte.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import avroLegacy from '../../packages/flumen/src/components/sources/avro-legacy/avro-legacy.ts'
import scribe from '../../packages/flumen/src/components/sources/scribe/scribe.ts'
import thriftLegacy from '../../packages/flumen/src/components/sources/thrift-legacy/thrift-legacy.ts'
import {
  type EventForTest,
  legacyMessage,
  piecesOf,
  type RequestForTest,
} from '../../packages/flumen/src/protocols/legacy-avro/legacy-avro-for-test.ts'
import { legacyProtocol } from '../../packages/flumen/src/protocols/legacy-avro/legacy-protocol.ts'
import { appendCall, closeCall } from '../../packages/flumen/src/protocols/legacy-thrift/legacy-call-for-test.ts'
import { encodeLog } from '../../packages/flumen/src/protocols/scribe/scribe-for-test.ts'
import { hex, hexOf } from '../../packages/flumen/src/protocols/thrift-rpc/rpc-for-test.ts'
import { createForTest, type Harness } from '../../packages/flumen/src/testing/index.ts'
import { flume, startFlume } from '../../servers/flume.ts'
import { freePort, skipUnless } from '../../servers/server.ts'

type Calls = readonly (readonly [name: string, bytes: Buffer])[]

/** What shows that a call was worked on and the connection goes on. */
const afterwards = { scribe: encodeLog([{ message: 'x' }], { sequence: 9 }), thrift: closeCall(9) }

function framed(content: string): Buffer {
  const bytes = hex(content)
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const logHead = `00000003 ${hexOf('Log')} 01 00000001`
/** Without those after which Flume reads the rest of a frame as the next call: lengths below 0, lists of another type. */
const scribeCalls: Calls = [
  ['an entry', encodeLog([{ category: 'a', message: 'b' }])],
  ['a head with a version', encodeLog([{ category: 'a', message: 'b' }], { isStrict: true })],
  ['an empty list', encodeLog([])],
  ['no list', encodeLog(undefined)],
  ['an entry without a message', encodeLog([{ category: 'a' }])],
  ['one of several without a message', encodeLog([{ message: 'a' }, {}, { message: 'b' }])],
  ['an unknown method', encodeLog([], { method: 'getName' })],
  ['a list longer than the frame', framed(`${logHead} 0f0001 0c 7fffffff 00`)],
  ['a text longer than the frame', framed(`${logHead} 0f0001 0c 00000001 0b0002 000000ff 61 00 00`)],
  ['an argument of another type', framed(`${logHead} 080001 00000001 00`)],
  ['a field that is not known', framed(`${logHead} 0f0001 0c 00000001 080009 00000001 0b0002 00000001 61 00 00`)],
  ['the end within a value', framed(`${logHead} 0f0001`)],
  ['another version', framed(`80020001 00000003 ${hexOf('Log')} 00000001 00`)],
  ['a frame that is too large', hex('7fffffff 00')],
  ['a frame of a negative length', hex('ffffffff 00')],
]
const thriftCalls: Calls = [
  ['an event', appendCall({ body: 'a', priority: 1, fields: {} })],
  ['an event without a version', appendCall({ body: 'a', priority: 1, fields: {} }, { isStrict: false })],
  ['close', closeCall(3)],
  ['no event', appendCall(undefined)],
  ['an empty event', appendCall({})],
  ['a priority that there is not', appendCall({ body: 'a', priority: 77 })],
  ['an unknown method', closeCall(5, 'ackedAppend')],
]

/** All that came back, until what comes afterwards has its answer or the connection is closed. */
async function answerTo(port: number, call: Buffer, next: Buffer, marker: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(Buffer.concat([call, next]))
  let received = Buffer.alloc(0)
  try {
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer])
      if (received.includes(Buffer.from(marker, 'hex'))) return received.toString('hex')
    }
    return `${received.toString('hex')} closed`
  } catch {
    return `${received.toString('hex')} closed`
  } finally {
    socket.destroy()
  }
}

function portOf({ observed }: Harness<'source'>): number {
  const { address } = observed.lines.find(({ message }) => message === 'Listening.')!.facts
  return Number(/:(\d+)$/.exec(String(address))![1])
}

async function started(t: TestContext, source: Harness<'source'>): Promise<number> {
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  return portOf(source)
}

/** A source of Flume, whose events go nowhere. */
async function flumeWith(type: string, port: number) {
  return startFlume({
    configuration: `a1.sources = r1\na1.channels = c1\na1.sinks = k1
a1.sources.r1.type = org.apache.flume.source.${type}
a1.sources.r1.host = 127.0.0.1
a1.sources.r1.port = ${port}
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.sinks.k1.type = null
a1.sinks.k1.channel = c1\n`,
    listens: [port],
  })
}

async function answersTo(port: number, calls: Calls): Promise<readonly string[]> {
  const answers: string[] = []
  for (const [name, call] of calls) {
    answers.push(`${name}: ${readable(await answerTo(port, call, afterwards.scribe, '0200000009'))}`)
  }
  return answers
}

/** Our text of why a call cannot be read may differ from Java's. */
function readable(answer: string): string {
  return Buffer.from(answer.replace(' closed', ''), 'hex').toString('latin1').replace(/\0+/g, '.')
}

test('wrong calls of Scribe get the answers of Apache Flume', { timeout: 200_000 }, async (t) => {
  if (!(await skipUnless(t, flume))) return
  const port = await freePort()
  await using real = await flumeWith('scribe.ScribeSource', port)
  const ours = await started(t, await createForTest(scribe, { bind: '127.0.0.1', port: '0' }))
  const [theirs, answers] = [await answersTo(port, scribeCalls), await answersTo(ours, scribeCalls)]
  assert.deepEqual(answers, theirs)
  await real.stop()
})

test('odd calls of the Thrift sinks of Flume 0.9 get the answers of Apache Flume', { timeout: 200_000 }, async (t) => {
  if (!(await skipUnless(t, flume))) return
  const port = await freePort()
  await using real = await flumeWith('thriftLegacy.ThriftLegacySource', port)
  const ours = await started(t, await createForTest(thriftLegacy, { host: '127.0.0.1', port: '0' }))
  for (const [name, call] of thriftCalls) {
    const theirs = await answerTo(port, call, afterwards.thrift, '0000000900')
    const answer = await answerTo(ours, call, afterwards.thrift, '0000000900')
    assert.equal(answer, theirs, `${name}: ${readable(answer)} instead of ${readable(theirs)}`)
  }
  await real.stop()
})

const hash = Buffer.alloc(16, 3)
const avroCalls: readonly (readonly [name: string, event: EventForTest | undefined, request: RequestForTest])[] = [
  ['a client that is not known', { body: 'x' }, { hash }],
  ['a client that shows its text and knows nothing', { body: 'x' }, { hash, serverHash: hash, text: legacyProtocol }],
  ['a client that was not known before', { body: 'x' }, { hash }],
  ['a ping', undefined, { method: '' }],
  ['an event', { body: 'x', fields: { a: 'b' } }, {}],
]

async function post(port: number, body: Buffer): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })
  const bytes = Buffer.from(await response.arrayBuffer())
  return `${response.status} ${response.headers.get('content-type')} ${joined(bytes).toString('hex')}`
}

/** Both cut a message as they like. */
function joined(body: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at + 4 <= body.length; ) {
    const length = body.readUInt32BE(at)
    pieces.push(body.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return Buffer.concat(pieces)
}

test('the handshakes and calls of the Avro sinks of Flume 0.9 get the answers of Apache Flume', {
  timeout: 200_000,
}, async (t) => {
  if (!(await skipUnless(t, flume))) return
  const port = await freePort()
  await using real = await flumeWith('avroLegacy.AvroLegacySource', port)
  const ours = await started(t, await createForTest(avroLegacy, { host: '127.0.0.1', port: '0' }))
  for (const [name, event, request] of avroCalls) {
    const body = piecesOf(legacyMessage(event, request))
    assert.equal(await post(ours, body), await post(port, body), name)
  }
  const get = async (to: number): Promise<number> => (await fetch(`http://127.0.0.1:${to}/`)).status
  assert.deepEqual([await get(ours), await get(port)], [405, 405])
  await real.stop()
})
