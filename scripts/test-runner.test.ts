import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../servers/server.ts'

const runner = join(import.meta.dirname, 'test.mjs')
const begin = "import { test } from 'node:test'\n"

test('files whose tests pass are green, and the summary of node stands last', () => {
  const { status, output } = run({ 'a.test.ts': `${begin}test('adds up', () => {})` })
  assert.equal(status, 0, output)
  assert.match(output, /✔ adds up[\s\S]*ℹ pass 1\n[\s\S]*ℹ duration_ms [\d.]+\s*$/)
})

test('a failing test is red', () => {
  const { status, output } = run({ 'a.test.ts': `${begin}test('fails', () => { throw new Error('as said') })` })
  assert.equal(status, 1)
  assert.match(output, /as said/)
})

test('what is skipped is said in one line with its reason, and is red where nothing may be skipped', () => {
  const files = { 'a.test.ts': `${begin}test('skips', (t) => t.skip('without a peer'))` }
  const allowed = run(files)
  assert.equal(allowed.status, 0, allowed.output)
  assert.match(allowed.output, /^1 skipped: 1 × without a peer$/m)
  const forbidden = run(files, [], { FLUMEN_NO_SKIP: '1' })
  assert.equal(forbidden.status, 1)
  assert.match(forbidden.output, /^Nothing may be skipped here/m)
})

test('a warning that no test expected is red, one that a test expected is not', () => {
  const unexpected = run({ 'a.test.ts': `${begin}test('warns', () => process.emitWarning('odd thing'))` })
  assert.equal(unexpected.status, 1)
  assert.match(unexpected.output, /Unexpected warning: Warning: odd thing/)
  const listener = "process.on('warning', (warning) => Object.assign(warning, { asserted: true }))\n"
  const expected = run({ 'a.test.ts': `${begin}${listener}test('warns', () => process.emitWarning('odd thing'))` })
  assert.equal(expected.status, 0, expected.output)
})

test('a file that holds something open after its tests is red and says what', () => {
  const files = { 'a.test.ts': `${begin}test('leaks', () => { setInterval(() => {}, 1000) })` }
  const { status, output } = run(files, [], { FLUMEN_TEST_GRACE_MS: '100' })
  assert.equal(status, 1)
  assert.match(output, /The tests are over and something still runs: Timeout\./)
})

test('a file that takes too long is killed and named, even if it does not let go of its thread', () => {
  const { status, output } = run({ 'a.test.ts': `${begin}test('spins', () => { for (;;); })` }, ['--limit=1'])
  assert.equal(status, 1)
  assert.match(output, /a\.test\.ts still ran after 1 s and was killed\./)
})

test('a file without a test is red', () => {
  const { status, output } = run({ 'a.test.ts': 'export {}' })
  assert.equal(status, 1)
  assert.match(output, /a\.test\.ts has no test/)
})

test('a name pattern runs those tests only', () => {
  const text = `${begin}test('one', () => {})\ntest('two', () => { throw new Error() })`
  const { status, output } = run({ 'a.test.ts': text, 'b.test.ts': text.replaceAll('one', 'other') }, [
    '--test-name-pattern=one',
  ])
  assert.equal(status, 0, output)
  assert.match(output, /ℹ pass/)
})

test('a file that is not there is said to be so', () => {
  const { status, output } = run({}, ['nowhere.test.ts'])
  assert.equal(status, 1)
  assert.match(output, /test: there is no file nowhere\.test\.ts/)
})

function run(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): { status: number | null; output: string } {
  using folder = temporaryDirectory('runner')
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text)
  const named = Object.keys(files)
  const { FLUMEN_NO_SKIP: _, ...inherited } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [runner, ...args, ...named], {
    cwd: folder.path,
    env: { ...inherited, NO_COLOR: '1', ...environment },
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, output: stdout + stderr }
}
