import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { skipUnless } from '../../../../servers/server.ts'
import { DiskError, mayPass } from './files.ts'
import { systemFiles as files } from './system-files.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'flumen-files-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function contentOf(path: string): string {
  return readFileSync(path, 'latin1')
}

test('buffers are written one after the other, and empty ones count for nothing', () => {
  const path = join(directory, 'a')
  const file = files.open(path, 'create')
  file.write([bytes(''), bytes('one'), bytes(''), bytes('two'), bytes('')], 0)
  file.write([], 100)
  file.write([bytes('')], 100)
  file.write([bytes('X'), bytes('YZ')], 2)
  assert.equal(file.size(), 6)
  file.close()
  assert.equal(contentOf(path), 'onXYZo')
})

test('a write beyond the end leaves zeros between', () => {
  const file = files.open(join(directory, 'a'), 'create')
  file.write([bytes('end')], 5)
  file.close()
  assert.equal(contentOf(join(directory, 'a')), '\0\0\0\0\0end')
})

test('more buffers than one call takes are all written', () => {
  const path = join(directory, 'a')
  const file = files.open(path, 'create')
  const parts = Array.from({ length: 3000 }, (_, index) => bytes(`${index},`))
  file.write(parts, 3)
  file.close()
  assert.equal(contentOf(path), `\0\0\0${Array.from({ length: 3000 }, (_, index) => `${index},`).join('')}`)
})

test('a read fills the buffer from a position, and less only where the file ends', () => {
  writeFileSync(join(directory, 'a'), 'abcdefgh')
  const file = files.open(join(directory, 'a'), 'read')
  const buffer = new Uint8Array(3)
  assert.equal(file.read(buffer, 4), 3)
  assert.equal(String.fromCharCode(...buffer), 'efg')
  assert.equal(file.read(buffer, 7), 1)
  assert.equal(String.fromCharCode(...buffer), 'hfg')
  assert.equal(file.read(buffer, 8), 0)
  assert.equal(file.read(buffer, 800), 0)
  assert.equal(file.read(new Uint8Array(0), 0), 0)
  file.close()
})

test('a file can be cut and be made longer', () => {
  const file = files.open(join(directory, 'a'), 'create')
  file.write([bytes('abcdef')], 0)
  file.truncate(2)
  assert.equal(file.size(), 2)
  file.truncate(4)
  file.sync()
  file.close()
  assert.equal(contentOf(join(directory, 'a')), 'ab\0\0')
})

test('files belong to their owner alone, and directories with their parents too', () => {
  files.makeDirectory(join(directory, 'x/y'))
  files.makeDirectory(join(directory, 'x/y'))
  files.open(join(directory, 'x/y/a'), 'create').close()
  const modes = ['x', 'x/y', 'x/y/a'].map((name) => (statSync(join(directory, name)).mode & 0o777).toString(8))
  assert.deepEqual(modes, ['700', '700', '600'])
})

test('create fails where there is a file, or a link to none; the others fail where there is no file', () => {
  writeFileSync(join(directory, 'there'), 'kept')
  symlinkSync(join(directory, 'nowhere'), join(directory, 'link'))
  for (const name of ['there', 'link']) {
    assert.throws(() => files.open(join(directory, name), 'create'), { name: 'DiskError', code: 'EEXIST' })
  }
  for (const mode of ['read', 'write'] as const) {
    assert.throws(() => files.open(join(directory, 'absent'), mode), { name: 'DiskError', code: 'ENOENT' })
  }
  assert.equal(contentOf(join(directory, 'there')), 'kept')
})

test('a file opened for reading cannot be written', () => {
  writeFileSync(join(directory, 'a'), '')
  const file = files.open(join(directory, 'a'), 'read')
  assert.throws(() => file.write([bytes('x')], 0), { code: 'EBADF', operation: 'write' })
  file.close()
})

