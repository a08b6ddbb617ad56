import { mkdirSync } from 'node:fs'
import { DirectoryLock } from '../../storage/directory-lock.ts'

/** Works with the directories while no other process can. @throws DirectoryInUseError who has one */
export async function withDirectories<T>(
  directories: readonly string[],
  owner: string,
  work: () => Promise<T>,
): Promise<T> {
  const locks: DirectoryLock[] = []
  try {
    for (const directory of new Set(directories)) {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      locks.push(await DirectoryLock.acquire(directory, owner))
    }
    return await work()
  } finally {
    for (const lock of locks) lock.release()
  }
}
