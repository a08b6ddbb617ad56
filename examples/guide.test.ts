import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../servers/server.ts'

// The tests of the guide run what its pages show.
for (const name of ['web-logs', 'application-logs', 'network-syslog']) {
  test(`the guide shows and runs examples/${name} as it stands`, () => {
    const page = readFileSync(join(root, `docs/guide/${name}.md`), 'utf8')
    const configuration = readFileSync(join(root, `examples/${name}/${name}.conf`), 'utf8')
    assert.ok(page.includes(`\`\`\`properties file=${name}.conf\n${configuration.trim()}\n\`\`\`\n`))
  })
}
