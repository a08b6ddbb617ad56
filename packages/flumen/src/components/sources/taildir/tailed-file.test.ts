import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { factsOf } from './descriptors.ts'
import type { FileGroup } from './file-groups.ts'
import { beginning, TailedFile } from './tailed-file.ts'

const second = 1000

/** A file that is open, as it was found at the moment 0. */
async function opened(t: TestContext, bornMs: number): Promise<{ readonly file: TailedFile; readonly path: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'flumen-tailed-'))
  const path = join(folder, 'a.log')
  writeFileSync(path, 'one\n')
  const facts = (await factsOf(path))!
  const file = new TailedFile(facts, path, {} as FileGroup, beginning, 0, new Set())
  file.see({ ...facts, bornMs }, 0)
  assert.ok(await file.open(path))
  file.isLocal = true
  t.after(async () => {
    await file.close()
    rmSync(folder, { recursive: true })
  })
  return { file, path }
}

async function isReadAtOnce(file: TailedFile, length = 4): Promise<boolean> {
  const bytes = file.nextBytes(file.descriptor!, file.place.pos, length)
  await bytes
  return Buffer.isBuffer(bytes)
}

test('a file that was made just now is read at once, as long as that is so', async (t) => {
  const { file } = await opened(t, Date.now())
  assert.equal(String(await file.nextBytes(file.descriptor!, 0, 100)), 'one\n')
  assert.ok(await isReadAtOnce(file))
  assert.ok(!(await isReadAtOnce(file, 2 ** 20 + 1)))
  file.see({ size: 4 }, 31 * second)
  assert.ok(!(await isReadAtOnce(file)))
})

test('of an older file only what comes when all was read is read at once', async (t) => {
  const { file, path } = await opened(t, Date.now() - 60 * second)
  assert.ok(!(await isReadAtOnce(file)))
  appendFileSync(path, 'two\n')
  file.see({ size: 8 }, second)
  // What it had before is not read yet.
  assert.ok(!(await isReadAtOnce(file)))
  file.advance(8, Buffer.alloc(0), Buffer.from('one\ntwo\n'))
  file.see({ size: 12 }, 100 * second)
  assert.ok(await isReadAtOnce(file))
  file.see({ size: 16 }, 120 * second)
  assert.ok(await isReadAtOnce(file))
  // So long it has been behind that the first of it may be gone from memory.
  file.see({ size: 20 }, 131 * second)
  assert.ok(!(await isReadAtOnce(file)))
  file.restart()
  file.see({ size: 21 }, 132 * second)
  assert.ok(!(await isReadAtOnce(file)))
})
