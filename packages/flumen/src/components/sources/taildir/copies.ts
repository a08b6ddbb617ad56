import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { messageOf, type SourceContext } from '../../../core/index.ts'
import { isUnpackingError } from '../../../protocols/archives.ts'
import {
  digestOf,
  type Fingerprint,
  fingerprintBytes,
  isNamedLike,
  type LineEnd,
  leadOf,
  type Mark,
  marksOf,
  mayBeCopyOf,
  stemOf,
} from '../../../protocols/tail-positions/index.ts'
import { type FileFacts, type FileState, factsOf } from './descriptors.ts'
import type { EndedContent } from './ended-contents.ts'
import { isOtherBirth, keyOf } from './identity.ts'
import { lineEndAt } from './recent-bytes.ts'
import { isSameContent } from './same-content.ts'
import type { TailSet } from './tail-set.ts'
import { beginning, TailedFile } from './tailed-file.ts'

/** `new`: it is read from its start. `copy`: it goes on where the original was read to. `wait`: not known yet. */
export type Verdict = 'new' | 'copy' | 'wait'

/** A file of which a copy is looked for. */
export type Sought = Pick<TailedFile, 'path' | 'group'>

/** What was read of a file, whatever became of it. */
interface Original {
  readonly path: string
  readonly pos: number
  readonly head: Fingerprint
  readonly marks: readonly Mark[]
  /** The last bytes before `pos`. */
  readonly recent: Uint8Array
  /** The last ends of lines. */
  readonly ends: readonly LineEnd[]
  /** It still holds this content. */
  readonly live: TailedFile | undefined
  readonly ended: EndedContent | undefined
}

interface Likeness {
  readonly alike: readonly Original[]
  /** Of the file's content. */
  readonly length: number
  readonly modifiedMs: number
}

/** What looks like a copy of a file that is still there so long after it has grown is a file of its own. Ms. */
const copyMs = 2000
/** Where it is the original's to the last byte: so long may who copies take to truncate the original. Ms. */
const truncationMs = 10_000
/** So long a copy is looked for that has a name of no group. Ms. */
const lookMs = 10_000
/** An archive that does not become whole in this time is not waited for. Ms. */
const packingMs = 60_000
/** Shorter content is taken for a copy only of what was truncated, and when it has not grown for {@link copyMs}. */
const certainBytes = 256
/** So much of what is known of it only at marks must stand before one of them: the rest is taken for the same. */
const nearly = 0.75

/**
 * Finds out which new files are copies of content that was read: tools copy a log and truncate it, or pack it. A copy
 * has a name that begins like the original's, and the bytes of the original where they were seen. It was complete before
 * the original was truncated or deleted; an archive may also stand beside its original.
 */
export class Copies {
  readonly #context: SourceContext
  readonly #set: TailSet
  /** How large archives were that were not whole. */
  readonly #tried = new WeakMap<TailedFile, number>()
  /** Files without a name of a group that were looked at. */
  readonly #done = new Set<string>()

  constructor(context: SourceContext, set: TailSet) {
    this.#context = context
    this.#set = set
  }

