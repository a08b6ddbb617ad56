import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Home, root } from '../../servers/server.ts'

const tmpfs = 0x01021994

/** Where durable data goes: beside the repository's own, or where `FLUMEN_BENCH_DISK` names another directory. */
const place = process.env.FLUMEN_BENCH_DISK ?? join(root, 'bench/.data')

/**
 * A new, empty directory on a disk; removed when disposed.
 * @throws Error where the place is in memory, since a sync costs nothing there
 */
export function diskDirectory(prefix: string): Home {
  mkdirSync(place, { recursive: true })
  if (statfsSync(place).type === tmpfs) {
    throw new Error(`${place} is in memory; FLUMEN_BENCH_DISK names a directory on a disk`)
  }
  const path = mkdtempSync(join(place, `${prefix}-`))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) }
}

/**
 * A virtual machine may have to ask its host for memory that it has not used for a while, which takes three times as long
 * as to copy into it: whoever comes first would pay for all. So each pass finds pages that were just used, four times as
 * many as it needs: after many small files it would not find all of them again.
 */
export function havePages(directory: string, bytes: number): void {
  const scratch = join(directory, 'scratch')
  const piece = Buffer.alloc(Math.min(bytes, 256e6), 'x')
  for (let written = 0; written < 4 * bytes; written += piece.length) appendFileSync(scratch, piece)
  rmSync(scratch)
}

/** The system has nothing of the files in memory: who reads them waits for the disk. */
export function dropFromMemory(paths: readonly string[]): void {
  for (const path of paths) {
    execFileSync('sync', [path])
    execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'])
  }
}

/** Bytes of the files of a directory. */
export function sizeOf(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
}
