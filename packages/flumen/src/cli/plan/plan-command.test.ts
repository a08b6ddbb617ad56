import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import { CommandBench, founding } from '../../bin/command-bench.ts'

interface Ended {
  readonly status: number
  readonly output: string
  readonly complaints: readonly string[]
}

async function plan(bench: CommandBench, ...line: string[]): Promise<Ended> {
  const { io, status } = bench.flumen(['plan', ...line])
  const ended = await status
  const complaints = io.stderr.lines.filter((each) => !each.startsWith('See: '))
  return {
    status: ended,
    output: io.stdout.text,
    complaints: complaints.map((each) => each.replace('flumen plan: ', '')),
  }
}

/** What it complains of, with nothing on standard output. */
async function complaints(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  ...line: string[]
): Promise<readonly string[]> {
  const { status, output, complaints: found } = await plan(new CommandBench(t, files), ...line)
  assert.deepEqual([status, output], [2, ''])
  return found
}

/** Lines for an agent: `avro 4141 -> memory -> avro store:4142`. */
function agent(
  name: string,
  source: string,
  channel: string,
  sinks: Readonly<Record<string, string>>,
  more = '',
): string {
  const lines = [
    `sources = r`,
    `channels = c`,
    `sinks = ${Object.keys(sinks).join(' ')}`,
    ...source.split('\n').map((each) => `sources.r.${each}`),
    'sources.r.channels = c',
    ...channel.split('\n').map((each) => `channels.c.${each}`),
    ...Object.entries(sinks).flatMap(([sink, text]) => [
      ...text.split('\n').map((each) => `sinks.${sink}.${each}`),
      `sinks.${sink}.channel = c`,
    ]),
    ...more.split('\n').filter((each) => each !== ''),
  ]
  return lines.map((each) => `${name}.${each}\n`).join('')
}

const netcat = 'type = netcat\nbind = localhost\nport = 44444'
const avroSource = 'type = avro\nbind = 0.0.0.0\nport = 4141'
const memory = 'type = memory\ncapacity = 10000\nbyteCapacity = 100MB'
const avroSink = (host: string): string => `type = avro\nhostname = ${host}\nport = 4141`
const group = (type: string, more = ''): string =>
  `sinkgroups = g\nsinkgroups.g.sinks = k1 k2\nsinkgroups.g.processor.type = ${type}${more}`

const two = { k1: avroSink('one'), k2: avroSink('two') }
const failover = group('failover', '\nsinkgroups.g.processor.priority.k1 = 1\nsinkgroups.g.processor.priority.k2 = 2')
const tiers = {
  'edge.conf': agent('edge', netcat, memory, two, failover),
  'one.conf': agent('one', avroSource, memory, { k: avroSink('store') }),
  'two.conf': agent('two', avroSource, memory, { k: avroSink('store') }),
  'store.conf': agent('store', avroSource, memory, { k: 'type = logger' }),
}
const allTiers = Object.keys(tiers).flatMap((file) => ['-f', file])

interface Json {
  readonly sources: readonly Row[]
  readonly channels: readonly Row[]
  readonly sinks: readonly Row[]
  readonly bottleneck: Row | null
  readonly outages: readonly Row[]
  readonly overloadsAtWorst: readonly Row[]
  readonly notes: readonly string[]
}
type Row = Readonly<Record<string, unknown>>

async function json(bench: CommandBench, ...line: string[]): Promise<Json> {
  const { status, output, complaints: found } = await plan(bench, ...line, '--json')
  assert.deepEqual([status, found], [0, []])
  return JSON.parse(output) as Json
}

function column(rows: readonly Row[], key: string): Row {
  return Object.fromEntries(rows.map((row) => [row.id ?? row.channel, row[key]]))
}

