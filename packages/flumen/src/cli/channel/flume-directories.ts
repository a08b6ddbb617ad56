import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type FlumeLogFile, type FlumeLogSource, fileIDOf, readLogMetadata } from '../../protocols/flume-log/index.ts'
import { UsageError } from '../command.ts'
import { namesIn, subfolders } from './channel-directories.ts'
import { hasRecordLock } from './lock-state.ts'

export interface FlumeFolder {
  readonly role: FlumeLogFile['role']
  readonly path: string
}

const lockFile = 'in_use.lock'
/** More than any `.meta` has. */
const mostMetadata = 1 << 20

/** The directories of a file channel of Apache Flume in the named folders. @throws UsageError where there are none */
export function locateFlume(places: readonly string[], cwd: string): readonly FlumeFolder[] {
  if (places.length === 0)
    throw new UsageError(["name the directories of Flume's channel, or its configuration with -f"])
  const folders = places.flatMap((place) => {
    const path = resolve(cwd, place)
    if (!existsSync(path)) throw new UsageError([`${place}: there is no such directory`])
    return [path, ...subfolders(path)].flatMap((each) => flumeFolder(each) ?? [])
  })
  if (!folders.some(({ role }) => role === 'data')) {
    throw new UsageError([
      `${places.join(', ')}: there are no logs of Apache Flume (log-1, …), here or one folder below`,
    ])
  }
  return folders
}

function flumeFolder(path: string): FlumeFolder | undefined {
  const names = namesIn(path)
  if (names.some((name) => fileIDOf(name) !== undefined)) return { role: 'data', path }
  if (names.includes('backupComplete')) return { role: 'backup', path }
  return names.includes('checkpoint') || names.includes('checkpoint.meta') ? { role: 'checkpoint', path } : undefined
}

/** @throws UsageError where an agent of Flume runs on them */
export function requireStopped(folders: readonly FlumeFolder[]): void {
  for (const { path } of folders) {
    if (hasRecordLock(join(path, lockFile)) === true) {
      throw new UsageError([`${path} is in use by an agent of Apache Flume (it holds ${lockFile}); stop it first`])
    }
  }
}

/** Files of a stopped channel, read as they are asked for. To be closed. */
export class FlumeFiles implements FlumeLogSource {
  readonly files: readonly FlumeLogFile[]
  readonly #descriptors = new Map<string, number>()

  constructor(folders: readonly FlumeFolder[]) {
    this.files = folders.flatMap(({ role, path }) =>
      namesIn(path).flatMap((name): FlumeLogFile[] => {
        const stat = statSync(join(path, name), { throwIfNoEntry: false })
        return stat?.isFile() ? [{ role, directory: path, name, size: stat.size }] : []
      }),
    )
  }

  read({ directory, name }: FlumeLogFile, offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length)
    const descriptor = this.#open(join(directory, name))
    let done = 0
    while (done < length) {
      const count = readSync(descriptor, bytes, done, length - done, offset + done)
      if (count === 0) break
      done += count
    }
    return done === length ? bytes : bytes.slice(0, done)
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) closeSync(descriptor)
    this.#descriptors.clear()
  }

  /** Names of the keys that logs are enciphered with, that of the newest log last. */
  get keyAliases(): readonly string[] {
    const logs = this.files.filter(
      ({ role, name, size }) => role === 'data' && /^log-\d+\.meta$/.test(name) && size <= mostMetadata,
    )
    const byNumber = logs.toSorted((one, other) => numberOf(one) - numberOf(other))
    const aliases = byNumber.flatMap((file) => {
      try {
        return readLogMetadata(this.read(file, 0, file.size)).encryption?.keyAlias ?? []
      } catch {
        // The replay says what is wrong with it.
        return []
      }
    })
    return aliases.filter((alias, index) => aliases.lastIndexOf(alias) === index)
  }

  #open(path: string): number {
    let descriptor = this.#descriptors.get(path)
    if (descriptor === undefined) {
      descriptor = openSync(path, 'r')
      this.#descriptors.set(path, descriptor)
    }
    return descriptor
  }
}

function numberOf({ name }: FlumeLogFile): number {
  return Number(/\d+/.exec(name)?.[0] ?? 0)
}
