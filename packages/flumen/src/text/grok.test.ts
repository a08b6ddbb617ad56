import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileGrok, GrokError } from './grok.ts'
import { grokPatterns } from './grok-patterns.ts'

/** What a pattern finds in a text, as a whole. */
function found(pattern: string, text: string): string | undefined {
  const { regex, fields } = compileGrok(`(?<all>${pattern})`)
  const [match] = regex.findEach([text])
  assert.ok(typeof match !== 'symbol', 'cut off')
  return match?.[fields.get('all')![0]!]
}

/** Name of a pattern to texts of which it is the whole, and to texts with what it finds in them. */
const whole: Readonly<Record<string, readonly string[]>> = {
  WORD: ['word', 'a_1'],
  NOTSPACE: ['a/b:c'],
  QUOTEDSTRING: ['"a b"', '"a \\"b\\""', "'x'", '""', '`y`'],
  INT: ['0', '-12', '+5'],
  POSINT: ['10'],
  NONNEGINT: ['0', '007'],
  NUMBER: ['1', '-1.5', '.5', '+0.25'],
  BASE16NUM: ['0xFF', 'ff', '10'],
  BASE16FLOAT: ['0xF.8', '1.a'],
  BOOLEAN: ['true', 'False'],
  USERNAME: ['anna.b-c_9'],
  EMAILADDRESS: ['a.b+c@mail.example.com'],
  UUID: ['123e4567-e89b-12d3-a456-426614174000'],
  URN: ['urn:isbn:0451450523'],
  MAC: ['00:1a:2B:3c:4d:5e', '00-1A-2B-3C-4D-5E', '001a.2b3c.4d5e'],
  IPV4: ['0.0.0.0', '255.255.255.255', '192.0.2.17'],
  IPV6: [
    '::',
    '::1',
    '1::',
    'fe80::1',
    '2001:db8::8:800:200c:417a',
    '2001:db8:0:0:8:800:200C:417A',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '1::3:4:5:6:7:8',
    '1:2:3:4:5:6::8',
    '::ffff:192.0.2.1',
    '64:ff9b::192.0.2.33',
    '1:2:3:4:5:6:192.0.2.1',
    '1:2:3:4:5::192.0.2.1',
    '::192.0.2.1',
  ],
  IP: ['192.0.2.1', '2001:db8::1'],
  HOSTNAME: ['localhost', 'www.example.com', 'a-b.c', '3com.com'],
  IPORHOST: ['www.example.com', '192.0.2.1', '::1'],
  HOSTPORT: ['example.com:443'],
  PATH: ['/', '/usr/lib/x-1.0.so', 'C:\\Program Files\\x', '\\\\server\\share'],
  UNIXPATH: ['/var/log/syslog'],
  TTY: ['/dev/pts/3', '/dev/ttyS0'],
  URIPROTO: ['https', 'svn+ssh'],
  URIHOST: ['example.com', 'example.com:8080', '[::1]:80'],
  URIPATH: ['/a/b'],
  URIPARAM: ['?a=b&c=%20d'],
  URIPATHPARAM: ['/a/b?c=d', '/a#top'],
  URI: [
    'https://user:pass@www.example.com:8443/a/b?c=d#e',
    'ftp://example.com',
    'http://[2001:db8::1]/',
    'file:///etc/hosts',
  ],
  MONTH: ['Jan', 'September', 'may', 'dec'],
  MONTHNUM: ['1', '09', '12'],
  MONTHDAY: ['1', '09', '31'],
  DAY: ['Mon', 'Wednesday'],
  YEAR: ['2026', '99'],
  TIME: ['04:12', '4:12:57', '23:59:60', '04:12:57,614', '04:12:57.123456'],
  DATE_US: ['11/21/2026'],
  DATE_EU: ['21.11.2026'],
  DATESTAMP: ['21-11-2026 04:12:57'],
  TIMESTAMP_ISO8601: [
    '2026-11-21T04:12:57Z',
    '2026-11-21 04:12:57,614',
    '2026-11-21T04:12:57.6+02:00',
    '2026-11-21 04:12',
  ],
  DATESTAMP_RFC822: ['Sat Nov 21 2026 04:12:57 UTC'],
  DATESTAMP_RFC2822: ['Sat, 21 Nov 2026 04:12:57 +0100'],
  DATESTAMP_OTHER: ['Sat Nov 21 04:12:57 CET 2026'],
  DATESTAMP_EVENTLOG: ['20261121041257'],
  HTTPDATE: ['10/Oct/2026:13:55:36 -0700'],
  HTTPDERROR_DATE: ['Sat Nov 21 04:12:57.123456 2026'],
  NGINX_ERROR_DATE: ['2026/11/21 04:12:57'],
  SYSLOGTIMESTAMP: ['Nov 21 04:12:57', 'Nov  1 04:12:57'],
  SYSLOGPROG: ['sshd[99]', 'postfix/smtpd'],
  SYSLOGFACILITY: ['<4.6>'],
  LOGLEVEL: ['INFO', 'warn', 'Warning', 'ERROR', 'emerg', 'critical'],
  JAVACLASS: ['org.apache.flume.Sink', 'Main$1'],
  JAVASTACKTRACEPART: ['\tat org.example.Main.run(Main.java:42)', '  at Main.<init>(Unknown Source)'],
}