describe('flumen plan', () => {
  test('answers the founding question: 100 in and 50 out a second fill a channel for 1,000 events in 20 s', async (t) => {
    const bench = new CommandBench(t, { 'a.conf': founding(44444) })
    const { status, output } = await plan(
      bench,
      'a.conf',
      '--rate',
      'r1=100/sx20',
      '--limit',
      'k1=50/s',
      '--outage',
      '1m',
    )
    assert.equal(status, 0)
    assert.equal(output, foundingReport)
  })

  test('joins tiers by address, and says what each carries, at worst too', async (t) => {
    const limits = ['--limit', 'two.r=4000/s', '--limit', 'store.k=6k/s']
    const {
      status,
      output,
      complaints: found,
    } = await plan(
      new CommandBench(t, tiers),
      ...allTiers,
      ...['--count', 'edge=50', '--rate', 'edge.r=100/sx300', '--outage', '2m', ...limits],
    )
    assert.deepEqual([status, found], [0, []])
    assert.equal(output, tiersReport)
  })

  test('--json says the same for programs', async (t) => {
    const line = ['--count', 'edge=50', '--rate', 'edge.r=100/s', '--limit', 'one.r=4000/s', '--limit', 'store.k=6k/s']
    const found = await json(new CommandBench(t, tiers), ...allTiers, ...line)
    assert.deepEqual(column(found.sources, 'eventsPerSecond'), {
      'edge.r': 100,
      'one.r': 0,
      'two.r': 5000,
      'store.r': 5000,
    })
    assert.deepEqual(column(found.sources, 'worstEventsPerSecond'), {
      'edge.r': 100,
      'one.r': 5000,
      'two.r': 5000,
      'store.r': 5000,
    })
    assert.deepEqual(column(found.channels, 'secondsWithSinkDown'), {
      'edge.c': 100,
      'one.c': null,
      'two.c': 2,
      'store.c': 2,
    })
    assert.deepEqual(column(found.channels, 'secondsWithAllBefore'), {
      'edge.c': 100,
      'one.c': null,
      'two.c': 102,
      'store.c': 104,
    })
    assert.deepEqual(column(found.sinks, 'to'), {
      'edge.k2': 'two.r',
      'edge.k1': 'one.r',
      'one.k': 'store.r',
      'two.k': 'store.r',
      'store.k': null,
    })
    assert.deepEqual([found.bottleneck?.id, found.bottleneck?.carriesTimesTheRates], ['store.c', 1.2])
    assert.deepEqual(
      found.overloadsAtWorst.map(({ id, carries, limit }) => [id, carries, limit]),
      [['one.r', 5000, 4000]],
    )
    assert.deepEqual(found.notes, [
      'edge.r: an event is taken for 500 bytes; say how large one is: --rate edge.r=100/sxBYTES',
    ])
  })

  test('a load_balance group shares, and one sink of it carries all when the other is down', async (t) => {
    const files = { ...tiers, 'edge.conf': agent('edge', netcat, memory, two, group('load_balance')) }
    const { sources } = await json(new CommandBench(t, files), ...allTiers, '--rate', 'edge.r=100/sx300')
    assert.deepEqual(column(sources, 'eventsPerSecond'), { 'edge.r': 100, 'one.r': 50, 'two.r': 50, 'store.r': 100 })
    assert.deepEqual(column(sources, 'worstEventsPerSecond'), {
      'edge.r': 100,
      'one.r': 100,
      'two.r': 100,
      'store.r': 100,
    })
  })

  test('selectors copy, divide, or send as much as is said', async (t) => {
    const selectors: readonly (readonly [selector: string, shares: readonly string[], c: number, d: number])[] = [
      ['replicating', [], 90, 90],
      ['load_balancing', [], 45, 45],
      ['multiplexing\na.sources.r.selector.default = c', [], 90, 90],
      ['multiplexing\na.sources.r.selector.default = c', ['--share', 'r=c:80%,d:0.1'], 72, 9],
    ]
    for (const [selector, shares, c, d] of selectors) {
      const text = `${agent('a', netcat, memory, { k: 'type = null' })}
a.channels = c d
a.sinks = k l
a.channels.d.type = memory
a.sinks.l.type = null
a.sinks.l.channel = d
a.sources.r.channels = c d
a.sources.r.selector.type = ${selector}
`
        .split('\n')
        .filter((line) => !/^a\.(channels = c|sinks = k|sources\.r\.channels = c)$/.test(line))
        .join('\n')
      const found = await json(new CommandBench(t, { 'a.conf': text }), 'a.conf', '--rate', 'r=90x100', ...shares)
      assert.deepEqual(column(found.channels, 'eventsPerSecond'), { 'a.c': c, 'a.d': d }, selector)
      assert.equal(found.notes.length, selector.startsWith('multi') && shares.length === 0 ? 1 : 0, selector)
    }
  })

  test('a file channel lasts as long as its disk: what is free on this machine, or what is said', async (t) => {
    const disk =
      'type = file\ncheckpointDir = checkpoint\ndataDirs = data\nminimumRequiredSpace = 1GiB\ncapacity = 2000000000'
    const bench = new CommandBench(t, { 'a.conf': agent('a', netcat, disk, { k: 'type = null' }) })
    const line = ['a.conf', '--rate', 'r=1000x1880']
    const elsewhere = await json(bench, ...line)
    assert.equal(elsewhere.channels[0]?.boundBy, 'events')
    assert.match(elsewhere.notes.join('\n'), /^a\.c: its directories are not on this machine/)
    const told = await json(bench, ...line, '--disk', 'c=3GiB')
    // A put of one event: 8 + 112 bytes beside its 1880.
    assert.deepEqual(column(told.channels, 'secondsWithSinkDown'), {
      'a.c': Number((2 ** 31 / 2_000_000).toPrecision(12)),
    })
    assert.deepEqual(told.notes, [])
    mkdirSync('data')
    const here = await json(bench, ...line)
    assert.ok(here.notes.length === 0 && ['disk', 'events'].includes(String(here.channels[0]?.boundBy)))
  })

  test('a batch that takes so long is a limit', async (t) => {
    for (const [size, limit] of [
      [100, 5000],
      [50, 2500],
    ] as const) {
      const bench = new CommandBench(t, {
        'a.conf': agent('a', netcat, memory, { k: `${avroSink('x')}\nbatch-size = ${size}` }),
      })
      const { sinks } = await json(bench, 'a.conf', '--rate', 'r=1000x100', '--limit', 'k=20ms')
      assert.deepEqual(column(sinks, 'limitPerSecond'), { 'a.k': limit })
    }
  })

  test('those who catch up share what the next tier can take, and what waits before a channel comes no faster than it can', async (t) => {
    const line = ['--count', 'edge=50', '--rate', 'edge.r=100/sx300', '--outage', '50s']
    const bench = new CommandBench(t, tiers)
    const shared = await json(bench, ...allTiers, ...line, '--limit', 'two.r=10k/s', '--limit', 'store.k=20k/s')
    // Of 200 events a second that an edge may send, 100 go on coming; the store's 250,000 come with 10,000 a second at most.
    assert.deepEqual(column(shared.outages, 'catchUpSeconds'), { 'edge.c': 50, 'one.c': 0, 'two.c': 50, 'store.c': 50 })
    const short = await json(
      bench,
      ...allTiers,
      ...line.with(-1, '1s'),
      '--limit',
      'two.r=10k/s',
      '--limit',
      'store.k=25k/s',
    )
    // It fits into the channel, from where it goes with 25,000 a second.
    assert.equal(column(short.outages, 'catchUpSeconds')['store.c'], 0.25)
  })

  test('a memory channel is full by its bytes where events are large, and says whose memory that is', async (t) => {
    const bench = new CommandBench(t, {
      'a.conf': agent('a', netcat, 'type = memory\ncapacity = 1000000000', { k: 'type = null' }),
      'b.conf': agent('b', netcat, 'type = memory\ncapacity = 1000000\nbyteCapacity = 100MB', { k: 'type = null' }),
    })
    const shared = await json(bench, 'a.conf', '--rate', 'r=10x1MiB')
    assert.equal(shared.channels[0]?.boundBy, 'bytes')
    assert.match(
      shared.notes.join('\n'),
      /^a\.c: .* is its share of this machine's memory; byteCapacity sets another limit$/,
    )
    const own = await json(bench, 'b.conf', '--rate', 'r=10x1MB')
    // A fifth stays free: byteCapacityBufferPercentage.
    assert.deepEqual([own.channels[0]?.holdsEvents, own.notes], [80, []])
  })

  test('says what batches and pauses mean for how late events are', async (t) => {
    const exec = 'type = exec\ncommand = true\nbatchSize = 50\nbatchTimeout = 2000'
    const sinks = { k1: `${avroSink('x')}\nmaxBackoffSleep = 9000`, k2: avroSink('y') }
    const processor = group(
      'load_balance',
      '\nsinkgroups.g.processor.backoff = true\nsinkgroups.g.processor.selector.maxTimeOut = 7000',
    )
    const bench = new CommandBench(t, { 'a.conf': agent('a', exec, memory, sinks, processor) })
    const { output } = await plan(bench, 'a.conf', '--rate', 'r=100x100')
    assert.equal(
      output.slice(output.indexOf('Delays')),
      `Delays
  a.r gathers 50 events, for 2 s at most: 500 ms at this rate
  a.k1, a.k2: after a failure a pause of 1 s, at most 9 s; a sink that failed is left alone for 7 s at most
`,
    )
  })

  test('a channel that gives up its oldest events says so', async (t) => {
    const channel = 'type = file\ncheckpointDir = x\ndataDirs = y\nwhenFull = drop_oldest'
    const bench = new CommandBench(t, { 'a.conf': agent('a', netcat, channel, { k: 'type = null' }) })
    const { channels } = await json(bench, 'a.conf', '--rate', 'r=1x100', '--disk', 'c=2GiB')
    assert.equal(channels[0]?.whenFull, 'gives up its oldest events')
  })

  test('sinks on one channel without a group add up, and at worst one of them is down', async (t) => {
    const bench = new CommandBench(t, { 'a.conf': agent('a', netcat, memory, two) })
    const limits = ['--limit', 'k1=100/s', '--limit', 'k2=50/s']
    const { bottleneck, overloadsAtWorst } = await json(bench, 'a.conf', '--rate', 'r=120x100', ...limits)
    assert.deepEqual([bottleneck?.id, bottleneck?.limit, bottleneck?.carriesTimesTheRates], ['a.c', 150, 1.25])
    assert.deepEqual(
      overloadsAtWorst.map(({ id, carries, limit }) => [id, carries, limit]),
      [['a.c', 120, 50]],
    )
    assert.deepEqual((await json(bench, 'a.conf', '--rate', 'r=40x100', ...limits)).overloadsAtWorst, [])
  })

  test('a batch has no more events than a transaction of the channel', async (t) => {
    const bench = new CommandBench(t, {
      'a.conf': agent('a', netcat, `${memory}\ntransactionCapacity = 50`, { k: 'type = logger' }),
    })
    const { sinks } = await json(bench, 'a.conf', '--rate', 'r=1000x100', '--limit', 'k=20ms')
    assert.deepEqual(column(sinks, 'limitPerSecond'), { 'a.k': 2500 })
  })

  test('a source that makes events at its own rate needs no other', async (t) => {
    const stress = 'type = stress\nmaxEventsPerSecond = 250\nbatchSize = 10'
    const bench = new CommandBench(t, { 'a.conf': agent('a', stress, memory, { k: 'type = null' }) })
    assert.deepEqual(column((await json(bench, 'a.conf')).channels, 'inPerSecond'), { 'a.c': 250 })
  })

  test('files with a comma between them are one configuration, and NAME= gives an agent another name', async (t) => {
    const files = {
      'a.conf': agent('a1', netcat, memory, { k: avroSink('store') }),
      'site.conf': 'a1.channels.c.capacity = 500\n',
      'b.conf': agent('a1', avroSource, memory, { k: 'type = null' }),
    }
    const line = ['-f', 'edge=a.conf,site.conf', '-f', 'store=b.conf', '--rate', 'edge.r=100x100']
    const { channels } = await json(new CommandBench(t, files), ...line)
    assert.deepEqual(column(channels, 'holdsEvents'), { 'edge.c': 500, 'store.c': 10_000 })
    assert.deepEqual(column(channels, 'secondsWithAllBefore'), { 'edge.c': 5, 'store.c': 105 })
  })

  test('-n takes one agent alone', async (t) => {
    const { sources } = await json(new CommandBench(t, tiers), ...allTiers, '-n', 'edge', '--rate', 'r=5x9')
    assert.deepEqual(column(sources, 'eventsPerSecond'), { 'edge.r': 5 })
  })

  describe('says in a line what is wrong and how to mend it:', () => {
    const cases: readonly (readonly [title: string, line: readonly string[], expected: RegExp])[] = [
      ['no file', [], /^there is no configuration; name one or more with -f FILE$/],
      ['a file that is not there', ['-f', 'none.conf'], /^none\.conf:0:0: there is no such file; /],
      [
        'a bad file',
        ['-f', 'bad.conf'],
        /^bad\.conf:11:1: b\.sinks\.k\.type: there is no sink of type "loger"; did you mean logger\?$/,
      ],
      [
        'a rate that is missing',
        ['-f', 'edge.conf'],
        /^no rate is given for edge\.r; add --rate edge\.r=1000\/s, or 0\/s where nothing comes$/,
      ],
      [
        'a rate that is none',
        ['-f', 'edge.conf', '--rate', 'r=fast'],
        /^--rate r=fast: "fast" is not a rate, such as 5000\/s/,
      ],
      [
        'a name that is none',
        ['-f', 'edge.conf', '--rate', 'edge.t=5'],
        /^--rate edge\.t=5: nothing has the name edge\.t; did you mean edge\.r\?$/,
      ],
      [
        'a name of several',
        [...allTiers, '--rate', 'r=5'],
        /^--rate r=5: several have the name r; say which: edge\.r, one\.r, two\.r, store\.r$/,
      ],
      [
        'a name without a value',
        ['-f', 'edge.conf', '--rate', '5'],
        /^--rate 5: write NAME=VALUE, where the value is a rate/,
      ],
      [
        'a thing said twice',
        ['-f', 'edge.conf', '--rate', 'r=5', '--rate', 'edge.r=6'],
        /^--rate edge\.r=6: edge\.r has one already; /,
      ],
      [
        'an agent in two files',
        ['-f', 'edge.conf', '-f', 'edge.conf'],
        /^-f edge\.conf: agent edge is in edge\.conf already; call it otherwise: -f NAME=edge\.conf$/,
      ],
      [
        'an agent that is none',
        ['-f', 'edge.conf', '-n', 'egde'],
        /^--agent egde: there is no such agent; there is edge$/,
      ],
      [
        'a channel without a share',
        ['-f', 'edge.conf', '--rate', 'r=5', '--share', 'r=d:1'],
        /^--share edge\.r: it has no channel d; its channels are c$/,
      ],
      [
        'a disk of memory',
        ['-f', 'edge.conf', '--rate', 'r=5', '--disk', 'c=5GiB'],
        /^--disk edge\.c: this channel keeps no files; leave it out$/,
      ],
      [
        'an outage without a unit',
        ['-f', 'edge.conf', '--rate', 'r=5', '--outage', '5'],
        /^--outage 5: write a time, such as 90m or 1h$/,
      ],
      [
        'a batch of a source',
        ['-f', 'edge.conf', '--rate', 'r=5', '--limit', 'r=5ms'],
        /^--limit edge\.r: a source has a rate, such as 2000\/s, not a time$/,
      ],
      ['a circle', ['-f', 'ring.conf', '--rate', 'r=5'], /^events go round for ever: ring\.r -> ring\.r; /],
    ]
    for (const [title, line, expected] of cases) {
      test(title, async (t) => {
        const files = {
          ...tiers,
          'bad.conf': agent('b', netcat, memory, { k: 'type = loger' }).replace(
            'byteCapacity = 100MB',
            'keep-alive = 3',
          ),
          'ring.conf': agent('ring', avroSource, memory, { k: avroSink('ring') }),
        }
        const found = await complaints(t, files, ...line)
        assert.match(found[0] ?? '', expected)
        // The second one is of the channel that has no share.
        assert.equal(found.length, title === 'a channel without a share' ? 2 : 1)
      })
    }
  })
})

