import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../../servers/server.ts'
import { plantedBugs } from './planted-bugs.ts'

test('D9: each planted bug still has its place in the sources', () => {
  assert.ok(plantedBugs.length >= 12)
  for (const { name, file, from } of plantedBugs) {
    const text = readFileSync(join(root, 'packages/flumen/src/storage', file), 'utf8')
    assert.equal(text.split(from).length, 2, `${name}: ${file} has its place exactly once`)
  }
})
