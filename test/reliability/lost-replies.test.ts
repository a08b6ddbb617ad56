// Two tiers of our own with a network between them that loses answers: what is sent again is stored once.
import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Agent, batchOf, createEvent } from '../../packages/flumen/src/index.ts'
import { Random } from '../../packages/flumen/src/testing/disk/random.ts'
import { freePort, temporaryDirectory } from '../../servers/server.ts'

const events = 3000

/** Passes on what the sink says, and now and then breaks the connection instead of passing on an answer. */
async function forgetful(
  t: TestContext,
  to: number,
  random: Random,
): Promise<{ readonly port: number; lost: number; packed: number }> {
  const relay = { port: await freePort(), lost: 0, packed: 0 }
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const target = connect(to, '127.0.0.1')
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
    }
    client.on('data', (chunk) => {
      if ((chunk as Buffer).includes('flumen.zstd')) relay.packed++
      target.write(chunk)
    })
    target.on('data', (chunk) => {
      if (!random.chance(0.2)) {
        client.write(chunk)
        return
      }
      relay.lost++
      client.destroy()
      target.destroy()
    })
    client.once('close', () => target.destroy())
    target.once('close', () => client.destroy())
  })
  server.listen(relay.port, '127.0.0.1')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return relay
}

for (const { channel, maxInFlight, batchCompression } of [
  { channel: 'memory', maxInFlight: 1, batchCompression: 'none' },
  { channel: 'file', maxInFlight: 1, batchCompression: 'none' },
  { channel: 'file', maxInFlight: 8, batchCompression: 'none' },
  { channel: 'file', maxInFlight: 8, batchCompression: 'zstd' },
] as const) {
  const how = batchCompression === 'none' ? '' : ', packed'
  test(`into a ${channel} channel, with ${maxInFlight} batches under way${how}, each event comes once though answers are lost`, {
    timeout: 120_000,
  }, async (t) => {
    using home = temporaryDirectory('lost-replies')
    const place = (name: string): { readonly checkpointDir: string; readonly dataDirs: string } => ({
      checkpointDir: join(home.path, name, 'checkpoint'),
      dataDirs: join(home.path, name, 'data'),
    })
    const collectorPort = await freePort()
    const relay = await forgetful(t, collectorPort, new Random(maxInFlight))
    const collector = new Agent({
      sources: { r1: { type: 'avro', bind: '127.0.0.1', port: collectorPort, channels: 'c1' } },
      channels: {
        c1:
          channel === 'memory'
            ? { type: 'memory', capacity: 10_000, transactionCapacity: 1000 }
            : { type: 'file', ...place('collector') },
      },
      sinks: {},
    })
    const edge = new Agent({
      channels: { c1: { type: 'file', ...place('edge') } },
      sinks: {
        k1: {
          type: 'avro',
          channel: 'c1',
          hostname: '127.0.0.1',
          port: relay.port,
          'batch-size': 50,
          maxInFlight,
          batchCompression,
          backoffSleepIncrement: 20,
          maxBackoffSleep: 100,
        },
      },
    })
    await collector.start()
    await edge.start()
    const input = edge.channel('c1')
    for (let first = 0; first < events; first += 500) {
      await input.put(
        batchOf(Array.from({ length: 500 }, (_, index) => createEvent(String(first + index).padEnd(100)))),
      )
    }
    const seen: number[] = []
    const stored = collector.channel('c1')
    while (new Set(seen).size < events) {
      await stored.take((batch) => void seen.push(...Array.from(batch, ({ body }) => Number(Buffer.from(body)))), {
        timeoutMs: 1000,
      })
    }
    await edge.stop()
    await stored.take((batch) => void seen.push(...Array.from(batch, ({ body }) => Number(Buffer.from(body)))), {
      timeoutMs: 100,
    })
    await collector.stop()
    t.diagnostic(`${relay.lost} answers lost, ${relay.packed} pieces packed`)
    assert.equal(relay.packed > 10, batchCompression === 'zstd')
    assert.ok(relay.lost > 3)
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      Array.from({ length: events }, (_, index) => index),
    )
  })
}
