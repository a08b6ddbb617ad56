import { type Case, casesOf, type EventJson, event, events, manyHeaders, randomNumbers } from './case.ts'

type Config = Readonly<Record<string, string>>
type Row = readonly [string, Config, object]

const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index)

/** What the logger sink prints. */
export function loggerCases(): Case[] {
  const random = randomNumbers(3)
  const body = (length: number) => 'abcdefghij'.repeat(Math.ceil(length / 10)).slice(0, length)
  const lengths = [0, 1, 2, 15, 16, 17, 31, 32, 33, 64, 100, 1000]
  const bodies = events(...lengths.map(body))
  const sizes = [
    '0',
    '1',
    '15',
    '16',
    '17',
    '32',
    '100',
    '256',
    '2147483647',
    '-1',
    'x',
    '',
    '0x10',
    '1e3',
    ' 5',
    '+5',
    '2147483648',
  ]
  const special = [
    ...events(
      '',
      ' ',
      '\0',
      '\n',
      'crlf\r\n',
      '\x7f',
      '\x1b[0m',
      'ünï',
      '日本',
      '😀',
      '~}| {',
      everyByte,
      everyByte.subarray(120, 140),
    ),
    event(Uint8Array.of(0xff, 0xfe, 0x80)),
  ]
  const counts = Array.from({ length: 30 }, (_, index) => index + 1)
  const rows: Row[] = [
    ['logger bodies by default', {}, { events: bodies }],
    ['logger special bodies by default', {}, { events: special }],
    ['logger special bodies, 300 bytes', { maxBytesToLog: '300' }, { events: special }],
    ['logger body past 65536', { maxBytesToLog: '65552' }, { events: [event('x'.repeat(300))] }],
    ...sizes.map(
      (maxBytesToLog): Row => [
        `logger maxBytesToLog "${maxBytesToLog}"`,
        { maxBytesToLog },
        { events: bodies.slice(0, 10) },
      ],
    ),
    ['logger odd headers', {}, { events: oddHeaders }],
    ['logger odd headers, put one by one', {}, { made: 'puts', events: oddHeaders }],
    ['logger names that collide', {}, { events: colliding }],
    ['logger names that collide, put one by one', {}, { made: 'puts', events: colliding }],
    ...counts.flatMap((count): Row[] => {
      const list = [event('h', manyHeaders(random, count)), event('', manyHeaders(random, count))]
      return [
        [`logger ${count} headers`, {}, { events: list }],
        [`logger ${count} headers, put one by one`, {}, { made: 'puts', events: list }],
      ]
    }),
    ['logger 200 headers', {}, { events: [event('h', manyHeaders(random, 200))] }],
    ['logger 200 headers, put one by one', {}, { made: 'puts', events: [event('h', manyHeaders(random, 200))] }],
  ]
  return casesOf('logger', rows)
}

const oddHeaders: readonly EventJson[] = [
  event('x', { a: '' }),
  event('x', { '': 'empty name' }),
  event('x', { 'a=b': 'c=d', 'x, y': '}' }),
  event('x', { ünï: '日本', '😀': '\n' }),
  event('x', { timestamp: '1700000000000', host: '10.0.0.1', basename: 'a.log', file: '/var/log/a.log' }),
  event('x', {
    Facility: '1',
    Severity: '5',
    priority: '13',
    version: '1',
    hostname: 'h',
    timestamp: '0',
    'flume.syslog.status': 'Invalid',
  }),
]

/** AaAa, AaBB, BBAa and BBBB have one hash code. */
const colliding: readonly EventJson[] = [
  event('x', { AaAa: '1', BBBB: '2', AaBB: '3', BBAa: '4' }),
  event('x', { BBAa: '4', AaBB: '3', BBBB: '2', AaAa: '1' }),
  event('x', { Aa: '1', BB: '2' }),
  event('x', { BB: '2', Aa: '1' }),
  event('x', Object.fromEntries(twins(4).map((name) => [name, 'v']))),
]

/** 2^n names of equal hash code: from eight in a bucket on a map of 64 buckets makes trees. */
function twins(length: number): string[] {
  if (length === 0) return ['']
  return twins(length - 1).flatMap((name) => [`${name}Aa`, `${name}BB`])
}

