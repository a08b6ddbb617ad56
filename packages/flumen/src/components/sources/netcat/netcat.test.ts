import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { BatchTooLargeError, ChannelFullError, StoppedError } from '../../../core/index.ts'
import { createForTest, type Harness, type HarnessOptions, readForTest, refuse } from '../../../testing/harness.ts'
import { portOf } from '../../../testing/listening.ts'
import { ManualClock, settle } from '../../../testing/manual-clock.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import netcat from './netcat.ts'

const local = { bind: '127.0.0.1', port: '0' }

sourceContract(netcat, {
  values: local,
  produce: async (source) => {
    const client = await TcpClient.connect(portOf(source))
    await client.send('one\ntwo\nthree\n')
    client.end()
    await client.lastAnswer()
  },
})

interface Running extends Harness<'source'> {
  readonly port: number
  connect(): Promise<TcpClient>
  count(name: string): number
  /** Resolves when it holds; every step waits for the event loop, not for a time. */
  until(holds: () => boolean): Promise<void>
}

async function running(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Running> {
  const source = await createForTest(netcat, { ...local, ...values }, options)
  await source.instance.start()
  const clients: TcpClient[] = []
  context.after(() => {
    for (const client of clients) client.destroy()
    return source.instance.stop(0)
  })
  const port = portOf(source)
  return {
    ...source,
    port,
    count: (name) => source.observed.counts.get(name) ?? 0,
    connect: async () => {
      const client = await TcpClient.connect(port)
      clients.push(client)
      return client
    },
    until: async (holds) => {
      while (!holds()) await settle()
    },
  }
}

const oks = (lines: number): string => 'OK\n'.repeat(lines)

test('a chunk of many lines is one batch over the chunk, and one answer', async (context) => {
  const source = await running(context)
  const client = await source.connect()
  const lines = Array.from({ length: 300 }, (_, index) => `line ${index}`)
  await client.send(`${lines.join('\n')}\n`)
  assert.equal(await client.answer(900), oks(300))
  assert.deepEqual(source.bodies(), lines)
  assert.equal(source.observed.puts.length, 1)
  const { slab } = source.observed.puts[0]!.parts[0]!
  assert.equal(slab.buffer.byteLength, `${lines.join('\n')}\n`.length)
})

test('more lines than any prepared answer has are answered each', async (context) => {
  const source = await running(context)
  const client = await source.connect()
  await client.send('\n'.repeat(100_000))
  assert.equal((await client.answer(300_000)).length, 300_000)
  assert.equal(source.bodies().length, 100_000)
})

test('nothing more is read while a put is pending, and then the answers come in order', async (context) => {
  const waiting: (() => void)[] = []
  const source = await running(context, {}, { onPut: () => new Promise((resolve) => waiting.push(resolve)) })
  const client = await source.connect()
  await client.send('one\n')
  await source.until(() => waiting.length === 1)
  await client.send('two\n')
  await settle()
  assert.equal(waiting.length, 1)
  waiting[0]!()
  await source.until(() => waiting.length === 2)
  assert.equal(await client.answer(3), 'OK\n')
  waiting[1]!()
  assert.equal(await client.answer(6), oks(2))
  assert.deepEqual(source.bodies(), ['one', 'two'])
})

test('a client that half-closes while its put is pending still gets its answer', async (context) => {
  const waiting: (() => void)[] = []
  const source = await running(context, {}, { onPut: () => new Promise((resolve) => waiting.push(resolve)) })
  const client = await source.connect()
  await client.send('one\n')
  client.end()
  await source.until(() => waiting.length === 1)
  waiting[0]!()
  assert.equal(await client.lastAnswer(), 'OK\n')
})

test('a client that is gone while its put is pending harms nothing', async (context) => {
  const waiting: (() => void)[] = []
  const source = await running(context, {}, { onPut: () => new Promise((resolve) => waiting.push(resolve)) })
  const client = await source.connect()
  await client.send('one\ntw')
  await source.until(() => waiting.length === 1)
  client.socket.resetAndDestroy()
  waiting[0]!()
  await source.until(() => source.count('openConnections') === 0)
  assert.deepEqual(source.bodies(), ['one'])
})

test('stored lines are answered OK, the one that failed FAILED, and the lines after it are put', async (context) => {
  const puts: string[] = []
  const source = await running(
    context,
    {},
    {
      onPut: (batch) => {
        puts.push(Array.from({ length: batch.length }, (_, row) => batch.text(row)).join(''))
        if (puts.length === 1) refuse(new ChannelFullError('no room'), 2)
        if (puts.length === 2) refuse(new BatchTooLargeError('too large'), 1)
      },
    },
  )
  const client = await source.connect()
  await client.send('a\nb\nc\nd\ne\nf\n')
  const expected = 'OK\nOK\nFAILED: no room\nOK\nFAILED: too large\nOK\n'
  assert.equal(await client.answer(expected.length), expected)
  assert.deepEqual(puts, ['abcdef', 'def', 'f'])
  assert.deepEqual(source.observed.rejected, [])
})

test('a failure that comes later is answered like one that comes at once', async (context) => {
  let puts = 0
  const source = await running(
    context,
    { 'ack-every-event': 'false' },
    { onPut: async () => (puts++ === 0 ? refuse(new ChannelFullError('no room'), 1) : undefined) },
  )
  const client = await source.connect()
  await client.send('a\nb\nc\n')
  assert.equal(await client.answer(16), 'FAILED: no room\n')
  await source.until(() => puts === 2)
  assert.deepEqual(source.bodies(), ['c'])
})

test('a channel that refuses every line of a chunk leaves the event loop to others, and answers each', async (context) => {
  let putsOfTurn = 0
  let most = 0
  const onPut = (): void => {
    if (putsOfTurn++ === 0) setImmediate(() => (putsOfTurn = 0))
    most = Math.max(most, putsOfTurn)
    refuse(new ChannelFullError('no room'))
  }
  const source = await running(context, {}, { onPut })
  const client = await source.connect()
  const lines = 20_000
  await client.send('\n'.repeat(lines))
  assert.equal(await client.answer(lines * 16), 'FAILED: no room\n'.repeat(lines))
  assert.ok(most <= 2048, `${most} puts in one turn`)
})

test('a put that is stopped is not answered, and its connection is closed', async (context) => {
  let puts = 0
  const onPut = (): Promise<void> => {
    puts++
    return Promise.reject(new StoppedError('stopped'))
  }
  const source = await running(context, {}, { onPut })
  const client = await source.connect()
  await client.send('a\nb\n')
  await source.until(() => puts > 0)
  const stopping = source.instance.stop(5000)
  assert.equal(await client.lastAnswer(), '')
  client.end()
  await stopping
  assert.equal(puts, 1)
})

test('a line that is too long is answered and counted after the lines before it, and a client that sends on can read it', async (context) => {
  const source = await running(context, { 'max-line-length': '10' })
  const client = await source.connect()
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  await client.send('one\n')
  for (let megabytes = 0; megabytes < 64; megabytes++) await client.send(chunk)
  client.end()
  assert.equal(
    await client.lastAnswer(),
    'OK\nFAILED: Event exceeds the maximum length (10 chars, including newline)\n',
  )
  assert.deepEqual(source.bodies(), ['one'])
  assert.equal(source.count('linesTooLong'), 1)
  await source.until(() => source.count('openConnections') === 0)
  const next = await source.connect()
  await next.send('two\n')
  assert.equal(await next.answer(3), 'OK\n')
})

test('bytes that are not UTF-8 end the connection without an answer, after the good lines before them', async (context) => {
  const source = await running(context)
  const client = await source.connect()
  await client.send(Buffer.from([0x61, 10, 0xc3, 0xa9, 10, 0xff, 10, 0x62, 10]))
  assert.equal(await client.lastAnswer(), oks(2))
  assert.deepEqual(source.bodies(), ['a', 'é'])
  assert.equal(source.count('linesUndecodable'), 1)
})

test('lines and answers are in the encoding, bodies are UTF-8, a byte order mark is written once', async (context) => {
  const source = await running(context, { encoding: 'UTF-16' })
  const client = await source.connect()
  const bytes = Buffer.from('\uFEFFhé\nzwei\n', 'utf16le').swap16()
  for (const byte of bytes) await client.send(Uint8Array.of(byte))
  assert.equal((await client.answer(14)).length > 0, true)
  await source.until(() => client.received.length === 14)
  assert.equal(Buffer.from(client.received).swap16().toString('utf16le'), '\uFEFFOK\nOK\n')
  assert.deepEqual(source.bodies(), ['hé', 'zwei'])
})

test('an answer that the encoding cannot hold has question marks', async (context) => {
  const source = await running(
    context,
    { encoding: 'EUC-JP' },
    { onPut: () => refuse(new ChannelFullError('voll – ü')) },
  )
  const client = await source.connect()
  await client.send('a\n')
  assert.equal(await client.answer(17), 'FAILED: voll ? ?\n')
})

test('an encoding that there is not is a problem with a suggestion', async () => {
  const { problems } = await readForTest(netcat, { ...local, encoding: 'utf-9' })
  const [problem] = problems.all
  assert.equal(problem?.severity, 'error')
  assert.match(`${problem?.message}; ${problem?.fix}`, /no character set utf-9; did you mean UTF-8/)
})

test('a line without its end when the client goes is counted and is no event', async (context) => {
  const source = await running(context)
  const client = await source.connect()
  await client.send('one\ntw')
  client.end()
  assert.equal(await client.lastAnswer(), 'OK\n')
  await source.until(() => source.count('linesUnterminated') === 1)
  assert.deepEqual(source.bodies(), ['one'])
})

test('a client that never takes its answers is not read on', async (context) => {
  const source = await running(context)
  const client = await source.connect()
  client.socket.pause()
  const chunk = Buffer.alloc(65_536, '\n')
  let taken = 0
  while (taken < 400 && (await isTaken(client, chunk))) taken++
  assert.ok(taken < 400)
})

test('a line that is not ended in time ends its connection; an idle one stays', async (context) => {
  const clock = new ManualClock()
  const source = await running(context, { lineTimeout: '10' }, { clock })
  const [slow, idle, quick] = await Promise.all([source.connect(), source.connect(), source.connect()])
  await slow.send('b')
  await quick.send('a')
  await source.until(() => clock.pending > 0)
  await settle()
  await clock.advance(6000)
  await slow.send('c')
  await quick.send('\nb')
  await quick.answer(3)
  await clock.advance(4000)
  assert.equal(await slow.lastAnswer(), '')
  assert.equal(source.count('lineTimeouts'), 1)
  await clock.advance(6000)
  await quick.lastAnswer()
  assert.equal(source.count('lineTimeouts'), 2)
  await clock.advance(100_000)
  assert.equal(clock.pending, 0)
  await idle.send('still here\n')
  assert.equal(await idle.answer(3), 'OK\n')
})

test('a line that cannot end because its client is not read has time again afterwards', async (context) => {
  const clock = new ManualClock()
  const waiting: (() => void)[] = []
  const source = await running(
    context,
    { lineTimeout: '10' },
    { clock, onPut: () => new Promise((resolve) => waiting.push(resolve)) },
  )
  const client = await source.connect()
  await client.send('one\ntw')
  await source.until(() => waiting.length === 1)
  await clock.advance(60_000)
  waiting[0]!()
  await client.answer(3)
  await clock.advance(9000)
  await client.send('o\n')
  await source.until(() => waiting.length === 2)
  waiting[1]!()
  assert.equal(await client.answer(6), oks(2))
})

test('connections over a bound are closed and counted', async (context) => {
  const source = await running(context, { maxConnections: '2', maxConnectionsPerAddress: '1' })
  await source.connect()
  const second = await source.connect()
  await second.lastAnswer()
  assert.equal(source.count('connectionsRefused'), 1)
  assert.equal(source.count('openConnections'), 1)
})

test('two thousand idle connections do not keep a new one waiting, and a stop ends them all', async (context) => {
  const source = await running(context)
  const idle: TcpClient[] = []
  for (let round = 0; round < 20; round++) {
    idle.push(...(await Promise.all(Array.from({ length: 100 }, () => source.connect()))))
  }
  await source.until(() => source.count('openConnections') === 2000)
  const client = await source.connect()
  await client.send('one\n')
  assert.equal(await client.answer(3), 'OK\n')
  for (const each of idle) each.destroy()
  client.destroy()
  await source.instance.stop(5000)
  assert.equal(source.count('openConnections'), 0)
})

test('a stop answers the put that is pending, then ends the connection', async (context) => {
  const waiting: (() => void)[] = []
  const source = await running(context, {}, { onPut: () => new Promise((resolve) => waiting.push(resolve)) })
  const [busy, idle] = await Promise.all([source.connect(), source.connect()])
  await busy.send('one\n')
  await source.until(() => waiting.length === 1)
  const stopping = source.instance.stop(60_000)
  await idle.lastAnswer()
  idle.end()
  waiting[0]!()
  assert.equal(await busy.lastAnswer(), 'OK\n')
  busy.end()
  await stopping
})

test('a stop ends at its deadline although a put never ends', async (context) => {
  const source = await running(context, {}, { onPut: () => new Promise(() => undefined) })
  const client = await source.connect()
  await client.send('one\n')
  await source.until(() => source.count('openConnections') === 1)
  await source.instance.stop(10)
  assert.equal(await client.lastAnswer(), '')
})

test('a port in use is an error that names who has it', async (context) => {
  const source = await running(context)
  const second = await createForTest(netcat, { ...local, port: String(source.port) })
  await assert.rejects(second.instance.start(), new RegExp(`127\\.0\\.0\\.1:${source.port} \\(tcp\\) is in use by`))
  await second.instance.stop(0)
})

test('it can lose lines only when it does not acknowledge them', async () => {
  const withAcks = await readForTest(netcat, local)
  const without = await readForTest(netcat, { ...local, 'ack-every-event': 'false' })
  assert.equal(netcat.mayLose?.(withAcks.read), undefined)
  assert.match(netcat.mayLose?.(without.read) ?? '', /does not know/)
})

/** Sends a chunk; false when the server has not taken it after many turns of the event loop. */
async function isTaken(client: TcpClient, chunk: Buffer): Promise<boolean> {
  client.socket.write(chunk)
  for (let turn = 0; turn < 100 && client.socket.writableLength > 0; turn++) await settle()
  return client.socket.writableLength === 0
}
