import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AvroRpcError } from '../avro-rpc/avro-reader.ts'
import { HttpReader, type HttpRequest, messageIn } from './http-reader.ts'
import { httpPost, piecesOf } from './legacy-avro-for-test.ts'

function requestsIn(bytes: Buffer, chunkBytes = bytes.length, mostBytes = 100_000): readonly HttpRequest[] {
  const reader = new HttpReader(mostBytes)
  const requests: HttpRequest[] = []
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    reader.receive(Buffer.from(bytes.subarray(from, from + chunkBytes)))
    for (let request = reader.next(); request; request = reader.next()) requests.push(request)
  }
  return requests
}

test('requests come out one after the other, in whatever pieces they come', () => {
  const large = Buffer.alloc(20_000, 'x')
  const bytes = Buffer.concat([
    httpPost(Buffer.from('one')),
    Buffer.from('GET /status HTTP/1.0\r\n\r\n'),
    httpPost(large, 'connection: Close\r\n'),
    httpPost(Buffer.alloc(0)),
    Buffer.from('DELETE / HTTP/1.1\r\ncontent-length:3\r\n\r\nabc'),
  ])
  for (const chunkBytes of [1, 2, 3, 5, 100, 1000, bytes.length]) {
    assert.deepEqual(
      requestsIn(bytes, chunkBytes).map(({ isPost, isLast, body }) => [isPost, isLast, body.toString()]),
      [
        [true, false, 'one'],
        [false, false, ''],
        [true, true, large.toString()],
        [true, false, ''],
        [false, false, 'abc'],
      ],
      `${chunkBytes}`,
    )
  }
})

test('what is no request with one length that is taken is refused, and a head without an end at its bound', () => {
  const heads = [
    'no http at all',
    'POST / HTTP/2.0\r\nContent-Length: 1',
    'POST / HTTP/1.1',
    'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1',
    'POST / HTTP/1.1\r\nContent-Length: -1',
    'POST / HTTP/1.1\r\nContent-Length: 1, 1',
    'POST / HTTP/1.1\r\nContent-Length: 0x1',
    'POST / HTTP/1.1\r\nContent-Length: 100001',
    'POST / HTTP/1.1\r\nTransfer-Encoding: chunked',
    'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked',
    'GET / HTTP/1.1\r\ntransfer-encoding: chunked',
    'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding : chunked',
    'POST / HTTP/1.1\r\nContent-Length: 1\r\n folded: 1',
    'POST / HTTP/1.1\r\n: 1',
  ]
  for (const head of heads) assert.throws(() => requestsIn(Buffer.from(`${head}\r\n\r\nx`)), AvroRpcError, head)
  assert.throws(() => requestsIn(Buffer.alloc(8192, 'x'), 100), /over 8192/)
  assert.deepEqual(requestsIn(Buffer.alloc(8191, 'x'), 100), [])
})

test('a body that comes slowly holds little more than what has come', () => {
  const reader = new HttpReader(100_000_000)
  const bytes = httpPost(Buffer.alloc(50_000_000))
  reader.receive(bytes.subarray(0, 5000))
  assert.equal(reader.next(), undefined)
  assert.ok(reader.pendingBytes > 4000 && reader.pendingBytes < 10_100, `${reader.pendingBytes}`)
  reader.receive(bytes.subarray(5000))
  assert.equal(reader.next()?.body.length, 50_000_000)
  assert.equal(reader.pendingBytes, 0)
  reader.receive(Buffer.from('POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n'))
  assert.equal(reader.next(), undefined)
  assert.ok(reader.pendingBytes > 0, 'a head alone counts as begun')
})

test('the pieces of a message are joined; without an end, or longer than the body, they are refused', () => {
  assert.equal(messageIn(piecesOf(Buffer.from('hello'))).toString(), 'hello')
  assert.equal(messageIn(Buffer.alloc(4)).length, 0)
  for (const body of ['', '000000', '00000001', '0000000161', '7fffffff61', 'ffffffff61']) {
    assert.throws(() => messageIn(Buffer.from(body, 'hex')), AvroRpcError, body)
  }
})
