import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../testing/disk/random.ts'
import { interceptorContract, readForTest } from '../../testing/index.ts'
import { parseLines } from '../../testing/parse-lines.ts'
import accessLog from './access-log.ts'

interceptorContract(accessLog)
interceptorContract(accessLog, { values: { onFailure: 'reject', format: 'vhost_combined' } })

const common = '203.0.113.7 - frank [10/Oct/2026:13:55:36 -0700] "GET /a%20b?c=d HTTP/1.1" 200 2326'
const combined = `${common} "https://www.example.com/start.html" "Mozilla/5.0 (X11; Linux x86_64)"`
const commonFields = {
  client: '203.0.113.7',
  user: 'frank',
  time: '10/Oct/2026:13:55:36 -0700',
  method: 'GET',
  target: '/a%20b?c=d',
  protocol: 'HTTP/1.1',
  status: '200',
  bytes: '2326',
  timestamp: '1791665736000',
}
const combinedFields = {
  ...commonFields,
  referer: 'https://www.example.com/start.html',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
}

test('access_log sees of each line whether it is common or combined, with a virtual host or without', async () => {
  const parse = await parseLines(accessLog)
  assert.deepEqual(
    parse([common, `${combined}\r\n`, `www.example.com:443 ${common}`, `example.org ${combined}`]).headers,
    [
      commonFields,
      combinedFields,
      { ...commonFields, vhost: 'www.example.com:443' },
      { ...combinedFields, vhost: 'example.org' },
    ],
  )
})

test('access_log reads each format by its name', async () => {
  const inFormat = async (format: string, line: string): Promise<object> =>
    (await parseLines(accessLog, { format }))([line]).headers[0]!
  assert.deepEqual(await inFormat('common', combined), commonFields)
  assert.deepEqual(await inFormat('combined', combined), combinedFields)
  assert.deepEqual(await inFormat('vhost_common', `h:80 ${common}`), { ...commonFields, vhost: 'h:80' })
  assert.deepEqual(await inFormat('vhost_combined', `h:80 ${combined}`), { ...combinedFields, vhost: 'h:80' })
  assert.deepEqual(await inFormat('combined', common), {
    parseError: 'access_log: a referer in quotes is missing at 83',
  })
})

test('access_log sets nothing for what the server did not know', async () => {
  const parse = await parseLines(accessLog, { setTimestamp: 'false', excludeFields: 'time' })
  const line = '2001:db8::1 - - [10/Oct/2026:13:55:36 +0000] "-" 408 - "-" "-"'
  assert.deepEqual(parse([line, '::1 - - [10/Oct/2026:13:55:36 +0000] "" 400 0 "" ""']).headers, [
    { client: '2001:db8::1', status: '408' },
    { client: '::1', status: '400', bytes: '0' },
  ])
})

test('access_log keeps a request that is none of HTTP as a whole, and one without a protocol', async () => {
  const parse = await parseLines(accessLog, { fields: 'method target protocol request', setTimestamp: 'false' })
  const line = (request: string): string => `h - - [10/Oct/2026:13:55:36 +0000] "${request}" 400 0`
  const requests = [
    String.raw`\x16\x03\x01\x02`,
    'GET /old',
    'GET /with blank HTTP/1.0',
    'PROPFIND / HTTP/1.1',
    '/no method',
    'GET',
    String.raw`GET /\"quoted\" HTTP/1.1`,
    String.raw`GET /\xd0\x9f\x72 HTTP/1.1`,
    String.raw`GET /a\\`,
  ]
  assert.deepEqual(parse(requests.map(line)).headers, [
    { request: '\x16\x03\x01\x02' },
    { method: 'GET', target: '/old' },
    { method: 'GET', target: '/with blank', protocol: 'HTTP/1.0' },
    { method: 'PROPFIND', target: '/', protocol: 'HTTP/1.1' },
    { request: '/no method' },
    { request: 'GET' },
    { method: 'GET', target: '/"quoted"', protocol: 'HTTP/1.1' },
    { method: 'GET', target: '/Пr', protocol: 'HTTP/1.1' },
    { method: 'GET', target: '/a\\' },
  ])
})

