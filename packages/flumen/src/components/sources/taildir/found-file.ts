import { digestOf, type FilePosition, fingerprintBytes } from '../../../protocols/tail-positions/index.ts'
import {
  closeDescriptor,
  type FileFacts,
  factsOf,
  factsOfOpen,
  isFresh,
  isOnLocalDisk,
  openToRead,
  readAgain,
  readBytes,
} from './descriptors.ts'
import type { Identity } from './identity.ts'

const noBytes = Buffer.alloc(0)

/** A file that a name led to, open where it may be: what becomes of the name meanwhile does not matter then. */
export class FoundFile {
  readonly facts: FileFacts
  /** How it begins; nothing where it is not open. */
  readonly first: Buffer
  /** See {@link isOnLocalDisk}. */
  readonly isLocal: boolean
  #descriptor: number | undefined

  /**
   * @param seen what the name led to a moment ago; kept where the file is not opened, or cannot be
   * @param now of the wall clock
   */
  static async at(path: string, seen: FileFacts, mayOpen: boolean, now: number): Promise<FoundFile | undefined> {
    if (!mayOpen) return new FoundFile(seen, undefined, noBytes, false)
    let descriptor: number | undefined
    let isLocal = false
    try {
      isLocal = await isOnLocalDisk(path, seen)
      descriptor = await openToRead(path, isLocal)
      const facts = await factsOfOpen(descriptor, isLocal)
      if (facts.isFile) {
        const first = await readAgain(descriptor, 0, fingerprintBytes, isLocal && isFresh(facts, now))
        return new FoundFile(facts, descriptor, first, isLocal)
      }
      await closeDescriptor(descriptor, isLocal)
      return undefined
    } catch (error) {
      if (descriptor !== undefined) await closeDescriptor(descriptor, isLocal)
      // Reading tries again and says why.
      return (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? undefined
        : new FoundFile(seen, undefined, noBytes, false)
    }
  }

  private constructor(facts: FileFacts, descriptor: number | undefined, first: Buffer, isLocal: boolean) {
    this.facts = facts
    this.first = first
    this.isLocal = isLocal
    this.#descriptor = descriptor
  }

  /** Whether its content is that of a file of which so much was stored; where it is not open nobody can tell: true. */
  async holds({ pos, head, anchor }: Pick<FilePosition, 'pos' | 'head' | 'anchor'>): Promise<boolean> {
    const descriptor = this.#descriptor
    if (descriptor === undefined) return true
    for (const [from, print] of [[0, head] as const, [pos - anchor.length, anchor] as const]) {
      if (print.length === 0) continue
      const bytes = await readBytes(descriptor, from, print.length)
      if (bytes.length < print.length || digestOf(bytes) !== print.digest) return false
    }
    return true
  }

  /** The descriptor belongs to who calls this. */
  take(): number | undefined {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    return descriptor
  }

  async close(): Promise<void> {
    const descriptor = this.take()
    if (descriptor !== undefined) await closeDescriptor(descriptor, this.isLocal)
  }
}

/** Whether the name leads to this file. */
export async function leadsTo(path: string, { device, inode }: Identity): Promise<boolean> {
  const facts = await factsOf(path)
  return facts?.device === device && facts.inode === inode
}
