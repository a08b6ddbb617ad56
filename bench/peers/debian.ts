import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installOnce } from '../../servers/install-once.ts'
import { commandVersion, serverFolder } from '../../servers/server.ts'

const run = promisify(execFile)

/** A program of a Debian package that is unpacked, not installed: system loggers exclude each other. */
export interface DebianProgram {
  readonly package: string
  /** The variable of the environment that may name the program. */
  readonly variable: string
  readonly command: string
  /** Where the command is below the root of the packages; `usr/sbin/<command>` unless it says otherwise. */
  readonly path?: string
}

/** Where a program and what it loads are. */
export interface Located {
  readonly command: string
  /** The root of the unpacked packages; `undefined` for a program of the system. */
  readonly root: string | undefined
}

/** Why the program cannot be had, as a phrase. */
export async function missingProgram(program: DebianProgram): Promise<string | undefined> {
  try {
    await locate(program)
    return undefined
  } catch (error) {
    return `not found: set ${program.variable} (${error instanceof Error ? error.message.split('\n')[0] : error})`
  }
}

/** The one that the environment names, the one on the PATH, or else Debian's package unpacked in the servers' folder. */
export async function locate({ package: name, variable, command, path: below }: DebianProgram): Promise<Located> {
  const named = process.env[variable]
  if (named) return { command: named, root: undefined }
  for (const folder of [...(process.env.PATH ?? '').split(':'), '/usr/sbin']) {
    if (existsSync(join(folder, command))) return { command: join(folder, command), root: undefined }
  }
  if (commandVersion('apt-get', '--version') === undefined) throw new Error('there is no apt-get here')
  const folder = serverFolder(name)
  const root = join(folder, 'root')
  const path = join(root, below ?? `usr/sbin/${command}`)
  await installOnce(
    folder,
    'debian',
    () => existsSync(path),
    () => unpack(name, folder, root),
  )
  return { command: path, root }
}

/** The package and those that it needs and that are not installed. */
async function unpack(name: string, folder: string, root: string): Promise<void> {
  const options = { cwd: folder, timeout: 120_000 }
  const { stdout } = await run('apt-get', ['install', '--print-uris', '-qq', '--no-install-recommends', name], options)
  const names = [...stdout.matchAll(/^'\S+' ([^\s_]+)_/gm)].map(([, each]) => each!)
  if (names.length === 0) throw new Error(`apt-get knows no package ${name}`)
  await run('apt-get', ['download', '-qq', ...names], options)
  for (const file of readdirSync(folder).filter((each) => each.endsWith('.deb'))) {
    await run('dpkg', ['-x', join(folder, file), root], options)
  }
}

/** Folders below the root that hold shared libraries, for LD_LIBRARY_PATH. */
export function libraryPath(root: string): string {
  const folders = [join(root, 'usr/lib'), join(root, 'lib')]
    .filter((library) => existsSync(library))
    .flatMap((library) => readdirSync(library, { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile() && /^lib.*\.so/.test(entry.name))
    .map((entry) => entry.parentPath)
  return [...new Set(folders)].join(':')
}
