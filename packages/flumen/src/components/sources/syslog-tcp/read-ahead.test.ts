import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { EventBatch } from '../../../core/index.ts'
import type { Harness } from '../../../testing/harness.ts'
import { portOf, startForTest } from '../../../testing/listening.ts'
import { settle } from '../../../testing/manual-clock.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import syslogTcp from './syslog-tcp.ts'

interface Slow {
  readonly source: Harness<'source'>
  readonly client: TcpClient
  readonly puts: readonly (() => void)[]
}

/** A client of a source whose puts end when the test says so. */
async function slow(context: TestContext, values: Readonly<Record<string, string>> = {}): Promise<Slow> {
  const puts: (() => void)[] = []
  const onPut = (_: EventBatch): Promise<void> => new Promise((resolve) => puts.push(resolve))
  const source = await startForTest(context, syslogTcp, { host: '127.0.0.1', port: '0', ...values }, { onPut })
  const client = await TcpClient.connect(portOf(source))
  context.after(() => client.destroy())
  return { source, client, puts }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await settle()
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await settle()
}

test('messages that come while others are stored are put together', async (context) => {
  const { source, client, puts } = await slow(context)
  await client.send('<13>- h one\n')
  await until(() => puts.length === 1)
  for (const text of ['<13>- h two\n<13>- h th', 'ree\n', '<13>- h four\n']) await client.send(text)
  await turns(50)
  assert.equal(puts.length, 1)
  client.end()
  puts[0]!()
  await until(() => puts.length === 2)
  puts[1]!()
  await client.lastAnswer()
  assert.deepEqual(source.bodies(), ['one', 'two', 'three', 'four'])
  assert.equal(source.observed.puts.length, 2)
})

test('a client of RELP that sends ahead is answered for each message when it is stored', async (context) => {
  const { source, client, puts } = await slow(context, { framing: 'relp' })
  await client.send('1 open 14 relp_version=0\n2 syslog 9 <13>- h a\n')
  await until(() => puts.length === 1)
  await client.send('3 syslog 9 <13>- h b\n4 syslog 9 <13>- h c\n')
  await client.send('5 close 0\n')
  await turns(50)
  puts[0]!()
  await until(() => puts.length === 2)
  client.end()
  await turns(50)
  assert.deepEqual(source.bodies(), ['a'])
  puts[1]!()
  assert.match(await client.lastAnswer(), /2 rsp 6 200 OK\n3 rsp 6 200 OK\n4 rsp 6 200 OK\n5 rsp 0\n/)
  assert.deepEqual(source.bodies(), ['a', 'b', 'c'])
})

test('a stop stores what was read', async (context) => {
  const { source, client, puts } = await slow(context)
  await client.send('<13>- h one\n')
  await until(() => puts.length === 1)
  await client.send('<13>- h two\n')
  await turns(50)
  const stopping = source.instance.stop(60_000)
  puts[0]!()
  await until(() => puts.length === 2)
  puts[1]!()
  await stopping
  assert.deepEqual(source.bodies(), ['one', 'two'])
})
