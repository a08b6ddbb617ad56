import { type FSWatcher, watch } from 'node:fs'
import { statfs } from 'node:fs/promises'

/** File systems where another machine writes, which the kernel here does not see. */
const remoteTypes = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2
  0x01021997, // 9P
  0x65735546, // FUSE
  0x00c36400, // Ceph
  0x5346414f, // AFS
  0x6b414653, // AFS of the kernel
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x19830326, // BeeGFS
  0x7461636f, // OCFS2
  0x01161970, // GFS2
  0xaad7aaea, // PanFS
  0x786f4256, // folders of VirtualBox
])

/** Something happened to a name in a folder; `undefined`: to the folder, or it is not known what. */
type OnEvent = (name: string | undefined, isContent: boolean) => void

/** Hears of changes in one folder as long as the system can tell. */
export class FolderWatch {
  readonly #watcher: FSWatcher
  #isLost = false

  private constructor(directory: string, onEvent: OnEvent) {
    this.#watcher = watch(directory, { persistent: true })
    this.#watcher.on('change', (type, name) => onEvent(name === null ? undefined : String(name), type === 'change'))
    this.#watcher.on('error', () => {
      this.#isLost = true
      onEvent(undefined, false)
    })
  }

  /**
   * Undefined: changes must be looked for: the folder is on another machine, or may be, or the system has no watches left.
   */
  static async start(directory: string, onEvent: OnEvent): Promise<FolderWatch | undefined> {
    try {
      const { type } = await statfs(directory)
      return remoteTypes.has(type) ? undefined : new FolderWatch(directory, onEvent)
    } catch {
      return undefined
    }
  }

  get isLost(): boolean {
    return this.#isLost
  }

  close(): void {
    this.#watcher.close()
  }
}
