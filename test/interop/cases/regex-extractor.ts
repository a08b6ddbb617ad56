import { type Case, casesOf, event, events } from './case.ts'

type Config = Readonly<Record<string, string>>
type Row = readonly [string, Config, object]

/** regex_extractor with each of its serializers. */
export function regexExtractorCases(): Case[] {
  return casesOf('interceptor', [...groupRows(), ...millisRows(), ...serializerRows(), ...refusedRows()])
}

const millis = 'org.apache.flume.interceptor.RegexExtractorInterceptorMillisSerializer'
const passThrough = 'org.apache.flume.interceptor.RegexExtractorInterceptorPassThroughSerializer'

/** A serializer `s1`, `s2`, … for each header name. */
function named(...names: readonly string[]): Config {
  const config: Record<string, string> = { serializers: names.map((_, index) => `s${index + 1}`).join(' ') }
  for (const [index, name] of names.entries()) config[`serializers.s${index + 1}.name`] = name
  return config
}

function row(name: string, config: Config, ...bodies: readonly (string | Uint8Array)[]): Row {
  return [`regex_extractor ${name}`, { type: 'regex_extractor', ...config }, { events: events(...bodies) }]
}

function groupRows(): Row[] {
  return [
    row(
      'three groups',
      { regex: '(\\d):(\\d):(\\d)', ...named('one', 'two', 'three') },
      '1:2:3.4foobar5',
      'x',
      '',
      'a1:2:3 4:5:6',
    ),
    row('more groups than serializers', { regex: '(.)(.)(.)', ...named('a', 'b') }, 'xyz', 'xy'),
    row('more serializers than groups', { regex: '(.)', ...named('a', 'b', 'c') }, 'xyz'),
    row('no group', { regex: 'x', ...named('a') }, 'xyz'),
    row('two serializers of one name', { regex: '(.)(.)', ...named('a', 'a') }, 'xy'),
    row('an optional group', { regex: '(a)?(b)', ...named('a', 'b') }, 'b', 'ab'),
    row('alternatives', { regex: '(a)|(b)', ...named('a', 'b') }, 'a', 'b'),
    row('named groups', { regex: '(?<x>\\w)(?<y>\\d)', ...named('x', 'y') }, 'a1'),
    row('nested groups', { regex: '((a)(b(c)))', ...named('w', 'x', 'y', 'z') }, 'abc'),
    row('non-capturing and lookahead', { regex: '(?:a)(b)(?=(c))', ...named('b', 'c') }, 'abc'),
    row('an empty match', { regex: '(x*)', ...named('a') }, 'abc', ''),
    row('a repeated group keeps the last', { regex: '(?:(\\d),?)+', ...named('last') }, '1,2,3'),
    row('unicode', { regex: '(\\p{L}+) (.)', ...named('wort', 'zeichen') }, 'größe 😀', '日本 語'),
    row('multi-line', { regex: '(?m)^b=(.*)$', ...named('b') }, 'a=1\nb=2\nc=3', 'a=1\r\nb=2\r\nc=3'),
    row('dot stops at line ends', { regex: '(.*)', ...named('line') }, 'one\ntwo', 'one\rtwo', 'one\u2028two'),
    row(
      'bytes that are not UTF-8',
      { regex: '(.)$', ...named('last') },
      Uint8Array.of(0x61, 0xff),
      Uint8Array.of(0xe6, 0x97),
    ),
    row('NUL', { regex: '(\\x00.)', ...named('nul') }, 'a\0b'),
    row('a name with blanks inside', { regex: '(.)', ...named('a b') }, 'x'),
    row('type DEFAULT', { regex: '(.)', ...named('a'), 'serializers.s1.type': 'DEFAULT' }, 'x'),
    row('type default in lower case', { regex: '(.)', ...named('a'), 'serializers.s1.type': 'default' }, 'x'),
    row('the pass-through class', { regex: '(.)', ...named('a'), 'serializers.s1.type': passThrough }, 'x'),
    row('tabs between the names', { regex: '(.)(.)', ...named('a', 'b'), serializers: 's1\t s2' }, 'xy'),
    row('a name listed twice', { regex: '(.)(.)', ...named('a'), serializers: 's1 s1' }, 'xy'),
    [
      'regex_extractor overwrites a header',
      { type: 'regex_extractor', regex: '(.)', ...named('a') },
      { events: [event('x', { a: 'old', b: 'kept' }), event('', { a: 'old' })] },
    ],
    [
      'regex_extractor puts null over a header',
      { type: 'regex_extractor', regex: '(a)?b', ...named('a') },
      { events: [event('b', { a: 'old' })] },
    ],
  ]
}

