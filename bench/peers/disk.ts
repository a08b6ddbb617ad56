import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
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
