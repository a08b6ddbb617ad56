import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, temporaryDirectory } from '../../servers/server.ts'
import { type PlantedBug, plantedBugs } from './planted-bugs.ts'

const storage = 'packages/flumen/src/storage'
/** Cheap ones first. */
const suites = [
  `${storage}/system-files.test.ts`,
  `${storage}/log-corruptions.test.ts`,
  `${storage}/log-damage.test.ts`,
  `${storage}/log-model.test.ts`,
  `${storage}/log-crash.test.ts`,
  `${storage}/channel/log-channel.test.ts`,
  'test/reliability/sync-failures.test.ts',
  'test/reliability/kill-points.test.ts',
]
const leftOut = ['node_modules', '.git', '.servers', 'dist', 'docs', 'bench']

export interface Hunt {
  readonly bug: string
  /** The first suite that turns red; undefined where none does. */
  readonly caughtBy: string | undefined
}

/**
 * Plants each bug in a copy of the sources and runs the tests there until one fails.
 * @throws Error where a test is red without any bug
 */
export async function* huntBugs(bugs: readonly PlantedBug[] = plantedBugs): AsyncGenerator<Hunt> {
  using copy = temporaryDirectory('bug')
  cpSync(root, copy.path, { recursive: true, filter: (path) => !leftOut.some((name) => path.endsWith(`/${name}`)) })
  symlinkSync(join(root, 'node_modules'), join(copy.path, 'node_modules'))
  const red = await firstRed(copy.path)
  if (red !== undefined) throw new Error(`${red} is red without any bug`)
  for (const bug of bugs) {
    const path = join(copy.path, storage, bug.file)
    const text = readFileSync(path)
    plant(bug, path)
    yield { bug: bug.name, caughtBy: await firstRed(copy.path) }
    writeFileSync(path, text)
  }
}

/** Where the place is gone that a bug is planted in, the bug has to be planted anew. */
export function plant({ name, from, to }: PlantedBug, path: string): void {
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2)
    throw new Error(`${path} does not have the place of the bug "${name}" exactly once`)
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
}

async function firstRed(copy: string): Promise<string | undefined> {
  for (const suite of suites) {
    // Real processes take their time on a busy machine.
    const limitMs = suite.startsWith('test/') ? 900_000 : 120_000
    const child = spawn(
      process.execPath,
      ['--conditions=flumen-source', '--test', `--test-timeout=${limitMs}`, suite],
      {
        cwd: copy,
        stdio: 'ignore',
        env: { ...process.env, FLUMEN_CRASH_STATES: '20000', FLUMEN_SEED: '1', NODE_TEST_CONTEXT: undefined },
      },
    )
    // One that waits for ever is red, too.
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
    const [status] = await once(child, 'exit')
    clearTimeout(timer)
    if (status !== 0) return suite.slice(suite.lastIndexOf('/') + 1)
  }
  return undefined
}