test('access_log names further fields where it is told their names', async () => {
  const parse = await parseLines(accessLog, {
    moreFields: 'forwardedFor seconds zone',
    fields: 'userAgent forwardedFor seconds zone',
  })
  assert.deepEqual(parse([`${combined} "198.51.100.1, 10.0.0.1" 0.005`, `${combined} "-" - eu "more"`]).headers, [
    {
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
      forwardedFor: '198.51.100.1, 10.0.0.1',
      seconds: '0.005',
      timestamp: '1791665736000',
    },
    { userAgent: 'Mozilla/5.0 (X11; Linux x86_64)', zone: 'eu', timestamp: '1791665736000' },
  ])
})

test('access_log takes a user with blanks in it, and a time in ISO 8601', async () => {
  const parse = await parseLines(accessLog, { fields: 'user' })
  const line = common
    .replace('frank', 'frank the 3rd')
    .replace('10/Oct/2026:13:55:36 -0700', '2026-10-10T20:55:36+00:00')
  assert.deepEqual(parse([line]).headers, [{ user: 'frank the 3rd', timestamp: '1791665736000' }])
})

test('access_log says why a line does not parse', async () => {
  const parse = await parseLines(accessLog, { onFailure: 'reject' })
  const lines = [
    '',
    'a b [',
    'a b c [time',
    'a - c [x] GET',
    'a - c [x] "GET / HTTP/1.1',
    'a - c [x] "GET / HTTP/1.1" 20 1',
    'a - c [x] "GET / HTTP/1.1" 200',
    'a - c [x] "GET / HTTP/1.1" 200 1x',
    'a - c [yesterday] "GET / HTTP/1.1" 200 1',
    'a - c [x] "GET / HTTP/1.1" 200 1 "ref',
  ]
  assert.deepEqual(
    parse(lines).rejected.map(([, reason]) => reason),
    [
      'access_log: there is no time in brackets',
      'access_log: there are too few fields before the time',
      'access_log: the bracket of the time is not closed',
      'access_log: a request in quotes is missing at 9',
      'access_log: the quote of a request is not closed',
      'access_log: a status is missing at 26',
      'access_log: a number of bytes is missing at 30',
      'access_log: a number of bytes is missing at 30',
      'access_log: time is no time',
      'access_log: the quote of a referer is not closed',
    ],
  )
})

test('access_log reads again the lines that it is given in any form', async () => {
  const random = new Random(99)
  const parse = await parseLines(accessLog, { format: 'combined', setTimestamp: 'false' })
  const values = ['a', 'x y', 'with "quotes"', 'back\\slash', 'ends in \\', '[brackets]', "it's", 'p'.repeat(40)]
  const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`
  for (let round = 0; round < 500; round++) {
    const [referer, userAgent] = [values[random.below(values.length)]!, values[random.below(values.length)]!]
    const line = `c - - [t] "GET / HTTP/1.1" 200 1 ${quoted(referer)} ${quoted(userAgent)}`
    const [headers] = parse([line]).headers
    assert.deepEqual([headers!.referer, headers!.userAgent], [referer, userAgent], line)
  }
})

test('access_log bears any bytes, and broken lines', async () => {
  const random = new Random(42)
  const parse = await parseLines(accessLog)
  for (let round = 0; round < 300; round++) {
    const lines = Array.from({ length: 10 }, () => {
      const bytes = Buffer.from(combined)
      for (let count = random.below(6); count > 0; count--)
        bytes[random.below(bytes.length)] = random.chance(0.5)
          ? Buffer.from(' "[]\\-\n')[random.below(7)]!
          : random.below(256)
      return bytes.subarray(0, random.chance(0.5) ? bytes.length : random.below(bytes.length))
    })
    assert.equal(parse(lines).headers.length, 10)
  }
  const hostile = [
    ' '.repeat(100_000),
    `a - - [x] "${'\\'.repeat(100_001)}`,
    `a ${'b '.repeat(50_000)}[`,
    '" '.repeat(50_000),
  ]
  assert.deepEqual(
    parse(hostile).headers.map((headers) => Object.keys(headers)),
    Array(4).fill(['parseError']),
  )
})

test('access_log refuses names of fields that there are not', async () => {
  const { problems } = await readForTest(accessLog, { fields: 'status useragent mine', moreFields: 'mine' })
  assert.deepEqual(
    problems.all.map(({ key, fix }) => [key, fix]),
    [['fields', 'did you mean userAgent?']],
  )
})
