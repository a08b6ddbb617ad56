import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../../servers/server.ts'

for (const file of [
  'embedded/orders',
  'pino-transport/program',
  'winston-transport/program',
  'log4js-appender/program',
]) {
  test(`the guide shows examples/${file}.ts as it stands`, () => {
    const page = readFileSync(join(root, 'docs/guide/embedded.md'), 'utf8')
    const program = readFileSync(join(root, `examples/${file}.ts`), 'utf8')
    assert.ok(page.includes(`\n${program.trim()}\n\`\`\`\n`))
  })
}
