import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../testing/disk/random.ts'
import { interceptorContract, readForTest } from '../../testing/index.ts'
import { parseLines } from '../../testing/parse-lines.ts'
import grok from './grok.ts'

interceptorContract(grok, { values: { match: '%{LOGLEVEL:level} \\[%{DATA:thread}\\] %{GREEDYDATA:message}' } })
interceptorContract(grok, {
  values: { match: '^%{WORD:a} (?<key>.*)$', onFailure: 'reject', 'alternatives.1': '%{INT:n}' },
})

test('grok sets a header for each field that is found', async () => {
  const match =
    '^%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} \\[%{DATA:thread}\\] %{JAVACLASS:class}: %{GREEDYDATA:message}$'
  const parse = await parseLines(grok, { match, timestampField: 'time', timestampZone: 'UTC', excludeFields: 'time' })
  const line = '2026-11-21 04:12:57,614 ERROR [main] org.example.Job: took 42 ms – naïve, though long'
  assert.deepEqual(parse([line, 'else']).headers, [
    {
      level: 'ERROR',
      thread: 'main',
      class: 'org.example.Job',
      message: 'took 42 ms – naïve, though long',
      timestamp: '1795234377614',
    },
    { parseError: 'grok: no pattern matches' },
  ])
})

test('grok tries alternatives in the order of their numbers where match is not found', async () => {
  const parse = await parseLines(grok, {
    match: '^a=%{INT:a}$',
    'alternatives.10': '(?<rest>.*)',
    'alternatives.2': '^b=%{INT:b}$',
  })
  assert.deepEqual(parse(['b=2', 'a=1', 'c', 'b=3', 'b=x']).headers, [
    { b: '2' },
    { a: '1' },
    { rest: 'c' },
    { b: '3' },
    { rest: 'b=x' },
  ])
})

test('grok takes the first branch that has a field, and sets nothing for what is empty', async () => {
  const parse = await parseLines(grok, { match: '^(?:id=%{INT:id}|name=%{WORD:id});%{DATA:empty}$' })
  assert.deepEqual(parse(['id=1;', 'name=x;', 'id=2;y']).headers, [{ id: '1' }, { id: 'x' }, { id: '2', empty: 'y' }])
})

test('grok reads the combined log of Apache by its usual name, and the fields are named as usual', async () => {
  const parse = await parseLines(grok, { match: '^%{COMBINEDAPACHELOG}', timestampField: 'timestamp' })
  const line =
    '203.0.113.7 - frank [10/Oct/2026:13:55:36 -0700] "GET /a?b=c HTTP/1.1" 200 - "http://www.example.com/" "Mozilla/5.0 (X11)"'
  assert.deepEqual(parse([line]).headers, [
    {
      clientip: '203.0.113.7',
      ident: '-',
      auth: 'frank',
      timestamp: '1791665736000',
      verb: 'GET',
      request: '/a?b=c',
      httpversion: '1.1',
      response: '200',
      referrer: 'http://www.example.com/',
      agent: 'Mozilla/5.0 (X11)',
    },
  ])
})

test('grok reads a line of syslog by its usual name', async () => {
  const parse = await parseLines(grok, { match: '^%{SYSLOGLINE}', excludeFields: 'timestamp' })
  assert.deepEqual(parse(['Nov  1 04:12:57 gate sshd[99]: Failed password for root']).headers, [
    { logsource: 'gate', program: 'sshd', pid: '99', message: 'Failed password for root' },
  ])
})

test('grok does not parse an event on which a pattern takes too long, and goes on', async () => {
  const parse = await parseLines(grok, { match: '^(?<x>(?=(a+)+$).*)', onFailure: 'reject' })
  const { headers, rejected } = parse(['aa', `${'a'.repeat(5000)}!`, 'a'])
  assert.deepEqual(headers, [{ x: 'aa' }, { x: 'a' }])
  assert.deepEqual(rejected, [[1, 'grok: the regular expression took too long on this event and was cut off']])
})

test('grok bears any bytes, and long hostile texts', async () => {
  const random = new Random(3)
  const parse = await parseLines(grok, { match: '^%{COMBINEDAPACHELOG}', 'alternatives.1': '%{URI:uri} %{IP:ip}' })
  const lines = Array.from({ length: 500 }, () =>
    Buffer.from(
      Array.from({ length: random.below(80) }, () =>
        random.chance(0.3) ? random.below(256) : Buffer.from('a:/ ."[1-]')[random.below(10)]!,
      ),
    ),
  )
  assert.equal(parse(lines).headers.length, 500)
  const hostile = ['1:'.repeat(10_000), 'a.'.repeat(10_000), `h://${'a'.repeat(20_000)}`, ' "'.repeat(10_000)]
  assert.equal(parse(hostile).headers.length, 4)
})

test('grok refuses a pattern that there is not, and says which is meant', async () => {
  const problems = async (values: Record<string, string>): Promise<string[]> =>
    (await readForTest(grok, values)).problems.all.map(({ key, message, fix }) => `${key}: ${message}; ${fix}`)
  assert.deepEqual(await problems({ match: '%{TIMESTAMP_ISO8061:t}' }), [
    'match: match: there is no pattern TIMESTAMP_ISO8061; did you mean TIMESTAMP_ISO8601?',
  ])
  assert.deepEqual(await problems({ match: '%{ORDRE:o}', 'patterns.ORDER': '[A-Z]+' }), [
    'match: match: there is no pattern ORDRE; did you mean ORDER?',
  ])
  assert.deepEqual(
    await problems({ match: '%{WORD:w}', 'patterns.BAD': '(' }).then(([first]) => first?.slice(0, 50)),
    'patterns.BAD: patterns.BAD: it is no regular expre',
  )
  assert.deepEqual(await problems({ match: '%{WORD}' }), ['match: match sets no field; write %{NAME:field}'])
  assert.deepEqual(await problems({ match: '%{WORD:word}', fields: 'wrod' }), [
    'fields: there is no field "wrod" here; did you mean word?',
  ])
})
