import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { ChannelFullError, type SourceContext, TransactionError } from '../../../core/index.ts'
import { createForTest, type Harness, type HarnessOptions, refuse } from '../../../testing/harness.ts'
import { ManualClock, settle } from '../../../testing/manual-clock.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import stdin from './stdin.ts'
import { StdinSource } from './stdin-source.ts'

interface Options {
  readonly maxLineLength: number
}

/** The declaration with a stream instead of standard input. */
function reading(input: PassThrough): typeof stdin {
  return {
    ...stdin,
    create: ({ maxLineLength }: Options, context: SourceContext) =>
      new StdinSource(maxLineLength, context, () => input),
  }
}

const contractInput = new PassThrough()
sourceContract(
  {
    ...stdin,
    create: ({ maxLineLength }: Options, context: SourceContext) =>
      new StdinSource(maxLineLength, context, () => contractInput),
  },
  { produce: () => void contractInput.write('one\ntwo\n') },
)

async function running(
  context: TestContext,
  input: PassThrough,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Harness<'source'>> {
  const source = await createForTest(reading(input), values, options)
  await source.instance.start()
  context.after(() => source.instance.stop(0))
  return source
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await settle()
}

test('a chunk is a batch, the last line needs no end, and then the source has ended', async (context) => {
  const input = new PassThrough()
  const source = await running(context, input)
  input.write('one\r\ntwo\n\nthr')
  input.end('ee\nlast')
  await until(() => source.observed.ended)
  assert.deepEqual(source.bodies(), ['one\r', 'two', '', 'three', 'last'])
  assert.deepEqual(
    source.observed.puts.map(({ length }) => length),
    [3, 1, 1],
  )
})

test('bodies are the bytes as they came, in memory of their own', async (context) => {
  const input = new PassThrough()
  const source = await running(context, input)
  const chunk = Buffer.from([0xff, 0, 0x80, 10])
  input.end(chunk)
  await until(() => source.observed.ended)
  chunk.fill(0)
  const body = source.observed.puts[0]!.body(0)
  assert.deepEqual([...body], [0xff, 0, 0x80])
  assert.equal(body.buffer.byteLength, 4)
})

test('an input without anything has ended, and an empty last line is none', async (context) => {
  const nothing = new PassThrough()
  const source = await running(context, nothing)
  nothing.end()
  await until(() => source.observed.ended)
  assert.deepEqual(source.bodies(), [])
})

test('while a put is pending nothing more is read, and the end waits for it', async (context) => {
  const waiting: (() => void)[] = []
  const input = new PassThrough()
  const source = await running(context, input, {}, { onPut: () => new Promise((resolve) => waiting.push(resolve)) })
  input.write('one\n')
  await until(() => waiting.length === 1)
  input.write('two\n')
  input.end('three')
  await settle()
  assert.equal(waiting.length, 1)
  for (let put = 0; put < 3; put++) {
    await until(() => waiting.length > put)
    assert.equal(source.observed.ended, false)
    waiting[put]!()
  }
  await until(() => source.observed.ended)
  assert.deepEqual(source.bodies(), ['one', 'two', 'three'])
})

test('a channel that is full for a while loses nothing', async (context) => {
  const clock = new ManualClock()
  let refusals = 0
  const input = new PassThrough()
  const onPut = (): void => {
    if (refusals++ < 2) refuse(new ChannelFullError('no room'), 1)
  }
  const source = await running(context, input, {}, { clock, onPut })
  input.end('a\nb\nc\nd\n')
  await until(() => refusals > 0)
  await clock.advance(1000)
  await until(() => source.observed.ended)
  assert.deepEqual(source.bodies(), ['c', 'd'])
})

test('a line that is too long is cut into several events', async (context) => {
  const input = new PassThrough()
  const source = await running(context, input, { maxLineLength: '10' })
  input.write(Buffer.alloc(25, 'x'))
  input.end('y\n')
  await until(() => source.observed.ended)
  assert.deepEqual(source.bodies(), ['x'.repeat(10), 'x'.repeat(10), 'xxxxxy'])
})

test('a stop leaves the input open: the next instance goes on with the line that had begun', async (context) => {
  const input = new PassThrough()
  const first = await running(context, input)
  input.write('one\ntw')
  await first.stored(1)
  await first.instance.stop(1000)
  input.write('o\n')
  await settle()
  assert.deepEqual(first.bodies(), ['one'])
  const second = await running(context, input)
  await second.stored(1)
  assert.deepEqual(second.bodies(), ['two'])
})

test('a stop stores what was read, or counts it at its deadline', async (context) => {
  const clock = new ManualClock()
  const input = new PassThrough()
  const source = await running(context, input, {}, { clock, onPut: () => refuse(new ChannelFullError('no room')) })
  input.write('one\ntwo\n')
  await until(() => source.observed.lines.length > 0)
  const stopping = source.instance.stop(50)
  await clock.advance(100)
  await stopping
  assert.equal(source.observed.counts.get('linesLost'), 2)
  assert.deepEqual([clock.pending, source.observed.ended, source.observed.failures.length], [0, false, 0])
})

test('a stop ends although a put never ends', async (context) => {
  const input = new PassThrough()
  const puts: unknown[] = []
  const onPut = (batch: unknown): Promise<void> => {
    puts.push(batch)
    return new Promise(() => undefined)
  }
  const source = await running(context, input, {}, { onPut })
  input.write('one\n')
  await until(() => puts.length === 1)
  await source.instance.stop(10)
  assert.deepEqual(source.bodies(), [])
})

test('a failure of the input, or one of the channel that is fatal, is told to the supervisor', async (context) => {
  const broken = new PassThrough()
  const source = await running(context, broken)
  broken.destroy(new Error('EIO'))
  await until(() => source.observed.failures.length === 1)
  assert.match(String(source.observed.failures[0]), /standard input cannot be read/)
  const input = new PassThrough()
  const refused = await running(context, input, {}, { onPut: () => refuse(new TransactionError('broken')) })
  input.write('one\n')
  await until(() => refused.observed.failures.length === 1)
})
