import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createForTest, type DecodedInput, decodeAll, deserializerContract } from '../../testing/index.ts'
import jsonLines from './json-lines.ts'

const sample = Buffer.from('\uFEFF{"a":1}\r\n\n  {"a":"grüße","b":{"c":[1, 2]}} \n[]\n"text"')
deserializerContract(jsonLines, { input: sample, events: 4 })
deserializerContract(jsonLines, { values: { headers: 'a b.c' }, input: sample, events: 4 })

async function decode(text: string, values: Readonly<Record<string, string>> = {}): Promise<DecodedInput> {
  return decodeAll((await createForTest(jsonLines, values)).instance, Buffer.from(text))
}

const bodiesOf = ({ events }: DecodedInput): string[] => events.map(({ body }) => body)

test('each line that is not blank is an event, without white space around it', async () => {
  assert.deepEqual(bodiesOf(await decode(' {"a": 1}\r\n\r\n\t2 \n')), ['{"a": 1}', '2'])
  assert.deepEqual(bodiesOf(await decode('')), [])
})

test('members become headers, numbers as they are written', async () => {
  const { events } = await decode('{"id":12345678901234567890,"user":{"name":"Ann"},"x":1}\n{"x":2}\n', {
    headers: 'id user.name missing',
  })
  assert.deepEqual(
    events.map(({ headers }) => headers),
    [{ id: '12345678901234567890', 'user.name': 'Ann' }, {}],
  )
})

test('a line that is no JSON is rejected, kept, or the end of the file', async () => {
  const text = '1\n{"a":\n2\n'
  const rejected = await decode(text)
  assert.deepEqual([bodiesOf(rejected).length, rejected.rejected.map(([event]) => event)], [3, [1]])
  const kept = await decode(text, { onInvalid: 'keep' })
  assert.deepEqual([bodiesOf(kept), kept.rejected], [['1', '{"a":', '2'], []])
  const failed = await decode(text, { onInvalid: 'fail' })
  assert.deepEqual([bodiesOf(failed), failed.consumed], [['1'], 2])
  assert.match(failed.problem ?? '', /a line is no JSON/)
})

test('a line that is too long is a problem after the lines before it', async () => {
  const { problem, events } = await decode(`1\n"${'x'.repeat(100)}"\n`, { maxLineLength: '64' })
  assert.deepEqual([events.length, problem], [1, 'a line has more than 64 bytes'])
})
