import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Declaration } from '../component/kit.ts'
import memory from '../components/channels/memory.ts'
import replicating from '../components/selectors/replicating.ts'
import avroSink from '../components/sinks/avro/avro.ts'
import thriftSink from '../components/sinks/thrift/thrift.ts'
import avroSource from '../components/sources/avro/avro.ts'
import thriftSource from '../components/sources/thrift/thrift.ts'
import { batchOf, createEvent, silentLog, systemClock } from '../core/index.ts'
import { planOf, scriptedSource } from '../testing/agent-harness.ts'
import { createForTest, type Harness } from '../testing/harness.ts'
import { settle } from '../testing/manual-clock.ts'
import { Agent } from './agent.ts'

const events = 20_000
const cuts = 12

async function listening(t: TestContext, declaration: Declaration<'source'>): Promise<[Harness<'source'>, number]> {
  const source = await createForTest(declaration, { bind: '127.0.0.1', port: '0' })
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  const { address } = source.observed.lines.find(({ message }) => message === 'Listening.')!.facts
  return [source, Number(/:(\d+)$/.exec(String(address))![1])]
}

/** Passes on what comes, and cuts the first connections, each after more bytes than the one before. */
async function cutting(t: TestContext, port: number): Promise<{ readonly port: number; readonly cut: () => number }> {
  let cut = 0
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    const mine = cut
    let left = 2000 + mine * 1009
    const end = (): void => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) socket.on('error', end).once('close', end)
    near.on('data', (chunk: Buffer) => {
      left -= chunk.length
      const isLast = mine === cut && cut < cuts && left < 0
      far.write(isLast ? chunk.subarray(0, chunk.length + left) : chunk)
      if (!isLast) return
      cut++
      // What is on its way arrives; its answers do not.
      near.destroy()
      far.end()
    })
    far.on('data', (chunk) => near.writable && near.write(chunk))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { port: (server.address() as { port: number }).port, cut: () => cut }
}

for (const [type, source, sink] of [
  ['avro', avroSource, avroSink],
  ['thrift', thriftSource, thriftSink],
] as unknown as readonly (readonly [string, Declaration<'source'>, Declaration<'sink'>])[]) {
  test(`${type}: with several batches in flight and connections that are cut nothing is lost, and the order stays`, async (t) => {
    const [receiver, behind] = await listening(t, source)
    const relay = await cutting(t, behind)
    const scripted = scriptedSource()
    const declarations = [memory, replicating, scripted.declaration, sink] as unknown as Declaration[]
    const plan = await planOf(
      `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = scripted
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = ${events}
a1.sinks.k1.type = ${type}
a1.sinks.k1.channel = c1
a1.sinks.k1.hostname = 127.0.0.1
a1.sinks.k1.port = ${relay.port}
a1.sinks.k1.maxInFlight = 8
a1.sinks.k1.backoffSleepIncrement = 5
`,
      declarations,
    )
    const agent = new Agent(plan, { log: silentLog, clock: systemClock })
    await agent.start()
    t.after(() => agent.stop(0))
    for (let from = 0; from < events; from += 100) {
      const some = Array.from({ length: 100 }, (_, index) => createEvent(String(from + index)))
      await scripted.contexts.get('r1')!.put(batchOf(some))
    }
    while (agent.accounts.sinks.get('k1')!.delivered < events) await settle()
    const bodies = receiver.bodies()
    const first = [...new Set(bodies)]
    assert.equal(relay.cut(), cuts)
    assert.deepEqual(
      first,
      Array.from({ length: events }, (_, index) => String(index)),
    )
    const most = cuts * 8 * 100
    assert.ok(bodies.length - events <= most, `${bodies.length - events} came twice, ${most} at most`)
    t.diagnostic(`${bodies.length - events} events came twice over ${cuts} cuts`)
  })
}
