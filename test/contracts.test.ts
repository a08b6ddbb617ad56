import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Declaration } from '../packages/flumen/src/component/kit.ts'

const components = join(import.meta.dirname, '../packages/flumen/src/components')
/** Kinds with a contract suite in `flumen/testing`. */
const suites = [
  'source',
  'channel',
  'sink',
  'interceptor',
  'selector',
  'processor',
  'serializer',
  'deserializer',
  'pathManager',
  'monitor',
]

for (const file of filesOf(components)) {
  const { default: declaration } = (await import(pathToFileURL(file).href)) as { default?: Partial<Declaration> }
  if (!declaration?.kind || !suites.includes(declaration.kind)) continue
  const suite = `${declaration.kind}Contract(`
  test(`${declaration.kind} ${basename(file, '.ts')} passes the contract of its kind`, () => {
    const folder = dirname(file)
    const tests = readdirSync(folder)
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
    assert.ok(
      tests.some((text) => text.includes(`'./${basename(file)}'`) && text.includes(suite)),
      `no test beside ${file} imports it and calls ${suite}…)`,
    )
  })
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /^[a-z0-9-]+\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
}
