// Something of everything that the port of the disk can do. Run as a program it does it to a real directory.
import { join } from 'node:path'
import type { Files } from '../../packages/flumen/src/storage/files.ts'
import { systemFiles } from '../../packages/flumen/src/storage/system-files.ts'

export function portSteps(files: Files, root: string): void {
  const directory = join(root, 'x/log')
  files.makeDirectory(directory)
  for (const parent of [root, join(root, 'x')]) files.syncDirectory(parent)

  const segment = files.open(join(directory, '1'), 'create')
  files.syncDirectory(directory)
  segment.write([new Uint8Array(10)], 0)
  segment.write([], 10)
  segment.write([new Uint8Array(5), new Uint8Array(0), new Uint8Array(7)], 10)
  segment.sync()
  segment.truncate(15)
  segment.sync()
  segment.read(new Uint8Array(20), 3)
  segment.size()
  segment.close()

  const again = files.open(join(directory, '1'), 'write')
  again.write([new Uint8Array(3)], 4096)
  again.sync()
  again.close()
  const reader = files.open(join(directory, '1'), 'read')
  reader.read(new Uint8Array(1), 0)
  reader.close()

  const checkpoint = files.open(join(directory, 'checkpoint.new'), 'create')
  checkpoint.write([new Uint8Array(100)], 0)
  checkpoint.sync()
  checkpoint.close()
  files.rename(join(directory, 'checkpoint.new'), join(directory, 'checkpoint'))
  files.syncDirectory(directory)
  files.list(directory)
  files.freeBytes(directory)
  files.unlink(join(directory, '1'))
  files.syncDirectory(directory)
}

if (import.meta.main) portSteps(systemFiles, process.argv[2] ?? '')
