import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { AgentProcess } from '../support/agent-process.ts'
import { connectMany, growthDuring, needFiles } from './hostile-agent.ts'

/** Clients of one kind that begin something and never end it. */
export interface SlowClients {
  /** Or the path of a Unix socket. */
  readonly port: number | string
  readonly clients: number
  /** What each sends at once; none: it drips from its first byte. */
  readonly first?: Buffer
  /** What each sends then, a byte a second, again from its beginning after its end. */
  readonly drip: Buffer
}

export interface Outcome {
  /** The agent's memory grew by so much for each of them at most. */
  readonly bytesPerClient: number
  /** From their first byte until the last of them was closed. */
  readonly closedAfterMs: number
  /** What honest clients did meanwhile, and what they did a second, as a part of what they did before. */
  readonly rounds: number
  readonly pace: number
}

const everyMs = 1000

/**
 * Lets clients drip, and honest ones work beside them, until the agent has closed all that drip.
 * @param honest what honest clients do, again and again; it fails where they are not served
 */
export async function besideSlowClients(
  t: TestContext,
  agent: AgentProcess,
  groups: readonly SlowClients[],
  honest: () => Promise<void>,
): Promise<Outcome> {
  const clients = groups.reduce((sum, group) => sum + group.clients, 0)
  await needFiles(clients)
  let closedAfterMs = 0
  let rounds = 0
  let pace = 0
  const before = await roundsASecond(honest, sleep(1000))
  const grown = await growthDuring(agent, async () => {
    const closings: Promise<number>[] = []
    const slow: { readonly group: SlowClients; readonly sockets: readonly Socket[] }[] = []
    for (const group of groups) {
      const sockets = await connectMany(group.port, group.clients)
      for (const socket of sockets) closings.push(closedAt(socket))
      slow.push({ group, sockets })
    }
    const began = performance.now()
    let sent = 0
    const send = (): void => {
      for (const { group, sockets } of slow) {
        const bytes =
          sent === 0 && group.first ? group.first : group.drip.subarray(sent % group.drip.length).subarray(0, 1)
        for (const socket of sockets) if (socket.writable) socket.write(bytes)
      }
      sent++
    }
    send()
    const dripping = setInterval(send, everyMs)
    t.after(() => clearInterval(dripping))
    const closed = Promise.all(closings)
    const during = await roundsASecond(honest, closed)
    rounds = during.rounds
    pace = during.aSecond / before.aSecond
    clearInterval(dripping)
    closedAfterMs = Math.max(...(await closed)) - began
  })
  const bytesPerClient = Math.round(grown / clients)
  t.diagnostic(
    `${clients} clients: ${bytesPerClient} bytes each, the last closed after ${Math.round(closedAfterMs)} ms, ` +
      `${rounds} honest rounds meanwhile, ${Math.round(pace * 100)}% of the pace before`,
  )
  return { bytesPerClient, closedAfterMs, rounds, pace }
}

async function roundsASecond(
  honest: () => Promise<void>,
  until: Promise<unknown>,
): Promise<{ readonly rounds: number; readonly aSecond: number }> {
  const began = performance.now()
  let isOver = false
  void until.then(() => {
    isOver = true
  })
  let rounds = 0
  while (!isOver) {
    await honest()
    rounds++
    await sleep(10)
  }
  return { rounds, aSecond: (rounds * 1000) / (performance.now() - began) }
}

/** What a client of TLS sends first, as Node writes it. */
export async function clientHello(): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({
      read: () => undefined,
      write: (bytes: Buffer, _encoding, done) => {
        resolve(bytes)
        done()
      },
    })
    connectTls({ socket: wire, rejectUnauthorized: false }).on('error', () => undefined)
  })
}

/** That none of them was closed meanwhile. */
export function assertOpen(sockets: readonly Socket[]): void {
  assert.equal(sockets.filter((socket) => socket.closed || socket.readableEnded).length, 0, 'idle ones were closed')
}

function closedAt(socket: Socket): Promise<number> {
  socket.resume()
  return new Promise((resolve) => socket.once('close', () => resolve(performance.now())))
}
