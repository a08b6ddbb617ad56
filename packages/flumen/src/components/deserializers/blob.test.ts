import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createForTest, decodeAll, deserializerContract } from '../../testing/index.ts'
import blob from './blob.ts'

const sample = randomBytes(500)
deserializerContract(blob, { input: sample, events: 1 })
deserializerContract(blob, { values: { maxBlobLength: '123' }, input: sample, events: 5 })

async function bodiesOf(input: Uint8Array, maxBlobLength: string): Promise<string[]> {
  const { instance } = await createForTest(blob, { maxBlobLength })
  return (await decodeAll(instance, input, 4)).events.map(({ body }) => body)
}

test('a file is one event, what is more follows as further ones', async () => {
  assert.deepEqual(await bodiesOf(Buffer.from('0123456789'), '4'), ['0123', '4567', '89'])
  assert.deepEqual(await bodiesOf(Buffer.from('01234567'), '4'), ['0123', '4567'])
  assert.deepEqual(await bodiesOf(Buffer.from([0, 255, 10, 13]), '4'), ['\0ÿ\n\r'])
})

test('a file without content is one event without content', async () => {
  assert.deepEqual(await bodiesOf(Buffer.alloc(0), '4'), [''])
})
