import { statfsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { OptionsOf, Section } from '../../component/kit.ts'
import { segmentIdOf } from '../../storage/format/segment-header.ts'
import { systemFiles } from '../../storage/system-files.ts'
import type { logFields } from './log-channel-fields.ts'

export type LogOptions = OptionsOf<typeof logFields>

export interface LogDirectories {
  readonly data: readonly string[]
  readonly checkpoint: readonly [string] | readonly [string, string]
}

export function directoriesOf({
  dataDirs,
  checkpointDir,
  useDualCheckpoints,
  backupCheckpointDir,
}: LogOptions): LogDirectories {
  const checkpoint = pathOf(checkpointDir)
  const backup = useDualCheckpoints && backupCheckpointDir !== undefined ? pathOf(backupCheckpointDir) : undefined
  return { data: dataDirs.map(pathOf), checkpoint: backup === undefined ? [checkpoint] : [checkpoint, backup] }
}

const encryptionKeys =
  /^(activeKey|cipherProvider|keyProvider|keyProvider\.(keyStoreFile|keyStorePasswordFile|keys|command)|keyProvider\.keys\.[^.]+\.(passwordFile|file))$/

/** What no field of its own sees; looks at directories that are there, and makes none. */
export function checkLogOptions(options: LogOptions, section: Section): void {
  checkCheckpoints(options, section)
  checkEncryption(options.encryption, section)
  const { data, checkpoint } = directoriesOf(options)
  if (new Set([...data, ...checkpoint]).size < data.length + checkpoint.length) {
    section.error('dataDirs', 'two of the directories are the same', 'give dataDirs and checkpointDir a directory each')
    return
  }
  checkDisks(data, checkpoint, section)
}

function checkCheckpoints({ useDualCheckpoints, backupCheckpointDir }: LogOptions, section: Section): void {
  if (useDualCheckpoints && backupCheckpointDir === undefined) {
    const fix = 'set it to a directory of its own, or remove useDualCheckpoints'
    section.error('backupCheckpointDir', 'useDualCheckpoints needs backupCheckpointDir', fix)
  }
}

function checkEncryption(encryption: LogOptions['encryption'], section: Section): void {
  if (encryption.size === 0) return
  for (const key of encryption.keys()) {
    if (!encryptionKeys.test(key)) {
      section.error(`encryption.${key}`, `encryption.${key} is not known`, 'see the reference of the file channel')
    }
  }
  for (const key of ['activeKey', 'keyProvider']) {
    if (encryption.has(key)) continue
    const fix = 'set it, or remove all of encryption.*'
    section.error(`encryption.${key}`, `encryption needs encryption.${key}`, fix)
  }
}

const tmpfs = 0x01021994
const ramfs = 0x858458f6

function checkDisks(data: readonly string[], checkpoint: readonly string[], section: Section): void {
  for (const [name, directories] of [
    ['dataDirs', data],
    ['checkpointDir', checkpoint],
  ] as const) {
    for (const directory of directories) {
      const type = existing(directory, (path) => statfsSync(path).type)
      if (type !== tmpfs && type !== ramfs) continue
      const message = `${directory} lies in memory (tmpfs): what is in it is lost when the machine stops`
      section.warning(name, message, 'choose a directory on a disk')
    }
  }
  const devices = new Map<number | undefined, string>()
  for (const directory of data)
    devices.set(
      existing(directory, (path) => statSync(path).dev),
      directory,
    )
  const shared = checkpoint.find((directory) => devices.has(existing(directory, (path) => statSync(path).dev)))
  if (shared !== undefined) {
    const message = `${shared} is on the same disk as the log: that is safe, but both are gone together`
    const fix = 'a checkpoint on another disk only makes the start shorter; nothing has to be done'
    section.note('checkpointDir', message, fix)
  }
  for (const directory of data) {
    const names = systemFiles.list(directory)
    if (!names.some((name) => /^log-\d+\.meta$/.test(name)) || names.some((name) => segmentIdOf(name))) continue
    const message = `${directory} holds a channel of Apache Flume, whose events are not read from there`
    const fix = 'bring them over with: flumen channel import (see docs/guide/file-channel-tools.md)'
    section.warning('dataDirs', message, fix)
  }
}

/** Asks about the directory, or the nearest one above that is there. */
function existing<T>(directory: string, ask: (path: string) => T): T | undefined {
  for (let path = directory; ; path = dirname(path)) {
    try {
      return ask(path)
    } catch {
      if (path === dirname(path)) return undefined
    }
  }
}

/** `~` is the home directory of the user. */
export function pathOf(written: string): string {
  return resolve(written === '~' || written.startsWith('~/') ? homedir() + written.slice(1) : written)
}