const foundingReport = `Sources
  SOURCE  EVENTS  BYTES       AT WORST  LIMIT  USE  FROM
  ------  ------  -----       --------  -----  ---  ----
  a1.r1   100/s   1.95 KiB/s  -         -      -    outside

Channels; LASTS: from empty to full while the sinks are down; IN ALL: with the channels before it
  CHANNEL  IN     OUT   FULL IN  HOLDS           LASTS  IN ALL  AND THEN
  -------  --     ---   -------  -----           -----  ------  --------
  a1.c1    100/s  50/s  20 s     1000 by events  10 s   10 s    a1.r1 waits

Sinks
  SINK   EVENTS  AT WORST  LIMIT  USE    BATCH  WITHIN  TO
  ----   ------  --------  -----  ---    -----  ------  --
  a1.k1  100/s   -         50/s   200 %  100    1 s     outside

Bottleneck
  a1.c1 -> k1: it must pass 100/s and can pass 50/s; the whole carries 50 % of these rates

After its sinks were down for 1 m
  CHANNEL  HOLDS  BEFORE IT  OUTSIDE  CAUGHT UP AFTER
  -------  -----  ---------  -------  ---------------
  a1.c1    1000   0          5000     never

Delays
  a1.k1: after a failure a pause of 1 s, at most 5 s
`

