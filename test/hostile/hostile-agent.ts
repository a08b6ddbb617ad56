import { mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AgentProcess, startAgent, tryConnect } from '../support/agent-process.ts'

export const mebibyte = 1024 ** 2

/** An agent in a process and a folder of its own, ended with the test. */
export async function agentFor(
  t: TestContext,
  configuration: string,
  more: readonly string[] = [],
): Promise<AgentProcess> {
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

/** Many connections that send a byte every quarter of a second; resolves when all were closed by the agent. */
export async function drip(t: TestContext, port: number, clients: number): Promise<void> {
  const slow = await Promise.all(Array.from({ length: clients }, () => tryConnect(port)))
  const closed = slow.map((socket) => {
    socket!.on('error', () => undefined).resume()
    return new Promise((resolve) => socket!.once('close', resolve))
  })
  const dripping = setInterval(() => {
    for (const socket of slow) if (socket!.writable) socket!.write('x')
  }, 250)
  t.after(() => clearInterval(dripping))
  await Promise.all(closed)
  clearInterval(dripping)
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