test('a rename replaces, an unlink removes, and a directory that is not there is empty', () => {
  writeFileSync(join(directory, 'a'), 'new')
  writeFileSync(join(directory, 'b'), 'old')
  files.rename(join(directory, 'a'), join(directory, 'b'))
  files.syncDirectory(directory)
  assert.deepEqual(files.list(directory), ['b'])
  assert.equal(contentOf(join(directory, 'b')), 'new')
  files.unlink(join(directory, 'b'))
  assert.deepEqual(files.list(directory), [])
  assert.deepEqual(files.list(join(directory, 'absent')), [])
})

test('errors are DiskErrors with what was tried, where, and the error of the system as their cause', () => {
  const absent = join(directory, 'absent')
  mkdirSync(join(directory, 'full/below'), { recursive: true })
  writeFileSync(join(directory, 'a'), '')
  const cases: readonly [operation: string, code: string, work: () => void][] = [
    ['open', 'ENOENT', () => files.open(absent, 'read')],
    ['open', 'EISDIR', () => files.open(directory, 'write')],
    ['list', 'ENOTDIR', () => files.list(join(directory, 'a'))],
    ['makeDirectory', 'ENOTDIR', () => files.makeDirectory(join(directory, 'a/b'))],
    ['rename', 'ENOENT', () => files.rename(absent, join(directory, 'b'))],
    ['unlink', 'ENOENT', () => files.unlink(absent)],
    ['syncDirectory', 'ENOENT', () => files.syncDirectory(absent)],
    ['syncDirectory', 'ENOTDIR', () => files.syncDirectory(join(directory, 'a'))],
    ['freeBytes', 'ENOENT', () => files.freeBytes(absent)],
  ]
  for (const [operation, code, work] of cases) {
    assert.throws(work, (error: unknown) => {
      assert.ok(error instanceof DiskError)
      assert.deepEqual([error.operation, error.code], [operation, code])
      assert.equal((error.cause as NodeJS.ErrnoException).code, code)
      assert.ok(error.path.startsWith(directory))
      return true
    })
  }
})

test('a wrong argument is no error of the disk', () => {
  const file = files.open(join(directory, 'a'), 'create')
  assert.throws(() => file.truncate(1.5), { name: 'RangeError' })
  file.close()
})

test('a closed file refuses everything and can be closed again, though its descriptor is in use elsewhere', () => {
  const closed = files.open(join(directory, 'a'), 'create')
  closed.close()
  const other = files.open(join(directory, 'b'), 'create')
  closed.close()
  const attempts = [
    () => closed.write([bytes('x')], 0),
    () => closed.read(new Uint8Array(1), 0),
    () => closed.sync(),
    () => closed.size(),
    () => closed.truncate(0),
  ]
  for (const work of attempts) assert.throws(work, { code: 'EBADF' })
  other.write([bytes('mine')], 0)
  other.close()
  assert.equal(contentOf(join(directory, 'b')), 'mine')
})

test('free bytes are those that this user may write', () => {
  const free = files.freeBytes(directory)
  assert.ok(free > 0 && Number.isSafeInteger(free))
})

test('a disk that fills up in the middle of a write says ENOSPC, and takes the write when there is room', async (t) => {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory])
  const missing = mounted.status === 0 ? undefined : 'a file system cannot be mounted here; that needs root'
  if (!(await skipUnless(t, { name: 'a small disk', missing: async () => missing }))) return
  try {
    files.open(join(directory, 'filler'), 'create').close()
    writeFileSync(join(directory, 'filler'), new Uint8Array(40_000))
    assert.equal(files.freeBytes(directory), 65_536 - 40_960)
    const file = files.open(join(directory, 'a'), 'create')
    const parts = Array.from({ length: 50 }, (_, index) => new Uint8Array(1000).fill(index + 1))
    assert.throws(
      () => file.write(parts, 0),
      (error: unknown) => error instanceof DiskError && error.code === 'ENOSPC' && mayPass(error),
    )
    // The part that had room is there, without an error of its own.
    assert.equal(file.size(), 65_536 - 40_960)
    files.unlink(join(directory, 'filler'))
    file.write(parts, 0)
    file.sync()
    file.close()
    assert.deepEqual(readFileSync(join(directory, 'a')), Buffer.concat(parts))
    assert.deepEqual(readdirSync(directory), ['a'])
  } finally {
    spawnSync('umount', ['-l', directory])
  }
})
