import { join } from 'node:path'
import { DiskError, type Files, type OpenFile } from '../../storage/files.ts'
import type { Random } from './random.ts'
import { SimulatedDisk } from './simulated-disk.ts'

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (disk: SimulatedDisk, path: string): string => Buffer.from(disk.read(path)).toString('latin1')

export function diskWith(files: Readonly<Record<string, string>> = {}): SimulatedDisk {
  const disk = new SimulatedDisk({ directories: ['/d', '/e'] })
  for (const [path, text] of Object.entries(files)) create(disk, path, text).close()
  disk.settle()
  return disk
}

export function create(disk: SimulatedDisk, path: string, text = ''): OpenFile {
  const file = disk.open(path, 'create')
  file.write([bytes(text)], 0)
  return file
}

/** What may be in a file after a power cut at the end of the journal; undefined where its name is gone. */
export function outcomes(disk: SimulatedDisk, path: string): Set<string | undefined> {
  const { length } = disk.journal
  const texts = new Set<string | undefined>()
  for (const state of disk.crashStates({ from: length })) {
    texts.add(state.disk.files().includes(path) ? textOf(state.disk, path) : undefined)
  }
  return texts
}

/** One random call; what it gives, or the code of its error. */
export function randomCall(files: Files, root: string, random: Random, open: (OpenFile | undefined)[]): unknown {
  const path = (): string => join(root, random.pick(['a', 'b', 'c', 'x/a', 'x/y/b', 'a/b']))
  const slot = random.below(open.length)
  const file = open[slot]
  const position = random.pick([0, 1, 100, 4095, 4096, 4097, 9000])
  const length = random.pick([0, 1, 511, 4096, 5000])
  const chosen = random.below(14)
  const first = path()
  const second = path()
  const calls: readonly (() => unknown)[] = [
    () => {
      open[slot]?.close()
      open[slot] = undefined
      open[slot] = files.open(first, random.pick(['create', 'write', 'read']))
      return 'open'
    },
    () => [...files.list(first)].sort(),
    () => [...files.list(root)].sort(),
    () => files.makeDirectory(join(root, random.pick(['x', 'x/y']))),
    () => files.rename(first, second),
    () => files.unlink(first),
    () => files.syncDirectory(join(root, random.pick(['.', 'x', 'a']))),
    () => file?.size(),
    () => {
      const buffer = Buffer.alloc(length, 'r')
      return [file?.read(buffer, position), buffer.toString('hex')]
    },
    () => file?.write([new Uint8Array(length).fill(position & 255), new Uint8Array(3).fill(7)], position),
    () => file?.write([new Uint8Array(length).fill(length & 255)], position),
    () => file?.sync(),
    () => file?.truncate(position),
    () => file?.close(),
  ]
  try {
    return calls[chosen]?.()
  } catch (error) {
    if (error instanceof DiskError) return [error.code, error.operation, error.path.slice(root.length)]
    throw error
  }
}
