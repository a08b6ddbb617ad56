import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../testing/disk/random.ts'
import { interceptorContract } from '../../testing/index.ts'
import { parseLines } from '../../testing/parse-lines.ts'
import logfmt from './logfmt.ts'

interceptorContract(logfmt)
interceptorContract(logfmt, { values: { onFailure: 'reject', bareKeys: 'fail' } })

test('logfmt sets a header for each pair', async () => {
  const parse = await parseLines(logfmt)
  assert.deepEqual(
    parse([
      'ts=2026-11-21T04:12:57Z level=info msg="it is done" took=12ms empty= also="" debug',
      '  at=info\tmethod=GET path="/a b?x=\\"y\\"" host=example.com fwd="203.0.113.7"  \r\n',
      'tag=one tag=two u="\\u00e9\\n\\\\ \\d" x=a"b=c',
    ]).headers,
    [
      {
        ts: '2026-11-21T04:12:57Z',
        level: 'info',
        msg: 'it is done',
        took: '12ms',
        empty: '',
        also: '',
        debug: 'true',
      },
      { at: 'info', method: 'GET', path: '/a b?x="y"', host: 'example.com', fwd: '203.0.113.7' },
      { tag: 'two', u: 'é\n\\ \\d', x: 'a"b=c' },
    ],
  )
})

test('logfmt says why a line does not parse, and takes nothing of it', async () => {
  const parse = await parseLines(logfmt)
  const lines = ['', 'just some words', 'a=1 =2', 'a=1 b="open', 'a=1 b="closed"c']
  assert.deepEqual(
    parse(lines).headers.map(({ parseError, ...rest }) => [parseError, rest]),
    [
      ['logfmt: there is no key=value', {}],
      ['logfmt: there is no key=value', {}],
      ['logfmt: a value without a key stands at 5', {}],
      ['logfmt: a quote is not closed', {}],
      ['logfmt: text stands behind a closing quote at 14', {}],
    ],
  )
})

test('logfmt takes a word without a value as its configuration says', async () => {
  const line = ['a=1 word b=2']
  assert.deepEqual((await parseLines(logfmt, { bareKeys: 'ignore' }))(line).headers, [{ a: '1', b: '2' }])
  const failed = (await parseLines(logfmt, { bareKeys: 'fail', onFailure: 'reject' }))(line)
  assert.deepEqual(failed.rejected, [[0, 'logfmt: a word without = stands before 8']])
})

test('logfmt reads again what was written as logfmt', async () => {
  const random = new Random(11)
  const parse = await parseLines(logfmt)
  const values = [
    '',
    'plain',
    'with blanks in it',
    'a "quote"',
    'back\\slash',
    'tab\tand\nline',
    '日本語 text',
    '😀',
    'a=b c=d',
  ]
  for (let round = 0; round < 500; round++) {
    const pairs = Array.from({ length: 1 + random.below(8) }, (_, index) => [
      `k${index}`,
      values[random.below(values.length)]!,
    ])
    const line = pairs
      .map(([key, value]) => `${key}=${/[\s"\\=]/.test(value!) ? JSON.stringify(value) : value}`)
      .join(' ')
    assert.deepEqual(parse([line]).headers, [Object.fromEntries(pairs)], line)
  }
})

test('logfmt bears any bytes', async () => {
  const random = new Random(12)
  const parse = await parseLines(logfmt)
  const characters = Buffer.from('ab="\\ =" \t\u00e9\n', 'utf8')
  for (let round = 0; round < 300; round++) {
    const lines = Array.from({ length: 20 }, () =>
      Buffer.from(
        Array.from({ length: random.below(40) }, () =>
          random.chance(0.1) ? random.below(256) : characters[random.below(characters.length)]!,
        ),
      ),
    )
    assert.equal(parse(lines).headers.length, 20)
  }
})
