import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleBatches } from '../../testing/sample-batches.ts'
import { damaged, numbersFrom, quickly } from '../legacy-events/damage-for-test.ts'
import { decodeAnswer, encodeError, encodeStatus } from './answer.ts'
import { decodeCall } from './call.ts'
import { encodeCall } from './call-encoder.ts'
import { FrameSplitter } from './frame-splitter.ts'
import { framesOf, protocols } from './rpc-for-test.ts'
import { ThriftError } from './thrift-error.ts'
import type { ThriftProtocol } from './thrift-types.ts'

/** Of each decoder. */
const inputs = 100_000

for (const protocol of protocols) {
  const head = { method: 'appendBatch', sequence: 300 }
  const calls = sampleBatches().map((batch) => {
    const small = batch.select(Uint32Array.from(Array.from({ length: Math.min(batch.length, 6) }, (_, row) => row)))
    return framesOf(Buffer.concat(encodeCall(small, { protocol, sequence: 1 })))[0]!
  })
  const answers = [encodeStatus(head, 0, protocol), encodeError(head, { kind: 1, message: 'no' }, protocol)].map(
    (bytes) => framesOf(bytes)[0]!,
  )

  for (const [what, all] of Object.entries({ calls, answers })) {
    test(`${protocol}: ${what} with any damage are read or refused, and quickly`, () => {
      const number = numbersFrom(20_261_121)
      let refused = 0
      for (let input = 0; input < inputs; input++) {
        const good = all[number(all.length)]!
        const bytes =
          input % 50 === 1 ? Buffer.from(good).fill(number(256), number(good.length)) : damaged(good, number)
        if (quickly(bytes, () => isRefused(bytes, protocol, all === answers))) refused++
      }
      assert.ok(refused > inputs / 4 && refused < inputs, `${refused} were refused`)
    })
  }
}

test('frames with any damage are cut off or refused, in any pieces alike, and quickly', () => {
  const number = numbersFrom(4141)
  const good = sampleBatches().flatMap((batch) => {
    const call = Buffer.concat(encodeCall(batch, { protocol: 'compact', sequence: 1 }))
    return call.length > 500 ? [] : [Buffer.concat([call, Buffer.alloc(4), call])]
  })
  assert.ok(good.length > 0)
  let refused = 0
  for (let input = 0; input < inputs; input++) {
    const bytes = damaged(good[number(good.length)]!, number)
    const whole = quickly(bytes, () => cut(bytes, bytes.length))
    if (whole.isRefused) refused++
    if (input % 10 === 0) assert.deepEqual(cut(bytes, 1 + number(20)), whole, bytes.toString('hex'))
  }
  assert.ok(refused > inputs / 10 && refused < inputs, `${refused} were refused`)
})

interface Cut {
  readonly frames: readonly string[]
  readonly isRefused: boolean
}

function cut(bytes: Buffer, chunkBytes: number): Cut {
  const splitter = new FrameSplitter(2000)
  const frames: string[] = []
  try {
    for (let from = 0; from < bytes.length; from += chunkBytes) {
      splitter.receive(bytes.subarray(from, from + chunkBytes))
      for (let frame = splitter.next(); frame; frame = splitter.next()) frames.push(frame.toString('hex'))
    }
    return { frames, isRefused: false }
  } catch (error) {
    if (error instanceof ThriftError) return { frames, isRefused: true }
    throw new Error(`on ${bytes.toString('hex')}`, { cause: error })
  }
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
