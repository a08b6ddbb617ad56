import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { fingerprintOf } from '../../../protocols/tail-positions/index.ts'
import { factsOf } from './descriptors.ts'
import type { FileGroup } from './file-groups.ts'
import { holdsItsPlace } from './same-content.ts'
import { TailedFile } from './tailed-file.ts'

/** A closed file of which this is said to have been stored. */
async function fileWith(context: TestContext, content: string | Uint8Array, stored: string): Promise<TailedFile> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'flumen-same-'))
  context.after(() => fs.rmSync(folder, { recursive: true }))
  const path = join(folder, 'a.log')
  fs.writeFileSync(path, content)
  const facts = await factsOf(path)
  assert.ok(facts)
  const print = fingerprintOf(Buffer.from(stored))
  const place = { pos: stored.length, head: print, anchor: print }
  return new TailedFile(facts, path, {} as FileGroup, place, 0, new Set())
}

test('a closed file is opened to see whether it holds its place, and closed again', async (context) => {
  const file = await fileWith(context, '1\n2\n', '1\n')
  assert.equal(await holdsItsPlace(file), true)
  assert.equal(file.descriptor, undefined)
  const other = await fileWith(context, '1\n2\n', '2\n')
  assert.equal(await holdsItsPlace(other), false)
  assert.equal(other.descriptor, undefined)
})

test('an archive that is not whole does not hold its place', async (context) => {
  const archive = gzipSync('1\n2\n')
  assert.equal(await holdsItsPlace(await fileWith(context, archive, '1\n2\n')), true)
  assert.equal(await holdsItsPlace(await fileWith(context, archive.subarray(0, 12), '1\n2\n')), false)
})

test('a file that is gone or cannot be opened keeps its place', async (context) => {
  const file = await fileWith(context, '1\n2\n', '2\n')
  const { path } = file
  file.path = join(path, 'below a file')
  assert.equal(await holdsItsPlace(file), true)
  fs.unlinkSync(path)
  file.path = path
  assert.equal(await holdsItsPlace(file), true)
})
