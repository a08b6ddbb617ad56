import { type Case, casesOf, type EventJson, event, events, manyHeaders, randomNumbers } from './case.ts'
import { regexExtractorCases } from './regex-extractor.ts'
import { searchReplaceCases } from './search-replace.ts'

type Config = Readonly<Record<string, string>>

/** Every interceptor of Flume 1.11, and chains of them. */
export function interceptorCases(): Case[] {
  return [
    ...stampCases(),
    ...staticCases(),
    ...removeHeaderCases(),
    ...regexFilterCases(),
    ...searchReplaceCases(),
    ...regexExtractorCases(),
    ...uuidCases(),
    ...chainCases(),
    ...typeCases(),
  ]
}

const uuid = 'org.apache.flume.sink.solr.morphline.UUIDInterceptor$Builder'

/** One event without the header and some that have it. */
function holders(name: string): EventJson[] {
  return [
    event('none'),
    event('other', { other: 'x' }),
    event('has', { [name]: 'old' }),
    event('empty', { [name]: '' }),
    event('other case', { [name.toUpperCase()]: 'old' }),
  ]
}

function stampCases(): Case[] {
  const rows: [string, Config, object][] = []
  const add = (type: string, config: Config, header: string) =>
    rows.push([nameOf(type, config), { type, ...config }, { events: holders(header) }])
  for (const preserveExisting of [undefined, 'true', 'false', 'TRUE', 'yes', '1', ' true']) {
    const preserve: Config = preserveExisting === undefined ? {} : { preserveExisting }
    add('timestamp', preserve, 'timestamp')
    add('timestamp', { ...preserve, headerName: 'when' }, 'when')
    add('host', preserve, 'host')
    add('host', { ...preserve, hostHeader: 'h' }, 'h')
    add('host', { ...preserve, useIP: 'false' }, 'host')
  }
  add('timestamp', { header: 'when' }, 'timestamp')
  add('timestamp', { headerName: 'ü' }, 'ü')
  add('host', { useIP: 'TRUE' }, 'host')
  add('host', { useIP: 'no' }, 'host')
  add('host', { hostHeader: 'a.b-c' }, 'a.b-c')
  return casesOf('interceptor', rows)
}

function staticCases(): Case[] {
  const rows: [string, Config, object][] = []
  for (const preserveExisting of [undefined, 'true', 'false', 'False', 'no']) {
    const preserve: Config = preserveExisting === undefined ? {} : { preserveExisting }
    for (const pair of [
      {},
      { key: 'dc' },
      { value: 'NYC' },
      { key: 'dc', value: 'New York' },
      { key: 'ü', value: '日本 😀' },
    ]) {
      const config: Config = { type: 'static', ...preserve, ...pair }
      rows.push([nameOf('static', config), config, { events: holders(config.key ?? 'key') }])
    }
  }
  rows.push([
    'static value with escapes is literal',
    { type: 'static', key: 'p', value: '%{host}/%Y $1 \\n' },
    { events: holders('host') },
  ])
  return casesOf('interceptor', rows)
}

function removeHeaderCases(): Case[] {
  const headers = { a: '1', b: '2', ab: '3', 'a,b': '4', ' a': '5', A: '6', 'x.y': '7', ünï: '8', '': '9', 'a|b': '10' }
  const all = [event('all', headers), event('none'), event('one', { a: '1' })]
  const configs: Config[] = [
    {},
    ...['a', 'A', 'a,b', 'missing', 'ünï', 'x.y', ' a'].map((withName) => ({ withName })),
    ...['a', 'a,b', 'a , b', ' a,b ', 'a,,b', ',a', 'a b', 'a;b', 'x.y,ünï', '*', 'a,b,ab,A'].map((fromList) => ({
      fromList,
    })),
    ...[';', '\\s+', '|', '\\|', '', 'b', '[;,]', ',\\s*'].map((fromListSeparator) => ({
      fromList: 'a;b a|b,ab',
      fromListSeparator,
    })),
    { fromList: 'a|b', fromListSeparator: '(' },
    ...[
      'a',
      'a.*',
      '.*',
      '.',
      '^a$',
      '[ab]',
      '(?i)a',
      '(?i)A.*',
      'b',
      '.+b',
      'x\\.y',
      '\\p{L}+',
      '',
      'a|b',
      '.*\\W.*',
    ].map((matching) => ({ matching })),
    { matching: '(' },
    { matching: '*' },
    { withName: 'a', fromList: 'b', matching: 'x.*' },
    { withName: 'a', fromList: 'a', matching: 'a' },
  ]
  return casesOf(
    'interceptor',
    configs.map((config) => [nameOf('remove_header', config), { type: 'remove_header', ...config }, { events: all }]),
  )
}

