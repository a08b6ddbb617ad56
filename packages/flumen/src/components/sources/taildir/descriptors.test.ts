import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { factsOf, factsOfOpen, isOnLocalDisk, readAgain, sizeOfOpen } from './descriptors.ts'

test('an open file says the same of itself wherever it lies', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'flumen-descriptors-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'app.log')
  writeFileSync(path, 'one line\n')
  const descriptor = openSync(path, 'r')
  context.after(() => closeSync(descriptor))
  const facts = await factsOf(path)
  for (const isLocal of [true, false]) {
    assert.deepEqual(await factsOfOpen(descriptor, isLocal), facts)
    assert.equal(await sizeOfOpen(descriptor, isLocal), 9)
    assert.equal(String(await readAgain(descriptor, 4, 20, isLocal)), 'line\n')
    await assert.rejects(factsOfOpen(-1, isLocal))
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
