import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root, temporaryDirectory } from '../../servers/server.ts'
import { type PlantedBug, plantedBugs, withBug } from './planted-bugs.ts'

const storage = 'packages/flumen/src/storage'
/** Cheap ones first. */
const suites: readonly Suite[] = [
  `${storage}/system-files.test.ts`,
  `${storage}/log-corruptions.test.ts`,
  `${storage}/log-durability.test.ts`,
  `${storage}/log-damage.test.ts`,
  `${storage}/channel/log-channel.test.ts`,
  `${storage}/log-model.test.ts`,
  `${storage}/log-crash.test.ts`,
  'test/reliability/sync-failures.test.ts',
  'test/reliability/kill-points.test.ts',
].map((file) => ({ file, title: '', isBuilt: false }))
const leftOut = ['node_modules', '.git', '.servers', 'packages/flumen/dist', 'docs', 'bench'].map((path) =>
  join(root, path),
)

interface Suite {
  readonly file: string
  /** Of the tests that are run. */
  readonly title: string
  /** It needs the package as it is published. */
  readonly isBuilt: boolean
}

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
  cpSync(root, copy.path, { recursive: true, filter: (path) => !leftOut.includes(path) })
  symlinkSync(join(root, 'node_modules'), join(copy.path, 'node_modules'))
  const all = [...suites, ...bugs.flatMap((bug) => suiteOf(bug) ?? [])]
  const red = await firstRed(copy.path, [
    ...new Map(all.map((suite) => [`${suite.file} ${suite.title}`, suite])).values(),
  ])
  if (red !== undefined) throw new Error(`${red} is red without any bug`)
  for (const bug of bugs) {
    const path = join(copy.path, 'packages/flumen/src', bug.file)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, withBug(text, bug))
    const suite = suiteOf(bug)
    yield { bug: bug.name, caughtBy: await firstRed(copy.path, suite ? [suite] : suites) }
    writeFileSync(path, text)
  }
}

function suiteOf({ test }: PlantedBug): Suite | undefined {
  return test && { file: `test/reliability/${test.file}`, title: test.title, isBuilt: test.isBuilt === true }
}

async function firstRed(copy: string, among: readonly Suite[]): Promise<string | undefined> {
  for (const { file, title, isBuilt } of among) {
    if (isBuilt) execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: copy, stdio: 'ignore' })
    // Real processes take their time on a busy machine.
    const limitMs = file.startsWith('test/') ? 300_000 : 120_000
    const child = spawn(
      process.execPath,
      [
        ...['--conditions=flumen-source', '--test', '--test-force-exit', `--test-timeout=${limitMs}`],
        ...[`--test-name-pattern=^${title}`, file],
      ],
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
    if (status !== 0) return [basename(file), title].filter(Boolean).join(', ')
  }
  return undefined
}
