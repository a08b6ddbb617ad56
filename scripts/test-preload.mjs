// Loaded before each test file by test.mjs: turns warnings that no test expected and handles that outlive the tests into
// failures of the file.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'

const graceMs = Number(process.env.FLUMEN_TEST_GRACE_MS ?? 10_000)
const folder = process.env.FLUMEN_TEST_PROCESSES

// A process that a test starts with our own arguments is none of ours.
if (folder && process.argv[1]?.endsWith('.test.ts') && process.env.NODE_TEST_CONTEXT) {
  delete process.env.FLUMEN_TEST_PROCESSES
  writeFileSync(join(folder, String(process.pid)), process.argv[1])
  failOnWarnings()
  failOnLeaks()
}

/** A test that provokes a warning sets `asserted` on it in a listener of its own. */
function failOnWarnings() {
  const seen = []
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') seen.push(warning)
  })
  process.on('exit', () => {
    const unexpected = seen.filter(({ asserted }) => asserted !== true)
    if (unexpected.length === 0) return
    for (const { name, message, stack } of unexpected)
      process.stderr.write(`Unexpected warning: ${stack ?? `${name}: ${message}`}\n`)
    process.exitCode = 1
  })
}

/** A process whose tests are over ends by itself; one that does not within the grace holds something open. */
function failOnLeaks() {
  after(() => {
    const timer = setTimeout(() => {
      const held = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap')
      process.stderr.write(
        `The tests are over and something still runs: ${held.join(', ') || 'a pipe or a child process'}.\n`,
      )
      process.exit(1)
    }, graceMs)
    timer.unref()
  })
}
