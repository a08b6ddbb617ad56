import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { EventBatch } from '../../../core/index.ts'
import { createForTest, type Harness } from '../../../testing/harness.ts'
import { portOf } from '../../../testing/listening.ts'
import { settle } from '../../../testing/manual-clock.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import netcat from './netcat.ts'

interface Slow {
  readonly source: Harness<'source'>
  readonly client: TcpClient
  readonly batches: readonly EventBatch[]
  /** Ends the put with this number. */
  store(put: number): void
  until(holds: () => boolean): Promise<void>
}

/** A client of a source whose puts end when the test says so. */
async function slow(context: TestContext, values: Readonly<Record<string, string>> = {}): Promise<Slow> {
  const batches: EventBatch[] = []
  const waiting: (() => void)[] = []
  const onPut = (batch: EventBatch): Promise<void> => {
    batches.push(batch)
    return new Promise((resolve) => waiting.push(resolve))
  }
  const source = await createForTest(netcat, { bind: '127.0.0.1', port: '0', ...values }, { onPut })
  await source.instance.start()
  const client = await TcpClient.connect(portOf(source))
  context.after(() => {
    client.destroy()
    return source.instance.stop(0)
  })
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await settle()
  }
  return { source, client, batches, store: (put) => waiting[put]!(), until }
}

const count = (batches: readonly EventBatch[]): readonly number[] => batches.map(({ length }) => length)

test('what comes while lines are stored is put together, and answered in order', async (context) => {
  const { client, batches, store, until, source } = await slow(context)
  await client.send('one\n')
  await until(() => batches.length === 1)
  for (const text of ['two\nth', 'ree\nfour\n', 'five']) await client.send(text)
  await settle()
  assert.deepEqual(count(batches), [1])
  store(0)
  await until(() => batches.length === 2)
  assert.deepEqual(count(batches), [1, 3])
  assert.equal(await client.answer(3), 'OK\n')
  await client.send('!\n')
  store(1)
  await until(() => batches.length === 3)
  store(2)
  assert.equal(await client.answer(15), 'OK\n'.repeat(5))
  assert.deepEqual(source.bodies(), ['one', 'two', 'three', 'four', 'five!'])
})

test('a client that sends without end is read as far as there is room', async (context) => {
  const { client, batches, store, until } = await slow(context, { 'ack-every-event': 'false' })
  await client.send('one\n')
  await until(() => batches.length === 1)
  const line = `${'x'.repeat(99)}\n`
  for (let sent = 0; sent < 32 << 20; sent += 1 << 20) client.socket.write(line.repeat((1 << 20) / 100))
  for (let turn = 0; turn < 2000; turn++) await settle()
  store(0)
  await until(() => batches.length === 2)
  const { length } = batches[1]!
  assert.ok(length > 2000 && length * 100 <= (1 << 20) + 2 * 65_536, `${length} lines of 100 bytes`)
})

test('lines that came before the client had ended, or was gone, are stored', async (context) => {
  for (const isGone of [false, true]) {
    const { client, batches, store, until, source } = await slow(context)
    await client.send('one\n')
    await until(() => batches.length === 1)
    await client.send('two\nthree\n')
    for (let turn = 0; turn < 50; turn++) await settle()
    if (isGone) client.socket.resetAndDestroy()
    else client.end()
    for (let turn = 0; turn < 50; turn++) await settle()
    store(0)
    await until(() => batches.length === 2)
    store(1)
    await until(() => source.observed.puts.length === 2)
    assert.deepEqual(source.bodies(), ['one', 'two', 'three'])
    if (!isGone) assert.equal(await client.lastAnswer(), 'OK\n'.repeat(3))
  }
})

test('what ends a connection ends it behind the lines before it, whichever chunk it came in', async (context) => {
  const { client, batches, store, until, source } = await slow(context, { 'max-line-length': '10' })
  await client.send('one\n')
  await until(() => batches.length === 1)
  await client.send('two\n')
  await client.send('much too long\nnever\n')
  await settle()
  store(0)
  await until(() => batches.length === 2)
  store(1)
  assert.match(await client.lastAnswer(), /^OK\nOK\nFAILED: Event exceeds the maximum length/)
  assert.deepEqual(source.bodies(), ['one', 'two'])
})

test('a stop stores what was read', async (context) => {
  const { client, batches, store, until, source } = await slow(context)
  await client.send('one\n')
  await until(() => batches.length === 1)
  await client.send('two\n')
  for (let turn = 0; turn < 50; turn++) await settle()
  const stopping = source.instance.stop(60_000)
  store(0)
  await until(() => batches.length === 2)
  store(1)
  assert.equal(await client.lastAnswer(), 'OK\nOK\n')
  client.end()
  await stopping
  assert.deepEqual(source.bodies(), ['one', 'two'])
})
