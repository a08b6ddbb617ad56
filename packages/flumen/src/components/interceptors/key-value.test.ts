import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interceptorContract, readForTest } from '../../testing/index.ts'
import { parseLines } from '../../testing/parse-lines.ts'
import keyValue from './key-value.ts'

interceptorContract(keyValue)
interceptorContract(keyValue, { values: { onFailure: 'drop', keySeparator: ':', pairSeparator: ' ' } })

test('key_value finds pairs between words, as firewalls write them', async () => {
  const parse = await parseLines(keyValue)
  const line =
    'Nov 21 04:12:57 gate kernel: [99.5] DROP: IN=eth0 OUT= MAC=00:11:22:33:44:55:66 SRC=192.0.2.1 DST=198.51.100.2 SYN == URGP=0'
  assert.deepEqual(parse([line]).headers, [
    { IN: 'eth0', OUT: '', MAC: '00:11:22:33:44:55:66', SRC: '192.0.2.1', DST: '198.51.100.2', URGP: '0' },
  ])
  const quoted = 'date=2026-11-21 devname="FG 100" "user name"=anna path="C:\\new\\dir" say="a \\"b\\" \\\\"'
  assert.deepEqual(parse([quoted]).headers, [
    { date: '2026-11-21', devname: 'FG 100', 'user name': 'anna', path: 'C:\\new\\dir', say: 'a "b" \\' },
  ])
})

test('key_value takes its separators and quotes from the configuration', async () => {
  const query = await parseLines(keyValue, { pairSeparator: '&' })
  assert.deepEqual(query(['a=1&b=two words&&c=&d']).headers, [{ a: '1', b: 'two words', c: '' }])
  const words = await parseLines(keyValue, { pairSeparator: ';', keySeparator: ':' })
  assert.deepEqual(words([' user : anna ; role:  admin of all;x:"a;b" ; ']).headers, [
    { user: 'anna', role: 'admin of all', x: 'a;b' },
  ])
  const long = await parseLines(keyValue, {
    pairSeparator: '||',
    keySeparator: '\\s->\\s',
    quotes: "'",
    bareKeys: 'true',
  })
  assert.deepEqual(long(["a -> 'x||y'||b -> 1|2||flag"]).headers, [{ a: 'x||y', b: '1|2', flag: 'true' }])
  const tabs = await parseLines(keyValue, { pairSeparator: '\\t', quotes: 'none' })
  assert.deepEqual(tabs(['a="x\tb=y z']).headers, [{ a: '"x', b: 'y z' }])
})

test('key_value says why a text does not parse', async () => {
  const parse = await parseLines(keyValue, { pairSeparator: ',', bareKeys: 'fail' })
  assert.deepEqual(
    parse(['', 'a=1,b', 'a="x', 'a="x"y', '=1']).headers.map(({ parseError }) => parseError),
    [
      'key_value: there is no key=value',
      'key_value: a word without = stands before 5',
      'key_value: a quote is not closed',
      'key_value: text stands behind a closing quote at 5',
      'key_value: a value without a key stands at 1',
    ],
  )
})

test('key_value refuses one separator for both', async () => {
  const { problems } = await readForTest(keyValue, { pairSeparator: '=' })
  assert.deepEqual(
    problems.all.map(({ key }) => key),
    ['pairSeparator'],
  )
})

test('key_value comes to an end on long hostile texts', async () => {
  const parse = await parseLines(keyValue, { maxFields: '10000' })
  const hostile = ['='.repeat(200_000), '"'.repeat(200_001), 'a '.repeat(100_000), 'a=" '.repeat(50_000)]
  assert.deepEqual(
    parse(hostile).headers.map((headers) => Object.keys(headers)),
    [['parseError'], ['parseError'], ['parseError'], ['a']],
  )
})
