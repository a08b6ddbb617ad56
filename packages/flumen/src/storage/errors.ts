import { ChannelError } from '../core/index.ts'
import { mayPass } from './files.ts'

/** The disk did not do what a commit needs; nothing of the put is stored, it may be tried again. */
export class StorageError extends ChannelError {
  static override readonly code: string = 'STORAGE'
}

/** No room on the disk, or less than has to stay free. */
export class DiskFullError extends StorageError {
  static override readonly code = 'DISK_FULL'
}

/** Somebody else has the directory. */
export class DirectoryInUseError extends StorageError {
  static override readonly code = 'DIRECTORY_IN_USE'
  static override readonly verdict = 'fatal'
}

/** What failed, as the channel is told. */
export function storageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const message = messageOf(error)
  const isFull = mayPass(error) || (error instanceof Error && mayPass(error.cause))
  return isFull ? new DiskFullError(message, { cause: error }) : new StorageError(message, { cause: error })
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
