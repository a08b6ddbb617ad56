import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { transformSync } from 'esbuild'
import { root } from '../../servers/server.ts'
import { plantedBugs, withBug } from './planted-bugs.ts'

test('D9: each planted bug still has its place in the sources, and leaves a program there', () => {
  assert.ok(plantedBugs.length >= 12)
  for (const bug of plantedBugs) {
    const text = readFileSync(join(root, 'packages/flumen/src', bug.file), 'utf8')
    transformSync(withBug(text, bug), { loader: 'ts' })
  }
})

test('D9: each planted bug has a name of its own, and its test is there', () => {
  assert.equal(new Set(plantedBugs.map(({ name }) => name)).size, plantedBugs.length)
  for (const { name, test: wanted } of plantedBugs) {
    if (!wanted) continue
    const text = readFileSync(join(import.meta.dirname, wanted.file), 'utf8')
    assert.match(text, new RegExp(`test\\(['\`]${wanted.title}`), name)
  }
})
