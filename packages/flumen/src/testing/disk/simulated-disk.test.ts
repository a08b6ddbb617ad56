import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { OpenFile } from '../../storage/files.ts'
import { systemFiles } from '../../storage/system-files.ts'
import { bytes, create, diskWith, outcomes, randomCall, textOf } from './disk-bench.ts'
import { takeFiles } from './file-set.ts'
import { Random } from './random.ts'
import { SimulatedDisk } from './simulated-disk.ts'

test('every call gives what a real disk gives, errors included', (t) => {
  const real = mkdtempSync(join(tmpdir(), 'flumen-disk-'))
  t.after(() => rmSync(real, { recursive: true }))
  const codes = new Set<string>()
  for (let seed = 0; seed < 60; seed++) {
    const root = join(real, String(seed))
    systemFiles.makeDirectory(root)
    const disk = new SimulatedDisk({ directories: ['/root'] })
    const [ours, theirs] = [new Random(seed), new Random(seed)]
    const [open, realOpen]: (OpenFile | undefined)[][] = [new Array(3).fill(undefined), new Array(3).fill(undefined)]
    for (let step = 0; step < 100; step++) {
      const found = randomCall(disk, '/root', ours, open!)
      const expected = randomCall(systemFiles, root, theirs, realOpen!)
      assert.deepEqual(found, expected, `seed ${seed}, step ${step}`)
      if (Array.isArray(found) && found.length === 3) codes.add(String(found[0]))
    }
    assert.deepEqual(takeFiles(disk, '/root'), takeFiles(systemFiles, root))
    for (const file of realOpen!) file?.close()
  }
  for (const code of ['ENOENT', 'EEXIST', 'ENOTDIR', 'EBADF']) assert.ok(codes.has(code), `${code} of ${[...codes]}`)
})

test('a file that is replaced gives its room back, and in a clone, which has no open files, one without a name too', () => {
  const disk = new SimulatedDisk({ directories: ['/d'], capacity: 10 * 4096 })
  for (const path of ['/d/a', '/d/b']) create(disk, path, 'x').close()
  disk.rename('/d/a', '/d/b')
  assert.equal(disk.freeBytes('/d'), 9 * 4096)
  const open = create(disk, '/d/c', 'x')
  disk.unlink('/d/c')
  assert.equal(disk.freeBytes('/d'), 8 * 4096)
  assert.equal(disk.clone().freeBytes('/d'), 9 * 4096)
  open.close()
})

test('a state is a disk of its own', () => {
  const disk = diskWith({ '/d/a': 'text' })
  const file = disk.open('/d/a', 'write')
  file.write([bytes('T')], 0)
  const states = [...disk.crashStates()]
  for (const state of states) {
    const other = state.disk.open('/d/a', 'write')
    other.write([bytes('----')], 0)
    state.disk.unlink('/d/a')
  }
  assert.equal(textOf(disk, '/d/a'), 'Text')
  assert.deepEqual(disk.journal.length, 1)
  const clone = disk.clone()
  clone.flip('/d/a', 0, 0x20)
  assert.deepEqual([textOf(disk, '/d/a'), textOf(clone, '/d/a')], ['Text', 'text'])
})

test('a fault strikes so many calls after so many, and a short write leaves its part', () => {
  const disk = diskWith({ '/d/a': '' })
  const file = disk.open('/d/a', 'write')
  const fault = disk.failNext('write', 'EIO', { after: 1, times: 2, shortWrite: 2 })
  const write = (text: string): void => file.write([bytes(text)], 0)
  write('0000')
  assert.throws(() => write('1111'), { code: 'EIO', operation: 'write' })
  assert.equal(textOf(disk, '/d/a'), '1100')
  assert.throws(() => write('2222'), { code: 'EIO' })
  write('3333')
  assert.equal(fault.hits, 2)
  const lasting = disk.failNext(({ path, bytes: count }) => path === '/d/a' && count === 3, 'EFBIG', {
    times: Infinity,
  })
  for (let count = 0; count < 3; count++) assert.throws(() => write('abc'), { code: 'EFBIG' })
  write('abcd')
  lasting.remove()
  write('abc')
  disk.failNext('create', 'EMFILE')
  assert.throws(() => disk.open('/d/b', 'create'), { code: 'EMFILE', operation: 'open' })
  disk.failNext('read', 'EIO')
  disk.clearFaults()
  file.read(new Uint8Array(1), 0)
})

