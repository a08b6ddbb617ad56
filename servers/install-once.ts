import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from './server.ts'

/**
 * Runs `work` once for a version of what is installed in `folder`, whoever asks: the stamp file keeps the version, and
 * a lock file keeps several test processes from installing at the same time. A lock whose process is gone is taken over.
 * @param stillGood looks whether what the stamp promises is really there.
 */
export async function installOnce(
  folder: string,
  version: string,
  stillGood: () => boolean,
  work: () => Promise<void>,
): Promise<void> {
  const stamp = join(folder, 'installed')
  const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === version && stillGood()
  if (isInstalled()) return
  const unlock = await lock(join(folder, 'lock'))
  try {
    if (isInstalled()) return
    rmSync(stamp, { force: true })
    await work()
    writeFileSync(stamp, version)
  } finally {
    unlock()
  }
}

async function lock(path: string): Promise<() => void> {
  const tryLock = () => {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (!isHeld(path)) rmSync(path, { force: true })
      return undefined
    }
  }
  await waitUntil(`the lock ${path} is free`, tryLock, 15 * 60_000)
  return () => rmSync(path, { force: true })
}

function isHeld(path: string): boolean {
  try {
    const owner = Number(readFileSync(path, 'utf8'))
    // Between creation and the first write the file is empty: its owner is alive.
    if (owner === 0) return true
    process.kill(owner, 0)
    return true
  } catch {
    return false
  }
}
