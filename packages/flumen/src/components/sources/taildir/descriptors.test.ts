import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  closeDescriptor,
  factsOf,
  factsOfOpen,
  isOnLocalDisk,
  openToRead,
  readAgain,
  stateOfOpen,
} from './descriptors.ts'

test('an open file says the same of itself wherever it lies', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'flumen-descriptors-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'app.log')
  writeFileSync(path, 'one line\n')
  const facts = await factsOf(path)
  for (const isLocal of [true, false]) {
    const descriptor = await openToRead(path, isLocal)
    assert.deepEqual(await factsOfOpen(descriptor, isLocal), facts)
    const { size, modifiedMs } = await stateOfOpen(descriptor, isLocal)
    assert.equal(size, 9)
    assert.ok(Math.abs(modifiedMs - (facts?.modifiedMs ?? 0)) <= 1)
    assert.equal(String(await readAgain(descriptor, 4, 20, isLocal)), 'line\n')
    await closeDescriptor(descriptor, isLocal)
    await closeDescriptor(descriptor, isLocal)
    await assert.rejects(factsOfOpen(descriptor, isLocal), { code: 'EBADF' })
    await assert.rejects(openToRead(join(folder, 'none'), isLocal), { code: 'ENOENT' })
  }
})

test('a pipe without a writer keeps nobody waiting', { timeout: 10_000 }, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'flumen-descriptors-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  for (const isLocal of [true, false]) {
    const descriptor = await openToRead(path, isLocal)
    assert.equal((await factsOfOpen(descriptor, isLocal)).isFile, false)
    await closeDescriptor(descriptor, isLocal)
  }
})

test('what keeps nobody waiting is known of a file system once', async () => {
  const facts = await factsOf('/proc/self/status')
  assert.ok(facts)
  assert.equal(await isOnLocalDisk('/proc/self/status', facts), false)
  assert.equal(isOnLocalDisk('/nowhere', facts), false)
  const nowhere = { device: 'none' }
  assert.equal(await isOnLocalDisk('/nowhere/at/all', nowhere), false)
  assert.ok(isOnLocalDisk('/nowhere/at/all', nowhere) instanceof Promise)
})
