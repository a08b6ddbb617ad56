import { lstat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { ComponentFailedError } from '../core/index.ts'

/**
 * Removes a Unix socket that nobody listens on any more: a process that was killed leaves its own behind.
 * @throws ComponentFailedError where somebody listens on it, or where the path is something else
 */
export async function freeSocketPath(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return
  if (!found.isSocket()) throw new ComponentFailedError(`${path} is there and is no socket`)
  if (await isListenedOn(path)) throw new ComponentFailedError(`${path} is in use by another process`)
  await unlink(path).catch(() => undefined)
}

function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
