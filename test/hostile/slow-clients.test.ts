// Reliability bar S2 on every source that listens on TCP but plain HTTP, which has its own test: 5,000 clients that
// begin something and never end it, against a real agent in a process of its own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hex } from '../../packages/flumen/src/protocols/thrift-rpc/rpc-for-test.ts'
import { connectMany } from './hostile-agent.ts'
import { assertOpen, besideSlowClients, clientHello } from './slow-clients.ts'
import { slowAgent, slowHttp, slowTargets } from './slow-targets.ts'

const clients = 5000
const timeoutSeconds = 4
/** The bar's own; here the bound is set to much less. */
const mostMs = 60_000
const idleClients = 50

for (const target of slowTargets) {
  test(`S2: ${target.name ?? target.type}: ${clients} clients that drip are closed in time, idle ones are not, and others lose nothing`, {
    timeout: 120_000,
  }, async (t) => {
    const { agent, address, send, stored, count } = await slowAgent(t, target, { timeoutSeconds })
    const idle = await connectMany(address, idleClients)
    const { event } = target
    const half = clients / 2
    const groups = [
      { port: address, clients: half, drip: event },
      { port: address, clients: half, first: event.subarray(0, event.length >> 1), drip: Buffer.from('x') },
    ]
    const outcome = await besideSlowClients(t, agent, groups, () => send())
    assert.equal(await count(`${target.timeout}s`), clients)
    assertOpen(idle)
    await send(idle[0])
    await stored()
    for (const socket of idle) socket.destroy()
    assert.ok(outcome.closedAfterMs < mostMs && outcome.rounds > 0)
    assert.ok(outcome.bytesPerClient < target.mostBytes, `${outcome.bytesPerClient} bytes each`)
  })
}

const withTls = ['syslogtcp', 'multiport_syslogtcp', 'avro', 'thrift', 'http']
for (const type of withTls) {
  const target = [...slowTargets, slowHttp].find((each) => each.type === type)!
  test(`S2: ${type} with TLS: ${clients} clients that drip a handshake are closed in time, and others lose nothing`, {
    timeout: 120_000,
  }, async (t) => {
    const { agent, send, stored, count, secure } = await slowAgent(t, target, { timeoutSeconds, tls: true })
    const idle = await Promise.all(Array.from({ length: idleClients }, secure))
    // One of HTTP is idle behind a request.
    if (target === slowHttp) for (const socket of idle) await send(socket)
    const hello = await clientHello()
    const answered = clients / 10
    const groups = [
      { port: agent.port, clients: clients - answered, drip: hello },
      // Answered with all that the server has to say of itself; the client's part is the beginning of a record then. They
      // are fewer, as each costs the server a signature: all at once would be a test of how fast it signs.
      { port: agent.port, clients: answered, first: hello, drip: hex('16 03 03 20 00') },
    ]
    const outcome = await besideSlowClients(t, agent, groups, () => send())
    // And the one that looked whether the agent listens.
    assert.equal(await count('tlsFailures'), clients + 1)
    assertOpen(idle)
    await send(idle[0])
    await stored()
    for (const socket of idle) socket.destroy()
    assert.ok(outcome.closedAfterMs < mostMs && outcome.rounds > 0)
    assert.ok(outcome.bytesPerClient < 150_000, `${outcome.bytesPerClient} bytes each`)
  })
}

for (const type of ['thrift', 'scribe']) {
  const target = slowTargets.find((each) => each.type === type)!
  test(`S2: ${type}: slow clients that hold all the memory that requests may have keep nobody from being served`, {
    timeout: 120_000,
  }, async (t) => {
    const { agent, send, stored } = await slowAgent(t, target, {
      timeoutSeconds,
      more: 'a1.sources.r1.maxHeldSize = 4 MiB',
      channel: 'file',
    })
    const [kept] = await connectMany(agent.port, 1)
    const groups = [{ port: agent.port, clients: 500, first: beginningOf(20_000), drip: Buffer.from('x') }]
    const outcome = await besideSlowClients(t, agent, groups, async () => {
      await send()
      await send(kept)
    })
    await stored()
    kept?.destroy()
    // They are closed after some seconds: a round that had to wait for that would be the only one.
    assert.ok(outcome.rounds > 3, `${outcome.rounds} rounds`)
    assert.ok(outcome.bytesPerClient < 200_000, `${outcome.bytesPerClient} bytes each`)
  })
}

/** So many bytes of a frame of ten times as many. */
function beginningOf(bytes: number): Buffer {
  const frame = Buffer.alloc(4 + bytes)
  frame.writeUInt32BE(bytes * 10)
  return frame
}