function millisRows(): Row[] {
  const times: readonly (readonly [pattern: string, ...bodies: string[]])[] = [
    [
      'yyyy-MM-dd HH:mm',
      '2012-10-18 18:47',
      '2012-10-18 18:47:57',
      '1969-12-31 23:59',
      '0001-01-01 00:00',
      '2012-13-01 00:00',
      'x',
    ],
    ['yyyy-MM-dd HH:mm:ss,SSS', '2012-10-18 18:47:57,614', '2012-02-29 00:00:00,000', '2011-02-29 00:00:00,000'],
    [
      "yyyy-MM-dd'T'HH:mm:ss.SSSZ",
      '2012-10-18T18:47:57.614+0200',
      '2012-10-18T18:47:57.614-0800',
      '2012-10-18T18:47:57.614Z',
    ],
    ["yyyy-MM-dd'T'HH:mm:ssZZ", '2012-10-18T18:47:57+02:00', '2012-10-18T18:47:57Z'],
    [
      'dd/MMM/yyyy:HH:mm:ss Z',
      '10/Oct/2000:13:55:36 -0700',
      '10/oct/2000:13:55:36 -0700',
      '10/Okt/2000:13:55:36 -0700',
    ],
    ['EEE, dd MMM yyyy HH:mm:ss', 'Thu, 18 Oct 2012 18:47:57', 'Mon, 18 Oct 2012 18:47:57'],
    ['hh:mm a', '11:05 PM', '12:00 AM', '00:10 am', '13:00 PM'],
    ['yy-M-d', '12-1-2', '70-12-31', '99-1-1', '112-1-2', '12-01-02'],
    ['D yyyy', '60 2012', '366 2011'],
    ['yyyyMMddHHmmss', '20121018184757', '2012101818475'],
    ['yyyy', '2012', '12', '12012', '-5'],
    ['MMMM d, yyyy', 'October 18, 2012', 'Oct 18, 2012'],
    ['HH:mm:ss', '18:47:57', '24:00:00', '1:2:3'],
    ['kk:mm', '24:30', '1:00'],
    ["'day' d", 'day 7', 'day7'],
    ['yyyy-MM-dd z', '2012-10-18 UTC', '2012-10-18 PST'],
    ["xxxx-'W'ww-e", '2012-W42-4'],
    ['SSS', '7', '070', '7000'],
  ]
  return times.map(([pattern, ...bodies]) =>
    row(
      `millis ${pattern}`,
      { regex: '(.+)', ...named('t'), 'serializers.s1.type': millis, 'serializers.s1.pattern': pattern },
      ...bodies,
    ),
  )
}

function serializerRows(): Row[] {
  const base = { regex: '^(\\S+) (\\S+)$', ...named('day', 'word'), 'serializers.s1.type': millis }
  return [
    row(
      'millis beside plain',
      { ...base, 'serializers.s1.pattern': 'yyyy-MM-dd' },
      '2012-10-18 x',
      'no x',
      '2012-10-18',
    ),
    row(
      'millis of a null group',
      { regex: '(\\d{4})?x', ...named('y'), 'serializers.s1.type': millis, 'serializers.s1.pattern': 'yyyy' },
      'x',
      '2012x',
    ),
    row('millis without a pattern', base, '2012-10-18 x'),
    row('millis with a wrong pattern', { ...base, 'serializers.s1.pattern': 'yyyy-bb' }, '2012-10-18 x'),
    row('millis with an open quote', { ...base, 'serializers.s1.pattern': "yyyy'" }, '2012-10-18 x'),
  ]
}

function refusedRows(): Row[] {
  return [
    row('without a regex', { ...named('a') }),
    row('with an empty regex', { regex: '', ...named('a') }),
    row('with a wrong regex', { regex: '(', ...named('a') }),
    row('without serializers', { regex: '(.)' }),
    row('with empty serializers', { regex: '(.)', serializers: '' }),
    row('with a serializer without a name', { regex: '(.)', serializers: 's1' }),
    row('with an unknown serializer', { regex: '(.)', ...named('a'), 'serializers.s1.type': 'com.example.Nope' }),
    row('with a class that is no serializer', {
      regex: '(.)',
      ...named('a'),
      'serializers.s1.type': 'java.lang.String',
    }),
  ]
}
