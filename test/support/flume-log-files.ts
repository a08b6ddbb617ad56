// Files of a file channel in memory, and those of the archives in test/golden/file-channel.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { FlumeLogFile, FlumeLogSource } from '../../packages/flumen/src/protocols/flume-log/index.ts'

/** Bytes by `directory/name`; the directory's first letters say its role: `data`, `checkpoint`, `backup`. */
export type Contents = Map<string, Uint8Array>

export interface MemorySource extends FlumeLogSource {
  /** Bytes that were read so far. */
  readonly bytesRead: number
}

export function memorySource(contents: ReadonlyMap<string, Uint8Array>): MemorySource {
  let bytesRead = 0
  const files = [...contents].map(([path, { length }]): FlumeLogFile => {
    const [directory, name] = path.split('/') as [string, string]
    return { role: roleOf(directory), directory, name, size: length }
  })
  return {
    files,
    get bytesRead() {
      return bytesRead
    },
    read({ directory, name }, offset, length) {
      const bytes = Uint8Array.from(contents.get(`${directory}/${name}`)!.subarray(offset, offset + length))
      bytesRead += bytes.length
      return bytes
    },
  }
}

function roleOf(directory: string): FlumeLogFile['role'] {
  if (directory.startsWith('data')) return 'data'
  return directory.startsWith('backup') ? 'backup' : 'checkpoint'
}

/** The files of `<name>.tar.gz`, without the folder that holds them all. */
export function goldenChannel(name: string): Contents {
  const archive = gunzipSync(readFileSync(golden(`${name}.tar.gz`)))
  const contents: Contents = new Map()
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const text = (from: number, length: number): string =>
      archive.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '')
    const size = Number.parseInt(text(124, 12), 8)
    const path = text(0, 100).replace(/^[^/]*\//, '')
    if ((text(156, 1) || '0') === '0') contents.set(path, archive.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return contents
}

export interface GoldenEvent {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly body_b64?: string
}

/** The values of a list, one a line. */
export function goldenLines<T>(name: string): readonly T[] {
  const lines = readFileSync(golden(name), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T)
}

export function golden(name: string): URL {
  return new URL(`../golden/file-channel/${name}`, import.meta.url)
}
