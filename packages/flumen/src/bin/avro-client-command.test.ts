import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, type TestContext, test } from 'node:test'
import avroSource from '../components/sources/avro/avro.ts'
import thriftSource from '../components/sources/thrift/thrift.ts'
import { ChannelFullError } from '../core/index.ts'
import { createForTest, type Harness, refuse } from '../testing/harness.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { CommandBench, freePort, type Running } from './command-bench.ts'

interface Server {
  readonly source: Harness<'source'>
  readonly port: string
  isFull: boolean
  readonly stop: () => Promise<void>
}

async function server(t: TestContext, port = 0, onPut: (made: number) => void = () => undefined): Promise<Server> {
  const state = { isFull: false }
  let made = 0
  const source = await createForTest(
    avroSource,
    { bind: '127.0.0.1', port: String(port) },
    {
      onPut: () => {
        if (state.isFull) refuse(new ChannelFullError('no room'))
        onPut(++made)
      },
    },
  )
  await source.instance.start()
  const stop = (): Promise<void> => source.instance.stop(0)
  t.after(stop)
  return Object.assign(state, { source, stop, port: portOf(source) })
}

function portOf({ observed }: Harness<'source'>): string {
  return /:(\d+)$/.exec(String(observed.lines.find(({ message }) => message === 'Listening.')!.facts.address))![1]!
}

function to(port: string, ...more: readonly string[]): readonly string[] {
  return ['avro-client', '-H', '127.0.0.1', '-p', port, ...more]
}

function numbered(count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('')
}

/** Reads as lines; what the command says without its name. */
async function ended({ io, status }: Running): Promise<{ status: number; said: readonly string[] }> {
  const result = await status
  assert.equal(io.listeners, 0)
  return { status: result, said: io.stderr.lines.map((line) => line.replace(/^flume-ng avro-client: /, '')) }
}

