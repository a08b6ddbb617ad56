import { readFile } from 'node:fs/promises'
import { readKeyStore } from '../../protocols/key-stores/key-store.ts'
import { runKeyCommand } from '../../storage/encryption/key-command.ts'
import { openKeyProvider } from '../../storage/encryption/providers.ts'
import { readSegmentHeader, segmentHeaderBytes, segmentIdOf } from '../../storage/format/segment-header.ts'
import { onlyCursor } from '../../storage/log-state.ts'
import { systemFiles } from '../../storage/system-files.ts'
import type { LogSettings } from '../../storage/thread/log-port.ts'
import { directoriesOf, type LogOptions, pathOf } from './log-channel-options.ts'

/** Flume's floor. */
const leastFreeBytes = 1 << 20

/** Makes the directories and reads the keys. @throws ConfigurationError, KeyProviderError, DiskError */
export async function logSettings(options: LogOptions, segmentBytes: number): Promise<LogSettings> {
  const directories = directoriesOf(options)
  for (const directory of [...directories.data, ...directories.checkpoint]) systemFiles.makeDirectory(directory)
  return {
    dataDirectories: directories.data,
    checkpointDirectories: directories.checkpoint,
    segmentBytes,
    minimumFreeBytes: Math.max(leastFreeBytes, options.minimumRequiredSpace),
    cursors: [onlyCursor],
    compression: options.compression,
    syncEachCommit: options.fsyncPerTransaction,
    keys: await keysOf(options, directories.data),
  }
}

async function keysOf({ encryption }: LogOptions, directories: readonly string[]): Promise<LogSettings['keys']> {
  const type = encryption.get('keyProvider')
  const activeKey = encryption.get('activeKey')
  if (type === undefined || activeKey === undefined) return undefined
  const needed = keysInUse(directories)
  const provider = await openKeyProvider(
    { activeKey, type, options: below(encryption, 'keyProvider.') },
    {
      readFile: (path) => readFile(pathOf(path)),
      run: (words) => runKeyCommand(words),
      readKeyStore: (bytes, password, name) => readKeyStore(bytes, password, { name }),
    },
    needed,
  )
  const bytes = new Map<string, Uint8Array>()
  for (const id of [activeKey, ...needed]) {
    const key = provider.key(id)
    if (key) bytes.set(id, key)
  }
  return { active: activeKey, bytes }
}

/** Names of the keys that segments on the disk are enciphered with. */
function keysInUse(directories: readonly string[]): string[] {
  const ids = new Set<string>()
  for (const directory of directories) {
    for (const name of systemFiles.list(directory)) {
      if (segmentIdOf(name) === undefined) continue
      const file = systemFiles.open(`${directory}/${name}`, 'read')
      try {
        const head = new Uint8Array(segmentHeaderBytes)
        file.read(head, 0)
        const id = readSegmentHeader(head, file.path)?.key?.id
        if (id !== undefined) ids.add(id)
      } finally {
        file.close()
      }
    }
  }
  return [...ids]
}

function below(values: ReadonlyMap<string, string>, prefix: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [key, value] of values) if (key.startsWith(prefix)) found[key.slice(prefix.length)] = value
  return found
}
