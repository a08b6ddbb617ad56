import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { catalogueOf } from '../../../testing/catalogue-of.ts'
import type { HarnessOptions } from '../../../testing/harness.ts'
import { settle } from '../../../testing/manual-clock.ts'
import { askRaw, chunkedHead, lastPost, type RunningServer, runServer } from '../../../testing/raw-http.ts'
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

const manyLines = Array.from({ length: 20_000 }, (_, index) => `line ${index} of ${Math.sin(index)}`)
const codings = [
  ['gzip', 'gzip', gzipSync],
  ['x-gzip', 'X-GZip', gzipSync],
  ['deflate with its header', 'deflate', deflateSync],
  ['deflate without a header', 'deflate', deflateRawSync],
  ['zstd', 'zstd', zstdCompressSync],
  [
    'zstd in two frames',
    'zstd',
    (body: Buffer) => Buffer.concat([body.subarray(0, 9), body.subarray(9)].map((half) => zstdCompressSync(half))),
  ],
] as const

for (const [name, coding, compress] of codings) {
  test(`a body may be compressed: ${name}`, async (context) => {
    const source = await running(context)
    for (const lines of [['one', 'two'], manyLines]) {
      const body = compress(Buffer.from(lines.join('\n')))
      assert.equal((await askRaw(source.port, lastPost(body, [`Content-Encoding: ${coding}`]))).status, 200)
      assert.deepEqual(source.bodies().slice(-lines.length), lines)
    }
    for (const { buffer } of source.observed.puts.flatMap(({ parts }) => parts.map(({ slab }) => slab))) {
      assert.notEqual(buffer, Buffer.from('a').buffer)
    }
  })

  test(`a compressed body that is broken is the client's fault: ${name}`, async (context) => {
    const source = await running(context)
    for (const lines of ['one\ntwo', manyLines.join('\n')]) {
      const body = compress(Buffer.from(lines))
      const cut = body.subarray(0, body.length - 4)
      const garbled = Buffer.from(body)
      garbled.fill(0xaa, Math.trunc(body.length / 3))
      // Without its header deflate has no checksum either.
      const hasChecksum = compress !== deflateRawSync
      for (const bad of [cut, Buffer.from('one'), ...(hasChecksum ? [garbled] : [])]) {
        assert.equal((await askRaw(source.port, lastPost(bad, [`Content-Encoding: ${coding}`]))).status, 400)
      }
    }
    assert.deepEqual(source.bodies(), [])
  })

  test(`a body that grows too much is refused while it grows: ${name}`, async (context) => {
    const source = await running(context, { maxBodySize: '3MiB', maxInflationRatio: '200' })
    const ask = async (bytes: number): Promise<number> => {
      const body = compress(Buffer.alloc(bytes, 'x'))
      return (await askRaw(source.port, lastPost(body, [`Content-Encoding: ${coding}`]))).status
    }
    assert.equal(await ask(1024 * 1024), 200)
    assert.equal(await ask(2 * 1024 * 1024), 413)
    const random = Buffer.from(manyLines.join('\n').repeat(8))
    const large = compress(random)
    assert.ok(random.length > 3 * 1024 * 1024 && large.length > 16_384)
    assert.equal((await askRaw(source.port, lastPost(large, [`Content-Encoding: ${coding}`]))).status, 413)
    assert.equal(source.count('requestsTooLarge'), 2)
  })
}

test('members of gzip that follow each other are bounded together', async (context) => {
  const source = await running(context, { maxBodySize: '2MiB' })
  const member = gzipSync(Buffer.alloc(200_000, 'x'))
  const nested = Buffer.concat(Array.from({ length: 200 }, () => member))
  assert.equal((await askRaw(source.port, lastPost(nested, ['Content-Encoding: gzip']))).status, 413)
})

test('a window that would take too much memory is refused', async (context) => {
  const source = await running(context)
  const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 }
  const body = zstdCompressSync(Buffer.from(manyLines.join('\n')), { params })
  const answer = await askRaw(source.port, lastPost(body, ['Content-Encoding: zstd']))
  assert.equal([200, 400].includes(answer.status), true)
})

test('another coding, or two of them, is answered with those that there are', async (context) => {
  const source = await running(context)
  for (const coding of ['br', 'gzip, gzip', 'aws-chunked']) {
    const answer = await askRaw(source.port, lastPost('x', [`Content-Encoding: ${coding}`]))
    assert.deepEqual([answer.status, answer.headers['accept-encoding']], [415, 'gzip, deflate, zstd'])
  }
  assert.equal((await askRaw(source.port, lastPost('x', ['Content-Encoding: identity']))).status, 200)
})

test('a body that is too large is refused by its length before it comes', async (context) => {
  const source = await running(context, { maxBodySize: '10' })
  const client = await TcpClient.connect(source.port)
  await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n')
  assert.match(await client.answer(1), /^HTTP\/1\.1 413 [\s\S]*Connection: close[\s\S]*more than 10 bytes/)
  client.destroy()
  assert.equal((await askRaw(source.port, lastPost('0123456789'))).status, 200)
})

