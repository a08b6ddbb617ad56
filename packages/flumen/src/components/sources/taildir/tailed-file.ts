import { type Packing, packingOf } from '../../../protocols/archives.ts'
import {
  addMark,
  digestOf,
  type FilePosition,
  type Fingerprint,
  fingerprintBytes,
  fingerprintOf,
  leadOf,
  type Mark,
  marksOf,
  noFingerprint,
} from '../../../protocols/tail-positions/index.ts'
import {
  closeDescriptor,
  factsOfOpen,
  isOnLocalDisk,
  openToRead,
  readAgain,
  readBytes,
  stateOfOpen,
} from './descriptors.ts'
import type { FileGroup } from './file-groups.ts'
import type { FoundFile } from './found-file.ts'
import { type Birth, type Identity, isOtherBirth, keyOf } from './identity.ts'
import { RecentBytes } from './recent-bytes.ts'
import { Unpacker } from './unpacker.ts'

const noBytes = Buffer.alloc(0)

/** Where reading a file goes on, and what it must look like there. */
export type Place = Pick<FilePosition, 'pos' | 'head' | 'anchor' | 'marks' | 'ends' | 'packedSize'>

/** Where marks stand before a position, as parts of it. */
const marksBefore = [0.5, 0.66, 0.88]

export const beginning: Place = { pos: 0, head: noFingerprint, anchor: noFingerprint }

/** What a file is followed as: which one it is, how far it is stored, and how it is read. */
export class TailedFile {
  readonly device: string
  readonly inode: string
  /** Of both. */
  readonly key: string
  bornNs: Birth['bornNs']
  readonly group: FileGroup
  /** The last name of a group that led to it. */
  path: string
  /** The name that led to it when what is stored of its content was read. */
  readPath: string
  /** What the names begin with that it has had since it is followed. */
  readonly leads = new Set<string>()
  /** Such a name still does. */
  isPresent = true
  /** It is open under a name that is none of a group's, under which any other content is none of ours. */
  isElsewhere = false
  place: Place
  /** Earlier places in the same content. */
  readonly marks: Mark[]
  /** The last bytes that were stored, until it has been quiet for long. */
  readonly recent: RecentBytes
  /** How it is packed, once that was looked at; positions count unpacked bytes then. */
  packing: Packing | undefined
  /** Whether it is a copy of what was read under another name is known; asked before its first line is read. */
  isJudged: boolean
  descriptor: number | undefined
  /** What is known of it while it is open comes from memory; see {@link isOnLocalDisk}. */
  isLocal = false
  /** The place fits the content, seen since the file was opened. */
  isVerified = false
  /** As last seen. */
  size = 0
  modifiedMs = 0
  /** Most bytes that the content had. */
  largest = 0
  /** See {@link FindingRounds}. */
  foundIn = 0
  /** Of the monotonic clock: when it was first seen. */
  readonly foundAt: number
  /** Of the same clock: when it was last seen to have changed, or first seen. */
  changedAt: number
  /** Of the same clock: when its content was last seen to go on where it is stored to. */
  lookedAt = Number.NEGATIVE_INFINITY
  /** It has been quiet for so long that a last line without an end counts as one. */
  takesRest = false
  /** Its last event waits for more lines. */
  isJoining = false
  /** It has waited long enough. */
  isQuiet = false
  /** The position is within a line of which the rest is left out. */
  isInLongLine = false
  /** It is packed in a way that is not read, or not wholly there. */
  isPassedOver = false
  /** Lines of it are being stored: where it goes on is not known until they are, whatever becomes of its name. */
  isInHand = false

  #lead = ''
  #ledPath: string | undefined
  /** As it began when it was opened. */
  #first: Buffer = noBytes
  #unpacker: Unpacker | undefined
  /** Its size when that was made. */
  #expected: number | undefined
  readonly #opened: Set<TailedFile>

  constructor(
    identity: Identity & Birth,
    path: string,
    group: FileGroup,
    place: Place,
    now: number,
    opened: Set<TailedFile>,
  ) {
    this.device = identity.device
    this.inode = identity.inode
    this.key = keyOf(identity)
    this.bornNs = identity.bornNs
    this.path = path
    this.readPath = path
    this.group = group
    this.place = place
    this.marks = [...marksOf(place)]
    this.recent = new RecentBytes(place.ends)
    this.isJudged = place.pos > 0
    this.foundAt = now
    this.changedAt = now
    this.#opened = opened
  }

