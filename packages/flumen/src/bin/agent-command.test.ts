import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { defineSource } from '../component/kit.ts'
import { batchOfOne } from '../core/index.ts'
import { componentScope } from '../runtime/supervisor.ts'
import { scriptedSink, scriptedSource } from '../testing/agent-harness.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { CommandBench, founding, freePort, TextClient } from './command-bench.ts'

const scripted = [
  'a1.sources = r1',
  'a1.channels = c1',
  'a1.sinks = k1',
  'a1.sources.r1.type = scripted',
  'a1.sources.r1.channels = c1',
  'a1.channels.c1.type = memory',
  'a1.sinks.k1.type = scripted',
  'a1.sinks.k1.channel = c1',
  '',
].join('\n')

describe('flumen agent', () => {
  test('runs the founding configuration: a line over a socket is answered and logged, and SIGTERM ends it with 0', async (t) => {
    const port = await freePort()
    const bench = new CommandBench(t, { 'example.conf': founding(port) })
    const { io, status } = bench.flumen(['agent', '-n', 'a1', '-f', 'example.conf'])
    await io.stderr.until(
      new RegExp(`Agent a1 runs: r1 \\(netcat, localhost:${port}\\) -> c1 \\(memory\\) -> k1 \\(logger\\)\\.`),
    )
    const client = await TextClient.connect(port)
    client.send('Hello world!\n')
    assert.equal(await client.until(/\n/), 'OK\n')
    await io.stderr.until(/Event: \{ headers:\{\} body: 48 65 6C 6C 6F 20 77 6F 72 6C 64 21 +Hello world! \}/)
    client.close()
    io.signal('SIGTERM')
    assert.equal(await status, 0)
    assert.match(io.stderr.text, /Agent stopped\. agent=a1 received=1 delivered=1\n$/)
    assert.equal(io.stdout.text, '')
    assert.equal(io.listeners, 0)
  })

  test('takes the only agent of a file without being told its name', async (t) => {
    const bench = new CommandBench(t, { 'example.conf': founding(0) })
    const { io, status } = bench.flumen(['agent', 'example.conf'])
    await io.stderr.until(/Agent a1 runs: r1 \(netcat, localhost, any port\)/)
    io.signal('SIGINT')
    assert.equal(await status, 0)
  })

  test('lists the agents there are where none or a wrong one is named, and ends with 2', async (t) => {
    const two = founding(0) + founding(0).replaceAll('a1.', 'web.')
    const bench = new CommandBench(t, { 'one.conf': founding(0), 'two.conf': two })
    const told = async (...line: string[]): Promise<string> => {
      const { io, status } = bench.flumen(['agent', ...line])
      assert.equal(await status, 2, io.stderr.text)
      return io.stderr.lines[0]!
    }
    assert.equal(
      await told('-f', 'two.conf'),
      'two.conf:0:0: there are 2 agents and none is named; add -n: the agents are a1, web',
    )
    assert.equal(await told('-f', 'one.conf', '-n', 'agent'), 'one.conf:0:0: there is no agent agent; the agent is a1')
    assert.equal(
      await told('-f', 'two.conf', '-n', 'wep'),
      'two.conf:0:0: there is no agent wep; did you mean web? the agents are a1, web',
    )
  })

  test('merges several files in order', async (t) => {
    const bench = new CommandBench(t, {
      'base.conf': founding(0),
      'site.conf': 'a1.channels.c1.capacity = 5\na1.channels.c1.transactionCapacity = 7\n',
    })
    const { io, status } = bench.flumen(['agent', '-f', 'base.conf', '-f', 'site.conf'])
    assert.equal(await status, 2)
    assert.match(
      io.stderr.text,
      /^site\.conf:2:1: a1\.channels\.c1\.transactionCapacity: transactionCapacity 7 is larger/,
    )
  })

  test('says every error at once, then how many there are, and does not start', async (t) => {
    const text = founding('x').replace('logger', 'loger').replace('capacity = 1000', 'capcity = 1000')
    const bench = new CommandBench(t, { 'bad.conf': text })
    const { io, status } = bench.flumen(['agent', '-n', 'a1', '-f', 'bad.conf'])
    assert.equal(await status, 2)
    assert.equal(io.stderr.lines.length, 4, io.stderr.text)
    assert.match(io.stderr.lines[0]!, /^bad\.conf:7:1: a1\.sources\.r1\.port: "x" is not a port/)
    assert.match(io.stderr.lines[1]!, /^bad\.conf:8:1: a1\.sinks\.k1\.type: .*did you mean logger\?$/)
    assert.match(io.stderr.lines[2]!, /^bad\.conf:10:1: .*did you mean a1\.channels\.c1\.capacity\?$/)
    assert.match(io.stderr.lines[3]!, /ERROR The agent does not start: 3 errors\.$/)
  })

  test("with --lenient goes Flume's way: what is wrong is dropped with a warning, the rest runs", async (t) => {
    const bench = new CommandBench(t, { 'bad.conf': founding(0).replace('capacity = 1000', 'capcity = 1000') })
    const { io, status } = bench.flumen(['agent', '-f', 'bad.conf', '--lenient'])
    await io.stderr.until(/Agent a1 runs/)
    assert.match(io.stderr.lines[0]!, /^bad\.conf:10:1: warning: a1\.channels\.c1\.capcity: unknown key/)
    io.signal('SIGTERM')
    assert.equal(await status, 0)
  })

  test('does not start with --lenient either where nothing is left to run', async (t) => {
    const bench = new CommandBench(t, { 'bad.conf': founding(0).replace('= memory', '= memroy') })
    const { io, status } = bench.flumen(['agent', '-f', 'bad.conf', '--lenient'])
    assert.equal(await status, 2)
    assert.match(io.stderr.text, /did you mean memory\?/)
  })

  test('names the component whose port is in use, in one line, and ends with 1', async (t) => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    t.after(() => server.close())
    const { port } = server.address() as { port: number }
    const bench = new CommandBench(t, { 'example.conf': founding(port) })
    const { io, status } = bench.flumen(['agent', '-f', 'example.conf'])
    assert.equal(await status, 1)
    const errors = io.stderr.lines.filter((line) => line.includes('ERROR'))
    assert.equal(errors.length, 1, io.stderr.text)
    assert.match(errors[0]!, /Agent a1 cannot start: source r1: .*in use/)
  })

  test('writes nothing but JSON lines with --log-format=json', async (t) => {
    const bench = new CommandBench(t, { 'example.conf': founding(0).replace('capacity = 1000', 'capcity = 1000') })
    const { io, status } = bench.flumen(['agent', 'example.conf', '--lenient', '--log-format=json'])
    await io.stderr.until(/Agent runs/)
    io.signal('SIGTERM')
    assert.equal(await status, 0)
    const lines = io.stderr.lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.deepEqual([lines[0]!.level, lines[0]!.key, lines[0]!.line], ['warn', 'a1.channels.c1.capcity', 10])
    const ready = lines.find(({ message }) => message === 'Agent runs.')
    assert.deepEqual(
      [ready?.agent, ready?.flows],
      ['a1', ['r1 (netcat, localhost, any port) -> c1 (memory) -> k1 (logger)']],
    )
  })

  test('uses colours on a terminal only, and not where NO_COLOR is set', async (t) => {
    const bench = new CommandBench(t, { 'example.conf': founding(0) })
    const coloured = async (options: { isTTY: boolean; environment?: Record<string, string> }): Promise<boolean> => {
      const { io, status } = bench.flumen(['agent', 'example.conf'], options)
      await io.stderr.until(/Agent a1 runs/)
      io.signal('SIGTERM')
      await status
      return io.stderr.text.includes('\u001b[')
    }
    assert.equal(await coloured({ isTTY: true }), true)
    assert.equal(await coloured({ isTTY: false }), false)
    assert.equal(await coloured({ isTTY: true, environment: { NO_COLOR: '1' } }), false)
  })

  test('gives -D to sys: placeholders, and -Dflumen. to the agent-wide settings', async (t) => {
    const bench = new CommandBench(t, { 'example.conf': founding(`\${sys:port}`) })
    const line = ['agent', 'example.conf', '-Dport=0', '-Dflumen.stopTimeout=2']
    const { io, status } = bench.flumen(line)
    await io.stderr.until(/Agent a1 runs/)
    io.signal('SIGTERM')
    assert.equal(await status, 0)
    const wrong = bench.flumen([...line, '-Dflumen.stopTimeuot=2', '-Dflume.monitoring.prot=1'])
    assert.equal(await wrong.status, 2)
    assert.deepEqual(wrong.io.stderr.lines.slice(0, 2), [
      '-D:0:0: a1.flumen.stopTimeuot: unknown key; did you mean a1.flumen.stopTimeout?',
      '-D:0:0: a1.flumen.monitoring.prot: unknown key; did you mean a1.flumen.monitoring.port?',
    ])
  })

  test('takes defaults from flume.opts, the machine-wide one first, and the command line wins', async (t) => {
    const bench = new CommandBench(t, { 'example.conf': founding(0) })
    mkdirSync(join(bench.folder, 'conf'))
    mkdirSync(join(bench.folder, 'etc'))
    const write = (folder: string, text: string): void => writeFileSync(join(bench.folder, folder, 'flume.opts'), text)
    write('conf', 'name = a1\nf = example.conf\nno-reload-conf = yes\n')
    const running = bench.flumen(['agent', '-c', 'conf'])
    await running.io.stderr.until(/Agent a1 runs/)
    running.io.signal('SIGTERM')
    assert.equal(await running.status, 0)
    const named = bench.flumen(['agent', '-c', 'conf', '-n', 'a2'])
    assert.equal(await named.status, 2)
    assert.match(named.io.stderr.text, /there is no agent a2/)
    write('etc', 'nmae = a1\n')
    const wrong = bench.flumen(['agent', '-c', 'conf'])
    assert.equal(await wrong.status, 2)
    assert.match(wrong.io.stderr.text, /etc\/flume\.opts:1:1: unknown option nmae; did you mean --name\?/)
  })

  test('says that flume-env.sh is not run, and that a configuration folder is not there', async (t) => {
    const bench = new CommandBench(t, { 'example.conf': founding(0), 'flume-env.sh': 'export JAVA_HOME=/x' })
    const { io, status } = bench.flumen(['agent', '-c', '.', 'example.conf'])
    await io.stderr.until(/flume-env\.sh is not run/)
    await io.stderr.until(/Agent a1 runs/)
    io.signal('SIGTERM')
    assert.equal(await status, 0)
    const missing = bench.flumen(['agent', '-c', 'cnof', 'example.conf'])
    assert.equal(await missing.status, 2)
    assert.match(missing.io.stderr.text, /there is no folder cnof/)
  })

  test('ends with 2 for options that come later, and says so of each', async (t) => {
    const bench = new CommandBench(t, { 'example.conf': founding(0) })
    const later = ['-u file:x', '-z host', '-p /p', '-prov P', '-a A', '-user U', '-pwd P', '-b dir', '-i 5']
    for (const option of later) {
      const { io, status } = bench.flumen(['agent', '-f', 'example.conf', ...option.split(' ')])
      assert.equal(await status, 2, option)
      assert.match(
        io.stderr.lines[0]!,
        /^flumen agent: --[\w-]+ \(-\w+\) comes with a later version; name a file with -f$/,
      )
    }
  })

  test('a second signal half a second later ends it at once, and events that are left make the status 1', async (t) => {
    const never = Promise.withResolvers<void>()
    const clock = new ManualClock()
    const source = scriptedSource()
    const sink = scriptedSink(() => never.promise)
    const bench = new CommandBench(t, { 'x.conf': scripted }, [source.declaration, sink.declaration])
    const { io, status } = bench.flumen(['agent', 'x.conf'], { clock })
    await io.stderr.until(/Agent a1 runs/)
    await source.contexts.get('r1')!.put(batchOfOne(new TextEncoder().encode('left')))
    io.signal('SIGINT')
    await io.stderr.until(/Stopping/)
    // What stops a process may send a signal to its group, too.
    io.signal('SIGINT')
    await clock.advance(499)
    io.signal('SIGTERM')
    await settle()
    assert.doesNotMatch(io.stderr.text, /Stopped at once/)
    await clock.advance(1)
    io.signal('SIGINT')
    assert.equal(await status, 1)
    assert.match(io.stderr.text, /Stopped at once\. agent=a1 left=1\n/)
    never.resolve()
  })

  test('events that a stop leaves in a channel which does not survive make the status 1', async (t) => {
    const source = scriptedSource()
    const sink = scriptedSink(async (_name, _batch, { signal }) => {
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('given up')))
      })
    })
    const bench = new CommandBench(t, { 'x.conf': scripted }, [source.declaration, sink.declaration])
    const { io, status } = bench.flumen(['agent', 'x.conf', '-Dflumen.stopTimeout=0'])
    await io.stderr.until(/Agent a1 runs/)
    await source.contexts.get('r1')!.put(batchOfOne(new TextEncoder().encode('left')))
    io.signal('SIGTERM')
    assert.equal(await status, 1)
    assert.match(
      io.stderr.text,
      /Events were left in a channel that does not survive the process\. channel=c1 events=1\n/,
    )
  })

  test('a signal before the agent has started stops it as soon as it has', async (t) => {
    const may = Promise.withResolvers<void>()
    const slow = defineSource({
      type: 'slow',
      summary: 'Starts when the test says so.',
      fields: {},
      examples: [],
      create: () => ({ kind: 'event-driven', start: () => may.promise, stop: () => Promise.resolve() }),
    })
    const sink = scriptedSink()
    const text = scripted.replace('r1.type = scripted', 'r1.type = slow')
    const bench = new CommandBench(t, { 'x.conf': text }, [slow, sink.declaration])
    const { io, status } = bench.flumen(['agent', 'x.conf'])
    await io.stderr.until(/Component started.*sink k1/)
    io.signal('SIGTERM')
    may.resolve()
    assert.equal(await status, 0)
    assert.doesNotMatch(io.stderr.text, /Agent a1 runs/)
  })

  test('what nobody caught is a failure of the component in whose code it was thrown', async (t) => {
    let throwInSource = (_throw: () => void): void => undefined
    const source = scriptedSource(() => {
      const scope = componentScope.getStore()!
      throwInSource = (callback) => componentScope.run(scope, callback)
    })
    const sink = scriptedSink()
    const bench = new CommandBench(t, { 'x.conf': scripted }, [source.declaration, sink.declaration])
    const { io, status } = bench.flumen(['agent', 'x.conf', '-Dflumen.restartDelay=0'])
    await io.stderr.until(/Agent a1 runs/)
    throwInSource(() => io.throwUncaught(new Error('out of a callback')))
    await io.stderr.until(/Component failed\. component="source r1" error="out of a callback"/)
    await io.stderr.until(/Component recovered/)
    io.throwUncaught(new Error('out of nowhere'))
    await io.stderr.until(/Nobody caught this error\. error="out of nowhere" thrownAt=/)
    await setImmediate()
    assert.equal(source.starts, 2)
    io.signal('SIGTERM')
    assert.equal(await status, 0)
  })

  test('says from time to time what a start or a stop that takes long waits for', async (t) => {
    const clock = new ManualClock()
    const may = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const slow = scriptedSource()
    const create = slow.declaration.create
    const declaration = {
      ...slow.declaration,
      create: (async (...given: Parameters<typeof create>) => {
        const source = await create(...given)
        return { ...source, start: () => may.promise.then(() => (source as { start(): Promise<void> }).start()) }
      }) as typeof create,
    }
    const sink = scriptedSink(() => release.promise)
    const bench = new CommandBench(t, { 'x.conf': scripted }, [declaration, sink.declaration])
    const { io, status } = bench.flumen(['agent', 'x.conf'], { clock })
    await io.stderr.until(/Component started.*sink k1/)
    await clock.advance(3000)
    assert.match(io.stderr.text, /Still starting\. .*waitsFor="source r1"/)
    may.resolve()
    await io.stderr.until(/Agent a1 runs/)
    await slow.contexts.get('r1')!.put(batchOfOne(new TextEncoder().encode('x')))
    io.signal('SIGTERM')
    await clock.advance(3000)
    await io.stderr.until(/Still stopping\. events="c1: 1"/)
    release.resolve()
    assert.equal(await status, 0)
    assert.equal(clock.pending, 0)
  })

  test('a component that does not let go is given up some time after the stop should have ended', async (t) => {
    const clock = new ManualClock()
    const never = Promise.withResolvers<void>()
    const source = scriptedSource()
    const { declaration } = scriptedSink()
    const clinging: typeof declaration = {
      ...declaration,
      create: async (options, context) =>
        Object.assign(await declaration.create(options, context), { stop: () => never.promise }),
    }
    const bench = new CommandBench(t, { 'x.conf': scripted }, [source.declaration, clinging])
    const { io, status } = bench.flumen(['agent', 'x.conf', '-Dflumen.stopTimeout=5'], { clock })
    await io.stderr.until(/Agent a1 runs/)
    io.signal('SIGTERM')
    await clock.advance(14_000)
    assert.doesNotMatch(io.stderr.text, /does not stop in time/)
    await clock.advance(1000)
    assert.equal(await status, 0)
    assert.match(io.stderr.text, /The agent does not stop in time; it is ended\. agent=a1/)
    never.resolve()
  })

  test('says of an agent with several flows what goes where', async (t) => {
    const lines = [
      'a1.sources = r1 r2',
      'a1.channels = c1 c2',
      'a1.sinks = k1 k2 k3',
      ...['r1', 'r2'].flatMap((name) => [`a1.sources.${name}.type = scripted`, `a1.sources.${name}.channels = c1`]),
      'a1.sources.r2.channels = c1 c2',
      'a1.channels.c1.type = memory',
      'a1.channels.c2.type = memory',
      ...['k1', 'k2', 'k3'].flatMap((name) => [`a1.sinks.${name}.type = null`, `a1.sinks.${name}.channel = c1`]),
      'a1.sinks.k3.channel = c2',
    ]
    const bench = new CommandBench(t, { 'x.conf': `${lines.join('\n')}\n` }, [scriptedSource().declaration])
    const { io, status } = bench.flumen(['agent', 'x.conf'])
    await io.stderr.until(
      /runs: r1 \(scripted\) -> c1; r2 \(scripted\) -> c1, c2; c1 \(memory\) -> k1 \(null\), k2 \(null\); c2 \(memory\) -> k3 \(null\)\./,
    )
    io.signal('SIGTERM')
    assert.equal(await status, 0)
  })

  test('asks for a configuration where none is named', async (t) => {
    const { io, status } = new CommandBench(t).flumen(['agent', '-n', 'a1'])
    assert.equal(await status, 2)
    assert.deepEqual(io.stderr.lines, [
      'flumen agent: there is no configuration; name one with -f FILE',
      'See: flumen help agent',
    ])
  })

  test('ends with 2 where a file is not there', async (t) => {
    const { io, status } = new CommandBench(t).flumen(['agent', '-n', 'a1', '-f', 'missing.conf'])
    assert.equal(await status, 2)
    assert.match(io.stderr.lines[0]!, /^missing\.conf:0:0: /)
  })
})
