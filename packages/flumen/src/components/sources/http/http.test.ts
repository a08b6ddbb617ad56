import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Catalogue } from '../../../component/catalogue.ts'
import { loadPlugin } from '../../../component/plugins.ts'
import { BatchTooLargeError, ChannelFullError, ComponentFailedError } from '../../../core/index.ts'
import { catalogueOf } from '../../../testing/catalogue-of.ts'
import { type HarnessOptions, readForTest, refuse } from '../../../testing/harness.ts'
import { portOf } from '../../../testing/listening.ts'
import {
  answersOf,
  askRaw,
  chunked,
  chunkedHead,
  lastPost,
  post,
  type RunningServer,
  runServer,
} from '../../../testing/raw-http.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import blob from '../../http-handlers/blob.ts'
import json from '../../http-handlers/json.ts'
import lines from '../../http-handlers/lines.ts'
import http from './http.ts'

const catalogue = new Catalogue(catalogueOf(json, lines, blob).entries, loadPlugin)

/** With the handler `lines` unless the values say another. */
function running(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<RunningServer> {
  return runServer(context, http, { handler: 'lines', ...values }, { catalogue, ...options })
}

sourceContract(http, {
  values: { bind: '127.0.0.1', port: '0', handler: 'lines' },
  harness: { catalogue },
  produce: async (source) => {
    await askRaw(portOf(source), lastPost('one\ntwo\n'))
  },
})

test('a connection stays open and serves one request after the other', async (context) => {
  const source = await running(context)
  const client = await TcpClient.connect(source.port)
  for (const body of ['one\ntwo', 'three']) {
    const before = client.received.length
    await client.send(post(body))
    await client.answer(before + 1)
    await source.stored(body === 'three' ? 3 : 2)
  }
  client.end()
  assert.deepEqual(
    answersOf(await client.lastAnswer()).map(({ status, body }) => [status, body]),
    [
      [200, ''],
      [200, ''],
    ],
  )
  assert.deepEqual(source.bodies(), ['one', 'two', 'three'])
  assert.equal(source.count('requestsStored'), 2)
})

test('requests that come at once are stored and answered in their order', async (context) => {
  const waiting: (() => void)[] = []
  const onPut = (): Promise<void> => new Promise((resolve) => waiting.push(resolve))
  const source = await running(context, {}, { onPut })
  const client = await TcpClient.connect(source.port)
  await client.send(
    Buffer.concat([post('one'), post('two'), Buffer.from('PUT / HTTP/1.1\r\nHost: a\r\n\r\n'), lastPost('three')]),
  )
  for (let put = 1; put <= 3; put++) {
    await source.until(() => waiting.length === put)
    assert.equal(client.received.length > 0, put > 1)
    waiting[put - 1]!()
  }
  const answers = answersOf(await client.lastAnswer())
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 405, 200],
  )
  assert.deepEqual(source.bodies(), ['one', 'two', 'three'])
})

test('a request is one transaction, with the time of its arrival', async (context) => {
  const options: unknown[] = []
  const source = await running(context, {}, { onPut: (_batch, given) => void options.push(given) })
  await askRaw(source.port, lastPost('one\ntwo'))
  assert.deepEqual(options, [{ atomic: true }])
  assert.ok(Math.abs(source.observed.puts[0]!.parts[0]!.arrivedAt - Date.now()) < 3_600_000)
})

test('a chunked body and one of HTTP/1.0 are whole, and any path will do', async (context) => {
  const source = await running(context)
  assert.equal((await askRaw(source.port, `${chunkedHead}${chunked('on', 'e\ntw', 'o')}`)).status, 200)
  const old = await askRaw(source.port, 'POST /any/path?x=%zz HTTP/1.0\r\nContent-Length: 5\r\n\r\nthree')
  assert.equal(old.status, 200)
  assert.deepEqual(source.bodies(), ['one', 'two', 'three'])
})

test('a client that asks first is told to go on, or that it need not', async (context) => {
  const source = await running(context, { maxBodySize: '10' })
  const client = await TcpClient.connect(source.port)
  const head = (length: number): string =>
    `POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`
  await client.send(head(3))
  assert.match(await client.answer(1), /^HTTP\/1\.1 100 Continue\r\n\r\n$/)
  await client.send('one')
  await source.stored(1)
  client.end()
  await client.lastAnswer()
  const late = await TcpClient.connect(source.port)
  await late.send(head(11))
  assert.match(await late.answer(1), /^HTTP\/1\.1 413 /)
  late.destroy()
})

