import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { flumeClassPath, flumeVersion, writeLogConfiguration } from '../../servers/flume.ts'
import { missingJava } from '../../servers/maven.ts'
import { freePort, root, temporaryDirectory, waitUntil } from '../../servers/server.ts'
import { Child, type ChildOptions, countLines } from './child.ts'
import { configurationOf } from './configuration.ts'
import { diskDirectory } from './disk.ts'
import type { Flow, Peer, RunningPeer } from './peer.ts'
import { TextFolder } from './text-folder.ts'

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
  start: (flow) =>
    flow.channel === 'file' ? startDurableFlow(flow) : startAgent(flow, 'successful processed', flumeCommand),
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

async function flumeCommand(directory: string, options: readonly string[] = []): Promise<Command> {
  const classPath = await flumeClassPath()
  writeLogConfiguration(join(directory, 'conf'))
  const main = ['org.apache.flume.node.Application', '-n', 'a1', '-f', 'agent.conf', '--no-reload-conf']
  return { command: 'java', args: ['-Xmx512m', ...options, '-cp', `conf:${classPath}`, ...main] }
}

export interface Configured {
  readonly child: Child
  readonly pid: number
  readonly port: number
  stop(): Promise<void>
}

/** An agent with a configuration of the caller; `{port}` stands for a free port, `{directory}` for one on a disk. */
export async function startConfigured(
  which: 'flumen' | 'flume',
  configuration: string,
  onOutput?: (chunk: Buffer) => void,
  javaOptions: readonly string[] = [],
): Promise<Configured> {
  const port = await freePort()
  const home = configuration.includes('{directory}') ? diskDirectory(which) : temporaryDirectory('bench')
  try {
    const text = configuration.replaceAll('{port}', String(port)).replaceAll('{directory}', home.path)
    writeFileSync(join(home.path, 'agent.conf'), text)
    const command = which === 'flumen' ? flumenCommand() : await flumeCommand(home.path, javaOptions)
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

export interface DurableFlume extends Configured {
  /** Resolves when the channel is empty. */
  settled(): Promise<void>
  /** Events that have been taken out of the channel. */
  taken(): Promise<number>
}

/** Flume with a file channel `c1`. */
export async function startDurableFlume(configuration: string): Promise<DurableFlume> {
  const monitoring = await freePort()
  const options = ['-Dflume.monitoring.type=http', `-Dflume.monitoring.port=${monitoring}`]
  const started = await startConfigured('flume', configuration, undefined, options)
  const figure = async (name: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${monitoring}/metrics`)
    const metrics = (await response.json()) as Record<string, Record<string, string>>
    return Number(metrics['CHANNEL.c1']?.[name])
  }
  const isEmpty = async (): Promise<true | undefined> => ((await figure('ChannelSize')) === 0 ? true : undefined)
  return {
    ...started,
    settled: () => waitUntil('the channel of Flume is empty', isEmpty, 60_000).then(() => undefined),
    taken: () => figure('EventTakeSuccessCount'),
  }
}

/**
 * It is at its end when it closes the connection, after the last commit. Its sink, which sleeps up to 5 s when it has
 * found the channel empty, may be at it for a while then.
 */
async function startDurableFlow(flow: Flow): Promise<RunningPeer> {
  const configuration = configurationOf(flow, ['{port}'])
  const { pid, port, settled, taken, stop } = await startDurableFlume(configuration)
  return {
    pid,
    ports: [port],
    expect: () => (sent) => Promise.resolve(sent.closedAt),
    settled,
    stop: async () => {
      const delivered = await taken().catch(() => undefined)
      await stop()
      return delivered
    },
  }
}

async function startAgent(
  flow: Flow,
  endSign: string,
  commandIn: (directory: string) => Command | Promise<Command>,
): Promise<RunningPeer> {
  const ports: number[] = []
  while (ports.length < flow.flows) ports.push(await freePort())
  const isWritten = flow.shape === 'syslog'
  const home = flow.channel === 'file' || isWritten ? diskDirectory('flumen') : temporaryDirectory('bench')
  try {
    const texts = isWritten ? new TextFolder(home.path) : undefined
    writeFileSync(join(home.path, 'agent.conf'), configurationOf(flow, ports).replaceAll('{directory}', home.path))
    const child = await Child.start({ ...(await commandIn(home.path)), directory: home.path, ports })
    const sinks = flow.shape === 'routed' ? Object.keys(flow.routes).length : flow.flows
    return {
      pid: child.pid,
      ports,
      expect: (times) => {
        if (texts) return texts.expect(flow, times)
        const done = countLines(child, new RegExp(endSign), sinks * times, 120_000)
        done.catch(() => undefined)
        return () => done
      },
      stop: async () => {
        await child.stop()
        const written = await texts?.lines()
        home[Symbol.dispose]()
        if (written !== undefined) return written
        const delivered = /\bdelivered[=:]\s*(\d+)/.exec(child.output)?.[1]
        return delivered === undefined ? undefined : Number(delivered)
      },
    }
  } catch (error) {
    home[Symbol.dispose]()
    throw error
  }
}
