import { join } from 'node:path'
import { freePort, root } from '../../servers/server.ts'
import { Child, countLines } from './child.ts'
import { diskDirectory } from './disk.ts'
import type { Peer } from './peer.ts'

/** Only reads and splits: what no agent on Node.js can beat. */
export const ceiling: Peer = {
  name: 'bare Node.js',
  missing: async () => undefined,
  start: async (flow) => {
    const ports: number[] = []
    while (ports.length < flow.flows) ports.push(await freePort())
    const child = await startBare('split-lines', [flow.lines, ...ports], ports)
    return {
      pid: child.pid,
      ports,
      expect: (times) => {
        const done = countLines(child, /^done$/, flow.flows * times, 120_000)
        done.catch(() => undefined)
        return () => done
      },
      stop: () => child.stop().then(() => undefined),
    }
  },
}

/** Appends what comes to a file and syncs it, with no regard to where lines begin and end. */
export const storing: Peer = {
  name: 'bare Node.js',
  missing: async () => undefined,
  start: async (flow) => {
    const port = await freePort()
    const home = diskDirectory('bare')
    const child = await startBare('store-lines', [flow.lines, home.path, port], [port])
    return {
      pid: child.pid,
      ports: [port],
      expect: (times) => {
        const done = countLines(child, /^done$/, times, 120_000)
        done.catch(() => undefined)
        return () => done
      },
      stop: async () => {
        await child.stop()
        home[Symbol.dispose]()
        return undefined
      },
    }
  },
}

/** Throws away what it reads: shows what the load generator can push. */
export const generator: Peer = {
  name: 'load generator alone',
  missing: async () => undefined,
  start: async () => {
    const port = await freePort()
    const child = await startBare('count-bytes', [port], [port])
    return {
      pid: child.pid,
      ports: [port],
      expect: () => (sent) => Promise.resolve(sent.closedAt),
      stop: () => child.stop().then(() => undefined),
    }
  },
}

/** Starts a program of bench/ceiling under the Node.js that the agent gets too. */
export function startBare(
  name: string,
  args: readonly (number | string)[],
  ports: readonly number[],
  onOutput?: (chunk: Buffer) => void,
): Promise<Child> {
  return Child.start({
    command: process.execPath,
    args: [join(root, 'bench/ceiling', `${name}.mjs`), ...args.map(String)],
    directory: root,
    ports,
    ...(onOutput && { onOutput }),
  })
}
