import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type SourceContext, systemClock } from '../../../core/index.ts'
import { Copies } from './copies.ts'
import { factsOf } from './descriptors.ts'
import type { FileGroup } from './file-groups.ts'
import { TailSet } from './tail-set.ts'
import { beginning, TailedFile } from './tailed-file.ts'

test('a copy waits for its original also where that was empty when it was last seen', async (context) => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'flumen-twins-'))
  const set = new TailSet(systemClock)
  context.after(async () => {
    for (const file of set.files.values()) await file.close()
    fs.rmSync(folder, { recursive: true })
  })
  async function follow(name: string): Promise<TailedFile> {
    const path = join(folder, name)
    const facts = await factsOf(path)
    assert.ok(facts)
    const file = new TailedFile(facts, path, {} as FileGroup, beginning, systemClock.monotonic(), set.opened)
    file.see(facts, file.foundAt)
    set.add(file)
    assert.ok(await file.open(path))
    return file
  }

  fs.writeFileSync(join(folder, 'a.log'), '')
  const original = await follow('a.log')
  fs.writeFileSync(join(folder, 'a.log'), 'one\n')
  fs.copyFileSync(join(folder, 'a.log'), join(folder, 'a.log.1'))
  const copy = await follow('a.log.1')
  assert.equal(original.size, 0)
  assert.ok(copy.descriptor !== undefined)
  const copies = new Copies({ clock: systemClock } as SourceContext, set)
  assert.equal(await copies.judge(copy, copy.descriptor, copy), 'wait')
  assert.ok(set.ready.has(original))
})
