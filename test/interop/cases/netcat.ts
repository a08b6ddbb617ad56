import { bytesJson, type Case, casesOf } from './case.ts'

type Config = Readonly<Record<string, string>>
type Row = readonly [string, Config, object]
interface Step {
  client: Record<string, string> | string
}

const say = (text: string | Uint8Array): Step => ({ client: bytesJson('text', text) })
const end: Step = { client: '<shutdown output>' }
const xs = (length: number) => 'x'.repeat(length)

/** Conversations with the netcat source. */
export function netcatCases(): Case[] {
  return casesOf('netcat', [
    ...lineRows(),
    ...lengthRows(),
    ...optionRows(),
    ...bytesRows(),
    ...fullRows(),
    ...refusedRows(),
  ])
}

function row(name: string, config: Config, ...conversation: readonly Step[]): Row {
  return [name, config, { conversation }]
}

function lineRows(): Row[] {
  return [
    row('one line', {}, say('hello\n'), end),
    row('three lines in one write', {}, say('a\nb\nc\n'), end),
    row('empty lines', {}, say('\n\n\n'), end),
    row('blanks and tabs', {}, say(' \n\t\n a b \n'), end),
    row('a line in two writes', {}, say('hel'), say('lo\n'), end),
    row('a newline alone in a write', {}, say('hello'), say('\n'), end),
    row('an unterminated line at the end', {}, say('one\ntwo'), end),
    row('only an unterminated line', {}, say('one'), end),
    row('nothing', {}, end),
    row('a line and a half, then the rest', {}, say('one\ntw'), say('o\nthree\n'), end),
    row('carriage returns', {}, say('one\r\ntwo\rthree\r\n\r\n'), end),
    row('other line ends', {}, say('a\u2028b\u0085c\vd\fe\n'), end),
    row('NUL', {}, say('a\0b\n\0\n'), end),
    row('controls', {}, say('\x01\x07\x1b[1m\x7f\n'), end),
    row('a byte order mark', {}, say('\ufeffone\ntwo\n'), end),
    row('text that looks like an answer', {}, say('OK\nFAILED: x\n'), end),
    row('a hundred lines', {}, say(Array.from({ length: 100 }, (_, index) => `${index}\n`).join('')), end),
    row('five writes', {}, say('1\n'), say('2\n'), say('3\n'), say('4\n'), say('5\n'), end),
  ]
}

function lengthRows(): Row[] {
  const around = [509, 510, 511, 512, 513, 600, 1024, 2000].map((length) =>
    row(`a line of ${length}`, {}, say(`${xs(length)}\n`), say('after\n'), end),
  )
  const small = ['1', '2', '5', '6', '7', '10'].map((limit) =>
    row(`"hello" at max-line-length ${limit}`, { 'max-line-length': limit }, say('hello\n'), say('x\n'), end),
  )
  return [
    ...around,
    ...small,
    row('512 without a newline yet', {}, say(xs(512)), say('\n'), end),
    row('511 without a newline yet', {}, say(xs(511)), say('\n'), end),
    row('a long line after good ones', {}, say(`a\nb\n${xs(600)}\nc\n`), end),
    row('a long line cut by the end', {}, say(xs(600)), end),
    row('characters count, not bytes', { 'max-line-length': '4' }, say('üüü\n'), say('üüüü\n'), end),
    row('an astral character counts twice', { 'max-line-length': '4' }, say('😀a\n'), say('😀😀\n'), end),
    row(
      'lines longer than the buffer together',
      { 'max-line-length': '10' },
      say('123456789\n123456789\n123456789\n'),
      end,
    ),
    row('8000 at max-line-length 8001', { 'max-line-length': '8001' }, say(`${xs(8000)}\n`), end),
  ]
}

function optionRows(): Row[] {
  const acks = ['false', 'FALSE', 'true', 'no', '0'].map((ack) =>
    row(`ack-every-event "${ack}"`, { 'ack-every-event': ack }, say('a\nb\n'), end),
  )
  const latin = Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x0a)
  const utf16 = Buffer.from('hé\n', 'utf16le')
  return [
    ...acks,
    row('a long line without acknowledgements', { 'ack-every-event': 'false' }, say(`${xs(600)}\n`), end),
    row('encoding ISO-8859-1', { encoding: 'ISO-8859-1' }, say(latin), end),
    row('encoding US-ASCII', { encoding: 'US-ASCII' }, say('abc\n'), say(latin), end),
    row('encoding UTF-16LE', { encoding: 'UTF-16LE' }, say(utf16), end),
    row('encoding UTF-16', { encoding: 'UTF-16' }, say(Buffer.from(utf16).swap16()), end),
    row('encoding windows-1252', { encoding: 'windows-1252' }, say(Uint8Array.of(0x80, 0x0a)), end),
    row('an unknown encoding', { encoding: 'nope' }, say('a\n'), end),
    row('UTF-8 by another name', { encoding: 'utf8' }, say('ü\n'), end),
    row(
      'an interceptor that drops',
      { interceptors: 'i', 'interceptors.i.type': 'regex_filter', 'interceptors.i.regex': 'a' },
      say('a\nb\n'),
      end,
    ),
    row(
      'an interceptor that throws',
      {
        interceptors: 'i',
        'interceptors.i.type': 'search_replace',
        'interceptors.i.searchPattern': 'b',
        'interceptors.i.replaceString': '$1',
      },
      say('a\n'),
      say('b\n'),
      say('a\n'),
    ),
    row('an interceptor that adds', { interceptors: 'i', 'interceptors.i.type': 'static' }, say('a\n'), end),
  ]
}