test('a client that sends on after its answer can still read it', async (context) => {
  const source = await running(context, { maxBodySize: '1000' })
  const client = await TcpClient.connect(source.port)
  await client.send(chunkedHead)
  const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`
  for (let sent = 0; sent < 200; sent++) await client.send(piece)
  await client.send('0\r\n\r\n')
  client.end()
  assert.match(await client.lastAnswer(), /^HTTP\/1\.1 413 /)
  client.destroy()
  assert.deepEqual(source.bodies(), [])
})

test('a handler that has enough with the beginning gets that', async (context) => {
  const source = await running(context, { handler: 'blob', 'handler.maxBlobLength': '5' })
  assert.equal((await askRaw(source.port, lastPost('0123456789'))).status, 200)
  assert.deepEqual(source.bodies(), ['01234'])
  assert.equal(source.count('bodiesCut'), 1)
  const smaller = await running(context, { handler: 'blob', 'handler.maxBlobLength': '5', maxBodySize: '3' })
  assert.equal((await askRaw(smaller.port, lastPost('0123'))).status, 413)
})

test('while too many bytes wait, others are asked to come later, and may then', async (context) => {
  const waiting: (() => void)[] = []
  const onPut = (): Promise<void> => new Promise((resolve) => waiting.push(resolve))
  const source = await running(context, { maxHeldSize: '1MiB', maxBodySize: '1000000' }, { onPut })
  const first = await TcpClient.connect(source.port)
  await first.send(lastPost('x'.repeat(900_000)))
  await source.until(() => waiting.length === 1)
  const later = await askRaw(source.port, lastPost('y'.repeat(200_000)))
  assert.deepEqual([later.status, later.headers['retry-after']], [429, '1'])
  const zipped = await askRaw(source.port, lastPost(gzipSync('z'.repeat(200_000)), ['Content-Encoding: gzip']))
  assert.equal(zipped.status, 429)
  waiting[0]!()
  assert.match(await first.lastAnswer(), /^HTTP\/1\.1 200 /)
  const second = await TcpClient.connect(source.port)
  await second.send(lastPost('y'.repeat(900_000)))
  await source.until(() => waiting.length === 2)
  waiting[1]!()
  assert.match(await second.lastAnswer(), /^HTTP\/1\.1 200 /)
  assert.equal(source.count('requestsRefused'), 2)
})

test('one body alone may be larger than all that may be held', async (context) => {
  const source = await running(context, { maxHeldSize: '1MiB', maxBodySize: '2MiB' })
  assert.equal((await askRaw(source.port, lastPost('x'.repeat(2 * 1024 * 1024)))).status, 200)
})

test('a client that goes away while its events are stored harms nobody', async (context) => {
  const waiting: (() => void)[] = []
  const onPut = (): Promise<void> => new Promise((resolve) => waiting.push(resolve))
  const source = await running(context, {}, { onPut })
  const gone = await TcpClient.connect(source.port)
  await gone.send(lastPost('one'))
  await source.until(() => waiting.length === 1)
  gone.socket.resetAndDestroy()
  await source.until(() => source.count('openConnections') === 0)
  waiting[0]!()
  await source.until(() => source.count('requestsStored') === 1)
  assert.deepEqual(source.bodies(), ['one'])
})

test('what is held for a request is given back however it ends', async (context) => {
  const source = await running(context, { maxHeldSize: '1MiB', maxBodySize: '900KiB' })
  for (let round = 0; round < 5; round++) {
    const gone = await TcpClient.connect(source.port)
    await gone.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n${'x'.repeat(800_000)}`)
    await settle()
    gone.socket.resetAndDestroy()
    await source.until(() => source.count('openConnections') === 0)
    const bad = lastPost(Buffer.alloc(500_000), ['Content-Encoding: gzip'])
    assert.equal((await askRaw(source.port, bad)).status, 400)
    const large = await TcpClient.connect(source.port)
    await large.send(`${chunkedHead}f0000\r\n${'x'.repeat(0xf0000)}\r\n`)
    assert.match(await large.answer(1), /^HTTP\/1\.1 413 /)
    large.destroy()
    assert.equal((await askRaw(source.port, lastPost('x'.repeat(900_000)))).status, 200)
  }
})

test('a body of zstd may have a thousand frames, and no more', async (context) => {
  const source = await running(context)
  const frame = zstdCompressSync(Buffer.from('a\n'))
  const ask = (frames: number) =>
    askRaw(source.port, lastPost(Buffer.concat(Array<Buffer>(frames).fill(frame)), ['Content-Encoding: zstd']))
  assert.equal((await ask(1000)).status, 200)
  assert.equal(source.bodies().length, 1000)
  assert.equal((await ask(1001)).status, 400)
  assert.equal((await ask(10_000)).status, 400)
})