  /** What its name begins with; see {@link leadOf}. */
  get lead(): string {
    if (this.#ledPath !== this.path) this.#lead = leadOf(this.path)
    this.#ledPath = this.path
    return this.#lead
  }

  get position(): FilePosition {
    const { pos, head, anchor, packedSize } = this.place
    const { device, inode, path: file, marks } = this
    const position = { device, inode, file, pos, head, anchor, marks: [...marks], ends: this.recent.ends }
    return packedSize === undefined ? position : { ...position, packedSize }
  }

  /** All that was seen of it is stored. */
  get isRead(): boolean {
    const { pos, head, packedSize } = this.place
    if (this.packing) return packedSize === this.size
    // Of what has a head something was seen when it was opened.
    return pos === this.size && (pos > 0 || head.length === 0)
  }

  /** Its content is whole when it is seen: nothing will be written behind it. */
  get isArchive(): boolean {
    return this.packing !== undefined
  }

  /** A look at a file saw this one. */
  is(facts: Identity & Birth): boolean {
    return keyOf(facts) === this.key && !isOtherBirth(this, facts)
  }

  /** Bytes of its content. @throws for an archive that is not whole */
  async length(descriptor: number): Promise<number> {
    return this.#unpack(descriptor)?.length() ?? (await stateOfOpen(descriptor, this.isLocal)).size
  }

  /** Bytes of its content, in memory of their own. */
  bytes(descriptor: number, position: number, length: number): Promise<Buffer> {
    return this.#unpack(descriptor)?.bytes(position, length) ?? readBytes(descriptor, position, length)
  }

  /** The same where they were read just now. */
  bytesAgain(descriptor: number, position: number, length: number): Promise<Buffer> {
    if (this.packing !== undefined) return this.bytes(descriptor, position, length)
    return readAgain(descriptor, position, length, this.isLocal)
  }

  /** Looks how it is packed. */
  async sniff(descriptor: number): Promise<void> {
    this.packing = packingOf(await readBytes(descriptor, 0, 8))
  }

  /** Its content is read anew from the disk. */
  repack(): void {
    this.#unpacker?.close()
    this.#unpacker = undefined
  }

  #unpack(descriptor: number): Unpacker | undefined {
    const { packing } = this
    if (packing === undefined || packing === 'other') return undefined
    this.#unpacker ??= new Unpacker(descriptor, packing)
    return this.#unpacker
  }