function regexFilterCases(): Case[] {
  const bodies = [
    '',
    'abc',
    'ABC',
    'a\nb',
    'line\n',
    'line\r\n',
    'ü',
    '日本',
    '😀',
    '123',
    ' 12 ',
    'error: x',
    '\0',
    'a\u2028b',
    'a\u0085',
  ]
  const all = [...events(...bodies), event(Uint8Array.of(0x80, 0xff, 0x41))]
  const patterns = [
    '.*',
    '^$',
    '^.$',
    'abc',
    '(?i)ABC',
    '^abc$',
    '\\d+',
    '^\\d+$',
    '\\bb\\b',
    '(?s)a.b',
    'a.b',
    'e$',
    'e\\Z',
    'e\\z',
    '(?m)^b$',
    '(?d)a.b',
    '(?md)^b$',
    '[^a-z]',
    '\\p{IsHan}',
    '\\p{Lu}',
    '\\uFFFD',
    '\\x00',
    '\\R',
    '\\h',
    '[\\w&&[^a]]',
    'a|b',
    '(?u)(?i)Ü',
    '(a)?b',
    '\\Qa\\E',
    '(?<n>a)\\k<n>?',
    'x*+',
    '(?>a|ab)c',
    '(?<=a)b',
    '(?<!a)b',
    '\\p{Alpha}+',
  ]
  const rows: [string, Config, object][] = patterns.map((regex) => [
    `regex_filter ${regex}`,
    { type: 'regex_filter', regex },
    { events: all },
  ])
  const exclusion = ['true', 'TRUE', 'false', 'yes', '0'].map((excludeEvents): [string, Config, object] => [
    `regex_filter excludeEvents ${excludeEvents}`,
    { type: 'regex_filter', regex: '[a-z]', excludeEvents },
    { events: all },
  ])
  const wrong = ['(', '[', '*', 'a{2,1}', '\\', '(?<n>a)(?<n>b)', '\\p{Nope}', '(?z)', 'a**', '\\k<m>', '[z-a]'].map(
    (regex): [string, Config, object] => [
      `regex_filter refuses ${regex}`,
      { type: 'regex_filter', regex },
      { events: [] },
    ],
  )
  const none: [string, Config, object] = ['regex_filter by default', { type: 'regex_filter' }, { events: all }]
  return casesOf('interceptor', [...rows, ...exclusion, ...wrong, none])
}

function uuidCases(): Case[] {
  const configs: Config[] = [
    {},
    { headerName: 'key' },
    { prefix: 'p-' },
    { prefix: 'ü/' },
    { preserveExisting: 'false' },
    { preserveExisting: 'true' },
    { headerName: 'key', preserveExisting: 'false', prefix: 'x' },
    { headerName: 'key', preserveExisting: 'no' },
  ]
  return casesOf(
    'interceptor',
    configs.map((config) => [
      nameOf('uuid', config),
      { type: uuid, ...config },
      { events: holders(config.headerName ?? 'id') },
    ]),
  )
}

function chainCases(): Case[] {
  const some = [event('a1', { k: 'v' }), event('b2'), event('', { dc: 'old' })]
  const filter = { 'interceptors.f.type': 'regex_filter', 'interceptors.f.regex': 'a' }
  const fixed = { 'interceptors.s.type': 'static', 'interceptors.s.key': 'dc', 'interceptors.s.value': 'X' }
  const replace = {
    'interceptors.r.type': 'search_replace',
    'interceptors.r.searchPattern': 'b',
    'interceptors.r.replaceString': 'a',
  }
  const broken = {
    'interceptors.r.type': 'search_replace',
    'interceptors.r.searchPattern': 'b',
    'interceptors.r.replaceString': '$7',
  }
  const rows: [string, Config, object][] = [
    ['chain in the order of the list', { interceptors: 'r f s', ...filter, ...fixed, ...replace }, { events: some }],
    ['chain in the other order', { interceptors: 's f r', ...filter, ...fixed, ...replace }, { events: some }],
    ['chain with the same name twice', { interceptors: 's s', ...fixed }, { events: some }],
    [
      'chain with tabs and newlines between',
      { interceptors: 's\t f\n r', ...filter, ...fixed, ...replace },
      { events: some },
    ],
    ['chain with commas', { interceptors: 's,f', ...filter, ...fixed }, { events: some }],
    ['chain with a leading blank', { interceptors: ' s', ...fixed }, { events: some }],
    ['chain with an unlisted one', { interceptors: 'f', ...filter, ...fixed }, { events: some }],
    ['chain with a name without properties', { interceptors: 's q', ...fixed }, { events: some }],
    [
      'chain that drops everything',
      { interceptors: 'f s', ...fixed, ...filter, 'interceptors.f.regex': 'zzz' },
      { events: some },
    ],
    ['chain whose second throws', { interceptors: 's r', ...fixed, ...broken }, { events: some }],
    [
      'chain with the class of a builder',
      { interceptors: 's', ...fixed, 'interceptors.s.type': 'org.apache.flume.interceptor.StaticInterceptor$Builder' },
      { events: some },
    ],
    [
      'chain with the class itself',
      { interceptors: 's', ...fixed, 'interceptors.s.type': 'org.apache.flume.interceptor.StaticInterceptor' },
      { events: some },
    ],
    ['chain with an unknown type', { interceptors: 's', ...fixed, 'interceptors.s.type': 'nope' }, { events: some }],
    [
      'chain with an unknown class',
      { interceptors: 's', ...fixed, 'interceptors.s.type': 'com.example.Nope$Builder' },
      { events: some },
    ],
    ['chain of an empty list', { interceptors: '' }, { events: some }],
  ]
  return casesOf('interceptor', rows)
}

function typeCases(): Case[] {
  const random = randomNumbers(11)
  const rows: [string, Config, object][] = ['STATIC', 'Static', 'sTaTiC', 'static '].map((type) => [
    `type written as "${type}"`,
    { type, key: 'a', value: 'b' },
    { events: [event('x')] },
  ])
  for (const count of [1, 5, 12, 13, 24, 30]) {
    const headers = manyHeaders(random, count)
    rows.push([
      `static beside ${count} headers`,
      { type: 'static', key: 'new', value: 'v' },
      { events: [event('x', headers)] },
    ])
  }
  return casesOf('interceptor', rows)
}

function nameOf(type: string, config: Config): string {
  const pairs = Object.entries(config).filter(([key]) => key !== 'type')
  return [type, ...pairs.map(([key, value]) => `${key}=${value}`)].join(' ')
}
