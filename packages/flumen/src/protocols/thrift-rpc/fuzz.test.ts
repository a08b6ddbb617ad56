import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleBatches } from '../../testing/sample-batches.ts'
import { decodeAnswer, encodeError, encodeStatus } from './answer.ts'
import { decodeCall } from './call.ts'
import { encodeCall } from './call-encoder.ts'
import { framesOf, protocols } from './rpc-for-test.ts'
import { ThriftError } from './thrift-error.ts'
import type { ThriftProtocol } from './thrift-types.ts'

const inputs = 50_000
/** Far above what any of them takes. */
const longestMs = 100

/** A row of numbers that is the same at each run. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Changes some bytes, cuts, repeats or inserts. */
function damaged(good: Buffer, number: (below: number) => number): Buffer {
  let bytes = Buffer.from(good)
  for (let changes = 1 + number(4); changes > 0; changes--) {
    const at = number(bytes.length + 1)
    const kind = number(5)
    if (kind === 0 && at < bytes.length) bytes[at] = number(256)
    else if (kind === 1 && at < bytes.length) bytes[at] = bytes.readUInt8(at) ^ (1 << number(8))
    else if (kind === 2) bytes = bytes.subarray(0, at)
    else if (kind === 3) {
      const some = bytes.subarray(at, at + number(20))
      bytes = Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at)])
    } else {
      const extremes = ['ffffffff0f', 'ffffffff07', '7fffffff', 'ffffffff', '80808080']
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(extremes[number(5)]!, 'hex'), bytes.subarray(at)])
    }
  }
  return bytes
}

for (const protocol of protocols) {
  test(`${protocol}: calls and answers with any damage are read or refused, and quickly`, () => {
    const number = numbersFrom(20_261_121)
    const head = { method: 'appendBatch', sequence: 300 }
    const calls = sampleBatches().map((batch) => {
      const small = batch.select(Uint32Array.from(Array.from({ length: Math.min(batch.length, 6) }, (_, row) => row)))
      return framesOf(Buffer.concat(encodeCall(small, { protocol, sequence: 1 })))[0]!
    })
    const answers = [encodeStatus(head, 0, protocol), encodeError(head, { kind: 1, message: 'no' }, protocol)].map(
      (bytes) => framesOf(bytes)[0]!,
    )
    let refused = 0
    const slow: Buffer[] = []
    for (let input = 0; input < inputs; input++) {
      const isAnswer = input % 10 === 0
      const good = isAnswer ? answers[number(answers.length)]! : calls[number(calls.length)]!
      const bytes = input % 50 === 1 ? Buffer.from(good).fill(number(256), number(good.length)) : damaged(good, number)
      const began = performance.now()
      if (isRefused(bytes, protocol, isAnswer)) refused++
      if (performance.now() - began > longestMs) slow.push(bytes)
    }
    // What was slow because the machine did something else is quick now.
    for (const bytes of slow) {
      const began = performance.now()
      isRefused(bytes, protocol, false)
      assert.ok(performance.now() - began < longestMs, bytes.toString('hex'))
    }
    assert.ok(refused > inputs / 4, `${refused} were refused`)
  })
}

function isRefused(bytes: Buffer, protocol: ThriftProtocol, isAnswer: boolean): boolean {
  try {
    if (isAnswer) decodeAnswer(bytes, protocol)
    else if (decodeCall(bytes, protocol, 1).refusal) return true
    return false
  } catch (error) {
    if (error instanceof ThriftError) return true
    throw new Error(`on ${bytes.toString('hex')}`, { cause: error })
  }
}
