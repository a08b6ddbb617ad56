import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../testing/disk/random.ts'
import { interceptorContract } from '../../testing/index.ts'
import { parseLines } from '../../testing/parse-lines.ts'
import errorLog from './error-log.ts'

interceptorContract(errorLog)
interceptorContract(errorLog, { values: { onFailure: 'drop', format: 'nginx' } })

const nginx =
  '2026/11/21 04:12:57 [error] 1234#5678: *90 open() "/srv/www/x" failed (2: No such file or directory), ' +
  'client: 203.0.113.7, server: www.example.com, request: "GET /x?a=b HTTP/1.1", upstream: "http://127.0.0.1:8080/x", ' +
  'host: "www.example.com", referrer: "https://example.org/a, b"'
const apache =
  '[Sat Nov 21 04:12:57.123456 2026] [authz_core:error] [pid 35708:tid 4328636416] [client 203.0.113.7:55555] ' +
  'AH01630: client denied by server configuration: /srv/www/x, referer: https://example.org/'

test('error_log reads a line of nginx', async () => {
  const parse = await parseLines(errorLog, { timestampZone: 'UTC' })
  assert.deepEqual(parse([nginx, '2026/11/21 04:12:57 [notice] 1#1: signal process started\n']).headers, [
    {
      time: '2026/11/21 04:12:57',
      level: 'error',
      pid: '1234',
      tid: '5678',
      connection: '90',
      client: '203.0.113.7',
      message: 'open() "/srv/www/x" failed (2: No such file or directory)',
      server: 'www.example.com',
      request: 'GET /x?a=b HTTP/1.1',
      upstream: 'http://127.0.0.1:8080/x',
      requestHost: 'www.example.com',
      referer: 'https://example.org/a, b',
      timestamp: '1795234377000',
    },
    {
      time: '2026/11/21 04:12:57',
      level: 'notice',
      pid: '1',
      tid: '1',
      message: 'signal process started',
      timestamp: '1795234377000',
    },
  ])
})

test('error_log reads lines of Apache 2.4 and 2.2', async () => {
  const parse = await parseLines(errorLog, { timestampZone: 'Europe/Berlin', excludeFields: 'time' })
  const old = '[Sat Nov 21 04:12:57 2026] [error] [client 2001:db8::7] File does not exist: /srv/www/favicon.ico'
  const start = '[Sat Nov 21 04:12:57.123456 2026] [mpm_event:notice] [pid 9] AH00489: Apache/2.4 configured'
  const sixth = '[Sat Nov 21 04:12:57.1 2026] [core:info] [pid 9] [client 2001:db8::7:443] (13)Permission denied: x'
  assert.deepEqual(parse([apache, old, start, sixth]).headers, [
    {
      level: 'error',
      module: 'authz_core',
      pid: '35708',
      tid: '4328636416',
      client: '203.0.113.7',
      clientPort: '55555',
      code: 'AH01630',
      message: 'client denied by server configuration: /srv/www/x',
      referer: 'https://example.org/',
      timestamp: '1795230777123',
    },
    {
      level: 'error',
      client: '2001:db8::7',
      message: 'File does not exist: /srv/www/favicon.ico',
      timestamp: '1795230777000',
    },
    {
      level: 'notice',
      module: 'mpm_event',
      pid: '9',
      code: 'AH00489',
      message: 'Apache/2.4 configured',
      timestamp: '1795230777123',
    },
    {
      level: 'info',
      module: 'core',
      pid: '9',
      client: '2001:db8::7',
      clientPort: '443',
      message: '(13)Permission denied: x',
      timestamp: '1795230777100',
    },
  ])
})

test('error_log is not deceived by what looks like a field in quotes', async () => {
  const parse = await parseLines(errorLog, { fields: 'message client server request referer', setTimestamp: 'false' })
  const line =
    '2026/11/21 04:12:57 [error] 1#1: *9 open() "/a, client: 192.0.2.1, server: evil" failed, client: 203.0.113.7, ' +
    'server: _, request: "GET /a, host: "b" HTTP/1.1", referrer: "x, server: y"'
  assert.deepEqual(parse([line]).headers, [
    {
      message: 'open() "/a, client: 192.0.2.1, server: evil" failed',
      client: '203.0.113.7',
      server: '_',
      request: 'GET /a, host: "b" HTTP/1.1',
      referer: 'x, server: y',
    },
  ])
})

test('error_log says why a line does not parse', async () => {
  const parse = await parseLines(errorLog, { onFailure: 'reject' })
  const lines = [
    '',
    'PHP Notice',
    '[Sat] [x:nolevel] y',
    '[Sat] ',
    '2026/11/21 now',
    '[Sat] [core:error] y',
    `${apache.slice(0, 50)}`,
  ]
  assert.deepEqual(
    parse(lines).rejected.map(([, reason]) => reason),
    [
      'error_log: the time in brackets is missing at 0',
      'error_log: the time in brackets is missing at 0',
      'error_log: there is no level',
      'error_log: the level in brackets is missing at 6',
      'error_log: it does not begin as a line of nginx',
      'error_log: time is no time',
      'error_log: the level in brackets is missing at 34',
    ],
  )
})

test('error_log bears any bytes, and broken lines', async () => {
  const random = new Random(17)
  const parse = await parseLines(errorLog)
  for (let round = 0; round < 300; round++) {
    const lines = Array.from({ length: 10 }, () => {
      const bytes = Buffer.from(random.chance(0.5) ? nginx : apache)
      for (let count = random.below(6); count > 0; count--)
        bytes[random.below(bytes.length)] = random.chance(0.5)
          ? Buffer.from(' "[],:\n')[random.below(7)]!
          : random.below(256)
      return bytes.subarray(0, random.chance(0.5) ? bytes.length : random.below(bytes.length))
    })
    assert.equal(parse(lines).headers.length, 10)
  }
  const begin = '2026/11/21 04:12:57 [error] 1#1: *1 '
  const hostile = [
    ', client: '.repeat(20_000),
    ', client: "'.repeat(20_000),
    '", '.repeat(50_000),
    `, client: "${'", host'.repeat(20_000)}`,
  ]
  assert.equal(parse(hostile.map((text) => begin + text)).headers.length, 4)
})
