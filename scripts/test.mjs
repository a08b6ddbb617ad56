// Runs the tests: all of them, those of the packages only (--unit), or the files and folders that are named. What else
// begins with two dashes goes to node's runner: --test-name-pattern=…, --test-concurrency=…
// Red are also: a skipped test where FLUMEN_NO_SKIP=1, a file without a test, a warning of the process that no test
// expected, a file that keeps running after its tests, a file that takes longer than the limit (--limit=SECONDS).
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { run } from 'node:test'
import { spec as Spec } from 'node:test/reporters'
import { filesBelow } from './build-stamp.mjs'
import { requireNode, root } from './pinned-node.mjs'
import { Limits } from './test-limits.mjs'

await requireNode()
// A run within a test is a run of its own.
delete process.env.NODE_TEST_CONTEXT
// Files and the processes that they start compile most of the same sources.
process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/node')
const args = process.argv.slice(2)
const isUnit = args.includes('--unit')
const limitSeconds = Number(optionOf('limit') ?? 600)
const named = args.filter((arg) => !arg.startsWith('--'))
const files = named.length > 0 ? named.flatMap(testsOf) : allTests()
if (files.length === 0) fail('there are no tests here')
if (!isUnit && named.length === 0) build()
await runTests()

function optionOf(name) {
  return args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
}

function allTests() {
  const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name, 'src'))
  const others = ['scripts', 'servers', 'test', 'bench', 'examples'].map((name) => join(root, name))
  return (isUnit ? packages : [...packages, ...others]).flatMap(testsBelow)
}

function testsOf(name) {
  const path = resolve(name)
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) fail(`there is no file ${name}`)
  return found.isDirectory() ? testsBelow(path) : [path]
}

function testsBelow(folder) {
  return filesBelow(folder).filter((file) => file.endsWith('.test.ts') && !file.includes('/node_modules/'))
}

function fail(message) {
  console.error(`test: ${message}`)
  process.exit(1)
}

/** Tests of the commands run what is built. */
function build() {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}

async function runTests() {
  const started = mkdtempSync(join(tmpdir(), 'flumen-tests-'))
  process.env.FLUMEN_TEST_PROCESSES = started
  const limits = new Limits(started, limitSeconds)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      limits.killAll()
      rmSync(started, { recursive: true, force: true })
      process.kill(process.pid, signal)
    })
  }
  const skipped = []
  const empty = []
  const report = new Spec()
  report.pipe(process.stdout)
  const events = run({
    files,
    // Many files wait most of their time.
    concurrency: Number(optionOf('test-concurrency') ?? availableParallelism() + 1),
    execArgv: ['--conditions=flumen-source', `--import=${new URL('test-preload.mjs', import.meta.url)}`],
    ...(optionOf('test-name-pattern') && { testNamePatterns: [optionOf('test-name-pattern')] }),
  })
  for await (const event of events) {
    const { type, data } = event
    limits.see(type, data)
    if (type === 'test:fail') process.exitCode = 1
    if (type === 'test:pass' && data.skip !== undefined) skipped.push(data)
    if (type === 'test:pass' && data.todo !== undefined) skipped.push(data)
    if (type === 'test:summary' && data.file && data.counts.tests === 0 && !isFiltered()) empty.push(data.file)
    if (type === 'test:diagnostic' && data.nesting === 0 && /^tests \d+$/.test(data.message)) await sayWhatIsMissing()
    if (!report.write(event)) await new Promise((resume) => report.once('drain', resume))
  }
  report.end()
  rmSync(started, { recursive: true, force: true })

  /** Stands right before node's own summary. */
  async function sayWhatIsMissing() {
    await new Promise((resume) => setImmediate(resume))
    const lines = []
    if (skipped.length > 0) lines.push(`${skipped.length} skipped: ${reasonsOf(skipped)}`)
    for (const file of empty) lines.push(`${relative(root, file)} has no test`)
    if (skipped.length > 0 && process.env.FLUMEN_NO_SKIP === '1')
      lines.push('Nothing may be skipped here (FLUMEN_NO_SKIP=1).')
    if (lines.length > 0) process.stdout.write(`\n${lines.join('\n')}\n`)
    if (empty.length > 0 || (skipped.length > 0 && process.env.FLUMEN_NO_SKIP === '1')) process.exitCode = 1
  }
}

function isFiltered() {
  return optionOf('test-name-pattern') !== undefined
}

/** Each reason once, with how many tests it is given for. */
function reasonsOf(tests) {
  const counts = new Map()
  for (const { skip, todo, name } of tests) {
    const given = skip ?? todo
    const reason = typeof given === 'string' && given !== '' ? given : `${name} (no reason given)`
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  return [...counts].map(([reason, count]) => `${count} × ${reason}`).join('; ')
}