/** The bytes of the three event serializers. */
export function serializerCases(): Case[] {
  const random = randomNumbers(5)
  const plain = [
    event('one'),
    event('', { a: '' }),
    event('zwei ü', { k: 'v', ünï: '日本' }),
    event(everyByte, { 'x=y': 'a, b' }),
    event('line\n'),
    event('crlf\r\n'),
  ]
  const batches = [{ events: plain }]
  const types = [
    'text',
    'TEXT',
    'Text',
    'header_and_text',
    'HEADER_AND_TEXT',
    'avro_event',
    'AVRO_EVENT',
    'text ',
    'nope',
    'OTHER',
  ]
  const classes = [
    'BodyTextEventSerializer',
    'HeaderAndBodyTextEventSerializer',
    'FlumeEventAvroEventSerializer',
  ].flatMap((name) => [`org.apache.flume.serialization.${name}$Builder`, `org.apache.flume.serialization.${name}`])
  const rows: Row[] = [...types, ...classes].map((type) => [`serializer type "${type}"`, { type }, { batches }])
  for (const type of ['text', 'header_and_text']) {
    for (const appendNewline of ['true', 'false', 'FALSE', 'no', '0', ' true ', 'True'])
      rows.push([`${type} appendNewline "${appendNewline}"`, { type, appendNewline }, { batches }])
  }
  for (const type of ['text', 'header_and_text', 'avro_event']) {
    rows.push([`${type} no batch`, { type }, { batches: [] }])
    rows.push([`${type} an empty batch`, { type }, { batches: [{ events: [] }] }])
    rows.push([
      `${type} three batches`,
      { type },
      { batches: [{ events: plain.slice(0, 1) }, { events: [] }, { events: plain.slice(1) }] },
    ])
    rows.push([`${type} a long body`, { type }, { batches: [{ events: [event('x'.repeat(3000), { n: '1' })] }] }])
    for (const count of [3, 7, 13, 30]) {
      const list = [event('h', manyHeaders(random, count))]
      rows.push([`${type} ${count} headers`, { type }, { batches: [{ events: list }] }])
      rows.push([`${type} ${count} headers, put one by one`, { type }, { batches: [{ made: 'puts', events: list }] }])
    }
  }
  return casesOf('serializer', [...rows, ...avroRows(plain)])
}

function avroRows(plain: readonly EventJson[]): Row[] {
  const many = {
    events: Array.from({ length: 60 }, (_, index) => event(`event ${index} `.repeat(4), { n: String(index) })),
  }
  const type = 'avro_event'
  const codecs = ['null', 'deflate', 'snappy', 'bzip2', 'xz', 'zstandard', 'nope', 'DEFLATE', 'gzip', 'deflate ']
  return [
    ...codecs.map(
      (compressionCodec): Row => [
        `avro_event codec "${compressionCodec}"`,
        { type, compressionCodec },
        { batches: [{ events: plain }] },
      ],
    ),
    ...['32', '100', '1024', '16777216', '31', '0', '-1', '1073741825', '2147483648', 'x'].map(
      (syncIntervalBytes): Row => [
        `avro_event syncIntervalBytes "${syncIntervalBytes}"`,
        { type, syncIntervalBytes },
        { batches: [many] },
      ],
    ),
    [
      'avro_event deflate, small blocks',
      { type, compressionCodec: 'deflate', syncIntervalBytes: '100' },
      { batches: [many, many] },
    ],
    ['avro_event flushed after each event', { type }, { batches: plain.map((each) => ({ events: [each] })) }],
    ['avro_event ignores appendNewline', { type, appendNewline: 'false' }, { batches: [{ events: plain }] }],
  ]
}

