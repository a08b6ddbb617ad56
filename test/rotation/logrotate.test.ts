// The recipes of the table in docs/guide/taildir.md, with the real logrotate.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
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

const lineOf = (line: number): string => `line ${line} of the program`

test('logrotate with `copy`: each line once where the group has the log alone, and with `exclude`', async (t) => {
  if (!(await skipUnless(t, logrotate))) return
  const groups = [
    { 'filegroups.g': 'app\\.log' },
    { 'filegroups.g': 'app\\.log.*', 'filegroups.g.exclude': 'app\\.log\\..+' },
  ]
  for (const { 'filegroups.g': pattern = '', ...more } of groups) {
    const bench = new FollowedFolder(t)
    fs.chmodSync(bench.folder, 0o755)
    const program = new Program(bench.path('app.log'))
    const source = await bench.start({ 'filegroups.g': join(bench.folder, pattern), ...more })
    for (let rotation = 0; rotation < 3; rotation++) {
      program.log(20)
      rotate(bench, ['copy'])
      program.log(20)
      await source.stored(program.written)
    }
    await quietly()
    await bench.stop()
    program.close()
    assert.deepEqual(
      source.bodies(),
      Array.from({ length: program.written }, (_, line) => lineOf(line)),
    )
  }
})

for (const isFollowed of [false, true]) {
  const what = isFollowed ? 'also while no agent runs, where a group has the other folder' : 'while the agent runs'
  test(`logrotate with \`olddir\`: each line once ${what}`, async (t) => {
    if (!(await skipUnless(t, logrotate))) return
    const bench = new FollowedFolder(t)
    fs.chmodSync(bench.folder, 0o755)
    const directives = ['create', `olddir ${bench.path('old')}`, 'createolddir 755 root root']
    const program = new Program(bench.path('app.log'))
    t.after(() => program.close())
    const values = {
      'filegroups.g': bench.path('app\\.log'),
      ...(isFollowed && { filegroups: 'g old', 'filegroups.old': bench.path('old/app\\.log.*') }),
    }
    const stored: string[] = []
    for (let round = 0; round < 3; round++) {
      const source = await bench.start(values)
      for (let rotation = 0; rotation < 2; rotation++) {
        program.log(20)
        await source.stored(program.written - stored.length)
        rotate(bench, directives)
        program.log(5)
        program.reopen()
        program.log(20)
        await source.stored(program.written - stored.length)
      }
      await quietly()
      await bench.stop()
      stored.push(...source.bodies())
      if (!isFollowed) continue
      program.log(10)
      rotate(bench, directives)
      program.reopen()
      program.log(10)
    }
    const source = await bench.start(values)
    await source.stored(program.written - stored.length)
    await quietly()
    await bench.stop()
    stored.push(...source.bodies())
    assert.deepEqual(stored.toSorted(), Array.from({ length: program.written }, (_, line) => lineOf(line)).toSorted())
  })
}

/** Logs without a pause until it is told to end; says how many lines that were. */
const restless = `
const fs = require('node:fs')
const descriptor = fs.openSync(process.argv[1], 'a')
let line = 0
process.on('message', () => { process.send(line); process.disconnect(); clearInterval(logging) })
const logging = setInterval(() => { for (let n = 0; n < 20; n++) fs.writeSync(descriptor, 'line ' + line++ + ' of the program\\n') }, 1)
process.send('running')
`

test('what a program writes while `copytruncate` copies and truncates comes once, but for what is on no disk any more', async (t) => {
  if (!(await skipUnless(t, logrotate))) return
  const bench = new FollowedFolder(t)
  fs.chmodSync(bench.folder, 0o755)
  const log = bench.path('app.log')
  const source = await bench.start({ 'filegroups.g': bench.path('app\\.log.*') })
  const program = spawn(process.execPath, ['-e', restless, log], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  t.after(() => program.kill())
  await once(program, 'message')
  for (let rotation = 0; rotation < 8; rotation++) {
    await new Promise((resolve) => setTimeout(resolve, 150))
    rotate(bench, ['copytruncate'])
  }
  program.send('end')
  const [written] = (await once(program, 'message')) as [number]
  const files = fs.readdirSync(bench.folder).filter((name) => name.startsWith('app.log'))
  const kept = files.flatMap((name) => fs.readFileSync(bench.path(name), 'utf8').split('\n').slice(0, -1))
  const whole = new Set(kept.filter((line) => /^line \d+ of the program$/.test(line)))
  assert.equal(files.length, 9)
  const bodies = (): string[] => source.bodies().filter((line) => /^line \d+ of the program$/.test(line))
  const missing = (): string[] => {
    const stored = new Set(bodies())
    return [...whole].filter((line) => !stored.has(line))
  }
  for (let wait = 0; wait < 50 && missing().length > 0; wait++) await quietly()
  await bench.stop()
  assert.deepEqual(missing(), [])
  const stored = bodies()
  t.diagnostic(`${written} lines, ${written - whole.size} on no disk, ${written - new Set(stored).size} not stored`)
  const seen = new Set<string>()
  const repeated = stored.filter((line) => seen.size === seen.add(line).size)
  assert.deepEqual(repeated, [])
})

test('the guide names each recipe of these tests', () => {
  const page = fs.readFileSync(join(root, 'docs/guide/taildir.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, recipe]) => recipe)
  assert.deepEqual(
    Object.keys(recipes).filter((recipe) => !rows.includes(recipe)),
    [],
  )
})
