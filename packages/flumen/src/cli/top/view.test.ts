import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { answered, flowOfReading, founding } from '../../bin/scripted-agent.ts'
import { channelReading, readingForTest, sinkReading, sourceReading } from '../../testing/reading.ts'
import { bar } from './channels.ts'
import { sorts } from './components.ts'
import { flowOf } from './flow.ts'
import { History } from './history.ts'
import { paint, widthOf } from './text.ts'
import { linesOf, type View } from './view.ts'

const wide: View = { width: 120, height: Number.POSITIVE_INFINITY, sort: sorts[0], address: 'host:1' }
const keys = { isPaused: false, isHelp: false, intervalSeconds: 1 }

type Readings = Parameters<typeof flowOfReading>[0]

function shown(reading: Readings, view: Partial<View> = {}): string[] {
  return linesOf(flowOfReading(reading), { ...wide, ...view }).map((line) => paint(line, false))
}

/** The line of a component. */
function row(reading: Readings, name: string, view: Partial<View> = {}): string {
  return shown(reading, view).find((line) => line.startsWith(`${name} `)) ?? ''
}

describe('the lines of a flow', () => {
  test('100 in and 50 out a second, where 1000 fit: 50 more a second, full in 20 s', () => {
    const line = row(founding(0), 'c1')
    assert.match(line, / 100\/s {2}50\/s .* 0 % +0 \/ 1000 {2}\+50\/s, full in 20 s$/)
    assert.match(row(founding(12), 'c1'), / 60 % +600 \/ 1000 {2}\+50\/s, full in 8 s$/)
  })

  test('the founding flow stands there as a whole', () => {
    const process = { ...readingForTest().process, uptimeSeconds: 192, cpuSeconds: 23.04, residentBytes: 88_200_000 }
    assert.deepEqual(shown(founding(10, { process }), { width: 100 }), [
      'a1  ready · up 3 m 12 s · cpu 12 % · memory 84.1 MiB · loop lag 15 ms · Flumen 1.2.3          host:1',
      '─'.repeat(100),
      'SOURCES   TYPE    STATE       IN   RECEIVED  BLOCKED  TO',
      'r1        netcat  running  100/s       1000      1 s  c1',
      '',
      'CHANNELS  TYPE    STATE       IN   OUT  FILL                        HELD / FITS  TREND',
      'c1        memory  running  100/s  50/s  ━━━━━━━━━╸─────────   50 %   500 / 1000  +50/s, full in 10 s',
      '',
      'SINKS     TYPE    STATE      OUT  DELIVERED  AGE P50    P99  RETRIES  FAILED  LAST OK  FROM',
      'k1        logger  running   50/s          9   6.1 ms  1.0 s        0       0      now  c1',
    ])
  })

  test('a channel says in words where it goes', () => {
    const trends: readonly (readonly [parts: Parameters<typeof channelReading>[0], trend: RegExp])[] = [
      [{ growthPerSecond: 0, secondsUntilFull: null }, / steady$/],
      [{ growthPerSecond: -20, secondsUntilFull: null, secondsUntilEmpty: 3 }, / -20\/s, empty in 3 s$/],
      [{ growthPerSecond: 0.01, secondsUntilFull: 864_000 }, / \+0\.01\/s$/],
      [{ size: 8, fill: 1, secondsUntilFull: null }, / full$/],
      [{ inPerSecond: 0, outPerSecond: 0, secondsUntilFull: null, size: 0 }, / idle$/],
      [
        { inPerSecond: 0, outPerSecond: 0, secondsUntilFull: null, secondsSinceProgress: 192 },
        / nothing taken for 3 m 12 s$/,
      ],
      [{ inPerSecond: 0, outPerSecond: 0, secondsUntilFull: null, secondsSinceProgress: null }, / nothing taken yet$/],
    ]
    for (const [parts, trend] of trends) {
      assert.match(row(readingForTest({ channels: [channelReading(parts)] }), 'c1'), trend)
    }
  })

  test('a full channel says for how long, from the health of the agent or from what was seen', () => {
    const full = founding(20)
    const since = full.at - 12_000
    const problem = { component: 'channel c1', problem: 'full', message: 'channel c1 is full', since } as const
    const health = { live: true, ready: false, problems: [problem], warnings: [] }
    assert.match(row({ ...full, health }, 'c1'), / full for 12 s$/)

    const history = new History()
    history.add(answered(founding(19)))
    history.add(answered(founding(20)))
    const flow = history.add(answered(founding(32)))
    assert.equal(flow.channels[0]?.secondsFull, 12)
    assert.equal(history.add(answered(founding(5))).channels[0]?.secondsFull, null)
  })

  test('problems and warnings are sentences at the top, and their components come first', () => {
    const reading = readingForTest({
      sinks: [sinkReading(), sinkReading({ name: 'k2' }), sinkReading({ name: 'k3', state: 'failed' })],
      health: {
        live: true,
        ready: false,
        problems: [{ component: 'sink k3', problem: 'not-running', message: 'disk gone', since: 0 }],
        warnings: [{ component: 'sink k2', problem: 'losing', message: 'Sink k2 lost 3 events', since: 0 }],
      },
    })
    const lines = shown(reading)
    assert.match(lines[0]!, /^a1 {2}not ready · /)
    assert.deepEqual(lines.slice(2, 4), ['PROBLEM  sink k3: disk gone', 'WARNING  Sink k2 lost 3 events'])
    assert.deepEqual(namesIn(lines), ['k3', 'k2', 'k1'])
    assert.deepEqual(namesIn(shown(reading, { sort: 'by name' })), ['k1', 'k2', 'k3'])
  })

  test('the busiest components come first where that is asked for', () => {
    const sinks = [1, 30, 7].map((outPerSecond, index) => sinkReading({ name: `k${index}`, outPerSecond }))
    assert.deepEqual(namesIn(shown(readingForTest({ sinks }), { sort: 'busiest first' })), ['k1', 'k2', 'k0'])
    assert.deepEqual(namesIn(shown(readingForTest({ sinks }))), ['k0', 'k1', 'k2'])
  })

  test('what is odd about a component stands below it, and nothing where nothing is', () => {
    const at = readingForTest().at
    const lastFailure = { at: at - 2000, code: 'X', message: 'connection refused' }
    const source = sourceReading({
      dropped: { rejected: 12, unrouted: 0, filtered: 3 },
      channelFull: 1,
      isBlocked: true,
    })
    const failing = sinkReading({ failuresInRow: 4, lastFailure, secondsSinceSuccess: null, deadLettered: 5 })
    const lines = shown(readingForTest({ sources: [source], sinks: [failing] }))
    assert.match(lines.find((line) => line.startsWith('r1 '))!, / now, 1 s {2}c1$/)
    assert.ok(lines.includes('└ dropped: 12 rejected · 3 filtered · refused by a full channel 1 time'))
    assert.match(lines.find((line) => line.startsWith('k1 '))!, / failing .* never {2}c1$/)
    assert.ok(lines.includes('└ connection refused (4 failures in a row, the last 2 s ago) · 5 in the dead letters'))
    assert.equal(shown(founding()).filter((line) => line.startsWith('└')).length, 0)
  })

  test('a failure whose words stand at the top is not told again', () => {
    const { at } = readingForTest()
    const lastFailure = { at: at - 2000, code: 'X', message: 'connection refused' }
    const problem = { component: 'sink k1', problem: 'failing', message: 'dead: connection refused', since: 0 } as const
    const lines = shown(
      readingForTest({
        sinks: [sinkReading({ failuresInRow: 4, lastFailure })],
        health: { live: true, ready: false, problems: [problem], warnings: [] },
      }),
    )
    assert.ok(lines.includes('└ delivery failed: 4 failures in a row, the last 2 s ago'))
  })

  test('event ages are of what was delivered lately, and of all at first', () => {
    const { at } = readingForTest()
    const sinkWith = (counts: readonly number[]): ReturnType<typeof sinkReading> =>
      sinkReading({ eventAgeSeconds: { bounds: [1, 2], counts, sum: 0, count: 1 } })
    const past = answered(readingForTest({ at, sinks: [sinkWith([100, 0, 0])] }))
    const now = answered(readingForTest({ at: at + 5000, sinks: [sinkWith([100, 100, 0])] }))
    assert.equal(flowOf(now).sinks[0]?.eventAgeP50Seconds, 1)
    assert.equal(flowOf(now, { past }).sinks[0]?.eventAgeP50Seconds, 1.5)
    assert.equal(flowOf(past, { past }).sinks[0]?.eventAgeP50Seconds, null)
  })

  test('an agent that no longer answers is told of first, and what was last seen stays', () => {
    const lines = shown(founding(), { silence: { seconds: 12, why: 'refused' } })
    assert.equal(lines[2], 'SILENCE  no answer for 12 s: refused')
    assert.match(lines.join('\n'), /full in 20 s/)
  })

  test('a long sentence takes two lines at most', () => {
    const message = 'word '.repeat(50)
    const problem = { component: 'agent a1', problem: 'stalled', message, since: 0 } as const
    const health = { live: true, ready: false, problems: [problem], warnings: [] }
    const lines = shown(founding(0, { health }), { width: 60 }).slice(2, 5)
    assert.match(lines[0]!, /^PROBLEM {2}agent a1: word/)
    assert.match(lines[1]!, /^ {9}word .*…$/)
    assert.equal(lines[2], '')
  })
})