test('every pattern that is tried here finds the whole of what it is made for', () => {
  for (const [name, texts] of Object.entries(whole)) {
    const { regex } = compileGrok(`%{${name}}`)
    for (const text of texts) {
      const [match] = regex.findEach([text])
      assert.ok(typeof match !== 'symbol')
      assert.equal(match?.[0], text, name)
    }
  }
})

test('patterns leave what they are not made for', () => {
  const none: Readonly<Record<string, readonly string[]>> = {
    IPV4: ['256.1.1.1', '1.2.3', '1.2.3.4.5'],
    IPV6: ['1', '1:2', '1:2:3:4:5:6:7', '1::2::3', '1:2:3:4:5:6:7:8:9', '12345::', '04:12:57'],
    UUID: ['123e4567-e89b-12d3-a456'],
    TIME: ['25:00', '4:60'],
    MONTHNUM2: ['1', '13'],
    MAC: ['00:1a:2b:3c:4d'],
    HTTPDATE: ['10/Foo/2026:13:55:36 -0700'],
    LOGLEVEL: ['information_schema', 'errors'],
  }
  for (const [name, texts] of Object.entries(none))
    for (const text of texts) assert.equal(found(`%{${name}}`, text), undefined, `${name} ${text}`)
})

test('patterns find their piece of a longer text', () => {
  assert.equal(found('%{IP}', 'from 192.0.2.17, port 22'), '192.0.2.17')
  assert.equal(found('%{IP}', 'client fe80::1:2 denied'), 'fe80::1:2')
  assert.equal(found('%{NUMBER}', 'took 12.5ms'), '12.5')
  assert.equal(found('%{URI}', 'see <https://example.com/a?b=c>'), 'https://example.com/a?b=c')
  assert.equal(found('%{EMAILADDRESS}', 'mail <anna@example.com>'), 'anna@example.com')
  assert.equal(found('a=%{DATA} b', 'a=x y b=z b'), 'a=x y b')
})

test('every pattern compiles by itself', () => {
  for (const name of grokPatterns.keys()) assert.doesNotThrow(() => compileGrok(`%{${name}:x}`), name)
})

test('fields come from references and from named groups, also of patterns in patterns', () => {
  const own = new Map([['PAIR', '%{WORD:key}=(?<the_value>%{NOTSPACE})']])
  const { fields } = compileGrok('%{PAIR:pair} %{INT:size:int} (?<a.b>x) %{IP:[source][ip]} \\(?<not>', own)
  assert.deepEqual([...fields.keys()].sort(), ['a.b', 'key', 'pair', 'size', 'source.ip', 'the_value'])
})

test('a field that stands in several branches has a group in each', () => {
  const { regex, fields } = compileGrok('(?:id=%{INT:id}|name=%{WORD:id})')
  const groups = fields.get('id')!
  assert.equal(groups.length, 2)
  assert.ok(groups.every((group) => group <= regex.groupCount))
})

test("a configuration's own pattern stands before a built-in one", () => {
  const { regex } = compileGrok('^%{WORD}$', new Map([['WORD', '[a-z]+']]))
  assert.deepEqual([regex.test('abc'), regex.test('ABC')], [true, false])
})

test('what cannot be compiled is refused with what is wrong', () => {
  const reason = (pattern: string, own: Record<string, string> = {}): string => {
    try {
      compileGrok(pattern, new Map(Object.entries(own)))
    } catch (error) {
      assert.ok(error instanceof GrokError)
      assert.notEqual(error.fix, '')
      return error.message
    }
    return 'compiles'
  }
  assert.equal(reason('%{NOSUCH:x}'), 'there is no pattern NOSUCH')
  assert.equal(reason('%{A}', { A: '%{B}', B: 'x%{A}' }), 'the pattern A stands in itself: A in B in A')
  assert.equal(reason('%{}'), '"%{}" is no reference')
  assert.equal(reason('%{WORD'), '"%{WORD" is no reference')
  assert.match(reason('(%{WORD:x}'), /^it is no regular expression: /)
  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`P${index}`, `%{P${index + 1}}%{P${index + 1}}`]),
  )
  assert.equal(reason('%{P0}', { ...doubling, P40: 'x' }), 'the pattern is too large')
})
