import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { ChannelFullError, type EventBatch } from '../../../core/index.ts'
import { createForTest, type Harness, type HarnessOptions, refuse } from '../../../testing/harness.ts'
import { portOf } from '../../../testing/listening.ts'
import { ManualClock, settle } from '../../../testing/manual-clock.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import netcatUdp from './netcat-udp.ts'

const local = { bind: '127.0.0.1', port: '0' }

sourceContract(netcatUdp, {
  values: local,
  produce: async (source) => {
    const sender = createSocket('udp4')
    for (const body of ['one', 'two']) await send(sender, portOf(source), Buffer.from(body))
    sender.close()
  },
})

interface Running extends Harness<'source'> {
  readonly sender: Socket
  send(...datagrams: readonly (string | Buffer)[]): Promise<void>
  count(name: string): number
}

async function running(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Running> {
  const source = await createForTest(netcatUdp, { ...local, ...values }, options)
  await source.instance.start()
  const sender = createSocket(values.bind === '::1' ? 'udp6' : 'udp4')
  context.after(async () => {
    sender.close()
    await source.instance.stop(0)
  })
  return {
    ...source,
    sender,
    count: (name) => source.observed.counts.get(name) ?? 0,
    send: async (...datagrams) => {
      for (const each of datagrams) await send(sender, portOf(source), Buffer.from(each), values.bind)
    },
  }
}

function send(sender: Socket, port: number, datagram: Buffer, host = '127.0.0.1'): Promise<void> {
  return new Promise((resolve, reject) =>
    sender.send(datagram, port, host, (error) => (error ? reject(error) : resolve())),
  )
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await settle()
}

test('a datagram of the greatest size is one event, up to its first line feed', async (context) => {
  const source = await running(context)
  await source.send(Buffer.alloc(65_507, 'x'), `${'y'.repeat(3000)}\nabc`)
  await source.stored(2)
  assert.deepEqual(source.bodies(), ['x'.repeat(65_507), 'y'.repeat(3000)])
})

test('what one turn brings is one batch, in order, each with its sender', async (context) => {
  const source = await running(context, { remoteAddress: 'from' })
  const other = createSocket('udp4')
  await source.send('a')
  await send(other, portOf(source), Buffer.from('b\n'))
  await source.send('', 'd')
  other.close()
  await source.stored(4)
  const rows = source.observed.puts.flatMap((batch) => [...batch])
  const mine = `/127.0.0.1:${source.sender.address().port}`
  assert.deepEqual(
    rows.map(({ body }) => Buffer.from(body).toString()),
    ['a', 'b', '', 'd'],
  )
  assert.deepEqual(
    rows.map(({ headers }) => headers.get('from') === mine),
    [true, false, true, true],
  )
})

test('the sender of IPv6 is printed as Java prints it', async (context) => {
  const source = await running(context, { bind: '::1', remoteAddressHeader: 'from' })
  await source.send('a')
  await source.stored(1)
  const [event] = [...source.observed.puts[0]!]
  assert.equal(event?.headers.get('from'), `/[0:0:0:0:0:0:0:1]:${source.sender.address().port}`)
})

test('a datagram that the channel does not take is dropped and counted, the next ones are put', async (context) => {
  let room = 0
  const source = await running(
    context,
    {},
    { onPut: (batch) => (room < batch.length ? refuse(new ChannelFullError('no room'), room) : undefined) },
  )
  await source.send('a', 'b')
  await until(() => source.count('datagramsDropped') === 2)
  room = 10
  await source.send('c')
  await source.stored(1)
  assert.deepEqual(source.bodies(), ['c'])
})

test('what comes while a put is under way is put after it, as far as the memory goes', async (context) => {
  const waiting: (() => void)[] = []
  const source = await running(
    context,
    { receiveBufferBytes: '8MiB' },
    { onPut: () => new Promise((resolve) => waiting.push(resolve)) },
  )
  await source.send('first')
  await until(() => waiting.length === 1)
  for (let sent = 0; source.count('datagramsDropped') === 0; sent++) {
    await source.send(Buffer.alloc(60_000, 'x'))
    await settle()
    assert.ok(sent < 1000)
  }
  waiting[0]!()
  await until(() => waiting.length === 2)
  waiting[1]!()
  await until(() => source.observed.puts.length === 2)
  const { bodyBytes } = source.observed.puts[1]!
  assert.ok(bodyBytes > 3_000_000 && bodyBytes < 4_400_000, `${bodyBytes}`)
})

test('a stop puts what was read, and drops what there is no room for', async (context) => {
  const waiting: (() => void)[] = []
  const source = await running(context, {}, { onPut: () => new Promise((resolve) => waiting.push(resolve)) })
  await source.send('a')
  await until(() => waiting.length === 1)
  await source.send('b')
  await settle()
  const stopping = source.instance.stop(60_000)
  waiting[0]!()
  await until(() => waiting.length === 2)
  waiting[1]!()
  await stopping
  assert.deepEqual(source.bodies(), ['a', 'b'])
})

test('datagrams that the kernel drops are counted, so that the account closes, where it tells', async (context) => {
  const clock = new ManualClock()
  const source = await running(context, { receiveBufferBytes: '8KiB' }, { clock })
  const stored = (): number => source.observed.puts.reduce((sum, { length }) => sum + length, 0)
  await Promise.all(Array.from({ length: 200 }, () => send(source.sender, portOf(source), Buffer.alloc(1000))))
  await clock.advance(10_000)
  await source.stored(1)
  await source.instance.stop(1000)
  assert.equal(source.count('kernelDrops') + stored(), process.platform === 'linux' ? 200 : stored())
  assert.equal(clock.pending, 0)
})

/** What Apache Flume 1.11 did; see test/golden/README.md. */
interface Golden {
  readonly case: string
  readonly config: Readonly<Record<string, string>>
  readonly input: { readonly channel?: { readonly capacity: string }; readonly datagrams: readonly Bytes[] }
  readonly output: { readonly dropped: number; readonly events?: readonly Event[] }
}
interface Bytes {
  readonly text?: string
  readonly text_b64?: string
}
interface Event {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly body_b64?: string
}

const bytesOf = ({ text, text_b64 }: Bytes): Buffer =>
  text_b64 === undefined ? Buffer.from(text!) : Buffer.from(text_b64, 'base64')
const firstLine = (bytes: Buffer): string => bytes.toString('latin1').split('\n')[0]!
const bodyOf = ({ body, body_b64 }: Event): string =>
  (body_b64 === undefined ? Buffer.from(body!) : Buffer.from(body_b64, 'base64')).toString('latin1')

/** Where Flumen means to do something else. */
const differences: Readonly<Record<string, string>> = {
  'around 2048 bytes': 'a datagram is not cut',
  'a newline past 2048': 'a datagram is not cut',
  'remoteAddressHeader as in the guide': 'the spelling of the guide works too',
}

const goldenFile = new URL('../../../../../../test/golden/netcatudp.jsonl', import.meta.url)
for (const line of readFileSync(goldenFile, 'utf8').trim().split('\n')) {
  const golden = JSON.parse(line) as Golden
  const { config, input, output } = golden
  const hasForeignKeys = 'max-line-length' in config
  if (!output.events || 'interceptors' in config || hasForeignKeys) continue
  const difference = differences[golden.case]
  test(`netcatudp does as Flume does${difference ? `, but ${difference}` : `: ${golden.case}`}`, async (context) => {
    const stored: string[] = []
    const headers: unknown[] = []
    const room = Number(input.channel?.capacity ?? 100)
    const onPut = (batch: EventBatch): void => {
      const fits = Math.min(room - stored.length, batch.length)
      for (const event of batch.slice(0, fits)) {
        stored.push(Buffer.from(event.body).toString('latin1'))
        headers.push(
          Object.fromEntries([...event.headers].map(([name, value]) => [name, value.replace(/\d+$/, '{port}')])),
        )
      }
      if (fits < batch.length) refuse(new ChannelFullError('no room'), fits)
    }
    const source = await running(context, config, { onPut })
    for (const each of input.datagrams) await source.send(bytesOf(each))
    await until(() => stored.length + source.count('datagramsDropped') === input.datagrams.length)
    assert.equal(source.count('datagramsDropped'), output.dropped)
    const bodies = difference ? input.datagrams.map((each) => firstLine(bytesOf(each))) : output.events!.map(bodyOf)
    assert.deepEqual(stored, bodies)
    const expected = output.events!.map((event) =>
      'remoteAddressHeader' in config ? { from: '/127.0.0.1:{port}' } : event.headers,
    )
    assert.deepEqual(headers, expected)
  })
}
