// Our components and Apache Flume's side by side: what the tests of the protocols between agents have in common.
import type { TestContext } from 'node:test'
import avroSource from '../../packages/flumen/src/components/sources/avro/avro.ts'
import thriftSource from '../../packages/flumen/src/components/sources/thrift/thrift.ts'
import type { Event, EventBatch } from '../../packages/flumen/src/core/index.ts'
import { createForTest, type Harness, type HarnessOptions } from '../../packages/flumen/src/testing/index.ts'
import { type Running, waitUntil } from '../../servers/server.ts'

export type Transport = 'avro' | 'thrift'
export type Values = Readonly<Record<string, string>>

/** A source of ours that listens, until the test is over. */
export async function ourSource(
  t: TestContext,
  transport: Transport,
  values: Values = {},
  options: HarnessOptions = {},
): Promise<Harness<'source'>> {
  const all = { bind: '127.0.0.1', port: '0', ...values }
  const source =
    transport === 'avro'
      ? await createForTest(avroSource, all, options)
      : await createForTest(thriftSource, all, options)
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  return source
}

export function portOf({ observed }: Harness<'source'>): number {
  const { address } = observed.lines.find(({ message }) => message === 'Listening.')!.facts
  return Number(/:(\d+)$/.exec(String(address))![1])
}

/** What a source put, and forgets: a test with many events keeps those of one flow only. */
export function* taken({ observed }: Harness<'source'>): Iterable<Event> {
  const puts: readonly EventBatch[] = observed.puts.splice(0)
  for (const batch of puts) {
    for (let row = 0; row < batch.length; row++) yield { headers: batch.headers(row), body: batch.body(row) }
  }
}

/** Resolves when so many events are stored. Looks now and then: to count them at each put takes too long with single ones. */
export async function stored(source: Harness<'source'>, events: number): Promise<void> {
  const all = (): true | undefined => sizesOf(source).reduce((sum, size) => sum + size, 0) >= events || undefined
  await waitUntil(`${events} events are stored`, all, 200_000)
}

export function sizesOf({ observed }: Harness<'source'>): readonly number[] {
  return observed.puts.map(({ length }) => length)
}

/**
 * Of a source of Flume. Without it Flume's Thrift source starts a thread for every call and keeps it: after some 32,000
 * calls there are no more threads, and it listens no longer.
 */
export const threads = '8'

/** Lines of a configuration of Flume. */
export function linesOf(prefix: string, values: Values): string {
  return Object.entries(values)
    .map(([key, value]) => `${prefix}.${key} = ${value}\n`)
    .join('')
}

/** Apache Flume takes four seconds for each of its Avro sources to stop. */
export async function endNow(agent: Running): Promise<void> {
  process.kill(agent.pid, 'SIGKILL')
  await agent.stop()
}
