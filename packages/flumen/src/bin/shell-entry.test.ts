import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'

const names = ['flumen', 'flume-ng'] as const
const shellEntries = join(import.meta.dirname, '../../../../bin')

/** A clone with the shell entries and, where it is built, programs that print their words. */
function clone(t: TestContext, { built = true, runtime = true } = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'flumen clone '))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const make = (path: string): string => {
    mkdirSync(join(root, path), { recursive: true })
    return join(root, path)
  }
  for (const name of names) copyFileSync(join(shellEntries, name), join(make('bin'), name))
  writeFileSync(join(make('packages/flumen/src'), 'a.ts'), '')
  if (runtime) symlinkSync(process.execPath, join(make('node_modules/.bin'), 'node'))
  if (!built) return root
  const dist = make('packages/flumen/dist/bin')
  for (const name of names) {
    writeFileSync(join(dist, `${name}.js`), 'console.log(JSON.stringify([process.execPath, ...process.argv.slice(2)]))')
  }
  writeFileSync(join(root, 'packages/flumen/dist/.stamp'), '')
  utimesSync(join(root, 'packages/flumen/src/a.ts'), new Date(0), new Date(0))
  return root
}

function run(file: string, ...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(file, words, { encoding: 'utf8', cwd: tmpdir() })
}

describe('bin/flumen and bin/flume-ng of a clone', () => {
  test('run what is built, with their words as they are and the runtime that npm ci brought', (t) => {
    const root = clone(t)
    for (const name of names) {
      const { status, stdout, stderr } = run(join(root, 'bin', name), 'agent', '-f', 'my file.conf', '*', '')
      assert.deepEqual([status, stderr], [0, ''])
      assert.deepEqual(JSON.parse(stdout), [process.execPath, 'agent', '-f', 'my file.conf', '*', ''])
    }
  })

  test('work through links to them', (t) => {
    const root = clone(t)
    mkdirSync(join(root, 'elsewhere'))
    symlinkSync('../bin/flumen', join(root, 'elsewhere/one'))
    symlinkSync(join(root, 'elsewhere/one'), join(root, 'two'))
    assert.equal(run(join(root, 'two'), 'x').status, 0)
  })

  test('say in one line what to run where nothing is built, with status 2', (t) => {
    const root = clone(t, { built: false })
    const { status, stdout, stderr } = run(join(root, 'bin/flumen'), 'version')
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, /^flumen: not built yet; run npm ci \(or npm run build\) in .*\n$/)
  })

  test('warn where a source is newer than the build, and run all the same', (t) => {
    const root = clone(t)
    const later = new Date(Date.now() + 60_000)
    writeFileSync(join(root, 'packages/flumen/src/b.test.ts'), '')
    utimesSync(join(root, 'packages/flumen/src/b.test.ts'), later, later)
    assert.equal(run(join(root, 'bin/flume-ng')).stderr, '')
    utimesSync(join(root, 'packages/flumen/src/a.ts'), later, later)
    const { status, stderr } = run(join(root, 'bin/flume-ng'))
    assert.equal(status, 0)
    assert.match(stderr, /^flume-ng: sources are newer than the build; run npm run build in .*\n$/)
  })

  test("take the system's Node.js where there is no runtime in the clone", (t) => {
    const root = clone(t, { runtime: false })
    const path = join(root, 'path')
    mkdirSync(path)
    symlinkSync(process.execPath, join(path, 'node'))
    const { status } = spawnSync(join(root, 'bin/flumen'), ['x'], { env: { PATH: `${path}:/usr/bin:/bin` } })
    assert.equal(status, 0)
  })
})
