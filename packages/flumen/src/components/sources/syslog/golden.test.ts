import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import type { Declaration } from '../../../component/kit.ts'
import { type Clock, systemClock } from '../../../core/index.ts'
import { createForTest, type Harness } from '../../../testing/harness.ts'
import { settle } from '../../../testing/manual-clock.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import multiport from '../multiport-syslog-tcp/multiport-syslog-tcp.ts'
import syslogTcp from '../syslog-tcp/syslog-tcp.ts'
import syslogUdp from '../syslog-udp/syslog-udp.ts'

interface Event {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly body_b64?: string
}

type SourceName = 'syslogtcp' | 'multiport_syslogtcp' | 'syslogudp'

/** What Apache Flume 1.11 did; see test/golden/README.md. */
interface Golden {
  readonly source: SourceName
  readonly config: Readonly<Record<string, string>>
  readonly case: string
  readonly input: { readonly text?: string; readonly b64?: string; readonly text_b64?: string }
  readonly events: readonly Event[]
}

const zone = process.env.TZ
process.env.TZ = 'UTC'
after(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

/** When Flume ran. */
const ranAt = Date.UTC(2026, 10, 21, 1, 48, 24)
const clock: Clock = { ...systemClock, now: () => ranAt }

const rows = readGolden<Golden>('syslog-messages.jsonl')
const configurations = Map.groupBy(rows, ({ source, config }) => `${source} ${JSON.stringify(config)}`)

test('there are 19 configurations in the table', () => {
  assert.equal(configurations.size, 19)
})

for (const [name, cases] of configurations) {
  test(`${name} makes of each message what Flume makes of it, but for the known differences`, async (context) => {
    const { source, config } = cases[0]!
    const running = source === 'syslogudp' ? await overUdp(config) : await overTcp(source, config)
    context.after(() => running.stop())
    const made = async (message: Buffer, events: number): Promise<readonly Event[]> => {
      const before = running.events().length
      await running.send(message, events)
      return running.events().slice(before)
    }
    for (const golden of cases) {
      const message = inputOf(golden)
      const flume = expectedOf(golden).map((event) => withPort(event, config, running.port))
      const isCounted = golden.case === 'octet-counted' && source !== 'syslogudp'
      // Flume takes the length for text.
      const expected = isCounted ? await made(message.subarray('75 '.length), flume.length) : flume
      assert.deepEqual(await made(message, expected.length), expected, golden.case)
    }
  })
}

test('where lengths are not looked for, a message with one is what Flume makes of it', async (context) => {
  const golden = rows.find(({ source, case: name }) => source === 'syslogtcp' && name === 'octet-counted')!
  const running = await overTcp('syslogtcp', { framing: 'newline' })
  context.after(() => running.stop())
  await running.send(inputOf(golden), 1)
  assert.deepEqual(running.events(), expectedOf(golden))
})

interface Running {
  readonly port: number
  /** Resolves when the connection is over, or so many events have come. */
  send(message: Buffer, events: number): Promise<void>
  events(): readonly Event[]
  stop(): Promise<void>
}

async function overTcp(source: SourceName, config: Golden['config']): Promise<Running> {
  const multi = source === 'multiport_syslogtcp'
  const declaration = multi ? multiport : syslogTcp
  const values = { host: '127.0.0.1', [multi ? 'ports' : 'port']: '0', ...config }
  const running = await start(declaration as unknown as Declaration<'source'>, values)
  return {
    ...running,
    send: async (message) => {
      const client = await TcpClient.connect(running.port)
      await client.send(message)
      client.end()
      await client.lastAnswer()
      client.destroy()
    },
  }
}

async function overUdp(config: Golden['config']): Promise<Running> {
  const running = await start(syslogUdp as unknown as Declaration<'source'>, {
    host: '127.0.0.1',
    port: '0',
    ...config,
  })
  const socket = createSocket('udp4')
  return {
    ...running,
    send: async (message, events) => {
      const there = running.events().length
      await new Promise((resolve) => socket.send(message, running.port, '127.0.0.1', resolve))
      while (running.events().length < there + events) await settle()
    },
    stop: async () => {
      socket.close()
      await running.stop()
    },
  }
}

async function start(
  declaration: Declaration<'source'>,
  values: Readonly<Record<string, string>>,
): Promise<Omit<Running, 'send'>> {
  const source: Harness<'source'> = await createForTest(declaration, values, { clock })
  await source.instance.start()
  const { address } = source.observed.lines.find(({ message }) => message === 'Listening.')!.facts
  return {
    port: Number(/:(\d+)$/.exec(String(address))![1]),
    events: () => source.observed.puts.flatMap((batch) => [...batch].map(({ headers, body }) => shown(headers, body))),
    stop: () => source.instance.stop(1000),
  }
}

function shown(headers: ReadonlyMap<string, string>, body: Uint8Array): Event {
  return { headers: Object.fromEntries(headers), body: Buffer.from(body).toString('latin1') }
}

/** The bytes that were sent. */
function inputOf({ source, case: name, input }: Golden): Buffer {
  const text = Buffer.from(input.text ?? input.b64 ?? input.text_b64!, input.text === undefined ? 'base64' : 'utf8')
  const isEnded = source !== 'syslogudp' && name !== 'unterminated-then-close'
  return isEnded ? Buffer.concat([text, Buffer.from('\n')]) : text
}

/** What Flume made of it, with what Flumen means to do otherwise put in its place. */
function expectedOf(golden: Golden): readonly Event[] {
  return golden.events.map((event) => {
    const headers = { ...event.headers }
    for (const { headers: change } of differences) change(headers, golden)
    const bytes = Buffer.from(event.body ?? event.body_b64!, event.body === undefined ? 'base64' : 'utf8')
    return { headers, body: longBody(golden, bytes).toString('latin1') }
  })
}

interface Difference {
  readonly why: string
  headers(headers: Record<string, string>, golden: Golden): void
}

const firstOf = new Map(
  rows
    .filter(({ source, config }) => source === 'syslogtcp' && !Object.keys(config).length)
    .map((row) => [row.case, row]),
)

const differences: readonly Difference[] = [
  {
    why: 'a message has no priority and version of another one',
    headers: (headers, { source, case: name }) => {
      if (source === 'multiport_syslogtcp') return
      const isOwn = 'priority' in (firstOf.get(name)?.events[0]?.headers ?? {})
      if (isOwn && headers['flume.syslog.status'] !== 'Invalid') return
      delete headers.priority
      delete headers.version
    },
  },
  {
    why: 'a fraction of a second is one, and an offset counts beside it',
    headers: (headers, { source, case: name }) => {
      if (source === 'multiport_syslogtcp' || headers.timestamp === undefined) return
      if (name === '5424-2-digit-frac') headers.timestamp = '1061702055120'
      if (name === '5424-procid') headers.timestamp = '1614830767890'
    },
  },
  {
    why: 'a date without a year is in the nearest year, not in 2001 or 1999',
    headers: (headers, { source, case: name }) => {
      if (source !== 'multiport_syslogtcp' || !name.match(/^(3164|double-space|long|two-in)/)) return
      const flume = new Date(Number(headers.timestamp))
      if (flume.getUTCFullYear() !== 2001 && flume.getUTCFullYear() !== 1999) return
      // Flume's first of these is the last day of February 2001.
      const day = name === '3164-feb29' ? 1 : 0
      const ahead = flume.getUTCMonth() === 11
      headers.timestamp = String(flume.setUTCFullYear(ahead ? 2025 : 2026) + day * 86_400_000)
    },
  },
  {
    why: 'the time of arrival is that of this run',
    headers: (headers, { source, input }) => {
      if (source === 'multiport_syslogtcp' && input.text?.startsWith('<13>1 - ')) headers.timestamp = String(ranAt)
    },
  },
]

/** Flume cuts a datagram at 2,048 bytes. */
function longBody({ source, case: name, input }: Golden, body: Buffer): Buffer {
  if (source !== 'syslogudp' || name !== 'long-4000') return body
  return Buffer.concat([body, Buffer.from(input.text!).subarray(2048)])
}

/** Flume's port is another one. */
function withPort(event: Event, { portHeader }: Golden['config'], port: number): Event {
  return portHeader === undefined ? event : { ...event, headers: { ...event.headers, [portHeader]: String(port) } }
}

function readGolden<T>(file: string): readonly T[] {
  const text = readFileSync(new URL(`../../../../../../test/golden/${file}`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}
