import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createForTest } from '../../testing/harness.ts'
import { httpHandlerContract, requestForTest } from '../../testing/http-handler-contract.ts'
import lines from './lines.ts'

httpHandlerContract(lines, { good: [{ body: 'one\ntwo\r\n\nthree' }, { body: '' }, { body: 'one' }] })

test('an event is a line without its end, byte for byte', async () => {
  const { instance } = await createForTest(lines)
  const bodies = async (body: string): Promise<readonly string[]> =>
    Array.from(await instance.handle(requestForTest({ body: Buffer.from(body, 'latin1') })), ({ body: bytes }) =>
      Buffer.from(bytes).toString('latin1'),
    )
  assert.deepEqual(await bodies('one\ntwo\r\n\n\r\nth\rree\xff\r'), ['one', 'two', 'th\rree\xff'])
  assert.deepEqual(await bodies('\n\n'), [])
  assert.deepEqual(await bodies(' \n'), [' '])
  const many = Array.from({ length: 5000 }, (_, index) => `line ${index}`)
  assert.deepEqual(await bodies(many.join('\n')), many)
})