/** File names, contents and results of the file_roll sink. */
export function fileRollCases(): Case[] {
  const put = (...bodies: readonly (string | Uint8Array)[]) => ({ put: events(...bodies) })
  const mixed = { put: [event('one', { a: '1' }), event('zwei ü', { k: 'v' }), event(everyByte)] }
  const usual = [mixed, 'process']
  const rolled = [put('a', 'b'), 'process', 'roll', put('c'), 'process', 'roll', 'process', 'process']
  const types = [
    'TEXT',
    'text',
    'header_and_text',
    'avro_event',
    'nope',
    'org.apache.flume.serialization.BodyTextEventSerializer$Builder',
  ]
  const rows: Row[] = [
    ['one batch', {}, { steps: usual }],
    ['no process at all', {}, { steps: [] }],
    ['an empty channel still opens a file', {}, { steps: ['process'] }],
    ['empty rolls make empty files', {}, { steps: ['process', 'roll', 'process', 'roll', 'process'] }],
    ['a roll before the first file', {}, { steps: ['roll', put('a'), 'process', put('b'), 'process'] }],
    ['rolls between batches', {}, { steps: rolled }],
    ['a roll that no process follows', {}, { steps: [put('a'), 'process', 'roll'] }],
    [
      'two rolls at once are one',
      {},
      { steps: [put('a'), 'process', 'roll', 'roll', put('b'), 'process', put('c'), 'process'] },
    ],
    ...types.flatMap((type): Row[] => [
      [`sink.serializer ${type}`, { 'sink.serializer': type }, { steps: usual }],
      [`sink.serializer ${type}, rolled`, { 'sink.serializer': type }, { steps: rolled }],
    ]),
    ...['text', 'header_and_text'].map(
      (type): Row => [
        `sink.serializer ${type} without newlines`,
        { 'sink.serializer': type, 'sink.serializer.appendNewline': 'false' },
        { steps: usual },
      ],
    ),
    [
      'sink.serializer avro_event, deflate',
      { 'sink.serializer': 'avro_event', 'sink.serializer.compressionCodec': 'deflate' },
      { steps: rolled },
    ],
    ...['0', '-1', '1', '30', '3600', 'x', '1.5', '', ' 5 ', '9223372036854775808'].map(
      (interval): Row => [
        `sink.rollInterval "${interval}"`,
        { 'sink.rollInterval': interval },
        { steps: interval === '1' ? [] : usual },
      ],
    ),
    ...['1', '2', '3', '100', '0', '-1', 'x'].map(
      (size): Row => [
        `sink.batchSize "${size}"`,
        { 'sink.batchSize': size },
        { steps: [put('a', 'b', 'c', 'd', 'e'), 'process', 'process', 'process', 'process', 'process', 'process'] },
      ],
    ),
    ...pathManagerRows(usual, rolled),
    ['no directory', { 'sink.directory': '{absent}' }, { steps: usual }],
    [
      'a missing directory fails every time',
      { 'sink.directory': '{directory}/missing' },
      { steps: [put('a'), 'process', 'process'] },
    ],
    [
      'a missing directory that appears',
      { 'sink.directory': '{directory}/late' },
      { steps: [put('a'), 'process', 'make directory', 'process'] },
    ],
    [
      'a transaction capacity below the batch size',
      {},
      { channel: { transactionCapacity: '2' }, steps: [put('a', 'b'), put('c', 'd'), 'process', 'process'] },
    ],
  ]
  return casesOf('file_roll', rows)
}

function pathManagerRows(usual: readonly (object | string)[], rolled: readonly (object | string)[]): Row[] {
  const manager = (type: string, more: Config = {}): Config => ({ 'sink.pathManager': type, ...more })
  const named = { 'sink.pathManager.prefix': 'log-', 'sink.pathManager.extension': 'txt' }
  const default_ = 'org.apache.flume.formatter.output.DefaultPathManager$Builder'
  return [
    ['path manager default', manager('default'), { steps: rolled }],
    ['path manager DEFAULT with prefix and extension', manager('DEFAULT', named), { steps: rolled }],
    ['path manager rolltime', manager('rolltime'), { steps: usual }],
    ['path manager ROLLTIME with prefix and extension', manager('ROLLTIME', named), { steps: usual }],
    ['path manager by class', manager(default_, named), { steps: usual }],
    ['path manager unknown', manager('nope'), { steps: usual }],
    ['path manager of a class that is none', manager('java.lang.String'), { steps: usual }],
    [
      'prefix with a folder that is missing',
      manager('default', { 'sink.pathManager.prefix': 'sub/x' }),
      { steps: usual },
    ],
    [
      'prefix with escapes is literal',
      manager('default', { 'sink.pathManager.prefix': '%{host}-%Y-' }),
      { steps: usual },
    ],
    ['extension with a dot', manager('default', { 'sink.pathManager.extension': '.log' }), { steps: usual }],
    ['prefix and extension without a path manager', named, { steps: usual }],
  ]
}
