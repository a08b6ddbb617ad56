// Conversations of Flume's Thrift client with Flume's Thrift source, captured on the wire.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { batchOf, EventBatch } from '../../core/index.ts'
import { decodeAnswer, encodeStatus } from './answer.ts'
import { decodeCall } from './call.ts'
import { encodeCall } from './call-encoder.ts'
import { framesOf, rowsOf } from './rpc-for-test.ts'
import type { ThriftProtocol } from './thrift-types.ts'

const folder = join(import.meta.dirname, '../../../../../test/golden/rpc')

function golden(name: string): Buffer {
  return readFileSync(join(folder, name))
}

interface Written {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly body_b64?: string
}

/** What the client sent: three events alone, seven as a batch. */
const events = golden('events.jsonl')
  .toString('utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Written)
  .map(({ headers, body, body_b64 }) => ({
    headers: new Map(Object.entries(headers)),
    body: body_b64 === undefined ? Buffer.from(body) : Buffer.from(body_b64, 'base64'),
  }))
const sent = [...events.slice(0, 3).map((event) => batchOf([event])), batchOf(events.slice(3))]

const conversations: readonly (readonly [name: string, protocol: ThriftProtocol, status: number, calls: number])[] = [
  ['thrift-binary.1', 'binary', 0, 4],
  ['thrift-compact.1', 'compact', 0, 4],
]

for (const [name, protocol, status, count] of conversations) {
  test(`the calls of ${name} are read, in whatever pieces they come`, () => {
    const bytes = golden(`${name}.c2s.bin`)
    for (const chunkBytes of [bytes.length, 1, 7, 1000]) {
      const calls = framesOf(bytes, chunkBytes).map((frame) => decodeCall(frame, protocol, 1))
      assert.equal(calls.length, count)
      assert.deepEqual(
        calls.map(({ method, sequence, refusal }) => [method, sequence, refusal]),
        [...Array(3).fill('append'), 'appendBatch'].map((method, index) => [method, index + 1, undefined]),
      )
      assert.deepEqual(rowsOf(EventBatch.join(calls.map(({ batch }) => batch))), rowsOf(batchOf(events)))
    }
  })

  test(`what is written for ${name} is what Flume's client wrote`, () => {
    const written = sent.flatMap((batch, index) =>
      encodeCall(batch, { protocol, sequence: index + 1, method: index < 3 ? 'append' : 'appendBatch' }),
    )
    assert.deepEqual(Buffer.concat(written), golden(`${name}.c2s.bin`))
  })

  test(`the answers of ${name} are read, and written as Flume wrote them`, () => {
    const bytes = golden(`${name}.s2c.bin`)
    const answers = framesOf(bytes).map((frame) => decodeAnswer(frame, protocol))
    assert.deepEqual(
      answers.map((answer) => [answer.method, answer.sequence, answer.status, answer.error]),
      [...Array(3).fill('append'), 'appendBatch'].map((method, index) => [method, index + 1, status, undefined]),
    )
    assert.deepEqual(Buffer.concat(answers.map((answer) => encodeStatus(answer, status, protocol))), bytes)
  })
}

test('a channel without room is answered FAILED, as Flume answered', () => {
  const calls = framesOf(golden('thrift-channel-full.1.c2s.bin')).map((frame) => decodeCall(frame, 'compact', 1))
  assert.deepEqual(
    calls.flatMap(({ batch }) => rowsOf(batch)),
    rowsOf(batchOf(events.slice(0, 3))),
  )
  const bytes = golden('thrift-channel-full.1.s2c.bin')
  const statuses = framesOf(bytes).map((frame) => decodeAnswer(frame, 'compact').status)
  assert.deepEqual(statuses, [0, 0, 1])
  assert.deepEqual(
    Buffer.concat(calls.map((call, index) => encodeStatus(call, statuses[index] ?? -1, 'compact'))),
    bytes,
  )
})
