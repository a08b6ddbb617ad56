import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipUnless } from '../../servers/server.ts'
import { loopMounts, mounts } from './faults.ts'
import { type FullDisk, fillDisk, limitProcess, makeReadOnly } from './full-disk.ts'
import { seedOfRun } from './seed.ts'

const seed = seedOfRun()
/** Far above what is promised: a slow machine is not a fault. */
const refusedWithinMs = 10_000
const healedWithinMs = 30_000

test('D6: on a full disk puts are refused, takes go on, and it heals by itself', async (t) => {
  if (!(await skipUnless(t, mounts))) return
  const found = await fillDisk(3, seed, 'bytes')
  expectWell(found, /ENOSPC|bytes are free/)
  assert.ok(found.takenWhileFull >= 1000)
  t.diagnostic(said(found))
})

test('D6: without inodes puts are refused, takes go on, and it heals by itself', async (t) => {
  if (!(await skipUnless(t, loopMounts))) return
  const found = await fillDisk(2, seed, 'inodes')
  expectWell(found, /ENOSPC|bytes are free/)
  assert.ok(found.takenWhileFull >= 1000)
  t.diagnostic(said(found))
})

test('D6: without descriptors puts are refused, and it heals by itself', async (t) => {
  if (!(await skipUnless(t, mounts))) return
  const found = await limitProcess('nofile', seed)
  expectWell(found, /EMFILE/)
  t.diagnostic(said(found))
})

test('D6: with files that may not grow puts are refused, and it heals by itself', async (t) => {
  if (!(await skipUnless(t, mounts))) return
  const found = await limitProcess('fsize', seed)
  expectWell(found, /EFBIG/)
  t.diagnostic(said(found))
})

test('D6: on a disk that has become read only puts are refused and takes go on; a restart finds all', async (t) => {
  if (!(await skipUnless(t, loopMounts))) return
  const found = await makeReadOnly(seed)
  expectWell(found, /EROFS|EIO/)
  assert.ok(found.takenWhileFull > 0)
  t.diagnostic(said(found))
})

function expectWell({ faults, healedAfterMs, refusal, refusedAfterMs }: FullDisk, reason: RegExp): void {
  assert.deepEqual(faults, [], `seed ${seed}`)
  assert.match(refusal, reason)
  assert.ok(refusedAfterMs < refusedWithinMs, `refused after ${refusedAfterMs} ms`)
  assert.ok(healedAfterMs < healedWithinMs, `healed after ${healedAfterMs} ms`)
}

function said({ healedAfterMs, refusedAfterMs, takenWhileFull, refusal }: FullDisk): string {
  return `refused after ${Math.ceil(refusedAfterMs)} ms (${refusal}), ${takenWhileFull} taken meanwhile, healed after ${Math.ceil(healedAfterMs)} ms, seed ${seed}`
}
