import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../../servers/server.ts'

const entry = join(import.meta.dirname, '../../packages/flumen/src/bin/flumen.ts')

export interface AgentProcess {
  readonly pid: number
  readonly port: number
  /** All of its log so far. */
  log(): string
  standardOutput(): string
  /** Resident memory in bytes; Linux only. */
  residentBytes(): Promise<number>
  /** Sends SIGTERM (or another) and resolves with the exit status. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/**
 * Starts a real agent from the sources in a process of its own and resolves when its port answers.
 * @param configuration properties; `{port}` stands for a free port
 * @param more options of the command; without one about monitoring there is none, since agents of tests run side by side
 */
export async function startAgent(
  directory: string,
  configuration: string,
  more: readonly string[] = [],
): Promise<AgentProcess> {
  const port = await freePort()
  const file = join(directory, 'agent.conf')
  await writeFile(file, configuration.replaceAll('{port}', String(port)))
  const quiet = more.some((option) => option.includes('monitoring')) ? [] : ['-Dflume.monitoring.type=none']
  const child = spawn(process.execPath, ['--conditions=flumen-source', entry, 'agent', '-f', file, ...quiet, ...more], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const exited = once(child, 'exit')
  await untilItListens(child, port, () => log)
  return {
    pid: child.pid!,
    port,
    log: () => log,
    standardOutput: () => output,
    residentBytes: async () =>
      Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await exited
      return child.exitCode
    },
  }
}

/** A connected socket; `null` when nobody listens. @param port a port of this machine, or the path of a Unix socket */
export function tryConnect(port: number | string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = typeof port === 'string' ? connect(port) : connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(null))
  })
}

/** Sends a line and resolves with what is answered first. */
export async function ask(port: number, line: string): Promise<string> {
  const socket = await tryConnect(port)
  if (!socket) throw new Error(`nobody listens on ${port}`)
  socket.write(`${line}\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString()
}

async function untilItListens(child: ChildProcess, port: number, log: () => string): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`the agent does not listen on ${port}:\n${log()}`)
    }
    if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}:\n${log()}`)
    const socket = await tryConnect(port)
    if (socket) {
      socket.destroy()
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
