import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createForTest } from '../../testing/harness.ts'
import { httpHandlerContract, requestForTest } from '../../testing/http-handler-contract.ts'
import json from './json.ts'

httpHandlerContract(json, {
  good: [
    { body: '[{"headers":{"a":"1"},"body":"x\\n\\u00e9"},{"body":"y"}]' },
    { body: '[]' },
    {
      body: Buffer.from('\uFEFF[{"body":"é"}]', 'utf16le'),
      headers: { 'content-type': 'text/json; charset="UTF-16"' },
    },
  ],
  bad: [{ body: '{"body":"x"}' }, { body: '[{"body":"x"' }, { body: '["x"]' }],
})

type Read = readonly (readonly [headers: object, body: string])[] | 400 | 500

async function read(body: string | Uint8Array, contentType?: string): Promise<Read> {
  const { instance } = await createForTest(json)
  const headers = contentType === undefined ? {} : { 'content-type': contentType }
  try {
    const batch = await instance.handle(requestForTest({ body, headers }))
    return Array.from(batch, ({ headers: own, body: bytes }) => [
      Object.fromEntries(own),
      Buffer.from(bytes).toString('latin1'),
    ])
  } catch (error) {
    return (error as { readonly code?: string }).code === 'BAD_REQUEST' ? 400 : 500
  }
}

/** What Gson 2.10 makes of it, lenient as Flume's JSONHandler has it. */
const leniency: readonly (readonly [text: string, events: Read])[] = [
  ["[{'headers':{'a':'b'},'body':'x'}]", [[{ a: 'b' }, 'x']]],
  ['[{headers:{a:b},body:x}]', [[{ a: 'b' }, 'x']]],
  ['[{headers={a=>b};body=x}]', [[{ a: 'b' }, 'x']]],
  ['/* one */ [ // two\n # three\r {"body":"x"} /**/ ] # four', [[{}, 'x']]],
  [')]}\'\n[{"body":"x"}]', [[{}, 'x']]],
  [
    '[{"body":007},{"body":-0},{"body":1.50e3},{"body":TRUE},{"body":False},{"body":Null}]',
    [
      [{}, '007'],
      [{}, '-0'],
      [{}, '1.50e3'],
      [{}, 'true'],
      [{}, 'false'],
      [{}, ''],
    ],
  ],
  ['[{"body":"TRUE","headers":{TRUE:TRUE}}]', [[{ TRUE: 'true' }, 'TRUE']]],
  ['[{"body":"null","headers":{"a":null,"b":"null"}}]', [[{ b: 'null' }, 'null']]],
  ['[{"body":"a\nb\tc"}]', [[{}, 'a\nb\tc']]],
  ['[{"body":"a\\\nb\\/\\\'"}]', [[{}, "a\nb/'"]]],
  ['[{"body":"x","body":"y"}]', [[{}, 'y']]],
  ['[{"body":"x","body":null}]', [[{}, '']]],
  ['[{"headers":{"a":"1","c":"3"},"headers":{"b":"2","c":"4"}}]', [[{ b: '2', c: '4' }, '']]],
  ['[{"headers":{"a":"1"},"headers":null}]', [[{}, '']]],
  [
    '[{"headers":{"a":"x"}},{"headers":{"a":"y"},"headers":{"a":"y"}}]',
    [
      [{ a: 'x' }, ''],
      [{ a: 'y' }, ''],
    ],
  ],
  ['[{"headers":{"a":null,"a":"x"}}]', [[{ a: 'x' }, '']]],
  ['[{"headers":{"a":"x","a":null}}]', 400],
  ['[{"x":[1,{"y":[[],{},"\\u0041",,]},;],"body":"z"}]', [[{}, 'z']]],
  ['[{"__proto__":{"body":"x"},"headers":{"constructor":"1"},"body":"z"}]', [[{ constructor: '1' }, 'z']]],
  ['[{"body":"x"},]', 500],
  ['[,]', 500],
  ['[null,{"body":"x"}]', 500],
  ['[null', 400],
  ['null', 500],
  ['  # nothing', 500],
  ['nul', 400],
  ['"x"', 400],
  ['[{"body":"x",}]', 400],
  ['[{"body" "x"}]', 400],
  ['[{"body":"x" "y":1}]', 400],
  ['[{"body":"\\x"}]', 400],
  ['[{"body":"\\u00g0"}]', 400],
  ['[{"body":"\\u00', 400],
  ['[{"body":"\\', 400],
  ['[{"body":}]', 400],
  ['[{:1}]', 400],
  ['[{"body":"x"}][]', 400],
  ['[{"body":\f"x"}]', 400],
  ['[/* {"body":"x"}]', 400],
  ['[/]', 400],
]

for (const [text, events] of leniency) {
  const what = typeof events === 'number' ? `is answered with ${events}` : 'is read'
  test(`as with Gson, ${JSON.stringify(text)} ${what}`, async () => assert.deepEqual(await read(text), events))
}

