import { anyDevice, digestOf, type FilePosition } from '../../../protocols/tail-positions/index.ts'
import type { Identity } from './identity.ts'
import { holdsItsPlace } from './same-content.ts'
import type { TailedFile } from './tailed-file.ts'

/** What a position that Flume left under another name must look like: Flume's positions stand behind a line end. */
const behindLineEnd = { length: 1, digest: digestOf(Buffer.from('\n')) }

/** Positions of earlier runs, until the files that they belong to are found. */
export class KnownPositions {
  readonly #byInode = new Map<string, FilePosition[]>()

  constructor(positions: readonly FilePosition[]) {
    for (const position of positions) this.add(position)
  }

  add(position: FilePosition): void {
    const same = this.#byInode.get(position.inode)
    if (same) same.push(position)
    else this.#byInode.set(position.inode, [position])
  }

  /**
   * The position of a file. A device may have another number after a restart of the machine: fingerprints decide, when
   * the file is read. Flume's positions have none.
   */
  take({ device, inode }: Identity, path: string): FilePosition | undefined {
    const same = this.#byInode.get(inode) ?? []
    const found =
      same.find((each) => each.device === device) ??
      same.find((each) => each.file === path) ??
      same.find(({ head, device: theirs }) => head.length > 0 || theirs === anyDevice)
    if (!found) return undefined
    this.#byInode.set(
      inode,
      same.filter((each) => each !== found),
    )
    if (found.device !== anyDevice || found.file === path || found.pos === 0) return found
    return { ...found, anchor: behindLineEnd }
  }

  /** A file of another name may have got the number; then what was known of it stays here, to be found elsewhere. */
  async confirm(position: FilePosition, file: TailedFile): Promise<void> {
    if (position.file === file.path || position.head.length === 0 || (await holdsItsPlace(file))) return
    this.add(position)
    file.forget()
  }

  /** All that there is of a file has been stored, as far as its size tells. */
  isRead({ inode, size }: { readonly inode: string; readonly size: number }): boolean {
    return (this.#byInode.get(inode) ?? []).some(({ pos, packedSize }) => (packedSize ?? pos) === size)
  }

  /** Those that have not been taken. */
  rest(): readonly FilePosition[] {
    return [...this.#byInode.values()].flat()
  }
}
