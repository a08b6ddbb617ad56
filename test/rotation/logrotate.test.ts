// The recipes of the table in docs/guide/taildir.md, with the real logrotate.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { commandVersion, root, skipUnless } from '../../servers/server.ts'
import { FollowedFolder, quietly } from '../support/followed-folder.ts'

const logrotate = {
  name: 'logrotate',
  missing: async () => (commandVersion('logrotate', '--version') ? undefined : 'logrotate is not on the PATH'),
}

/** Each name stands in a row of the guide's table. */
const recipes: Readonly<Record<string, readonly string[]>> = {
  create: ['create'],
  'create, compress': ['create', 'compress'],
  'create, compress, delaycompress': ['create', 'compress', 'delaycompress'],
  'create, dateext': ['create', 'dateext', 'dateformat -%Y%m%d-%s'],
  'create, dateext, compress, delaycompress': [
    'create',
    'dateext',
    'dateformat -%Y%m%d-%s',
    'compress',
    'delaycompress',
  ],
  nocreate: ['nocreate'],
  copytruncate: ['copytruncate'],
  'copytruncate, compress': ['copytruncate', 'compress'],
  'copytruncate, compress, delaycompress': ['copytruncate', 'compress', 'delaycompress'],
  'copytruncate, dateext': ['copytruncate', 'dateext', 'dateformat -%Y%m%d-%s'],
}

/** A program that logs numbered lines into a file that it holds open, as long as its recipe tells it no better. */
class Program {
  readonly #path: string
  #descriptor: number
  written = 0

  constructor(path: string) {
    this.#path = path
    this.#descriptor = fs.openSync(path, 'a')
  }

  log(lines: number): void {
    for (let line = 0; line < lines; line++) fs.writeSync(this.#descriptor, `line ${this.written++} of the program\n`)
  }

  /** What `postrotate` has programs do. */
  reopen(): void {
    fs.closeSync(this.#descriptor)
    this.#descriptor = fs.openSync(this.#path, 'a')
  }

  close(): void {
    fs.closeSync(this.#descriptor)
  }
}

function rotate(bench: FollowedFolder, directives: readonly string[]): void {
  const configuration = join(bench.folder, 'rotate.conf')
  fs.mkdirSync(join(bench.folder, 'state'), { recursive: true })
  fs.writeFileSync(
    configuration,
    `${bench.path('app.log')} {\n  rotate 20\n  missingok\n  ${directives.join('\n  ')}\n}\n`,
    { mode: 0o644 },
  )
  const state = join(bench.folder, 'state', 'logrotate')
  const run = spawnSync('logrotate', ['--force', '--state', state, configuration], { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
}

/** Rotations while the source runs, and while it does not. */
async function follow(context: TestContext, directives: readonly string[], pattern: string): Promise<void> {
  const bench = new FollowedFolder(context)
  fs.chmodSync(bench.folder, 0o755)
  const program = new Program(bench.path('app.log'))
  context.after(() => program.close())
  const values = { 'filegroups.g': join(bench.folder, pattern) }
  const stored: string[] = []
  const hasDates = directives.includes('dateext')
  for (let round = 0; round < (hasDates ? 1 : 3); round++) {
    const source = await bench.start(values)
    const have = stored.length
    program.log(50)
    await source.stored(program.written - have)
    for (let rotation = 0; rotation < 2; rotation++) {
      program.log(20)
      rotate(bench, directives)
      // A program logs on in the old file until it is told.
      if (!directives.includes('copytruncate') && !directives.includes('compress')) program.log(5)
      if (!directives.includes('copytruncate')) program.reopen()
      program.log(20)
      await source.stored(program.written - have)
      // Names with the time of day in seconds.
      if (hasDates) await new Promise((resolve) => setTimeout(resolve, 1100))
    }
    await quietly()
    await bench.stop()
    stored.push(...source.bodies())
    program.log(10)
    rotate(bench, directives)
    if (!directives.includes('copytruncate')) program.reopen()
    program.log(10)
    if (hasDates) await new Promise((resolve) => setTimeout(resolve, 1100))
  }
  const source = await bench.start(values)
  await source.stored(program.written - stored.length)
  await quietly()
  await bench.stop()
  stored.push(...source.bodies())
  const all = Array.from({ length: program.written }, (_, line) => `line ${line} of the program`)
  assert.deepEqual(stored.toSorted(), all.toSorted())
}

for (const [name, directives] of Object.entries(recipes)) {
  for (const pattern of ['app\\.log', 'app\\.log.*']) {
    test(`logrotate with ${name}: each line once, with the pattern ${pattern}`, async (t) => {
      if (!(await skipUnless(t, logrotate))) return
      await follow(t, directives, pattern)
    })
  }
}

test('the guide names each recipe of these tests', () => {
  const page = fs.readFileSync(join(root, 'docs/guide/taildir.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, recipe]) => recipe)
  assert.deepEqual(
    Object.keys(recipes).filter((recipe) => !rows.includes(recipe)),
    [],
  )
})
