import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { flumeClassPath, flumeVersion } from '../../servers/flume.ts'
import { freePort, root } from '../../servers/server.ts'
import { flume, startDurableFlume } from './agents.ts'
import { startBare } from './bare-node.ts'
import { Child } from './child.ts'
import { fileChannelLimits, oneFlow } from './configuration.ts'
import { diskDirectory } from './disk.ts'
import { javaClasses } from './java.ts'
import { plainFlow } from './peer.ts'
import { askForCommits, type CommitTrial, type Committed } from './request.ts'

/** A program that commits batches for committers that wait for each commit. */
export interface Committers {
  readonly name: string
  missing(): Promise<string | undefined>
  /** With empty directories. */
  start(): Promise<RunningCommitters>
}

export interface RunningCommitters {
  /** The process whose cost counts. */
  readonly pid: number
  /** Resolves when what was committed has been taken out of the channel again. */
  run(trial: CommitTrial, milliseconds: number): Promise<Committed>
  stop(): Promise<void>
}

export const appending: Committers = bareDisk('write + fdatasync, appending', 'append')
export const overwriting: Committers = bareDisk('write + fdatasync, overwriting', 'overwrite')

/** Posts messages to a thread that answers: what no channel that works in another thread can much exceed. */
export const answering: Committers = {
  name: 'bare Node.js',
  missing: async () => undefined,
  start: async () => {
    const port = await freePort()
    return controlled(await startBare('answer-messages', [port], [port]), port)
  },
}

/** This project's channel through the library, in the process of its committers. */
export const flumenChannel: Committers = {
  name: 'Flumen',
  missing: async () => undefined,
  start: () => startFlumenChannel(),
}

/** An agent of Flume; the committers are threads of another process with Flume's client, one connection each. */
export const flumeAgent: Committers = {
  name: `Flume ${flumeVersion}`,
  missing: () => flume.missing(plainFlow),
  start: async () => {
    const agent = await startDurableFlume(oneFlow({ source: 'avro', channel: 'file' }))
    try {
      const client = await startJava(['rpc', String(agent.port)])
      return {
        pid: agent.pid,
        run: async (trial, milliseconds) => {
          const committed = await client.run(trial, milliseconds)
          await agent.settled()
          return committed
        },
        stop: async () => {
          await client.stop()
          await agent.stop()
        },
      }
    } catch (error) {
      await agent.stop()
      throw error
    }
  },
}

/** Flume's channel without its agent: the committers are threads of its process. */
export const flumeChannel: Committers = {
  name: `Flume ${flumeVersion}, channel alone`,
  missing: () => flume.missing(plainFlow),
  start: async () => {
    const home = diskDirectory('flume')
    try {
      const { capacity, transactionCapacity } = fileChannelLimits
      const java = await startJava(['channel', home.path, String(capacity), String(transactionCapacity)])
      return disposing(java, home)
    } catch (error) {
      home[Symbol.dispose]()
      throw error
    }
  },
}

/** @param nodeOptions of Node.js, for a profile */
export async function startFlumenChannel(nodeOptions: readonly string[] = []): Promise<RunningCommitters> {
  const port = await freePort()
  const home = diskDirectory('flumen')
  try {
    const program = join(root, 'bench/peers/flumen-committers.ts')
    const args = [...nodeOptions, program, String(port), home.path]
    const child = await Child.start({ command: process.execPath, args, directory: home.path, ports: [port] })
    return disposing(controlled(child, port), home)
  } catch (error) {
    home[Symbol.dispose]()
    throw error
  }
}

function bareDisk(name: string, manner: 'append' | 'overwrite'): Committers {
  return {
    name,
    missing: async () => undefined,
    start: async () => {
      const port = await freePort()
      const home = diskDirectory('bare')
      const child = await startBare('write-and-sync', [port, home.path, manner], [port])
      return disposing(controlled(child, port), home)
    },
  }
}

async function startJava(words: readonly string[]): Promise<RunningCommitters> {
  const port = await freePort()
  const classPath = `${await javaClasses()}:${await flumeClassPath()}`
  const child = await Child.start({
    command: 'java',
    args: ['-Xmx512m', '-cp', classPath, 'Committers', String(port), ...words],
    directory: root,
    ports: [port],
  })
  return controlled(child, port)
}

function controlled(child: Child, port: number): RunningCommitters {
  return {
    pid: child.pid,
    run: async (trial, milliseconds) => {
      try {
        return await askForCommits(port, trial, milliseconds)
      } catch (error) {
        // What it was that ended it stands in its output, a moment later.
        await sleep(100)
        throw child.hasEnded ? new Error(`it has ended: ${child.lastLine}`, { cause: error }) : error
      }
    },
    stop: () => child.stop(),
  }
}

function disposing(running: RunningCommitters, home: Disposable): RunningCommitters {
  return {
    ...running,
    stop: async () => {
      await running.stop()
      home[Symbol.dispose]()
    },
  }
}
