import type { OpenFile, OpenMode } from '../../storage/files.ts'
import { type DiskState, failure } from './disk-state.ts'
import type { Call, CallName } from './faults.ts'
import { readContent, writableBytes } from './file-content.ts'
import type { Inode } from './operations.ts'

/** An open file of a simulated disk. */
export class SimulatedFile implements OpenFile {
  readonly path: string
  readonly #disk: DiskState
  readonly #inode: Inode
  readonly #mode: OpenMode
  #isOpen = true

  constructor(disk: DiskState, path: string, inode: Inode, mode: OpenMode) {
    this.path = path
    this.#disk = disk
    this.#inode = inode
    this.#mode = mode
    disk.hold(inode)
  }

  size(): number {
    this.#disk.begin(this.#call('size'))
    return this.#disk.contentOf(this.#inode).size
  }

  read(buffer: Uint8Array, position: number): number {
    this.#disk.begin(this.#call('read', position, buffer.length))
    return readContent(this.#disk.contentOf(this.#inode), buffer, position)
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    const bytes = joined(buffers)
    const call = this.#call('write', position, bytes.length)
    if (bytes.length === 0) return
    this.#requireWriting(call)
    const fault = this.#disk.faultOf(call)
    if (fault) {
      if (!this.#disk.limits.readOnly) this.#put(bytes.subarray(0, fault.shortWrite), position)
      throw failure(fault.code, call)
    }
    this.#disk.requireWritable(call)
    const content = this.#disk.contentOf(this.#inode)
    const room = writableBytes(content, position, bytes.length, this.#disk.freeBytes())
    this.#put(bytes.subarray(0, room), position)
    if (room < bytes.length) throw failure('ENOSPC', call)
  }

  sync(): void {
    const call = this.#call('sync')
    const fault = this.#disk.faultOf(call)
    const { path } = this
    this.#disk.journal.push({ kind: 'sync', inode: this.#inode, path, failed: fault !== undefined })
    if (fault) throw failure(fault.code, call)
  }

  truncate(size: number): void {
    if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`no size of a file: ${size}`)
    const call = this.#call('truncate', size)
    this.#requireWriting(call)
    this.#disk.begin(call, true)
    if (size === this.#disk.contentOf(this.#inode).size) return
    this.#disk.changeData({ kind: 'truncate', inode: this.#inode, path: this.path, size })
  }

  close(): void {
    if (!this.#isOpen) return
    const call = this.#call('close')
    this.#isOpen = false
    this.#disk.letGo(this.#inode)
    this.#disk.begin(call)
  }

  #put(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return
    this.#disk.changeData({ kind: 'write', inode: this.#inode, path: this.path, position, bytes })
  }

  #call(operation: CallName, position?: number, bytes?: number): Call {
    const call = {
      operation,
      path: this.path,
      ...(position !== undefined && { position }),
      ...(bytes !== undefined && { bytes }),
    }
    if (!this.#isOpen) throw failure('EBADF', call)
    return call
  }

  #requireWriting(call: Call): void {
    if (this.#mode === 'read') throw failure(call.operation === 'truncate' ? 'EINVAL' : 'EBADF', call)
  }
}

/** A copy: who wrote the buffers may use them again. */
function joined(buffers: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(buffers.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const buffer of buffers) {
    bytes.set(buffer, at)
    at += buffer.length
  }
  return bytes
}
