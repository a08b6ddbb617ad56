import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AvroRpcError } from '../avro-rpc/avro-reader.ts'
import { damaged, numbersFrom, quickly } from '../legacy-events/damage-for-test.ts'
import { HttpReader, messageIn } from './http-reader.ts'
import { legacyMessage, legacyRequest } from './legacy-avro-for-test.ts'
import { LegacyCallReader } from './legacy-call.ts'
import { legacyProtocol } from './legacy-protocol.ts'

const inputs = 100_000
const event = { timestamp: 5n, nanos: 2n ** 60n, body: 'body', host: 'h', fields: { a: 'b', c: '' } }

function isRefused(bytes: Buffer, read: () => boolean): boolean {
  try {
    return read()
  } catch (error) {
    if (error instanceof AvroRpcError) return true
    throw new Error(`on ${bytes.toString('hex')}`, { cause: error })
  }
}

test('calls with any damage are read or refused, and quickly', () => {
  const number = numbersFrom(35872)
  const reader = new LegacyCallReader()
  const good = [legacyMessage(event), legacyMessage(event, { text: legacyProtocol }), legacyMessage(event).subarray(34)]
  let refused = 0
  for (let input = 0; input < inputs; input++) {
    const bytes = damaged(good[input % good.length]!, number)
    const read = (): boolean => {
      const call = reader.read(bytes)
      return call.kind === 'answered'
    }
    if (quickly(bytes, () => isRefused(bytes, read))) refused++
  }
  assert.ok(refused > inputs / 4, `${refused} were refused`)
})

test('requests of HTTP with any damage are read or refused, and quickly', () => {
  const number = numbersFrom(80)
  const good = Buffer.concat([legacyRequest(event), Buffer.from('GET / HTTP/1.1\r\n\r\n'), legacyRequest({})])
  let refused = 0
  for (let input = 0; input < inputs; input++) {
    const bytes = damaged(good, number)
    const read = (): boolean => {
      const http = new HttpReader(500)
      http.receive(bytes)
      for (let request = http.next(); request; request = http.next()) if (request.isPost) messageIn(request.body)
      return false
    }
    if (quickly(bytes, () => isRefused(bytes, read))) refused++
  }
  assert.ok(refused > inputs / 4, `${refused} were refused`)
})
