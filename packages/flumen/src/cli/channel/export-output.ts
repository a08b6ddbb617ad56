import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import type { TextOutput } from '../io.ts'

/** Where exported bytes go. */
export interface ExportOutput {
  /** @returns false when nobody reads any more */
  write(bytes: Uint8Array): Promise<boolean>
  end(): Promise<void>
}

export function standardOutput(stdout: TextOutput): ExportOutput {
  return {
    write: (bytes) => new Promise((resolve) => void stdout.write(bytes, (error) => resolve(!error))),
    end: () => Promise.resolve(),
  }
}

/** A new file, readable by its owner only. @throws where there is one already */
export async function newFile(path: string): Promise<ExportOutput> {
  const stream = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
  await once(stream, 'open')
  return {
    write: async (bytes) => {
      await written(stream, bytes)
      return true
    },
    end: () => new Promise((resolve, reject) => stream.once('error', reject).end(() => resolve())),
  }
}

function written(stream: WriteStream, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
}