  /** To be asked before the first line of an open file is read, until the answer is not `wait`. */
  async judge(file: TailedFile, descriptor: number, { size, modifiedMs }: Omit<FileState, 'links'>): Promise<Verdict> {
    const isAlone = this.isAlone(file) && !this.#set.rounds.hasLike(file)
    if (!isAlone && !this.#set.isSettled(file)) return 'wait'
    if (this.#tried.get(file) === size) return this.#waitForArchive(file)
    // What was empty when it was found may be an archive by now.
    if (!file.isArchive && file.place.head.length === 0) await file.sniff(descriptor)
    if (file.packing === 'other') return this.#passOver(file, size)
    // An archive of a copy: the copy comes first.
    if (file.isArchive && this.#hasUnjudged(file)) return 'wait'
    let alike: readonly Original[]
    let length: number
    try {
      if (await this.#hasTwinBefore(file, descriptor)) return 'wait'
      alike = await this.#alike(file, descriptor)
      length = alike.length === 0 && !file.isArchive ? size : await file.length(descriptor)
    } catch (error) {
      if (!file.isArchive) throw error
      file.repack()
      if (isUnpackingError(error)) this.#tried.set(file, size)
      return 'wait'
    }
    return alike.length === 0 ? 'new' : this.#compare(file, descriptor, { alike, length, modifiedMs })
  }

  /** No file that is followed has a name like this one's: what is done with it looks at no other one. */
  isAlone(file: TailedFile): boolean {
    const like = this.#set.withLeadOf(file)
    return like.size === 0 || (like.size === 1 && like.has(file))
  }

  async #compare(file: TailedFile, descriptor: number, { alike, length, modifiedMs }: Likeness): Promise<Verdict> {
    const exact: Original[] = []
    const unknown: Original[] = []
    for (const each of alike) {
      const likeness = await likenessOf(file, descriptor, length, each)
      if (likeness === 'exact') exact.push(each)
      else if (likeness === 'unknown' && hasMark(each, length)) unknown.push(each)
    }
    const isCertain = file.isArchive || exact.some(({ ended }) => ended && isCopied(modifiedMs, length, ended))
    if (!isCertain) return this.#waitForOriginal(file, exact, unknown)
    const originals = [...exact, ...unknown]
    // So little may be the beginning of anything, and a copy does not grow.
    const isShort = !file.isArchive && length < certainBytes
    if (isShort && this.#now() - file.changedAt < copyMs) return 'wait'
    const isRead = originals.every(({ live }) => !live || (live.isRead && this.#wasThere(live, file.changedAt)))
    if (!isRead) return this.#readFirst(originals)
    if (exact.length === 0) return 'new'
    await file.goOnFrom(descriptor, Math.min(length, Math.max(...exact.map(({ pos }) => pos))))
    for (const { ended } of exact) if (ended) ended.isSought = false
    this.#set.hasMoved = true
    this.#context.metrics.counter('copiesFound').add(1)
    this.#context.log.debug('A file is a copy of what was read.', { file: file.path, from: file.place.pos, length })
    return 'copy'
  }

  /**
   * A copy that has a name of no group is read on like a file that was renamed, for what had not been read of the
   * original when it was truncated or had gone.
   */
  async findOutside(originals: readonly Sought[]): Promise<void> {
    const folders = Map.groupBy(originals, ({ path }) => dirname(path))
    for (const [directory, sought] of folders) {
      // One of each stem: what is rotated once a second has ended many times.
      const stems = new Map(sought.map((original) => [stemOf(basename(original.path)), original]))
      const likely = Map.groupBy(stems.values(), ({ path }) => leadOf(path))
      try {
        for (const name of await readdir(directory)) {
          const path = join(directory, name)
          const like = likely.get(leadOf(name))?.find((original) => isNamedLike(name, basename(original.path)))
          if (like && !like.group.paths.has(path)) await this.#tryOutside(like, path)
        }
      } catch (error) {
        this.#context.log.warn('Copies could not be looked for.', { folder: directory, error: messageOf(error) })
      }
    }
  }

  /** Looks again for copies that had not been made or packed yet; counts what was truncated away and is in none. */
  async lookAgain(): Promise<void> {
    const { ended } = this.#set
    const before = this.#now() - lookMs
    await this.findOutside(ended.sought())
    for (const { file, unread } of ended.giveUp(before)) {
      this.#set.hasMoved = true
      if (unread === 0) continue
      this.#context.metrics.counter('truncatedBytes').add(unread)
      this.#context.log.warn('A file was truncated before all of it was read.', { file, unreadBytes: unread })
    }
  }

  async #tryOutside(original: Sought, path: string): Promise<void> {
    const facts = await factsOf(path)
    if (!facts?.isFile || facts.size === 0 || this.#set.files.has(keyOf(facts)) || this.#done.has(stateOf(facts)))
      return
    // It is looked at anew each time.
    const quietMs = Math.max(0, this.#context.clock.now() - facts.modifiedMs)
    const changedAt = this.#now() - quietMs
    const file = new TailedFile(facts, path, original.group, beginning, changedAt, this.#set.opened)
    file.see(facts, changedAt)
    if (!(await file.open(path)) || file.descriptor === undefined) return
    const verdict = (await this.#wasRead(file)) ? 'new' : await this.judge(file, file.descriptor, facts)
    // It got a name of a group meanwhile, or one that is gone still counts as followed.
    const isFollowed = this.#set.files.has(file.key)
    if (verdict !== 'wait' && !isFollowed) this.#done.add(stateOf(facts))
    if (verdict !== 'copy' || file.isRead || isFollowed) return file.close()
    file.isJudged = true
    file.isPresent = false
    // As after a renaming: a later run finds it by its inode number beside the last name of its group.
    file.path = original.path
    this.#set.follow(file)
    this.#set.mark(file)
  }

  /** In an earlier run, to its end. */
  async #wasRead(file: TailedFile): Promise<boolean> {
    for (const ended of this.#set.ended.all) {
      if (keyOf(ended) !== file.key || (ended.packedSize ?? ended.pos) !== file.size) continue
      file.place = ended
      const isSame = await isSameContent(file)
      file.forget()
      if (isSame) return true
    }
    return false
  }

  /** Whether there is a copy that it may be an archive of: a file that has not changed since. */
  #hasUnjudged(archive: TailedFile): boolean {
    for (const file of this.#set.withLeadOf(archive)) {
      const isOlder = !file.isJudged && !file.isArchive && file.size > 0 && file.changedAt <= archive.changedAt
      if (isOlder && mayBeCopyOf(archive, file)) return true
    }
    return false
  }

  async #alike(file: TailedFile, descriptor: number): Promise<readonly Original[]> {
    const likely = [...this.#originals(file)]
    if (likely.length === 0) return []
    const first = await file.bytes(descriptor, 0, fingerprintBytes)
    const digests = new Map<number, string>()
    const alike: Original[] = []
    for (const original of likely) {
      const { length, digest } = original.head
      if (length <= first.length && !digests.has(length)) digests.set(length, digestOf(first.subarray(0, length)))
      if (length <= first.length && digests.get(length) !== digest) continue
      if (await hasMarksOf(file, descriptor, original)) alike.push(original)
    }
    return alike
  }

  /** A file that begins alike and of which nothing was read yet has its turn first: it may be the original. */
  async #hasTwinBefore(file: TailedFile, descriptor: number): Promise<boolean> {
    // Once the other one was looked at there is no line in it. What is not whole is a line at the end of an archive.
    const then = file.isArchive ? file.changedAt + packingMs : file.foundAt
    let ours: Buffer | undefined
    for (const other of this.#set.withLeadOf(file)) {
      // Where it was empty when it was last seen there may be lines in it by now.
      const isUnread = other !== file && other.place.pos === 0 && !other.isArchive
      if (!isUnread || other.descriptor === undefined || this.#wasThere(other, then)) continue
      if (!mayBeCopyOf(file, other)) continue
      ours ??= await file.bytes(descriptor, 0, fingerprintBytes)
      const theirs = await other.bytes(other.descriptor, 0, fingerprintBytes)
      const length = Math.min(ours.length, theirs.length)
      if (length === 0 || !ours.subarray(0, length).equals(theirs.subarray(0, length))) continue
      const more = file.isArchive ? 1 : (await other.length(other.descriptor)) - (await file.length(descriptor))
      // A copy does not grow.
      if (more < 0 || (more === 0 && !other.isJudged && !isOlder(other, file))) continue
      this.#set.mark(other)
      return true
    }
    return false
  }

  /** Files that it may be a copy of, as far as names tell: none that had its name itself. */
  *#originals(file: TailedFile): Iterable<Original> {
    for (const live of this.#set.withLeadOf(file)) {
      // Its name may be that of a new file with its inode number by now.
      const { readPath: path, place, marks, recent } = live
      if (live === file || place.pos === 0 || path === file.path || !mayBeCopyOf(file, { path })) continue
      yield { path, ...place, marks, recent: recent.bytes, ends: recent.ends, live, ended: undefined }
    }
    const { lead } = file
    for (const ended of this.#set.ended.all) {
      if (ended.lead !== lead) continue
      const { file: path, pos, head, recent, ends = [] } = ended
      if (path === file.path || !mayBeCopyOf(file, { path })) continue
      yield { path, pos, head, marks: marksOf(ended), recent, ends, live: undefined, ended }
    }
  }

  /** It may become a copy: the original is truncated or deleted soon, or it has nothing to do with it. */
  #waitForOriginal(file: TailedFile, exact: readonly Original[], unknown: readonly Original[]): Verdict {
    const { changedAt } = file
    const isNeeded =
      exact.some(({ live }) => live && !this.#isLeft(live, changedAt + truncationMs)) ||
      unknown.some(({ live }) => live && !this.#isLeft(live, changedAt + copyMs))
    return isNeeded ? this.#readFirst([...exact, ...unknown]) : 'new'
  }

  /** It has its name, and was neither truncated nor replaced until then. */
  #isLeft(file: TailedFile, then: number): boolean {
    return file.isPresent && this.#wasThere(file, then)
  }

  /**
   * It is later, and the file was looked at since: reading may have waited for long, and what became of the file meanwhile
   * is not known. One that cannot be looked at is not waited for without end.
   */
  #wasThere(file: TailedFile, then: number): boolean {
    const now = this.#now()
    return now >= then && (file.isArchive || file.lookedAt >= then || now >= then + packingMs)
  }

  #readFirst(matches: readonly Original[]): Verdict {
    for (const { live } of matches) if (live) this.#set.mark(live)
    return 'wait'
  }

  #waitForArchive(file: TailedFile): Verdict {
    if (file.isPassedOver || this.#now() - file.changedAt < packingMs) return 'wait'
    return this.#passOver(file, this.#tried.get(file) ?? 0)
  }

  #passOver(file: TailedFile, size: number): Verdict {
    this.#tried.set(file, size)
    if (file.isPassedOver) return 'wait'
    file.isPassedOver = true
    this.#context.metrics.counter('filesPassedOver').add(1)
    const isKnown = file.packing === 'other'
    const message = isKnown ? 'A file is packed in a way that is not read.' : 'An archive is not whole and is not read.'
    this.#context.log.warn(message, { file: file.path })
    return 'wait'
  }

  #now(): number {
    return this.#context.clock.monotonic()
  }
}

/** It was made earlier. Where the system's clock did not move between the two, rotated names are the longer ones. */
function isOlder(one: TailedFile, other: TailedFile): boolean {
  if (isOtherBirth(one, other)) return (one.bornNs ?? 0n) < (other.bornNs ?? 0n)
  const longer = other.path.length - one.path.length
  return longer === 0 ? one.path < other.path : longer > 0
}

/** Whether the file has the original's bytes at its marks, as far as it reaches. */
async function hasMarksOf(file: TailedFile, descriptor: number, { marks }: Original): Promise<boolean> {
  for (const { pos, anchor } of marks) {
    const bytes = await file.bytes(descriptor, pos - anchor.length, anchor.length)
    if (bytes.length < anchor.length) break
    if (digestOf(bytes) !== anchor.digest) return false
  }
  return true
}

function hasMark({ marks }: Original, length: number): boolean {
  return marks.some(({ pos, anchor }) => pos <= length && anchor.length > 0)
}

/**
 * Whether all of the file up to `pos` is the original's. Where it ends before, its last bytes must stand in the original
 * at the same place, which is known of what was read last, or seen where the original still holds its content.
 */
async function likenessOf(
  file: TailedFile,
  descriptor: number,
  length: number,
  original: Original,
): Promise<'exact' | 'unknown' | 'other'> {
  const { pos, recent, ends, live } = original
  if (length >= pos) {
    if (await isOutgrown(original, length)) return 'other'
    return pos === 0 || hasMark(original, length) ? 'exact' : 'unknown'
  }
  const size = Math.min(length, fingerprintBytes)
  const last = await file.bytes(descriptor, length - size, size)
  const from = length - size - (pos - recent.length)
  if (from >= 0) return last.equals(recent.subarray(from, from + size)) ? 'exact' : 'other'
  const end = ends.find((each) => each.pos === length)
  if (end) return end.digest === lineEndAt(length, last).digest ? 'exact' : 'other'
  if (live === undefined) return isNearlyAll(original, length) ? 'exact' : 'unknown'
  // It is opened and read first.
  if (live.descriptor === undefined) return 'unknown'
  if (last.equals(await live.bytes(live.descriptor, length - size, size))) return 'exact'
  return (await isWhatWasRead(live)) ? 'other' : 'unknown'
}

/** The original's last mark within it is near its end, and far behind what many files begin with. */
function isNearlyAll({ marks }: Original, length: number): boolean {
  const { pos } = marks.findLast(({ pos: at }) => at <= length) ?? { pos: 0 }
  return pos >= 1.5 * fingerprintBytes && pos >= length * nearly
}

/** The original still holds its content, and that is shorter: what is longer is no copy of it. */
async function isOutgrown({ live }: Original, length: number): Promise<boolean> {
  if (live?.descriptor === undefined || live.isArchive || (await live.length(live.descriptor)) >= length) return false
  return isWhatWasRead(live)
}

/** It is open and still holds what was read of it. */
async function isWhatWasRead(live: TailedFile): Promise<boolean> {
  const before = await live.bytesBefore()
  return before !== undefined && before.length > 0
}

function stateOf(facts: FileFacts): string {
  return `${keyOf(facts)}:${facts.size}:${facts.modifiedMs}`
}

/** It was complete before the original's content ended. @param length of what may be the copy */
function isCopied(modifiedMs: number, length: number, { how, pos, endedAt }: EndedContent): boolean {
  return modifiedMs <= endedAt && (how === 'cut' || Math.min(pos, length) >= certainBytes)
}