function bytesRows(): Row[] {
  return [
    row('unicode', {}, say('ünï\n日本\n😀\n'), end),
    row('a character in two writes', {}, say(Uint8Array.of(0x61, 0xe6, 0x97)), say(Uint8Array.of(0xa5, 0x0a)), end),
    row('an invalid byte', {}, say(Uint8Array.of(0x61, 0xff, 0x0a)), end),
    row('an invalid byte after a good line', {}, say(Uint8Array.of(0x61, 0x0a, 0xff, 0x0a)), say('b\n'), end),
    row('an invalid byte in a later write', {}, say('a\n'), say(Uint8Array.of(0xc3, 0x28, 0x0a)), say('b\n'), end),
    row('a character cut by the end', {}, say(Uint8Array.of(0x61, 0x0a, 0xe6, 0x97)), end),
    row('an overlong form', {}, say(Uint8Array.of(0xc0, 0xaf, 0x0a)), end),
    row('a lone surrogate', {}, say(Uint8Array.of(0xed, 0xa0, 0x80, 0x0a)), end),
  ]
}

function fullRows(): Row[] {
  const channel = (capacity: string) => ({ capacity, transactionCapacity: capacity, 'keep-alive': '0' })
  const small = (name: string, capacity: string, config: Config, ...conversation: Step[]): Row => [
    name,
    config,
    { channel: channel(capacity), conversation },
  ]
  return [
    small('a full channel', '2', {}, say('1\n2\n3\n4\n'), say('5\n'), end),
    small('a full channel, one line each write', '1', {}, say('1\n'), say('2\n'), end),
    small('a full channel without acknowledgements', '1', { 'ack-every-event': 'false' }, say('1\n2\n'), end),
    ['a channel without bytes left', {}, { channel: { byteCapacity: '250' }, conversation: [say('1\n2\n3\n'), end] }],
  ]
}

function refusedRows(): Row[] {
  return [
    ['no bind', { port: '1' }, {}],
    ['no port', { bind: '127.0.0.1' }, {}],
    ['a port that is no number', { bind: '127.0.0.1', port: 'x' }, {}],
    row('max-line-length that is no number', { 'max-line-length': 'x' }),
    row('an interceptor without a type', { interceptors: 'i' }),
  ]
}

/** Datagrams to the netcatudp source. */
export function netcatUdpCases(): Case[] {
  const datagrams = (...list: readonly (string | Uint8Array)[]) => ({
    datagrams: list.map((bytes) => bytesJson('text', bytes)),
  })
  const rows: Row[] = [
    ['one line', {}, datagrams('hello\n')],
    ['no newline', {}, datagrams('hello')],
    ['several lines in one', {}, datagrams('a\nb\nc\n')],
    ['an empty datagram', {}, datagrams('', '\n', 'x')],
    ['a newline first', {}, datagrams('\nafter')],
    ['carriage returns', {}, datagrams('a\r\n', '\r\n', 'a\rb')],
    ['bytes that are not UTF-8', {}, datagrams(Uint8Array.of(0xff, 0x00, 0x80), Uint8Array.of(0x61, 0x0a, 0xff))],
    ['unicode', {}, datagrams('ünï 日本 😀\n')],
    ['around 2048 bytes', {}, datagrams(xs(2047), xs(2048), xs(2049), `${xs(2048)}\n`, xs(5000))],
    ['a newline past 2048', {}, datagrams(`${xs(3000)}\nabc`)],
    ['ten in a row', {}, datagrams(...Array.from({ length: 10 }, (_, index) => `${index}\n`))],
    ['remoteAddress', { remoteAddress: 'from' }, datagrams('a', 'b')],
    ['remoteAddressHeader as in the guide', { remoteAddressHeader: 'from' }, datagrams('a')],
    ['a full channel', {}, { channel: { capacity: '2', transactionCapacity: '2' }, ...datagrams('1', '2', '3', '4') }],
    [
      'an interceptor that drops',
      { interceptors: 'i', 'interceptors.i.type': 'regex_filter', 'interceptors.i.regex': 'a' },
      datagrams('a', 'b'),
    ],
    [
      'an interceptor that throws',
      {
        interceptors: 'i',
        'interceptors.i.type': 'search_replace',
        'interceptors.i.searchPattern': 'b',
        'interceptors.i.replaceString': '$1',
      },
      datagrams('a', 'b', 'a'),
    ],
    [
      'ack-every-event and max-line-length are not read',
      { 'max-line-length': '2', 'ack-every-event': 'x' },
      datagrams('hello'),
    ],
    ['a port that is no number', { port: 'x' }, datagrams()],
    ['no port', { bind: '127.0.0.1' }, datagrams()],
  ]
  return casesOf('netcatudp', rows)
}
