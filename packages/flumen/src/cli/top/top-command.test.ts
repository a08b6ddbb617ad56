import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommandBench, founding as foundingFile, freePort } from '../../bin/command-bench.ts'
import { founding, serve, serveReadings } from '../../bin/scripted-agent.ts'
import { readingForTest, sinkReading } from '../../testing/reading.ts'

describe('flumen top', () => {
  test('--once prints one reading as plain text', async (t) => {
    const port = await serveReadings(t, () => founding())
    const { io, status } = new CommandBench(t).flumen(['top', `127.0.0.1:${port}`, '--once'])
    assert.equal(await status, 0)
    assert.match(io.stdout.text, /^a1 {2}ready · /)
    assert.match(io.stdout.text, /^c1 .*\+50\/s, full in 20 s$/m)
    assert.doesNotMatch(io.stdout.text, /\x1b/)
    assert.equal(io.stderr.text, '')
  })

  test('--once --json prints one object for scripts', async (t) => {
    const port = await serveReadings(t, () => founding())
    const { io, status } = new CommandBench(t).flumen(['top', '--url', `http://127.0.0.1:${port}`, '--once', '--json'])
    assert.equal(await status, 0)
    assert.equal(io.stdout.lines.length, 1)
    const flow = JSON.parse(io.stdout.text) as Record<string, Record<string, unknown>[]>
    assert.equal(flow.agent, 'a1')
    const { name, inPerSecond } = flow.sources![0]!
    assert.deepEqual({ name, inPerSecond }, { name: 'r1', inPerSecond: 100 })
    const { size, capacity, fill, outPerSecond, growthPerSecond, secondsUntilFull, secondsUntilEmpty } =
      flow.channels![0]!
    assert.deepEqual(
      { size, capacity, fill, outPerSecond, growthPerSecond, secondsUntilFull, secondsUntilEmpty },
      {
        size: 0,
        capacity: 1000,
        fill: 0,
        outPerSecond: 50,
        growthPerSecond: 50,
        secondsUntilFull: 20,
        secondsUntilEmpty: null,
      },
    )
    assert.equal(flow.sinks![0]!.delivered, 9)
  })

  test('JSON holds nothing that a terminal obeys', async (t) => {
    const port = await serveReadings(t, () => readingForTest({ agent: '\x1b[2J\x9b31m\u202e' }))
    const { io, status } = new CommandBench(t).flumen(['top', String(port), '--once', '--json'])
    assert.equal(await status, 0)
    assert.doesNotMatch(io.stdout.text.trimEnd(), /[\p{Cc}\p{Cf}]/u)
    assert.equal((JSON.parse(io.stdout.text) as { agent: string }).agent, '\x1b[2J\x9b31m\u202e')
  })

  test('not on a terminal it prints a block a refresh until it is stopped', async (t) => {
    let seconds = 0
    const port = await serveReadings(t, () => founding(seconds++))
    const { io, status } = new CommandBench(t).flumen(['top', String(port), '--interval=0.2'])
    await io.stdout.until(/full in 20 s[\s\S]*\n\na1 [\s\S]*full in 19 s[\s\S]*\n\na1 [\s\S]*full in 18 s/)
    io.signal('SIGINT')
    assert.equal(await status, 0)
    assert.equal(io.listeners, 0)
  })

  test('--json without --once prints an object a line', async (t) => {
    const port = await serveReadings(t, () => founding())
    const { io, status } = new CommandBench(t).flumen(['top', String(port), '--json', '-i', '0.2'], { isTTY: true })
    await io.stdout.until(/\n.*\n/)
    io.signal('SIGTERM')
    assert.equal(await status, 0)
    for (const line of io.stdout.lines) assert.equal((JSON.parse(line) as { agent: string }).agent, 'a1')
  })

  test('an agent that goes away is told of and waited for', async (t) => {
    let isBroken = false
    const port = await serveReadings(t, () => (isBroken ? {} : founding()))
    const { io, status } = new CommandBench(t).flumen(['top', String(port), '--interval=0.2'])
    await io.stdout.until(/SINKS/)
    isBroken = true
    await io.stderr.until(/flumen top: no answer for \d+ s: what .* is no reading of an agent/)
    isBroken = false
    const { length } = io.stdout.text
    await io.stdout.until(new RegExp(`[\\s\\S]{${length}}[\\s\\S]*SINKS`))
    io.signal('SIGINT')
    assert.equal(await status, 0)
  })

  test('an agent that cannot be reached is status 1 with what to look at', async (t) => {
    const port = await freePort()
    const { io, status } = new CommandBench(t).flumen(['top', `localhost:${port}`])
    assert.equal(await status, 1)
    assert.match(io.stderr.lines[0]!, /^flumen top: no agent answers at localhost:\d+: the connection is refused$/)
    assert.match(io.stderr.text, /Is the agent running\?/)
    assert.match(io.stderr.text, /flume\.monitoring\.port/)
  })

  test('a signal ends the wait for an agent that does not answer', async (t) => {
    const asked = Promise.withResolvers<void>()
    const port = await serve(t, () => asked.resolve())
    const { io, status } = new CommandBench(t).flumen(['top', String(port)])
    await asked.promise
    io.signal('SIGINT')
    assert.equal(await status, 1)
    assert.equal(io.stderr.text, '')
  })

  test('the monitoring of a real agent is understood', async (t) => {
    const [port, monitoring] = [await freePort(), await freePort()]
    const bench = new CommandBench(t, { 'a.conf': `${foundingFile(port)}a1.flumen.monitoring.port = ${monitoring}\n` })
    const agent = bench.flumen(['agent', 'a.conf'])
    await agent.io.stderr.until(/Agent a1 runs/)
    const { io, status } = bench.flumen(['top', `:${monitoring}`, '--once'])
    assert.equal(await status, 0, io.stderr.text)
    assert.match(io.stdout.text, /^a1 {2}ready · up /)
    assert.match(io.stdout.text, /^r1 +netcat +running +0\/s /m)
    assert.match(io.stdout.text, /^c1 +memory +running .* 0 \/ 1000 {2}idle$/m)
    assert.match(io.stdout.text, /^k1 +logger +running +0\/s /m)
    agent.io.signal('SIGTERM')
    assert.equal(await agent.status, 0)
  })

  test('wrong usage is told at once', async (t) => {
    const bench = new CommandBench(t)
    const cases: readonly (readonly [words: readonly string[], complaint: RegExp])[] = [
      [['a b'], /"a b" is no HOST:PORT and no http URL/],
      [['one', 'two'], /one agent at a time: one, two/],
      [['one', '--url=http://two'], /one agent at a time/],
      [['--interval=0.1'], /--interval takes seconds, 0\.2 to 86400: 0\.1/],
      [['--interval=soon'], /--interval takes seconds/],
      [['--interval='], /--interval/],
    ]
    for (const [words, complaint] of cases) {
      const { io, status } = bench.flumen(['top', ...words])
      assert.equal(await status, 2, words.join(' '))
      assert.match(io.stderr.text, complaint)
    }
  })

  test('a terminal that can do nothing gets plain text', async (t) => {
    const port = await serveReadings(t, () => readingForTest({ sinks: [sinkReading()] }))
    const { io, status } = new CommandBench(t).flumen(['top', String(port)], {
      isTTY: true,
      environment: { TERM: 'dumb' },
    })
    await io.stdout.until(/SINKS/)
    io.signal('SIGINT')
    assert.equal(await status, 0)
    assert.doesNotMatch(io.stdout.text, /\x1b/)
  })
})
