import assert from 'node:assert/strict'
import { request as httpsRequest } from 'node:https'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { catalogueOf } from '../../../testing/catalogue-of.ts'
import { createForTest, type HarnessOptions } from '../../../testing/harness.ts'
import { answersOf, askRaw, lastPost, post, type RunningServer, runServer } from '../../../testing/raw-http.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import blob from '../../http-handlers/blob.ts'
import json from '../../http-handlers/json.ts'
import lines from '../../http-handlers/lines.ts'
import http from './http.ts'

const catalogue = catalogueOf(json, lines, blob)

/** With the handler `lines` unless the values say another. */
function running(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<RunningServer> {
  return runServer(context, http, { handler: 'lines', ...values }, { catalogue, ...options })
}

const keystore = fileURLToPath(new URL('../../../../../../test/golden/key-stores/modern.p12', import.meta.url))

test('a stop answers what is under way, and ends idle connections at once', async (context) => {
  const waiting: (() => void)[] = []
  const source = await running(context, {}, { onPut: () => new Promise((resolve) => waiting.push(resolve)) })
  const [busy, idle] = [await TcpClient.connect(source.port), await TcpClient.connect(source.port)]
  await busy.send(post('one'))
  await source.until(() => waiting.length === 1)
  const stopping = source.instance.stop(60_000)
  assert.equal(await idle.lastAnswer(), '')
  idle.end()
  waiting[0]!()
  const [answer] = answersOf(await busy.lastAnswer())
  assert.deepEqual([answer!.status, answer!.headers.connection], [200, 'close'])
  busy.end()
  await stopping
  assert.deepEqual(source.bodies(), ['one'])
})

test('a request whose body comes while the source stops is still stored', async (context) => {
  const source = await running(context)
  const client = await TcpClient.connect(source.port)
  const whole = post('one\ntwo')
  await client.send(whole.subarray(0, whole.length - 3))
  await source.until(() => source.count('openConnections') === 1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  const stopping = source.instance.stop(60_000)
  await client.send(whole.subarray(whole.length - 3))
  assert.match(await client.lastAnswer(), /^HTTP\/1\.1 200 [\s\S]*Connection: close/)
  client.end()
  await stopping
  assert.deepEqual(source.bodies(), ['one', 'two'])
})

test('what is not done at the deadline of a stop is answered with 503', async (context) => {
  const source = await running(context, {}, { onPut: () => new Promise(() => undefined) })
  const [stuck, half] = [await TcpClient.connect(source.port), await TcpClient.connect(source.port)]
  await stuck.send(post('one'))
  await half.send(post('two').subarray(0, -1))
  await source.until(() => source.count('requestsRead') === 1 && source.count('openConnections') === 2)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await source.instance.stop(30)
  for (const client of [stuck, half]) {
    const [answer] = answersOf(await client.lastAnswer())
    assert.deepEqual([answer!.status, answer!.headers['retry-after']], [503, '1'])
    client.destroy()
  }
  assert.deepEqual(source.bodies(), [])
})

test('a head or a body that does not end in time is answered with 408, also on a connection that was served', async (context) => {
  const source = await running(context, { requestTimeout: '100ms', idleTimeout: '0' })
  const clients = await Promise.all(Array.from({ length: 4 }, () => TcpClient.connect(source.port)))
  const [silent, slowHead, slowBody, second] = clients as [TcpClient, TcpClient, TcpClient, TcpClient]
  await slowHead.send('POST / HT')
  await slowBody.send(post('one').subarray(0, -1))
  await second.send(Buffer.concat([post('two'), Buffer.from('POST / HT')]))
  for (const client of [silent, slowHead, slowBody]) {
    assert.match(await client.lastAnswer(), /^HTTP\/1\.1 408 /)
    client.destroy()
  }
  assert.deepEqual(
    answersOf(await second.lastAnswer()).map(({ status }) => status),
    [200, 408],
  )
  second.destroy()
  assert.equal(source.count('requestTimeouts'), 4)
  assert.deepEqual(source.bodies(), ['two'])
})

test('a connection that was served and asks nothing more is closed after a while', async (context) => {
  const source = await running(context, { requestTimeout: '0', idleTimeout: '1ms' })
  const client = await TcpClient.connect(source.port)
  await client.send(post('one'))
  assert.equal(answersOf(await client.lastAnswer()).length, 1)
  client.destroy()
})

test('connections over a bound are closed and counted', async (context) => {
  const source = await running(context, { maxConnections: '2', maxConnectionsPerAddress: '1' })
  const first = await TcpClient.connect(source.port)
  const second = await TcpClient.connect(source.port)
  await second.lastAnswer()
  await first.send(lastPost('one'))
  assert.match(await first.lastAnswer(), /^HTTP\/1\.1 200 /)
  assert.equal(source.count('connectionsRefused'), 1)
  first.destroy()
  second.destroy()
})

test('a hundred half requests do not keep an honest one waiting', async (context) => {
  const source = await running(context)
  const slow = await Promise.all(Array.from({ length: 100 }, () => TcpClient.connect(source.port)))
  for (const client of slow) await client.send(post('slow').subarray(0, -1))
  assert.equal((await askRaw(source.port, lastPost('one'))).status, 200)
  assert.deepEqual(source.bodies(), ['one'])
  for (const client of slow) client.destroy()
})

function askSecurely(context: TestContext, port: number, body: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-encoding': 'gzip' }
    const asked = httpsRequest({
      host: '127.0.0.1',
      port,
      method: 'POST',
      headers,
      rejectUnauthorized: false,
      agent: false,
    })
    context.after(() => asked.destroy())
    asked.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

test('requests come over TLS, and who does not speak it is closed and counted', async (context) => {
  const source = await running(context, { ssl: 'true', keystore, 'keystore-password': 'storePassword' })
  const text = 'over TLS '.repeat(20_000)
  assert.equal(await askSecurely(context, source.port, gzipSync(text)), 200)
  assert.deepEqual(source.bodies(), [text])
  const plain = await TcpClient.connect(source.port)
  await plain.send(post('plain'))
  await plain.lastAnswer()
  plain.destroy()
  await source.until(() => source.count('tlsFailures') === 1)
  assert.equal(source.bodies().length, 1)
})

test('a port in use is an error that names who has it, and leaves nothing open', async (context) => {
  const source = await running(context)
  const second = await createForTest(http, { bind: '127.0.0.1', port: String(source.port) }, { catalogue })
  await assert.rejects(second.instance.start(), /\(tcp\) is in use by/)
  await second.instance.stop(0)
})