describe('flume-ng avro-client', () => {
  test('sends the lines of a file as events, five a request, with headers of a file', async (t) => {
    const there = await server(t)
    const bench = new CommandBench(t, { 'a.log': 'one\r\n\n żółw\rlast', 'headers.properties': 'k = v\nother: w\n' })
    const { status, said } = await ended(bench.flumeNg(to(there.port, '-F', 'a.log', '-R', 'headers.properties')))
    assert.deepEqual([status, said], [0, ['4 events stored']])
    assert.deepEqual(there.source.bodies(), ['one', '', ' żółw', 'last'])
    for (const { headers } of there.source.observed.puts.flatMap((batch) => [...batch])) {
      assert.deepEqual(Object.fromEntries(headers), { k: 'v', other: 'w' })
    }
    const before = there.source.observed.puts.length
    writeFileSync(join(bench.folder, 'b.log'), numbered(12))
    await ended(bench.flumeNg(to(there.port, '--filename', 'b.log')))
    assert.deepEqual(
      there.source.observed.puts.slice(before).map(({ length }) => length),
      [5, 5, 2],
    )
  })

  test('without a file it sends standard input, chunk by chunk, and reads on only when that is stored', async (t) => {
    let read = 0
    let stored = 0
    let most = 0
    const there = await server(t, 0, (made) => {
      stored = (made - 1) * 5
    })
    const chunk = Buffer.from(numbered(200))
    async function* chunks(): AsyncGenerator<Buffer> {
      for (; read < 20; read++) {
        most = Math.max(most, read * 200 - stored)
        yield chunk
      }
    }
    const stdin = (): Readable => Readable.from(chunks(), { objectMode: false, highWaterMark: 1000 })
    const { status, said } = await ended(new CommandBench(t).flumeNg(to(there.port), { stdin }))
    assert.deepEqual([status, said], [0, ['4000 events stored']])
    assert.ok(most <= 1000, `${most} lines were read and not stored`)
    assert.deepEqual(there.source.bodies(), Array(20).fill(numbered(200).trimEnd().split('\n')).flat())
  })

  test('a client of any type comes from a properties file, whose batch-size counts', async (t) => {
    const source = await createForTest(thriftSource, { bind: '127.0.0.1', port: '0' })
    await source.instance.start()
    t.after(() => source.instance.stop(0))
    const bench = new CommandBench(t, {
      'client.properties': `client.type=thrift\nhosts=h1\nhosts.h1=127.0.0.1:${portOf(source)}\nbatch-size=3\n`,
      'a.log': numbered(7),
    })
    const { status } = await ended(bench.flumeNg(['avro-client', '-P', 'client.properties', '-F', 'a.log']))
    assert.equal(status, 0)
    assert.deepEqual(
      source.observed.puts.map(({ length }) => length),
      [3, 3, 1],
    )
  })

  test('after a failure it goes on from the first event that is not stored: each is there once', async (t) => {
    const port = await freePort()
    const first: Server = await server(t, port, (made) => {
      if (made < 4) return
      first.isFull = true
      refuse(new ChannelFullError('no room'))
    })
    const bench = new CommandBench(t, { 'a.log': numbered(100) })
    const running = bench.flumeNg(to(String(port), '-F', 'a.log'))
    await running.io.stderr.until(/tries again for up to 60 s: .*FAILED/)
    await first.stop()
    const second = await server(t, port)
    const { status, said } = await ended(running)
    assert.deepEqual([status, said.slice(1)], [0, ['the other side accepts events again', '100 events stored']])
    assert.deepEqual(`${[...first.source.bodies(), ...second.source.bodies()].join('\n')}\n`, numbered(100))
  })

  test('it gives up after a while with status 1, and says which line is the first that is not stored', async (t) => {
    const clock = new ManualClock()
    const there = await server(t, 0, (made) => {
      if (made === 3) there.isFull = true
    })
    const bench = new CommandBench(t, { 'a.log': numbered(100) })
    const running = bench.flumeNg(to(there.port, '-F', 'a.log', '--give-up-after', '30s'), { clock })
    let status: number | undefined
    void running.status.then((result) => {
      status = result
    })
    const begun = clock.monotonic()
    while (status === undefined) {
      await settle()
      await clock.advance(50)
    }
    assert.ok(clock.monotonic() - begun >= 30_000)
    const { said } = await ended(running)
    assert.equal(status, 1)
    assert.match(said.at(-2)!, /^nothing was accepted for 30 s: .*FAILED/)
    assert.equal(said.at(-1), '15 events stored; the rest begins with line 16: tail -n +16')
    assert.equal(there.source.bodies().length, 15)

    const dead = await freePort()
    const impatient = await ended(bench.flumeNg(to(String(dead), '-F', 'a.log', '--give-up-after', '0')))
    assert.equal(impatient.status, 1)
    assert.match(impatient.said[0]!, /no connection to .*ECONNREFUSED/)
    assert.match(impatient.said[1]!, /^0 events stored; the rest begins with line 1:/)
  })

  test('a signal ends it with status 1, while it reads and while it tries again', async (t) => {
    const there = await server(t)
    const bench = new CommandBench(t, { 'a.log': numbered(10) })
    const input = new Readable({ read: () => undefined })
    input.push(numbered(5))
    const reading = bench.flumeNg(to(there.port), { stdin: () => input })
    await there.source.stored(5)
    input.push('one more\n')
    await there.source.stored(6)
    reading.io.signal('SIGTERM')
    const first = await ended(reading)
    assert.deepEqual([first.status, first.said[0]], [1, 'stopped'])
    assert.match(first.said[1]!, /^(?:5 events stored, and perhaps the next 1;|6 events stored;)/)

    there.isFull = true
    const trying = bench.flumeNg(to(there.port, '-F', 'a.log'))
    await trying.io.stderr.until(/tries again/)
    trying.io.signal('SIGINT')
    const second = await ended(trying)
    assert.deepEqual([second.status, second.said[1]], [1, 'stopped'])
  })

  test('the files of a folder are sent and renamed; after a failure the next run goes on within the file', async (t) => {
    const there = await server(t)
    const bench = new CommandBench(t)
    const folder = join(bench.folder, 'spool')
    mkdirSync(folder)
    writeFileSync(join(folder, 'a'), numbered(20))
    writeFileSync(join(folder, 'b'), `${'x'.repeat(5000)}\n`)
    writeFileSync(join(folder, 'c.COMPLETED'), 'not again\n')
    const whole = await ended(bench.flumeNg(to(there.port, '--dirname', 'spool')))
    assert.deepEqual([whole.status, whole.said], [0, ['21 events stored; 2 files done']])
    assert.deepEqual(
      [...there.source.bodies()].sort(),
      [...numbered(20).trimEnd().split('\n'), 'x'.repeat(5000)].sort(),
    )
    const names = (): readonly string[] => readdirSync(folder).filter((name) => !name.startsWith('.'))
    assert.deepEqual(names(), ['a.COMPLETED', 'b.COMPLETED', 'c.COMPLETED'])

    writeFileSync(join(folder, 'd'), numbered(20))
    const limited = await server(t, 0, (made) => {
      if (made === 2) limited.isFull = true
    })
    const failed = await ended(bench.flumeNg(to(limited.port, '--dirname', 'spool', '--give-up-after', '0')))
    assert.equal(failed.status, 1)
    assert.equal(failed.said.at(-1), '10 events stored; the same command goes on with the rest')
    limited.isFull = false
    const rest = await ended(bench.flumeNg(to(limited.port, '--dirname', 'spool')))
    assert.deepEqual([rest.status, rest.said], [0, ['10 events stored; 1 file done']])
    assert.equal(`${limited.source.bodies().join('\n')}\n`, numbered(20))
    assert.deepEqual(names(), ['a.COMPLETED', 'b.COMPLETED', 'c.COMPLETED', 'd.COMPLETED'])
  })

  test('an event that never fits ends it at its line', async (t) => {
    const source = await createForTest(thriftSource, { bind: '127.0.0.1', port: '0' })
    await source.instance.start()
    t.after(() => source.instance.stop(0))
    const bench = new CommandBench(t, {
      'client.properties': `client.type=thrift\nhosts=h1\nhosts.h1=127.0.0.1:${portOf(source)}\nmaxRequestSize=2048\n`,
      'a.log': `${numbered(7)}${'x'.repeat(4000)}\nafter\n`,
    })
    const { status, said } = await ended(bench.flumeNg(['avro-client', '-P', 'client.properties', '-F', 'a.log']))
    assert.equal(status, 1)
    assert.match(said[0]!, /^event 8 is never accepted: .*maxRequestSize/)
    assert.match(said[1]!, /^7 events stored; the rest begins with line 8:/)
  })

  test('wrong usage is told in one go, with status 2', async (t) => {
    const bench = new CommandBench(t, { 'bad.properties': 'hosts=h1\nhosts.h1=nowhere\nbatchsize=3\n' })
    const cases: readonly (readonly [line: readonly string[], said: readonly string[]])[] = [
      [
        ['-F', 'a', '--dirname', 'b', '--hosst', 'x', '--give-up-after', 'soon'],
        [
          'unknown option --hosst; did you mean --host?',
          'nothing is done with x',
          '--filename (-F) and --dirname cannot go together',
          '--host (-H) is needed, or --rpcProps (-P)',
          '--port (-p) is needed, or --rpcProps (-P)',
          '--give-up-after: "soon" is not a duration; write 30 s, for example',
        ],
      ],
      [
        ['-H', 'localhost', '-p', 'x'],
        ['--host and --port: "localhost:x" is not an address; write HOST:PORT, such as collector:4141'],
      ],
      [
        ['-P', 'bad.properties'],
        [
          'bad.properties: hosts.h1: "nowhere" is not an address; write HOST:PORT, such as collector:4141',
          'bad.properties: batchsize: no client has this key; did you mean batch-size?',
        ],
      ],
    ]
    for (const [line, said] of cases) {
      const result = await ended(bench.flumeNg(['avro-client', ...line]))
      assert.equal(result.status, 2)
      assert.deepEqual(result.said.slice(0, -1), said)
    }
    const missing = await ended(bench.flumeNg(['avro-client', '-P', 'none.properties']))
    assert.deepEqual(
      [missing.status, missing.said[0]!.slice(0, 46)],
      [2, '--rpcProps: none.properties cannot be read: EN'],
    )
    const noFile = await ended(bench.flumeNg(to('1', '-F', 'none.log')))
    assert.deepEqual([noFile.status, /ENOENT/.test(noFile.said[0]!)], [1, true])
    const noFolder = await ended(bench.flumeNg(to('1', '--dirname', 'none')))
    assert.deepEqual([noFolder.status, /none.*ENOENT/.test(noFolder.said[0]!)], [1, true])
  })

  test('shows its help, and the command for a dry run', async (t) => {
    const bench = new CommandBench(t)
    const { io, status } = bench.flumeNg(['avro-client', '-h'])
    assert.equal(await status, 0)
    for (const option of [
      '-P, --rpcProps FILE',
      '-H, --host',
      '-p, --port',
      '-F, --filename',
      '--dirname',
      '-R, --headerFile',
    ]) {
      assert.ok(io.stdout.text.includes(option), option)
    }
    const dry = bench.flumeNg(to('4141', '-d', '-F', 'a b'))
    assert.equal(await dry.status, 0)
    assert.match(dry.io.stdout.text, / avro-client -H 127\.0\.0\.1 -p 4141 -F 'a b'\n$/)
  })
})
