import {
  digestOf,
  type FilePosition,
  type Fingerprint,
  fingerprintBytes,
  noFingerprint,
} from '../../../protocols/tail-positions/index.ts'
import { closeDescriptor, factsOfOpen, openToRead, readBytes } from './descriptors.ts'
import type { FileGroup } from './file-groups.ts'

const noBytes = Buffer.alloc(0)

/** Where reading a file goes on, and what it must look like there. */
export type Place = Pick<FilePosition, 'pos' | 'head' | 'anchor'>

export const beginning: Place = { pos: 0, head: noFingerprint, anchor: noFingerprint }

/** Descriptors that are open. */
export interface OpenCount {
  open: number
}

/** What a file is followed as: which one it is, how far it is stored, and how it is read. */
export class TailedFile {
  readonly device: string
  readonly inode: string
  readonly group: FileGroup
  /** The last name of a group that led to it. */
  path: string
  /** Such a name still does. */
  isPresent = true
  place: Place
  descriptor: number | undefined
  /** The place fits the content, seen since the file was opened. */
  isVerified = false
  /** As last seen. */
  size = 0
  modifiedMs = 0
  /** Of the monotonic clock: when it was last seen to have changed, or first seen. */
  changedAt: number
  /** It has been quiet for so long that a last line without an end counts as one. */
  takesRest = false
  /** It is compressed. */
  isPassedOver = false

  readonly #count: OpenCount

  constructor(
    identity: { readonly device: string; readonly inode: string },
    path: string,
    group: FileGroup,
    place: Place,
    now: number,
    count: OpenCount,
  ) {
    this.device = identity.device
    this.inode = identity.inode
    this.path = path
    this.group = group
    this.place = place
    this.changedAt = now
    this.#count = count
  }

  get key(): string {
    return keyOf(this)
  }

  get position(): FilePosition {
    return { device: this.device, inode: this.inode, file: this.path, ...this.place }
  }

  /** Opens it under a name. False: that name leads to another file now, or to none. */
  async open(path: string): Promise<boolean> {
    if (this.descriptor !== undefined) return true
    let descriptor: number
    try {
      descriptor = await openToRead(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
    if (this.descriptor !== undefined || keyOf(await factsOfOpen(descriptor)) !== this.key) {
      await closeDescriptor(descriptor)
      return this.descriptor !== undefined
    }
    this.descriptor = descriptor
    this.#count.open++
    this.isVerified = false
    return true
  }

  async close(): Promise<void> {
    const { descriptor } = this
    this.descriptor = undefined
    if (descriptor === undefined) return
    this.#count.open--
    await closeDescriptor(descriptor)
  }

  /**
   * The bytes before the position. Undefined: they are not those that were stored, so this is other content. Who reads
   * at the position asks afterwards: content that has been replaced before or meanwhile is never taken for the old.
   */
  async bytesBefore(): Promise<Buffer | undefined> {
    const { descriptor, place } = this
    const { pos, head, anchor } = place
    if (descriptor === undefined || pos === 0) return noBytes
    const before = await this.#match(descriptor, pos - anchor.length, anchor)
    if (before === undefined || this.isVerified) return before
    if ((await this.#match(descriptor, 0, head)) === undefined) return undefined
    this.isVerified = true
    return anchor.length === 0 ? this.#adopt(descriptor) : before
  }

  /** Remembers how it looks from outside. */
  see({ size, modifiedMs }: { readonly size: number; readonly modifiedMs: number }): void {
    this.size = size
    this.modifiedMs = modifiedMs
  }

  /** Learns how a file begins of which nothing is stored yet, so that it can be known again. */
  async learnHead(): Promise<void> {
    if (this.descriptor === undefined || this.place.pos > 0) return
    this.place = { ...beginning, head: printOf(await readBytes(this.descriptor, 0, fingerprintBytes)) }
  }

  /** Whether the content under this inode number is the one that was followed; without fingerprints nobody can tell. */
  async isSame(): Promise<boolean> {
    const { descriptor, place } = this
    if (descriptor === undefined || place.head.length === 0) return false
    return (await this.#match(descriptor, 0, place.head)) !== undefined && (await this.bytesBefore()) !== undefined
  }

  /** Goes on after bytes that are stored: all that stands between the position and `to`. */
  advance(to: number, before: Buffer, bytes: Buffer): void {
    const { pos, head } = this.place
    const stored = bytes.subarray(0, to - pos)
    const tail = stored.length >= fingerprintBytes ? stored : Buffer.concat([before, stored])
    const last = tail.subarray(Math.max(0, tail.length - fingerprintBytes))
    const isWhole = before.length === pos && (pos === 0 || head.length < fingerprintBytes)
    const first = isWhole ? Buffer.concat([before, stored.subarray(0, fingerprintBytes)]) : noBytes
    this.place = { pos: to, head: isWhole ? printOf(first.subarray(0, fingerprintBytes)) : head, anchor: printOf(last) }
  }

  async #match(descriptor: number, from: number, print: Fingerprint): Promise<Buffer | undefined> {
    if (print.length === 0) return noBytes
    const bytes = await readBytes(descriptor, from, print.length)
    return bytes.length === print.length && digestOf(bytes) === print.digest ? bytes : undefined
  }

  /** A position that came without fingerprints (from Flume, or the end of a file) gets those of what stands there. */
  async #adopt(descriptor: number): Promise<Buffer | undefined> {
    const { pos } = this.place
    const length = Math.min(pos, fingerprintBytes)
    const before = await readBytes(descriptor, pos - length, length)
    const first = await readBytes(descriptor, 0, length)
    if (before.length < length || first.length < length) return undefined
    this.place = { pos, head: printOf(first), anchor: printOf(before) }
    return before
  }
}

export function keyOf({ device, inode }: { readonly device: string; readonly inode: string }): string {
  return `${device}:${inode}`
}

function printOf(bytes: Uint8Array): Fingerprint {
  return bytes.length === 0 ? noFingerprint : { length: bytes.length, digest: digestOf(bytes) }
}