test('HEAD is answered as GET is, without a body', async (context) => {
  const source = await running(context, { handler: 'json' })
  const head = await TcpClient.connect(source.port)
  await head.send('HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  assert.match(await head.lastAnswer(), /^HTTP\/1\.1 500 [\s\S]*\r\n\r\n$/)
  const get = await askRaw(source.port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  assert.deepEqual([get.status, get.body], [500, 'the request has no body\n'])
})

test('events that cannot be stored are answered with what helps', async (context) => {
  let failure: Error = new ChannelFullError('no room')
  const source = await running(context, { retryAfter: '7' }, { onPut: () => refuse(failure) })
  const ask = async (): Promise<readonly [number, string | undefined]> => {
    const { status, headers } = await askRaw(source.port, lastPost('one'))
    return [status, headers['retry-after']]
  }
  assert.deepEqual(await ask(), [503, '7'])
  failure = new BatchTooLargeError('more than transactionCapacity')
  assert.deepEqual(await ask(), [413, undefined])
  failure = new ComponentFailedError('disk')
  assert.deepEqual(await ask(), [500, undefined])
  failure = new TypeError('a bug')
  assert.deepEqual(await ask(), [500, undefined])
  assert.deepEqual(source.bodies(), [])
  assert.deepEqual(
    [source.count('requestsRead'), source.count('requestsStored'), source.count('requestsFailed')],
    [4, 0, 2],
  )
})

test('a request without events is stored at once', async (context) => {
  const source = await running(context, { handler: 'json' }, { onPut: () => assert.fail('nothing is to be put') })
  assert.equal((await askRaw(source.port, lastPost('[]'))).status, 200)
  assert.equal((await askRaw(source.port, lastPost('[{}'))).status, 400)
  assert.deepEqual([source.count('requestsStored'), source.count('requestsUnreadable')], [1, 1])
})

test('a body that breaks off is no event, and a client that goes away harms nobody', async (context) => {
  const source = await running(context)
  for (const end of ['end', 'reset'] as const) {
    const client = await TcpClient.connect(source.port)
    await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\none\ntwo\n')
    await source.until(() => source.count('openConnections') === 1)
    if (end === 'end') client.end()
    else client.socket.resetAndDestroy()
    if (end === 'end') assert.match(await client.lastAnswer(), /^HTTP\/1\.1 400 /)
    client.destroy()
    await source.until(() => source.count('openConnections') === 0)
  }
  assert.equal(source.count('requestsAborted'), 2)
  const broken = await TcpClient.connect(source.port)
  await broken.send(`${chunkedHead}3\r\none\r\nzz\r\n`)
  assert.match(await broken.lastAnswer(), /^HTTP\/1\.1 400 /)
  broken.destroy()
  assert.equal((await askRaw(source.port, lastPost('three'))).status, 200)
  assert.deepEqual(source.bodies(), ['three'])
})

test('what is no HTTP is answered with 400, a head that is too long with 431', async (context) => {
  const source = await running(context)
  assert.equal((await askRaw(source.port, 'hello\r\n\r\n')).status, 400)
  const long = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(9000)}\r\n\r\n`
  assert.equal((await askRaw(source.port, long)).status, 431)
  const smuggled = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
  assert.equal((await askRaw(source.port, smuggled)).status, 400)
  assert.equal(source.count('requestsInvalid'), 3)
})

test('thousands of requests at once on one connection end it', async (context) => {
  const source = await running(context, {}, { onPut: () => new Promise(() => undefined) })
  const client = await TcpClient.connect(source.port)
  await client.send(Buffer.concat(Array.from({ length: 3000 }, () => post('x'))))
  assert.equal(await client.lastAnswer(), '')
  client.destroy()
})

test('a handler of your own is a module', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'flumen-http-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'words.mjs')
  writeFileSync(
    file,
    `import { BadRequestError, batchOf, createEvent, defineHttpHandler, field } from 'flumen'
export default defineHttpHandler({
  summary: 'An event a word.',
  fields: { separator: field.string({ default: ' ', doc: 'Between words.' }) },
  examples: [],
  create: ({ separator }) => ({
    async handle({ body, arrivedAt, headers, url }) {
      if (url === '/bad') throw new BadRequestError('not so')
      if (url === '/bug') throw new TypeError('a bug')
      return batchOf(Buffer.from(body).toString().split(separator).map((word) => createEvent(word, { from: headers.host })), arrivedAt)
    },
  }),
})
`,
  )
  const source = await running(context, { handler: file, 'handler.separator': '-' })
  assert.equal((await askRaw(source.port, lastPost('one-two'))).status, 200)
  assert.deepEqual(source.bodies(), ['one', 'two'])
  assert.equal(source.observed.puts[0]!.header(0, 'from'), 'a')
  const bad = await askRaw(source.port, post('x', ['Connection: close'], '/bad'))
  assert.deepEqual([bad.status, bad.body], [400, 'not so\n'])
  assert.equal((await askRaw(source.port, post('x', ['Connection: close'], '/bug'))).status, 500)
})

test("Flume's keys are taken, and those of Jetty are said to do nothing", async () => {
  const values = {
    port: '8443',
    handler: 'org.apache.flume.source.http.JSONHandler',
    enableSSL: 'true',
    keystore: '/k.jks',
    keystorePassword: 'x',
    excludeProtocols: 'SSLv3 TLSv1.2',
    'QueuedThreadPool.maxThreads': '10',
    'HttpConfiguration.sendServerVersion': 'false',
  }
  const { read, problems, unknown } = await readForTest(http, values, catalogue)
  assert.deepEqual(unknown, [])
  assert.deepEqual([read.ssl, read['exclude-protocols']], [true, ['SSLv3', 'TLSv1.2']])
  assert.deepEqual(
    problems.all.map(({ severity, message }) => [severity, message.split(' ')[0]]),
    [
      ['note', 'QueuedThreadPool.maxThreads'],
      ['note', 'HttpConfiguration.sendServerVersion'],
    ],
  )
  const without = await readForTest(http, { port: '1', handler: 'com.example.MyHandler' }, catalogue)
  assert.match(without.problems.all[0]!.fix, /Java classes do not run here/)
})