const tiersReport = `Sources
  SOURCE      EVENTS  BYTES       AT WORST  LIMIT   USE    FROM
  ------      ------  -----       --------  -----   ---    ----
  edge.r ×50  100/s   29.3 KiB/s  -         -       -      outside
  one.r       0/s     0 B/s       5000/s    -       -      edge.k1 ×50
  two.r       5000/s  1.43 MiB/s  -         4000/s  125 %  edge.k2 ×50
  store.r     5000/s  1.43 MiB/s  -         -       -      one.k, two.k

Channels; LASTS: from empty to full while the sinks are down; IN ALL: with the channels before it
  CHANNEL     IN      OUT     FULL IN   HOLDS           LASTS     IN ALL    AND THEN
  -------     --      ---     -------   -----           -----     ------    --------
  edge.c ×50  100/s   80/s    8 m 20 s  10 k by events  1 m 40 s  1 m 40 s  edge.r waits
  one.c       0/s     0/s     -         10 k by events  -         -         edge.g turns to its
                                                                            other sinks
  two.c       4000/s  4000/s  -         10 k by events  2 s       1 m 42 s  edge.g turns to its
                                                                            other sinks
  store.c     4000/s  4000/s  -         10 k by events  2 s       1 m 44 s  one.c fills, two.c fills

Sinks
  SINK         EVENTS  AT WORST  LIMIT   USE   BATCH  WITHIN  TO
  ----         ------  --------  -----   ---   -----  ------  --
  edge.k2 ×50  100/s   -         -       -     100    1 s     two.r
  edge.k1 ×50  0/s     100/s     -       -     100    1 s     one.r
  one.k        0/s     5000/s    -       -     100    -       store.r
  two.k        5000/s  -         -       -     100    20 ms   store.r
  store.k      5000/s  -         6000/s  83 %  100    20 ms   outside

Bottleneck
  two.r: it must pass 5000/s and can pass 4000/s; the whole carries 80 % of these rates

After its sinks were down for 2 m
  CHANNEL     HOLDS  BEFORE IT  OUTSIDE  CAUGHT UP AFTER
  -------     -----  ---------  -------  ---------------
  edge.c ×50  10 k   0          2000     never
  one.c       0      0          0        -
  two.c       10 k   500 k      90 k     never
  store.c     10 k   510 k      80 k     never

Delays
  edge.k1, edge.k2: after a failure a pause of 1 s, at most 5 s; a sink that failed is left alone for 30 s at most
  one.k: after a failure a pause of 1 s, at most 5 s
  two.k: after a failure a pause of 1 s, at most 5 s
  store.k: after a failure a pause of 1 s, at most 5 s
`
