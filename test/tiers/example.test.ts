// The five agents of examples/tiers, each killed at least once while lines are written; then Ctrl+C.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Account, lineOf } from '../../examples/tiers/account.ts'
import { flume } from '../../servers/flume.ts'
import { root, skipUnless, temporaryDirectory, waitUntil } from '../../servers/server.ts'

const program = join(root, 'examples/tiers/tiers.ts')
const names = ['edge1', 'edge2', 'collector1', 'collector2', 'store']

interface Run {
  output(): string
  /** As Ctrl+C. */
  interrupt(): void
  readonly ended: Promise<number | null>
}

function startTiers(t: { after(end: () => void): void }, ...args: readonly string[]): Run {
  const child = spawn(process.execPath, ['--conditions=flumen-source', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  t.after(() => {
    if (child.exitCode === null) child.kill('SIGTERM')
  })
  const ended = once(child, 'close').then(([status]) => status as number | null)
  return { output: () => output, interrupt: () => child.kill('SIGINT'), ended }
}

async function killEach(t: { after(end: () => void): void }, ...args: readonly string[]): Promise<string> {
  using home = temporaryDirectory('tiers-example')
  const run = startTiers(t, '--home', home.path, '--kill', '1', '--rate', '500', ...args)
  let isOver = false
  void run.ended.then(() => {
    isOver = true
  })
  await waitUntil(
    'each agent was killed',
    () => isOver || names.every((name) => run.output().includes(`(${name})`)) || undefined,
    200_000,
  ).catch((error: unknown) => {
    throw new Error(run.output(), { cause: error })
  })
  run.interrupt()
  assert.equal(await run.ended, 0, run.output())
  return run.output()
}

test('three tiers of our own add up to the last line after a kill of each agent', { timeout: 300_000 }, async (t) => {
  const output = await killEach(t)
  assert.match(output, /[1-9]\d+ lines written, \d+ stored, 0 missing, \d+ twice, 0 of nobody; after [5-9] kills/)
  assert.match(output, /It adds up\.\n$/)
})

test('three tiers with Apache Flume as the middle one add up too', { timeout: 400_000 }, async (t) => {
  if (!(await skipUnless(t, flume))) return
  const output = await killEach(t, '--middle', 'flume')
  assert.match(output, /collector1 +flume /)
  assert.match(output, /[1-9]\d+ lines written, \d+ stored, 0 missing, \d+ twice, 0 of nobody; after [5-9] kills/)
})

test('a wrong option of the example is refused with what is right', async (t) => {
  const run = startTiers(t, '--middle', 'logstash')
  assert.equal(await run.ended, 2)
  assert.equal(run.output(), 'tiers: --middle is flumen or flume\n')
})

test('the account tells what is missing, there twice, and of nobody, and waits for the end of a line', () => {
  using home = temporaryDirectory('tiers-account')
  const account = new Account(home.path)
  account.wrote('edge1', 4)
  account.wrote('edge2', 1)
  const [first, second] = ['a', 'b'].map((name) => join(home.path, name)) as [string, string]
  appendFileSync(
    first,
    `${lineOf('edge1', 0)}\n${lineOf('edge1', 1)}\n${lineOf('edge2', 0)}\n${lineOf('edge1', 2).slice(0, 12)}`,
  )
  appendFileSync(second, `${lineOf('edge1', 1)}\n${lineOf('edge1', 4)}\nno line\n`)
  assert.deepEqual(account.sum(), { written: 5, stored: 3, missing: 2, twice: 1, strange: 2 })
  appendFileSync(first, `${lineOf('edge1', 2).slice(12)}\n`)
  assert.deepEqual(account.sum(), { written: 5, stored: 4, missing: 1, twice: 1, strange: 2 })
})
