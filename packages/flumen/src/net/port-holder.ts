import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { addressesOverlap, type Protocol, socketTable } from './socket-table.ts'

export interface PortHolder {
  readonly pid: number
  /** Name of the program, and of its script where it has one; no other arguments, as they may hold secrets. */
  readonly command: string
}

/** Links that a search looks at; a machine with more open files than that keeps its secret. */
const mostLinks = 50_000

/**
 * The process that listens on an address: on Linux, where this process may see it; otherwise `undefined`.
 * @param address an IP address, `0.0.0.0` or `::`
 */
export async function portHolder(protocol: Protocol, address: string, port: number): Promise<PortHolder | undefined> {
  const rows = await socketTable(protocol)
  const inodes = rows
    .filter(
      (row) => row.port === port && (row.isListening || protocol === 'udp') && addressesOverlap(row.address, address),
    )
    .map(({ inode }) => `socket:[${inode}]`)
  if (inodes.length === 0) return undefined
  const pid = await processWith(new Set(inodes))
  return pid === undefined ? undefined : { pid, command: await commandOf(pid) }
}

async function processWith(links: ReadonlySet<string>): Promise<number | undefined> {
  const processes = (await list('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
  let looked = 0
  for (const pid of [String(process.pid), ...processes]) {
    for (const name of await list(`/proc/${pid}/fd`)) {
      if (looked++ === mostLinks) return undefined
      if (links.has(await target(`/proc/${pid}/fd/${name}`))) return Number(pid)
    }
  }
  return undefined
}

async function commandOf(pid: number): Promise<string> {
  const [program = '', script = ''] = (await text(`/proc/${pid}/cmdline`)).split('\0')
  if (program === '') return (await text(`/proc/${pid}/comm`)).trim()
  return script === '' || script.startsWith('-') ? basename(program) : `${basename(program)} ${basename(script)}`
}

/** Processes end while they are looked at, and some may not be looked at. */
async function list(path: string): Promise<readonly string[]> {
  return readdir(path).catch(() => [])
}

async function target(path: string): Promise<string> {
  return readlink(path).catch(() => '')
}

async function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
