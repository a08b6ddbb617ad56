import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AgentProcess, startAgent, tryConnect } from '../support/agent-process.ts'

export const mebibyte = 1024 ** 2

/** What a test calls when it is over. */
export type Cleanup = Pick<TestContext, 'after'>

/** An agent in a process and a folder of its own, ended with the test. */
export async function agentFor(t: Cleanup, configuration: string, more: readonly string[] = []): Promise<AgentProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'flumen-hostile-'))
  const agent = await startAgent(directory, configuration, more)
  t.after(async () => {
    await agent.stop('SIGKILL')
    await rm(directory, { recursive: true })
  })
  return agent
}

/** Writes until the peer closes or so many bytes are written. */
export async function pour(socket: Socket, chunk: Buffer, bytes: number): Promise<number> {
  socket.on('error', () => undefined)
  let isClosed = false
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve())).then(() => {
    isClosed = true
  })
  let written = 0
  while (written < bytes && !isClosed) {
    written += chunk.length
    if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed])
  }
  socket.destroy()
  return written
}

export interface Drip {
  /** What each sends, a byte at a time; after its end x. */
  readonly text?: string
  readonly everyMs?: number
}

/** Many connections that send a byte now and then; resolves when all were closed by the agent. */
export async function drip(
  t: TestContext,
  port: number,
  clients: number,
  { text = '', everyMs = 250 }: Drip = {},
): Promise<void> {
  const slow = await connectMany(port, clients)
  const closed = slow.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
  for (const socket of slow) socket.resume()
  let sent = 0
  const dripping = setInterval(() => {
    const byte = text[sent++] ?? 'x'
    for (const socket of slow) if (socket.writable) socket.write(byte)
  }, everyMs)
  t.after(() => clearInterval(dripping))
  await Promise.all(closed)
  clearInterval(dripping)
}

/** Connections that say nothing yet; they do not end before the test does. @throws Error where files may not be so many */
export async function connectMany(port: number | string, clients: number): Promise<Socket[]> {
  await needFiles(clients)
  const sockets: Socket[] = []
  while (sockets.length < clients) {
    const count = Math.min(250, clients - sockets.length)
    for (const socket of await Promise.all(Array.from({ length: count }, () => tryConnect(port)))) {
      if (!socket) throw new Error(`connection ${sockets.length} was refused (ulimit -n too low?)`)
      socket.on('error', () => undefined)
      sockets.push(socket)
    }
  }
  return sockets
}

/** What a process has open beside the connections of a test. */
const otherFiles = 200

/** The agent has the limit of the test that starts it. @throws Error that says how many files must be allowed */
export async function needFiles(connections: number): Promise<void> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const limit = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY)
  const needed = connections + otherFiles
  if (limit >= needed) return
  throw new Error(`${connections} connections need ${needed} open files and ${limit} are allowed: ulimit -n ${needed}`)
}

/** The bar for what never ends. */
const mostOfALine = 16 * mebibyte

/**
 * An agent that has seen an attack grows little in the next one. What V8 and the allocator take for the first they keep,
 * as they do for honest work. When V8 collects is its own business: an attack counts by the least of three.
 */
export async function staysFlat(
  t: Pick<TestContext, 'diagnostic'>,
  agent: AgentProcess,
  attack: () => Promise<unknown>,
): Promise<void> {
  await attack()
  let grown = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 3 && grown > mostOfALine; tries++)
    grown = Math.min(grown, await growthDuring(agent, attack))
  const said = `grew by ${(grown / mebibyte).toFixed(1)} MiB`
  t.diagnostic(said)
  assert.ok(grown <= mostOfALine, said)
}

/** Watches an agent's memory while something is done. @returns bytes that it grew by at most */
export async function growthDuring(agent: AgentProcess, work: () => Promise<unknown>): Promise<number> {
  const before = await agent.residentBytes()
  let most = before
  let isOver = false
  const watch = async (): Promise<void> => {
    while (!isOver) {
      most = Math.max(most, await agent.residentBytes())
      await sleep(20)
    }
  }
  const watching = watch()
  try {
    await work()
  } finally {
    isOver = true
    await watching
  }
  return most - before
}
