import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { factsOf } from './descriptors.ts'
import type { FileGroup } from './file-groups.ts'
import { beginning, TailedFile } from './tailed-file.ts'

const content = Array.from({ length: 200_000 }, (_, line) => `line ${line} of a log\n`).join('')

async function openArchive(context: TestContext): Promise<{ file: TailedFile; descriptor: number; size: number }> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'flumen-tailed-'))
  const path = join(folder, 'a.log.gz')
  fs.writeFileSync(path, gzipSync(content))
  const facts = await factsOf(path)
  assert.ok(facts)
  const file = new TailedFile(facts, path, {} as FileGroup, beginning, 0, new Set())
  context.after(async () => {
    await file.close()
    fs.rmSync(folder, { recursive: true })
  })
  assert.ok(await file.open(path))
  const { descriptor } = file
  assert.ok(descriptor !== undefined)
  return { file, descriptor, size: facts.size }
}

test('an archive is read on where somebody else saw it when it was smaller', async (context) => {
  const { file, descriptor, size } = await openArchive(context)
  file.see({ size }, 0)
  file.expect(size)
  const reading = file.bytes(descriptor, 0, content.length)
  file.see({ size: size >> 1 }, 1)
  assert.equal(String(await reading), content)
})

test('an archive that is closed while it is read gives no bytes', async (context) => {
  const { file, descriptor } = await openArchive(context)
  const reading = file.bytes(descriptor, 0, content.length)
  await Promise.all([file.close(), assert.rejects(reading)])
})
