import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, createEvent } from '../../core/index.ts'
import { containerCodecs } from '../../protocols/avro-container-codec.ts'
import { createForTest, readForTest, serialized, serializerContract } from '../../testing/index.ts'
import avroEvent from './avro-event.ts'

for (const compressionCodec of containerCodecs) serializerContract(avroEvent, { values: { compressionCodec } })

async function problemsOf(values: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { problems } = await readForTest(avroEvent, values)
  return problems.all.map(({ severity, key, message }) => `${severity} ${key}: ${message}`)
}

test('avro_event writes the block of one event as Flume does: a count, a length, the record, the sync marker', async () => {
  const { instance } = await createForTest(avroEvent)
  const header = Buffer.from(instance.begin()!)
  const block = await serialized(instance, batchOf([createEvent('hi', { k: 'v' })]))
  assert.equal(block.subarray(0, -16).toString('hex'), '0212' + '02026b0276000468' + '69')
  assert.deepEqual(block.subarray(-16), header.subarray(-16))
})

test('avro_event takes another sync marker for each file', async () => {
  const [one, other] = [await createForTest(avroEvent), await createForTest(avroEvent)]
  assert.notDeepEqual(one.instance.begin(), other.instance.begin())
})

test('avro_event cannot be appended to', async () => {
  assert.equal((await createForTest(avroEvent)).instance.reopenable, false)
})

test('avro_event refuses xz by name and says what to use', async () => {
  assert.deepEqual(await problemsOf({ compressionCodec: 'xz' }), ['error compressionCodec: xz is not available here'])
})

test('avro_event goes on without compression, with a warning, when Flume does: at a codec that nobody knows', async () => {
  assert.match(
    (await problemsOf({ compressionCodec: 'lzma' })).join('\n'),
    /^warning compressionCodec: "lzma" .* null is used/,
  )
})

test('avro_event refuses a sync interval that Avro refuses', async () => {
  for (const syncIntervalBytes of ['31', '-1', '1073741825', 'x']) {
    assert.match((await problemsOf({ syncIntervalBytes })).join('\n'), /^error syncIntervalBytes: /)
  }
  assert.deepEqual(await problemsOf({ syncIntervalBytes: '32' }), [])
})
