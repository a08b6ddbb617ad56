import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Declaration } from '../../../component/kit.ts'
import { batchOf, createEvent, silentLog } from '../../../core/index.ts'
import { Agent } from '../../../runtime/agent.ts'
import { planOf, scriptedSource, settle } from '../../../testing/index.ts'
import memory from '../../channels/memory.ts'
import replicating from '../../selectors/replicating.ts'
import http from './http.ts'
import { HttpPeer } from './http-peer-for-test.ts'

function configurationOf(endpoint: string, values: Readonly<Record<string, string>>): string {
  const keys = { type: 'http', channel: 'c1', endpoint, backoffSleepIncrement: '0', ...values }
  return `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = scripted
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = 1000
${Object.entries(keys)
  .map(([key, value]) => `a1.sinks.k1.${key} = ${value}`)
  .join('\n')}
`
}

const events = 100

/** Sends numbers through an agent; the answers come in turn, and then 200. */
async function sendThrough(values: Readonly<Record<string, string>>, answers: readonly number[]) {
  const peer = await HttpPeer.start()
  peer.script = ({ body }, count) => {
    const status = answers[count - 1] ?? 200
    // As a server that knows which line is wrong, and takes nothing with it.
    const isBad = values['rollback.4XX'] === 'false' && body.toString().split('\n').includes('13')
    return status === 200 && isBad ? 422 : { status, headers: { 'Retry-After': '0' } }
  }
  const source = scriptedSource()
  const parts = [memory, replicating, http, source.declaration] as unknown as Declaration[]
  const agent = new Agent(await planOf(configurationOf(peer.endpoint, values), parts), { log: silentLog })
  await agent.start()
  const rows = Array.from({ length: events }, (_, row) => createEvent(String(row)))
  await source.contexts.get('r1')!.put(batchOf(rows))
  while (agent.accounts.channels.get('c1')!.buffered > 0) await settle()
  const account = agent.accounts.sinks.get('k1')!
  await agent.stop()
  await peer.stop()
  const stored = peer.stored.flatMap((body) =>
    body
      .toString()
      .split('\n')
      .filter((line) => line !== ''),
  )
  return { stored: stored.map(Number), account }
}

const statuses = fc.array(fc.constantFrom(200, 200, 413, 429, 500, 503), { maxLength: 30 })
const text = { format: 'text' }
const cases: readonly (readonly [name: string, values: Readonly<Record<string, string>>])[] = [
  ['an event a request', {}],
  ['several events a take', { batchSize: '20' }],
  ['several events a request', { ...text, batchSize: '20', compression: 'gzip' }],
  ['several requests at a time', { ...text, batchSize: '7', ordered: 'false', maxConnections: '3' }],
]
for (const [name, values] of cases) {
  test(`${name}: each is delivered once, and in order where that is wanted, whatever the answers are`, async () => {
    await fc.assert(
      fc.asyncProperty(statuses, async (answers) => {
        const { stored, account } = await sendThrough(values, answers)
        const all = Array.from({ length: events }, (_, row) => row)
        assert.deepEqual(values.ordered === 'false' ? stored.toSorted((one, other) => one - other) : stored, all)
        assert.deepEqual([account.delivered, account.dead], [events, 0])
      }),
      { numRuns: 15 },
    )
  })
}

test('of a request that is refused for good only the event that makes it so is dead', async () => {
  const { stored, account } = await sendThrough({ ...text, batchSize: '50', 'rollback.4XX': 'false' }, [])
  assert.deepEqual(
    stored,
    Array.from({ length: events }, (_, row) => row).filter((row) => row !== 13),
  )
  assert.deepEqual([account.delivered, account.dead], [events - 1, 1])
})