describe('the lines on a terminal', () => {
  test('where components do not fit, the last line of a table counts the rest', () => {
    const sinks = Array.from({ length: 20 }, (_, index) => sinkReading({ name: `k${index}`, lastFailure: null }))
    const lines = shown(founding(0, { sinks }), { height: 24, keys })
    assert.equal(lines.length, 24)
    assert.equal(lines[22], '… 7 more')
    assert.match(lines[23]!, /^ q {2}quit /)
  })

  test('sentences take lines from the tables, and the last table still says what it leaves out', () => {
    const sinks = Array.from({ length: 20 }, (_, index) => sinkReading({ name: `k${index}`, lastFailure: null }))
    const problem = { component: 'agent a1', problem: 'stalled', message: 'stalled', since: 0 } as const
    for (const height of [12, 16, 24, 30]) {
      const health = { live: true, ready: false, problems: Array.from({ length: 9 }, () => problem), warnings: [] }
      const lines = shown(founding(0, { sinks, health }), { height, keys })
      assert.match(lines.find((line) => line.startsWith('… '))!, /^… \d more$/)
      assert.match(lines.at(-2)!, /^… \d+ more$/)
    }
  })

  test('the last line has the keys, and says when the display stands still', () => {
    assert.match(shown(founding(), { height: 24, keys }).at(-1)!, /sort: problems first .* every 1 s$/)
    const paused = { ...keys, isPaused: true }
    assert.match(shown(founding(), { height: 24, keys: paused }).at(-1)!, / p {2}go on .* paused$/)
  })

  test('the help explains keys and columns', () => {
    const lines = shown(founding(), { height: 30, keys: { ...keys, isHelp: true } })
    assert.match(lines.join('\n'), /q, Ctrl-C {2,}quits\.\n/)
    assert.match(lines.join('\n'), /TREND {2,}Growth/)
    assert.match(lines.at(-1)!, /any key {2}back/)
  })

  test('a narrow terminal keeps names, what comes in and out, the trend, and whether sinks work', () => {
    const lines = shown(founding(), { width: 48 })
    assert.match(lines.join('\n'), /^c1 +100\/s +50\/s +\+50\/s, full in 20 s$/m)
    assert.match(lines.join('\n'), /^k1 .*running +50\/s/m)
  })

  test('a bar is as long as asked, and shows something as soon as something is held', () => {
    const text = (fill: number): string => paint(bar(fill, 8), false)
    assert.deepEqual([0, 0.0001, 0.5, 0.99, 1, 7].map(text), [
      '────────',
      '╸───────',
      '━━━━────',
      '━━━━━━━╸',
      '━━━━━━━━',
      '━━━━━━━━',
    ])
  })

  test('no line is wider than the terminal, none is too many, and no name or message controls it', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('\x1b[2J\x1b[31mred', 'a\nb\rc\td', '\x9b31m', 'x'.repeat(300), '箱'.repeat(40), '\u202eevil'),
    )
    const size = fc.integer({ min: 1, max: 200 })
    fc.assert(
      fc.property(
        fc.array(hostile, { minLength: 1, maxLength: 6 }),
        size,
        size,
        fc.boolean(),
        (words, width, height, isLive) => {
          const flow = flowOfReading(hostileReading(words))
          const view: View = { ...wide, width, height, address: words[0]!, ...(isLive ? { keys } : {}) }
          const lines = linesOf(flow, view)
          assert.ok(lines.length <= height)
          for (const line of lines) {
            assert.ok(widthOf(line) <= width)
            assert.doesNotMatch(paint(line, false), /[\p{Cc}\p{Cf}]/u)
            assert.doesNotMatch(paint(line, true).replaceAll(/\x1b\[[\d;]*m/g, ''), /[\p{Cc}\p{Cf}]/u)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})

/** Names of sinks in the order of their lines. */
function namesIn(lines: readonly string[]): string[] {
  return lines.filter((line) => /^k\d /.test(line)).map((line) => line.slice(0, 2))
}

function hostileReading(words: readonly string[]): Readings {
  const [word = ''] = words
  const lastFailure = { at: 0, code: word, message: word }
  return readingForTest({
    agent: word,
    version: word,
    health: {
      live: true,
      ready: false,
      problems: words.map((message) => ({ component: `sink ${word}`, problem: 'failing', message, since: 0 })),
      warnings: [{ component: word, problem: 'losing', message: word, since: 0 }],
    },
    sources: words.map((name) => sourceReading({ name, type: word, channels: words, dropped: { [word]: 3 } })),
    channels: words.map((name) => channelReading({ name, type: word, restarts: 2, lastError: lastFailure })),
    sinks: words.map((name) =>
      sinkReading({ name, type: word, channel: word, group: word, failuresInRow: 2, lastFailure }),
    ),
  })
}
