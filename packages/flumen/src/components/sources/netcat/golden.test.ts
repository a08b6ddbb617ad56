import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ChannelFullError, type EventBatch } from '../../../core/index.ts'
import { createForTest, refuse } from '../../../testing/harness.ts'
import { portOf } from '../../../testing/listening.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import netcat from './netcat.ts'

interface Bytes {
  readonly text?: string
  readonly text_b64?: string
  readonly b64?: string
}

type Step =
  | { readonly client: Bytes | string; readonly client_bytes?: number }
  | { readonly server: Bytes; readonly server_closed: boolean }

/** What Apache Flume 1.11 did; see test/golden/README.md. */
interface Golden {
  readonly case: string
  readonly config: Readonly<Record<string, string>>
  readonly channel: { readonly events: number; readonly message: string }
  readonly conversation: readonly Step[]
  readonly events: readonly string[]
}

/** Where Flumen means to do something else. */
const differences: Readonly<
  Record<string, { readonly why: string; readonly answer: string; readonly events: readonly string[] }>
> = {
  'an invalid byte after a good line': {
    why: 'a good line is stored and acknowledged, whatever comes after it in the same packet',
    answer: 'OK\n',
    events: ['a'],
  },
}

const flumeIsFull =
  "Space for commit to queue couldn't be acquired. Sinks are likely not keeping up with sources, or the buffer size is too tight"
const outOfBytes =
  'Cannot commit transaction. Byte capacity allocated to store event body 200.0reached. ' +
  'Please increase heap space/byte capacity allocated to the channel as the sinks may not be keeping up with the sources'

for (const golden of [...ours(), ...shared()]) {
  const difference = differences[golden.case]
  test(`netcat answers as Flume does${difference ? ` but for a reason: ${difference.why}` : `: ${golden.case}`}`, async () => {
    const spoken = await speak(golden)
    const answer = golden.conversation
      .map((step) => ('server' in step ? bytesOf(step.server).toString('latin1') : ''))
      .join('')
    assert.equal(spoken.answer, difference?.answer ?? answer)
    assert.deepEqual(spoken.events, difference?.events ?? golden.events)
  })
}

/** Interceptors are no part of a source: cases with them, and those that do not configure, are tested elsewhere. */
function ours(): readonly Golden[] {
  return rows('netcat.jsonl').flatMap((row) => {
    const { conversation, events } = row.output
    const hasInterceptor = 'interceptors' in row.config
    if (!conversation || hasInterceptor || row.case === 'an unknown encoding') return []
    const channel = row.input.channel ?? {}
    return [
      {
        case: row.case,
        config: row.config,
        channel: channel.byteCapacity
          ? { events: 2, message: outOfBytes }
          : { events: Number(channel.capacity ?? 100), message: flumeIsFull },
        conversation,
        events: events!.map(({ body }) => body),
      },
    ]
  })
}

function shared(): readonly Golden[] {
  return rows('shared-netcat/netcat.jsonl').map((row) => ({
    case: `${row.case} (shared)`,
    config: row.config,
    channel: { events: Number(/ capacity=(\d+)/.exec(String(row.channel))![1]), message: flumeIsFull },
    conversation: row.conversation!,
    events: row.events!.map(({ body }) => body),
  }))
}

interface Row {
  readonly case: string
  readonly config: Readonly<Record<string, string>>
  readonly channel?: string
  readonly conversation?: readonly Step[]
  readonly events?: readonly { readonly body: string }[]
  readonly input: { readonly channel?: Readonly<Record<string, string>> }
  readonly output: { readonly conversation?: readonly Step[]; readonly events?: readonly { readonly body: string }[] }
}

function rows(file: string): readonly Row[] {
  const text = readFileSync(new URL(`../../../../../../test/golden/${file}`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
}

interface Spoken {
  readonly answer: string
  readonly events: readonly string[]
}

/** Says what Flume's client said, each time when what Flume had answered until then has come. */
async function speak({ config, channel, conversation }: Golden): Promise<Spoken> {
  const events: string[] = []
  const onPut = channelInto(events, channel)
  const source = await createForTest(netcat, { bind: '127.0.0.1', port: '0', ...config }, { onPut })
  await source.instance.start()
  const client = await TcpClient.connect(portOf(source))
  let expected = 0
  for (const step of conversation) {
    if ('server' in step) {
      expected += bytesOf(step.server).length
      await client.answer(expected)
    } else if (step.client === '<shutdown output>') client.end()
    else await client.send(bytesOf(step.client, step.client_bytes))
  }
  await client.lastAnswer()
  const answer = client.received.toString('latin1')
  client.destroy()
  await source.instance.stop(1000)
  return { answer, events }
}

/** A put stores as many events as there is room for, and then fails as Flume's memory channel does. */
function channelInto(stored: string[], { events, message }: Golden['channel']): (batch: EventBatch) => void {
  return (batch) => {
    const fits = Math.min(events - stored.length, batch.length)
    for (let row = 0; row < fits; row++) stored.push(batch.text(row))
    if (fits < batch.length) refuse(new ChannelFullError(message), fits)
  }
}

/** A long line is written as a few of its characters. */
function bytesOf(bytes: Bytes | string, length?: number): Buffer {
  if (typeof bytes === 'string') return Buffer.from(`${'x'.repeat(length! - 1)}\n`)
  const base64 = bytes.text_b64 ?? bytes.b64
  return base64 === undefined ? Buffer.from(bytes.text!) : Buffer.from(base64, 'base64')
}
