/** Files and directories by number, as a file system has inodes; a name points at one. */
export type Inode = number

/** What all directories have; the simulation needs no more of them than their names. */
export const directoryInode: Inode = 0

export interface WriteOperation {
  readonly kind: 'write'
  readonly inode: Inode
  readonly path: string
  readonly position: number
  /** What was really written: of a write that failed the part before the failure. */
  readonly bytes: Uint8Array
}

export interface TruncateOperation {
  readonly kind: 'truncate'
  readonly inode: Inode
  readonly path: string
  readonly size: number
}

/** A new name, of a file or of a directory. */
export interface CreateOperation {
  readonly kind: 'create' | 'makeDirectory'
  readonly inode: Inode
  readonly path: string
}

export interface RenameOperation {
  readonly kind: 'rename'
  readonly inode: Inode
  readonly path: string
  readonly to: string
}

export interface UnlinkOperation {
  readonly kind: 'unlink'
  readonly inode: Inode
  readonly path: string
}

export interface SyncOperation {
  readonly kind: 'sync'
  readonly inode: Inode
  readonly path: string
  readonly failed: boolean
}

export interface SyncDirectoryOperation {
  readonly kind: 'syncDirectory'
  readonly path: string
  readonly failed: boolean
}

/** What a test noted down, an acknowledgement for one. */
export interface MarkOperation {
  readonly kind: 'mark'
  readonly label: string
}

export type DataOperation = WriteOperation | TruncateOperation
export type NameOperation = CreateOperation | RenameOperation | UnlinkOperation

/** What a crash may undo until it is synced. */
export type Change = DataOperation | NameOperation

export type Operation = Change | SyncOperation | SyncDirectoryOperation | MarkOperation

export function isData(change: Change): change is DataOperation {
  return change.kind === 'write' || change.kind === 'truncate'
}