test('escapes are characters of UTF-8, and half of a pair is a question mark', async () => {
  const body = String.raw`a\u00e9\u65e5\ud83d\ude00\ud83d\u0041\ude00\ud83d\ud83d\ude00`
  const [event] = (await read(`[{"body":"${body}","headers":{"\\u0068":"${body}"}}]`)) as [[{ h: string }, string]]
  assert.equal(Buffer.from(event[1], 'latin1').toString(), 'aé日😀?A??😀')
  assert.equal(event[0].h, 'aé日😀?A??😀')
})

test('a long text with a backslash near its end, and the one after it, are whole', async () => {
  const long = 'x'.repeat(5000)
  const texts = [`${long}\\"y`, long, `\\t${long}`, `${'y'.repeat(23)}\\\\`, 'z'.repeat(24)]
  const read5 = await read(JSON.stringify(texts.map((body) => ({ body }))))
  assert.deepEqual(
    read5,
    texts.map((body) => [{}, body]),
  )
})

test('an escaped name does not mix up the names of later requests', async () => {
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(await read('[{"headers":{"\\u005c":"1","a":"2"},"body":"x"}]'), [[{ '\\': '1', a: '2' }, 'x']])
    assert.deepEqual(await read('[{"headers":{"\\\\":"1","a":"2"},"body":"x"}]'), [[{ '\\': '1', a: '2' }, 'x']])
  }
})

test('headers of many rows come out whole, whichever rows have them', async () => {
  const events = Array.from({ length: 300 }, (_, row) => ({
    headers: {
      constant: 'c',
      row: String(row),
      ...(row % 3 !== 0 && { most: `m${row % 2}` }),
      ...(row % 50 === 0 && { [`rare${row}`]: 'r', same: 'same' }),
      ...(row > 100 && { late: 'late' }),
    },
    body: `body ${row}`,
  }))
  const expected = events.map(({ headers, body }) => [headers, body])
  assert.deepEqual(await read(JSON.stringify(events)), expected)
})

test('bytes that are no UTF-8 become U+FFFD', async () => {
  const [event] = (await read(Buffer.from('[{"body":"h\xe9"}]', 'latin1'))) as [[object, string]]
  assert.equal(Buffer.from(event[1], 'latin1').toString(), 'h\uFFFD')
})

test('without a charset the bytes are UTF-8, whatever their type', async () => {
  for (const type of [undefined, 'text/plain', 'application/json', 'application/x-www-form-urlencoded']) {
    const [event] = (await read('[{"body":"é"}]', type)) as [[object, string]]
    assert.equal(Buffer.from(event[1], 'latin1').toString(), 'é')
  }
})

test('UTF-32 stays UTF-32, and another charset is none', async () => {
  const utf32 = Buffer.concat(Array.from('[{"body":"é"}]', (each) => Buffer.from([0, 0, 0, each.charCodeAt(0)])))
  assert.deepEqual(await read(utf32, 'text/json;charset=utf-32'), [[{}, '\0\0\0\xe9']])
  assert.equal(await read('[]', 'text/json; charset=iso-8859-1'), 500)
})

test('brackets may be nested as deep as the body is long', async () => {
  const deep = 200_000
  assert.deepEqual(await read(`[{"x":${'['.repeat(deep)}${']'.repeat(deep)},"body":"x"}]`), [[{}, 'x']])
  assert.equal(await read(`[{"x":${'['.repeat(deep)}`), 400)
  assert.equal(await read(`[{"x":${'{"x":'.repeat(deep)}`), 400)
})

test('headers that are written again and again cost no more than their bytes', async () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `"n${index}":"v"`).join()
  const again = '"headers":{},'.repeat(20_000)
  const begin = performance.now()
  assert.deepEqual(await read(`[{"headers":{${names}},${again}"body":"x"}]`), [[{}, 'x']])
  assert.ok(performance.now() - begin < 2000)
})

test('headers weigh as much before they are read as they do as texts', async () => {
  const { instance } = await createForTest(json)
  const rows = [
    { host: 'web1', at: '17', only: 'long'.repeat(30) },
    { host: 'web1', at: '188', only: 'other'.repeat(30) },
    { host: 'web1', at: '188' },
  ]
  const body = JSON.stringify(rows.map((headers) => ({ headers })))
  const [part] = (await instance.handle(requestForTest({ body }))).parts
  assert.ok(part)
  const before = part.headerBytes
  assert.deepEqual(
    part.columns.map(([name, { kind }]) => [name, kind]),
    [
      ['host', 'constant'],
      ['at', 'list'],
      ['only', 'list'],
    ],
  )
  assert.equal(part.headerBytes, before)
  assert.deepEqual(
    rows.map((_, row) => Object.fromEntries(part.headers(row))),
    rows,
  )
})
