import assert from 'node:assert/strict'
import { test } from 'node:test'
import { damaged, numbersFrom, quickly } from '../legacy-events/damage-for-test.ts'
import { ThriftError } from '../thrift-rpc/index.ts'
import { decodeLegacyCall } from './legacy-call.ts'
import { appendCall, closeCall } from './legacy-call-for-test.ts'
import { MessageSplitter } from './message-splitter.ts'

const inputs = 100_000

/** What was read before it was refused, and why it was. */
function read(bytes: Buffer, chunkBytes: number): readonly string[] {
  const splitter = new MessageSplitter(2000)
  const messages: string[] = []
  try {
    for (let from = 0; from < bytes.length; from += chunkBytes) {
      splitter.receive(Buffer.from(bytes.subarray(from, from + chunkBytes)))
      for (let message = splitter.next(); message; message = splitter.next()) {
        messages.push(message.toString('hex'))
        decodeLegacyCall(message)
      }
    }
  } catch (error) {
    if (!(error instanceof ThriftError)) throw new Error(`on ${bytes.toString('hex')}`, { cause: error })
    messages.push('refused')
  }
  return messages
}

test('messages with any damage are read or refused, quickly, and in any pieces alike', () => {
  const number = numbersFrom(912)
  const good = [
    appendCall({ body: 'one', host: 'h', priority: 2, timestamp: 5n, nanos: 6n, fields: { a: 'b', c: '' } }),
    Buffer.concat([appendCall({ body: '' }), closeCall(), appendCall({ body: 'two' }, { isStrict: false })]),
    appendCall(undefined),
  ]
  let refused = 0
  for (let input = 0; input < inputs; input++) {
    const bytes = damaged(good[input % good.length]!, number)
    const whole = quickly(bytes, () => read(bytes, Math.max(1, bytes.length)))
    if (whole.at(-1) === 'refused') refused++
    if (input % 10 === 0) assert.deepEqual(read(bytes, 1 + number(20)), whole, bytes.toString('hex'))
  }
  assert.ok(refused > inputs / 4, `${refused} were refused`)
})
