import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { defineChannel, defineInterceptor, defineSource, field } from '../component/kit.ts'
import { batchOfOne, QueueChannel } from '../core/index.ts'
import { scriptedSink, scriptedSource } from '../testing/agent-harness.ts'
import { CommandBench, freePort, TextClient } from './command-bench.ts'

/** Puts what it is told and comes to its end. */
const words = defineSource({
  type: 'words',
  summary: 'Puts its words, an event each.',
  fields: { words: field.string({ default: 'a b c', doc: 'What is put.' }) },
  examples: [],
  create: ({ words: text }, context) => ({
    kind: 'event-driven',
    async start() {
      for (const word of text.split(' ')) await context.put(batchOfOne(new TextEncoder().encode(word)))
      context.end()
    },
    stop: () => Promise.resolve(),
  }),
})

async function complaintsOf(bench: CommandBench, ...line: string[]): Promise<readonly string[]> {
  const { io, status } = bench.flumen(['pipe', ...line])
  assert.equal(await status, 2, io.stderr.text)
  assert.equal(io.stderr.lines.at(-1), 'See: flumen help pipe')
  return io.stderr.lines.slice(0, -1).map((each) => each.replace('flumen pipe: ', ''))
}

describe('flumen pipe', () => {
  test('shows the lines of a port through the logger, and says nothing else', async (t) => {
    const port = await freePort()
    const bench = new CommandBench(t)
    const { io, status } = bench.flumen(['pipe', 'netcat', `port=${port}`, '!', 'logger', 'format=text'])
    const client = await connected(port, status)
    client.send('hello\n')
    await client.until(/OK/)
    await io.stderr.until(/hello/)
    client.close()
    io.signal('SIGINT')
    assert.equal(await status, 0)
    assert.equal(io.stderr.lines.length, 1, io.stderr.text)
    assert.equal(io.stdout.text, '')
  })

  test('listens on localhost unless bind is given', async (t) => {
    const bench = new CommandBench(t)
    const listening = async (...bind: string[]): Promise<string> => {
      const { io, status } = bench.flumen(['pipe', '-v', 'netcat', 'port=0', ...bind, '!', 'null'])
      const said = await Promise.race([io.stderr.until(/\(netcat, (.*), any port\)/), status])
      assert.ok(typeof said === 'object', io.stderr.text)
      io.signal('SIGTERM')
      assert.equal(await status, 0)
      return said[1]!
    }
    assert.equal(await listening(), 'localhost')
    assert.equal(await listening('bind=127.0.0.1'), '127.0.0.1')
  })

  test('ends with 0 when its source has ended and all is delivered, through a channel that it chose itself', async (t) => {
    const sink = scriptedSink()
    const { io, status } = new CommandBench(t, {}, [words, sink.declaration]).flumen(['pipe', 'words ! scripted'])
    assert.equal(await status, 0)
    assert.deepEqual(sink.delivered('k1'), ['a', 'b', 'c'])
    assert.equal(io.stderr.text, '')
  })

  test('says what the agent does with -v', async (t) => {
    const bench = new CommandBench(t, {}, [words, scriptedSink().declaration])
    const { io, status } = bench.flumen(['pipe', '-v', 'words', '!', 'scripted'])
    assert.equal(await status, 0)
    assert.match(io.stderr.text, /Agent pipe runs: r1 \(words\) -> c1 \(memory\) -> k1 \(scripted\)\./)
  })

  test('puts interceptors before the channel, in order, with their keys', async (t) => {
    const order: string[] = []
    const mark = defineInterceptor({
      type: 'mark',
      summary: 'Notes that it was asked.',
      fields: { as: field.string({ required: true, doc: 'Its note.' }) },
      examples: [],
      create: ({ as }) => ({
        intercept: (batch) => {
          order.push(as)
          return batch
        },
      }),
    })
    const sink = scriptedSink()
    const bench = new CommandBench(t, {}, [words, mark, sink.declaration])
    const line = [
      'words',
      'words=x',
      '!',
      'mark',
      'as=first one',
      '!',
      'mark',
      'as=second',
      '!',
      'memory',
      'capacity=200',
      '!',
      'scripted',
    ]
    const { io, status } = bench.flumen(['pipe', ...line])
    assert.equal(await status, 0, io.stderr.text)
    assert.deepEqual(order, ['first one', 'second'])
    assert.deepEqual(sink.delivered('k1'), ['x'])
  })

  test('has room for 10,000 events where no channel is written', async (t) => {
    const asked: unknown[] = []
    const memory = defineChannel({
      type: 'memory',
      summary: 'Notes what it is made with.',
      fields: {
        capacity: field.int({ required: true, doc: 'Events.' }),
        transactionCapacity: field.int({ required: true, doc: 'Events of a transaction.' }),
      },
      examples: [],
      create: (options, { clock }) => {
        asked.push(options)
        return new QueueChannel({ events: 9, transactionEvents: 9, bytes: 1e6, keepAliveMs: 0 }, clock)
      },
    })
    // The first entry of a name is the one that is overwritten, so the test's own stands in a catalogue of its own.
    const { Catalogue } = await import('../component/catalogue.ts')
    const { entryOf } = await import('../testing/agent-harness.ts')
    const { builtInComponents } = await import('../components/catalogue.generated.ts')
    const declarations = [words, memory, scriptedSink().declaration].map(entryOf)
    const catalogue = new Catalogue([...builtInComponents.filter(({ kind }) => kind === 'selector'), ...declarations])
    const { io, status } = new CommandBench(t).flumen(['pipe', 'words ! scripted'], { catalogue })
    assert.equal(await status, 0, io.stderr.text)
    assert.deepEqual(asked, [{ capacity: 10_000, transactionCapacity: 10_000 }])
  })

  test('names the stage of what is wrong, with what was meant', async (t) => {
    const bench = new CommandBench(t, {}, [words])
    assert.deepEqual(await complaintsOf(bench, 'netcta port=1 ! logger'), [
      'stage 1: there is no source of type "netcta"; did you mean netcat?',
    ])
    assert.deepEqual(await complaintsOf(bench, 'netcat port=1 ! timestmap ! memroy ! loger'), [
      'stage 2: there is no interceptor and no channel of type "timestmap"; did you mean timestamp?',
      'stage 3: there is no interceptor and no channel of type "memroy"; did you mean memory?',
      'stage 4: there is no sink of type "loger"; did you mean logger?',
    ])
    assert.deepEqual(await complaintsOf(bench, 'netcat prot=1 ! logger'), [
      'stage 1 (netcat): prot: unknown key; did you mean port?',
    ])
    const [port, capacity, ...more] = await complaintsOf(
      bench,
      'netcat port=x ! memory capacity=2 transactionCapacity=3 ! logger',
    )
    assert.match(port!, /^stage 1 \(netcat\): port: "x" is not a port; /)
    assert.match(
      capacity!,
      /^stage 2 \(memory\): transactionCapacity: transactionCapacity 3 is larger than capacity 2; /,
    )
    assert.deepEqual(more, [])
  })

  test('says what stands in a place that is not its own', async (t) => {
    const bench = new CommandBench(t, {}, [words])
    assert.deepEqual(await complaintsOf(bench, 'memory ! logger'), [
      'stage 1: memory is a channel; first stands a source',
    ])
    assert.deepEqual(await complaintsOf(bench, 'words ! memory'), ['stage 2: memory is a channel; last stands a sink'])
    assert.deepEqual(await complaintsOf(bench, 'words ! memory ! timestamp ! logger'), [
      'stage 3: interceptor timestamp stands behind the channel; put it before',
    ])
    assert.deepEqual(await complaintsOf(bench, 'words ! memory ! memory ! logger'), ['stage 3: a pipe has one channel'])
  })

  test('a value may come from -D or the environment', async (t) => {
    const sink = scriptedSink()
    const bench = new CommandBench(t, {}, [words, sink.declaration])
    const environment = { WORD: 'there' }
    const line = ['pipe', '-Dfirst=hello', 'words', `words=\${sys:first} \${env:WORD}`, '!', 'scripted']
    const { io, status } = bench.flumen(line, { environment })
    assert.equal(await status, 0, io.stderr.text)
    assert.deepEqual(sink.delivered('k1'), ['hello', 'there'])
  })

  test('ends quietly and with 0 when nobody reads its output any more, whatever is left', async (t) => {
    const source = scriptedSource((context) => void context.put(batchOfOne(new TextEncoder().encode('x'))))
    const sink = scriptedSink(() => {
      throw Object.assign(new Error('nobody reads'), { code: 'OUTPUT_CLOSED', verdict: 'fatal' })
    })
    const { io, status } = new CommandBench(t, {}, [source.declaration, sink.declaration]).flumen([
      'pipe',
      'scripted ! scripted',
    ])
    assert.equal(await status, 0)
    assert.equal(io.stderr.text, '')
  })

  test('a start that fails is one line and the status 1', async (t: TestContext) => {
    const failing = scriptedSource(() => {
      throw new Error('no luck')
    })
    const { io, status } = new CommandBench(t, {}, [failing.declaration]).flumen(['pipe', 'scripted ! null'])
    assert.equal(await status, 1)
    assert.equal(io.stderr.lines.length, 1, io.stderr.text)
    assert.match(io.stderr.text, /Agent pipe cannot start: source r1: no luck/)
  })
})

/** A connection as soon as somebody listens: a quiet pipe does not say when. */
async function connected(port: number, status: Promise<number>): Promise<TextClient> {
  const ended = status.then((code) => assert.fail(`the pipe ended with ${code}`))
  for (;;) {
    const client = await Promise.race([TextClient.connect(port).catch(() => undefined), ended])
    if (client) {
      ended.catch(() => undefined)
      return client
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
