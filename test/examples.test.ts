import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { root } from '../servers/server.ts'
import { runProgram } from './docs/run-program.ts'

const configurations = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.(conf|properties|ya?ml)$/.test(name) && !name.includes('node_modules'),
)

test('flumen check finds nothing but notes in the configurations of the examples', async () => {
  assert.notEqual(configurations.length, 0)
  for (const name of configurations) {
    const file = join(root, 'examples', name)
    const end = await runProgram(join(root, 'bin/flumen'), ['check', file], { cwd: dirname(file), limitMs: 60_000 })
    const lines = end.output.split('\n').filter((line) => line !== '' && !line.includes(': note: '))
    assert.deepEqual([name, end.status, lines], [name, 0, []])
  }
})
