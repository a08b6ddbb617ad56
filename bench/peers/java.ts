import { execFile } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { flumeClassPath } from '../../servers/flume.ts'
import { root } from '../../servers/server.ts'

const source = join(import.meta.dirname, 'java/Committers.java')
const folder = join(root, 'bench/.data/classes')
const run = promisify(execFile)

/** The folder with the compiled programs of `java/`; compiled when absent or older than their source. */
export async function javaClasses(): Promise<string> {
  const built = statSync(join(folder, 'Committers.class'), { throwIfNoEntry: false })
  if (built !== undefined && built.mtimeMs > statSync(source).mtimeMs) return folder
  mkdirSync(folder, { recursive: true })
  await run('javac', ['-nowarn', '-proc:none', '-cp', await flumeClassPath(), '-d', folder, source])
  return folder
}
