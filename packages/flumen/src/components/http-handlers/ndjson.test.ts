import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createForTest } from '../../testing/harness.ts'
import { httpHandlerContract, requestForTest } from '../../testing/http-handler-contract.ts'
import ndjson from './ndjson.ts'

httpHandlerContract(ndjson, {
  good: [{ body: '{"headers":{"a":"1"},"body":"x\\t"}\n{"body":"y"}\n' }, { body: '' }],
  bad: [{ body: '{"body":"x"}\nnull' }, { body: '[{"body":"x"}]' }, { body: '{"body":"x"} {"body":"y"}' }],
})

test('an event is a line, and blank lines are none', async () => {
  const { instance } = await createForTest(ndjson)
  const body = '\uFEFF{"body":"a\\n"}\r\n\n \t\n{"headers":{"h":"\\u00e9"}}\n  {"body":"c"}  '
  const events = Array.from(await instance.handle(requestForTest({ body })), ({ headers, body: bytes }) => [
    Object.fromEntries(headers),
    Buffer.from(bytes).toString(),
  ])
  assert.deepEqual(events, [
    [{}, 'a\n'],
    [{ h: 'é' }, ''],
    [{}, 'c'],
  ])
})

test('what is wrong is said with its line, and a text does not go on in the next line', async () => {
  const { instance } = await createForTest(ndjson)
  const reason = async (body: string): Promise<string> => {
    try {
      await instance.handle(requestForTest({ body }))
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.match(
    await reason('{"body":"x"}\n\n{"body":"y\n"}\n'),
    /^line 3: the text at byte 22 of the JSON is not closed$/,
  )
  assert.match(await reason('{"body":"x"}\n{"body":/*\n*/"y"}'), /^line 2: the comment .* does not end$/)
  assert.match(await reason('{"body":"x"'), /^line 1: the JSON ends where a comma or } is missing$/)
})