  /**
   * Opens it under a name. False: that name leads to another file now, or to none.
   * @param isInMemory it was written just now: on a local disk it is not waited for
   */
  async open(path: string, isInMemory = false): Promise<boolean> {
    if (this.descriptor !== undefined) return true
    let descriptor: number
    const isLocal = await isOnLocalDisk(path, this)
    const isAtHand = isLocal && isInMemory
    try {
      descriptor = await openToRead(path, isAtHand)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
    try {
      const facts = await factsOfOpen(descriptor, isLocal)
      const isIt = this.is(facts)
      const first = isIt ? await readAgain(descriptor, 0, fingerprintBytes, isAtHand) : noBytes
      if (isIt && this.descriptor === undefined) {
        this.bornNs ||= facts.bornNs
        this.#use(descriptor, first, isLocal)
        if (this.place.head.length === 0) this.learnHead()
        return true
      }
    } catch (error) {
      await closeDescriptor(descriptor, isLocal)
      throw error
    }
    await closeDescriptor(descriptor, isLocal)
    return this.descriptor !== undefined
  }

  /** Takes over the descriptor of a file that was found to be this one. False: it is not open. */
  adopt(found: FoundFile): boolean {
    const descriptor = this.descriptor === undefined ? found.take() : undefined
    if (descriptor !== undefined) this.#use(descriptor, found.first, found.isLocal)
    return this.descriptor !== undefined
  }

  #use(descriptor: number, first: Buffer, isLocal: boolean): void {
    this.descriptor = descriptor
    this.isLocal = isLocal
    this.#opened.add(this)
    this.isVerified = false
    this.#first = first
    this.packing = packingOf(this.#first.subarray(0, 8))
  }

  async close(): Promise<void> {
    const { descriptor } = this
    this.descriptor = undefined
    if (descriptor === undefined) return
    this.#opened.delete(this)
    this.repack()
    await closeDescriptor(descriptor, this.isLocal)
  }

  /**
   * The bytes before the position. Undefined: they are not those that were stored, so this is other content. Who reads
   * at the position asks afterwards: content that has been replaced before or meanwhile is never taken for the old.
   */
  async bytesBefore(): Promise<Buffer | undefined> {
    const { descriptor, place } = this
    const { pos, head, anchor } = place
    if (descriptor === undefined || pos === 0) return noBytes
    // What was stored last was read just now.
    const before = await this.#match(descriptor, pos - anchor.length, anchor, this.isVerified)
    if (before === undefined || this.isVerified) return before
    if ((await this.#match(descriptor, 0, head)) === undefined) return undefined
    this.isVerified = true
    return anchor.length === 0 ? this.#adopt(descriptor) : before
  }

  /** Remembers how it looks from outside. @param now of the monotonic clock */
  see(
    { size, modifiedMs, bornNs }: { readonly size: number; readonly modifiedMs?: number } & Birth,
    now: number,
  ): void {
    this.bornNs ||= bornNs
    if (modifiedMs !== undefined) this.modifiedMs = modifiedMs
    if (size === this.size) return
    this.size = size
    this.largest = Math.max(size, this.largest)
    this.changedAt = now
    this.takesRest = false
    this.isQuiet = false
  }

  /** What is read from now on is so large: an archive that has changed since it was last read is unpacked anew. */
  expect(size: number): void {
    if (size !== this.#expected) this.repack()
    this.#expected = size
  }

  /** It begins as it did when it was found. */
  async hasHead(descriptor: number): Promise<boolean> {
    return (await this.#match(descriptor, 0, this.place.head)) !== undefined
  }

  /** So does what stands at its beginning now. */
  isHead(chunk: Buffer): boolean {
    const { length, digest } = this.place.head
    return length === 0 || (chunk.length >= length && digestOf(chunk.subarray(0, length)) === digest)
  }

  /** Learns how a file that was just opened begins, of which nothing is stored yet, so that it can be known again. */
  learnHead(): void {
    const first = this.#first
    this.#first = noBytes
    if (this.descriptor === undefined || this.place.pos > 0 || this.isArchive) return
    this.place = { ...beginning, head: fingerprintOf(first) }
  }

  /**
   * Goes on after bytes that are stored: all that stands between the position and `to`.
   * @param path the name that led to it when they were read; it may have another one by now, which its copy had then
   */
  advance(to: number, before: Buffer, bytes: Buffer, path: string): void {
    this.readPath = path
    const { pos, head } = this.place
    const stored = bytes.subarray(0, to - pos)
    const tail = stored.length >= fingerprintBytes ? stored : Buffer.concat([before, stored])
    const last = tail.subarray(Math.max(0, tail.length - fingerprintBytes))
    this.recent.add(stored, to, before)
    const isWhole = before.length === pos && (pos === 0 || head.length < fingerprintBytes)
    const first = isWhole ? Buffer.concat([before, stored.subarray(0, fingerprintBytes)]) : noBytes
    this.#markWithin(stored, pos, to)
    const start = isWhole ? fingerprintOf(first.subarray(0, fingerprintBytes)) : head
    this.#move({ pos: to, head: start, anchor: fingerprintOf(last) })
  }

  /** A copy was made a while before its original is truncated: it may end within what was stored at once. */
  #markWithin(stored: Buffer, pos: number, to: number): void {
    for (const part of marksBefore) {
      const end = Math.floor(to * part) - pos
      const last = stored.subarray(end - fingerprintBytes, end)
      if (end >= fingerprintBytes) addMark(this.marks, { pos: pos + end, anchor: fingerprintOf(last) })
    }
  }

  /** Goes on in content of which everything before `pos` was stored under another name. */
  async goOnFrom(descriptor: number, pos: number): Promise<void> {
    this.readPath = this.path
    const length = Math.min(pos, fingerprintBytes)
    const head = await this.bytes(descriptor, 0, length)
    const before = await this.bytes(descriptor, pos - length, length)
    this.#move({ pos, head: fingerprintOf(head), anchor: fingerprintOf(before) })
  }

  /** It has been quiet for long. */
  rest(): Promise<void> {
    this.takesRest = false
    this.recent.clear()
    return this.close()
  }

  /** Its place was that of another file with the same inode number. */
  forget(): void {
    this.restart()
    this.isJudged = false
  }

  /** Reads from the start; what was there is no part of its content. */
  restart(): void {
    this.place = beginning
    this.readPath = this.path
    this.marks.length = 0
    this.recent.clear()
    this.largest = this.size
    this.isPassedOver = false
    this.isInLongLine = false
    this.isVerified = true
    this.packing = undefined
    this.repack()
  }

  #move(place: Place): void {
    this.isVerified = true
    this.place = place
    if (place.pos > 0) addMark(this.marks, place)
  }

  async #match(descriptor: number, from: number, print: Fingerprint, again = false): Promise<Buffer | undefined> {
    if (print.length === 0) return noBytes
    const { length } = print
    const bytes = await (again ? this.bytesAgain(descriptor, from, length) : this.bytes(descriptor, from, length))
    return bytes.length === print.length && digestOf(bytes) === print.digest ? bytes : undefined
  }

  /** A position that came without fingerprints (from Flume, or the end of a file) gets those of what stands there. */
  async #adopt(descriptor: number): Promise<Buffer | undefined> {
    const { pos } = this.place
    const length = Math.min(pos, fingerprintBytes)
    const before = await this.bytes(descriptor, pos - length, length)
    const first = await this.bytes(descriptor, 0, length)
    if (before.length < length || first.length < length) return undefined
    this.#move({ pos, head: fingerprintOf(first), anchor: fingerprintOf(before) })
    return before
  }
}