test('a full disk takes the pages that fit and says ENOSPC; what is removed, cut or overwritten is free', () => {
  const disk = new SimulatedDisk({ directories: ['/d'], capacity: 5 * 4096 + 100 })
  const file = disk.open('/d/a', 'create')
  file.write([new Uint8Array(100).fill(1)], 0)
  assert.equal(disk.freeBytes('/d'), 4 * 4096 + 100)
  const other = disk.open('/d/b', 'create')
  assert.throws(() => other.write([new Uint8Array(30_000)], 10), { code: 'ENOSPC' })
  assert.equal(other.size(), 4 * 4096)
  assert.throws(() => other.write([new Uint8Array(1)], 4 * 4096), { code: 'ENOSPC' })
  other.write([new Uint8Array(4096 - 10)], 3 * 4096)
  file.write([new Uint8Array(3996)], 100)
  assert.throws(() => file.write([new Uint8Array(1)], 4096), { code: 'ENOSPC' })
  other.truncate(4096 + 1)
  assert.equal(disk.freeBytes('/d'), 2 * 4096 + 100)
  other.truncate(100_000)
  assert.equal(disk.freeBytes('/d'), 2 * 4096 + 100, 'a hole takes no room')
  disk.unlink('/d/b')
  assert.equal(disk.freeBytes('/d'), 2 * 4096 + 100, 'it is open')
  other.close()
  assert.equal(disk.freeBytes('/d'), 4 * 4096 + 100)
  disk.limits.capacity = Number.POSITIVE_INFINITY
  file.write([new Uint8Array(100_000)], 0)
})

test('a crash leaves a full disk as full as it was', () => {
  const disk = new SimulatedDisk({ directories: ['/d'], capacity: 4096 })
  create(disk, '/d/a', 'x').sync()
  disk.syncDirectory('/d')
  for (const { disk: after } of disk.crashStates({ from: disk.journal.length })) {
    assert.equal(after.freeBytes('/d'), 0)
  }
})

test('a disk without inodes makes no file, one without descriptors opens none, one that is read only changes nothing', () => {
  const disk = new SimulatedDisk({ directories: ['/d'], inodes: 2, descriptors: 1 })
  const file = create(disk, '/d/a', 'x')
  for (const work of [() => disk.open('/d/a', 'read'), () => disk.list('/d'), () => disk.syncDirectory('/d')]) {
    assert.throws(work, { code: 'EMFILE' })
  }
  file.close()
  assert.equal(disk.descriptors, 0)
  assert.throws(() => disk.open('/d/b', 'create'), { code: 'ENOSPC' })
  assert.throws(() => disk.makeDirectory('/d/x'), { code: 'ENOSPC' })
  disk.rename('/d/a', '/d/b')
  disk.unlink('/d/b')
  const other = create(disk, '/d/c', 'x')
  disk.limits.readOnly = true
  disk.limits.descriptors = 2
  const attempts = [
    () => disk.open('/d/c', 'write'),
    () => disk.open('/d/d', 'create'),
    () => disk.rename('/d/c', '/d/d'),
    () => disk.unlink('/d/c'),
    () => disk.makeDirectory('/d/x'),
    () => other.write([bytes('y')], 0),
    () => other.truncate(0),
  ]
  for (const work of attempts) assert.throws(work, { code: 'EROFS' })
  disk.makeDirectory('/d')
  assert.equal(disk.open('/d/c', 'read').read(new Uint8Array(9), 0), 1)
})

test('bytes that are damaged behind the system are durable, and open files see them', () => {
  const disk = diskWith({ '/d/a': 'abc' })
  const file = disk.open('/d/a', 'write')
  disk.flip('/d/a', 1)
  disk.overwrite('/d/a', 3, bytes('def'))
  disk.resize('/d/a', 5)
  assert.deepEqual(outcomes(disk, '/d/a'), new Set(['accde']))
  assert.equal(file.size(), 5)
  assert.throws(() => disk.flip('/d/a', 5), RangeError)
})
