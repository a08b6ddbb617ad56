import assert from 'node:assert/strict'
import { test } from 'node:test'
import { damaged, numbersFrom, quickly } from '../legacy-events/damage-for-test.ts'
import { ThriftError } from '../thrift-rpc/index.ts'
import { framesOf } from '../thrift-rpc/rpc-for-test.ts'
import { decodeScribeCall } from './scribe-call.ts'
import { encodeLog } from './scribe-for-test.ts'

const inputs = 100_000

test('calls with any damage are read or refused, and quickly', () => {
  const number = numbersFrom(1499)
  const good = [
    encodeLog([]),
    encodeLog(undefined, { method: 'getName' }),
    encodeLog([{ category: 'web', message: 'one' }, { message: 'two' }, { category: '', message: '' }]),
    encodeLog(
      Array.from({ length: 20 }, (_, row) => ({ category: `c${row >> 2}`, message: 'm'.repeat(row) })),
      { isStrict: true },
    ),
  ].map((call) => framesOf(call)[0]!)
  let refused = 0
  for (let input = 0; input < inputs; input++) {
    const bytes = damaged(good[input % good.length]!, number)
    try {
      const { refusal, fault, batch } = quickly(bytes, () => decodeScribeCall(bytes, 1))
      if (refusal || fault) refused++
      for (const { body, headers } of batch) assert.ok(body.length <= bytes.length && headers.size <= 1)
    } catch (error) {
      if (!(error instanceof ThriftError)) throw new Error(`on ${bytes.toString('hex')}`, { cause: error })
      refused++
    }
  }
  assert.ok(refused > inputs / 4, `${refused} were refused`)
})
