import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { flumeClassPath, flumeVersion, writeLogConfiguration } from '../../servers/flume.ts'
import { missingJava } from '../../servers/maven.ts'
import { freePort, root, temporaryDirectory } from '../../servers/server.ts'
import { Child, type ChildOptions, countLines } from './child.ts'
import { configurationOf } from './configuration.ts'
import type { Flow, Peer, RunningPeer } from './peer.ts'

/** This project's agent, as the command that npm installs runs it. */
export const flumen: Peer = {
  name: 'Flumen',
  missing: async () => undefined,
  start: (flow) => startAgent(flow, endOfFlumen, () => flumenCommand()),
}

/** Another version of it: `FLUMEN_BASELINE` names its command. What a change gives is seen by the two in turns. */
export const baselines: readonly Peer[] =
  process.env.FLUMEN_BASELINE === undefined ? [] : [flumenAt('Flumen, baseline', process.env.FLUMEN_BASELINE)]

/** With the JVM's own choice of collector and compilers; `flume-ng` would give it 20 MB. */
export const flume: Peer = {
  name: `Flume ${flumeVersion}`,
  isSlow: true,
  missing: async () => missingJava('flume'),
  start: (flow) => startAgent(flow, 'successful processed', flumeCommand),
}

function flumenAt(name: string, command: string): Peer {
  return {
    name,
    missing: async () => undefined,
    start: (flow) => startAgent(flow, endOfFlumen, () => ({ command, args: flumenArguments })),
  }
}

/** The null sink's word for so many events. */
const endOfFlumen = 'Events have been thrown away'
const flumenArguments = ['agent', '-n', 'a1', '-f', 'agent.conf']

type Command = Pick<ChildOptions, 'command' | 'args'>

function flumenCommand(): Command {
  return { command: process.execPath, args: [join(root, 'packages/flumen/dist/bin/flumen.js'), ...flumenArguments] }
}

async function flumeCommand(directory: string): Promise<Command> {
  const classPath = await flumeClassPath()
  writeLogConfiguration(join(directory, 'conf'))
  const main = ['org.apache.flume.node.Application', '-n', 'a1', '-f', 'agent.conf', '--no-reload-conf']
  return { command: 'java', args: ['-Xmx512m', '-cp', `conf:${classPath}`, ...main] }
}

/** An agent with a configuration of the caller; `{port}` stands for a free port. */
export async function startConfigured(
  which: 'flumen' | 'flume',
  configuration: string,
  onOutput?: (chunk: Buffer) => void,
): Promise<{ child: Child; pid: number; port: number; stop: () => Promise<void> }> {
  const port = await freePort()
  const home = temporaryDirectory('bench')
  try {
    writeFileSync(join(home.path, 'agent.conf'), configuration.replaceAll('{port}', String(port)))
    const command = which === 'flumen' ? flumenCommand() : await flumeCommand(home.path)
    const child = await Child.start({ ...command, directory: home.path, ports: [port], ...(onOutput && { onOutput }) })
    const stop = async (): Promise<void> => {
      await child.stop()
      home[Symbol.dispose]()
    }
    return { child, pid: child.pid, port, stop }
  } catch (error) {
    home[Symbol.dispose]()
    throw error
  }
}

async function startAgent(
  flow: Flow,
  endSign: string,
  commandIn: (directory: string) => Command | Promise<Command>,
): Promise<RunningPeer> {
  const ports: number[] = []
  while (ports.length < flow.flows) ports.push(await freePort())
  const home = temporaryDirectory('bench')
  try {
    writeFileSync(join(home.path, 'agent.conf'), configurationOf(flow, ports))
    const child = await Child.start({ ...(await commandIn(home.path)), directory: home.path, ports })
    const sinks = flow.shape === 'routed' ? Object.keys(flow.routes).length : flow.flows
    return {
      pid: child.pid,
      ports,
      expect: (times) => {
        const done = countLines(child, new RegExp(endSign), sinks * times, 120_000)
        done.catch(() => undefined)
        return () => done
      },
      stop: async () => {
        await child.stop()
        home[Symbol.dispose]()
        const delivered = /\bdelivered[=:]\s*(\d+)/.exec(child.output)?.[1]
        return delivered === undefined ? undefined : Number(delivered)
      },
    }
  } catch (error) {
    home[Symbol.dispose]()
    throw error
  }
}
