import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../servers/server.ts'

const lock = {
  lockfileVersion: 3,
  packages: { '': { dependencies: { x: '1.0.0' } }, 'node_modules/x': { version: '1.0.0' } },
}

test('set-up says and does nothing where nothing is to be done', () => {
  using clone = emptyClone()
  write(clone.path, 'node_modules/.package-lock.json', '{}')
  const later = new Date(Date.now() + 60_000)
  utimesSync(join(clone.path, 'node_modules/.package-lock.json'), later, later)
  const stamp =
    "import('./scripts/build-stamp.mjs').then(({ writeStamp }) => writeStamp(new Date(Date.now() + 60_000)))"
  spawnSync(process.execPath, ['-e', stamp], { cwd: clone.path })
  assert.deepEqual(setUp(clone.path), { status: 0, output: '' })
})

test('set-up installs where there are no packages, or a lock file that is newer, and says in one line that no registry answers', () => {
  for (const record of [false, true]) {
    using clone = emptyClone()
    if (record) {
      write(clone.path, 'node_modules/.package-lock.json', '{}')
      utimesSync(join(clone.path, 'node_modules/.package-lock.json'), 1, 1)
    }
    const { status, output } = setUp(clone.path)
    assert.equal(status, 1)
    assert.match(output, /^Installing packages with npm ci …\nsetup: the package registry cannot be reached: .*\n$/)
  }
})

test('set-up builds where a source is newer than the build, and fails with it', () => {
  using clone = emptyClone()
  write(clone.path, 'node_modules/.package-lock.json', '{}')
  write(clone.path, 'scripts/build.mjs', "console.error('built'); process.exit(1)")
  const { status, output } = setUp(clone.path)
  assert.equal(status, 1)
  assert.equal(output, 'built\nsetup: the build failed; its messages stand above\n')
})

/** A clone with a dependency and a registry that is not there. */
function emptyClone(): ReturnType<typeof temporaryDirectory> {
  const folder = temporaryDirectory('setup')
  for (const name of ['setup.mjs', 'pinned-node.mjs', 'build-stamp.mjs']) {
    write(folder.path, `scripts/${name}`, readFileSync(join(import.meta.dirname, name), 'utf8'))
  }
  write(folder.path, 'package.json', JSON.stringify({ dependencies: { x: '1.0.0' }, devDependencies: { node: '0' } }))
  write(folder.path, 'package-lock.json', JSON.stringify(lock))
  write(folder.path, '.npmrc', 'registry=http://127.0.0.1:9/\nfetch-retries=0\ncache=cache\n')
  return folder
}

function write(root: string, name: string, text: string): void {
  mkdirSync(join(root, name, '..'), { recursive: true })
  writeFileSync(join(root, name), text)
}

function setUp(root: string): { status: number | null; output: string } {
  const environment = Object.entries(process.env).filter(([name]) => !/^npm_|proxy/i.test(name))
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs'], {
    cwd: root,
    env: Object.fromEntries(environment),
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, output: stdout + stderr }
}
