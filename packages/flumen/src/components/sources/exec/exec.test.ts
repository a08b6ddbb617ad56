import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ChannelFullError, type PutError, systemClock, TransactionError } from '../../../core/index.ts'
import { createForTest, type Harness, type HarnessOptions, readForTest, refuse } from '../../../testing/harness.ts'
import { ManualClock, settle } from '../../../testing/manual-clock.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import exec from './exec.ts'

const shell = '/bin/sh -c'
const never = new AbortController().signal

sourceContract(exec, { values: { shell, command: 'while echo line; do sleep 0.01; done' } })

async function running(
  context: TestContext,
  values: Readonly<Record<string, string>>,
  options: HarnessOptions = {},
): Promise<Harness<'source'> & { messages(): readonly string[] }> {
  const source = await createForTest(exec, values, options)
  context.after(() => source.instance.stop(2000))
  await source.instance.start()
  return { ...source, messages: () => source.observed.lines.map(({ message }) => message) }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(5, never)
}

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'flumen-exec-'))
  context.after(() => rmSync(path, { recursive: true }))
  return path
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && process.platform !== 'linux'
  }
}

test('lines end as Java sees them, the last one needs no end, and then the source has ended', async (context) => {
  const source = await running(context, { shell, command: "printf 'a\\nb\\r\\n\\rc\\n\\nlast'" })
  await until(() => source.observed.ended)
  assert.deepEqual(source.bodies(), ['a', 'b', '', 'c', '', 'last'])
  const end = source.observed.lines.find(({ message }) => message === 'The command ended.')
  assert.deepEqual(end?.facts, { status: 0, restart: false })
})

test('without a shell the command is cut at white space and knows no quotes', async (context) => {
  const source = await running(context, { command: `echo  "a   b"  'c'` })
  await until(() => source.observed.ended)
  assert.deepEqual(source.bodies(), [`"a b" 'c'`])
})

test('a command that is not found fails the start, and names itself', async () => {
  const source = await createForTest(exec, { command: 'no-such-command-here -x' })
  await assert.rejects(source.instance.start(), {
    code: 'COMPONENT_FAILED',
    message: 'no-such-command-here was not found',
  })
  await source.instance.stop(0)
  const directory = await createForTest(exec, { command: '/' })
  await assert.rejects(directory.instance.start(), { message: '/ may not be run' })
  await directory.instance.stop(0)
})

test('a command that is not found and shall run again is tried again', async (context) => {
  const source = await running(context, { command: 'no-such-command-here', restart: 'true', restartThrottle: '1' })
  await until(() => source.messages().filter((message) => message === 'The command could not be run.').length >= 2)
  assert.deepEqual(source.observed.failures, [])
})

test('a command that fails is told with its status, and with what a shell means by it', async (context) => {
  const failed = await running(context, { shell, command: 'echo a; exit 3' })
  await until(() => failed.observed.ended)
  assert.deepEqual(failed.bodies(), ['a'])
  const line = failed.observed.lines.find(({ level }) => level === 'error')
  assert.equal(line?.message, 'The command failed.')
  assert.equal(line?.facts.status, 3)
  const unknown = await running(context, { shell, command: 'no-such-command-here' })
  await until(() => unknown.observed.ended)
  assert.equal(unknown.observed.lines.find(({ level }) => level === 'error')?.facts.reason, 'was not found')
})

test('a command that shall run again does, after its pause', async (context) => {
  const source = await running(context, { command: 'echo again', restart: 'true', restartThrottle: '1' })
  await source.stored(3)
  assert.deepEqual(source.bodies().slice(0, 3), ['again', 'again', 'again'])
  assert.ok(source.observed.counts.get('commandStarts')! >= 3)
  assert.equal(source.observed.ended, false)
})

test('lines wait for a batch to fill, but not longer than the time-out', async (context) => {
  const source = await running(context, { shell, command: 'echo a; echo b; sleep 600', batchTimeout: '50' })
  await source.stored(2)
  assert.deepEqual(source.bodies(), ['a', 'b'])
})

test('while the channel is full the command waits, and no line is lost', async (context) => {
  let isFull = true
  const puts: number[] = []
  const source = await running(
    context,
    { shell, command: 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); echo "line $i"; done', batchSize: '10' },
    {
      onPut: (batch) => {
        puts.push(batch.length)
        if (isFull) refuse(new ChannelFullError('no room'), 0)
      },
    },
  )
  await until(() => puts.length >= 3)
  assert.ok(puts.every((length) => length === puts[0]))
  isFull = false
  await until(() => source.observed.ended)
  assert.deepEqual(
    source.bodies(),
    Array.from({ length: 30_000 }, (_, index) => `line ${index + 1}`),
  )
})

test('a stop ends the command and what it started, and stores what they wrote', async (context) => {
  const file = join(folder(context), 'pid')
  const source = await running(context, {
    shell,
    command: `trap 'echo bye; exit 0' TERM; sh -c 'trap "" HUP; echo child; echo $$ > ${file}; exec sleep 600' & sleep 600 & wait`,
    batchSize: '100',
    batchTimeout: '60000',
  })
  await until(() => {
    try {
      return readFileSync(file, 'utf8').endsWith('\n')
    } catch {
      return false
    }
  })
  const pid = Number(readFileSync(file, 'utf8'))
  assert.ok(isAlive(pid))
  await source.instance.stop(10_000)
  assert.deepEqual(source.bodies(), ['child', 'bye'])
  await until(() => !isAlive(pid))
  assert.equal(source.observed.ended, false)
})

test('a command that does not end when it is asked to is killed when half of the time is over', async (context) => {
  const clock = new ManualClock()
  const command = 'trap "" TERM; echo ready; while :; do sleep 0.05; done'
  const source = await running(context, { shell, command, batchSize: '1' }, { clock })
  await source.stored(1)
  const stopping = source.instance.stop(10_000)
  await clock.advance(5000)
  await stopping
  const end = source.observed.lines.find(({ message }) => message === 'The command was ended.')
  assert.equal(end?.facts.signal, 'SIGKILL')
  assert.equal(clock.pending, 0)
})

test('a process that left the group and holds the output open does not hold up the stop', async (context) => {
  const script = join(folder(context), 'escape.cjs')
  writeFileSync(
    script,
    `const { spawn } = require('node:child_process')
     const child = spawn('sleep', ['600'], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] })
     console.log(child.pid)`,
  )
  const source = await running(context, { command: `${process.execPath} ${script}`, batchSize: '1' })
  await source.stored(1)
  await source.instance.stop(100)
  process.kill(Number(source.bodies()[0]), 'SIGKILL')
  assert.equal(source.observed.ended, false)
})

test('lines that cannot be stored before the deadline of the stop are counted', async (context) => {
  const source = await running(
    context,
    { shell, command: 'printf "a\\nb\\nc\\n"; sleep 600', batchSize: '3' },
    { onPut: () => refuse(new ChannelFullError('no room')) },
  )
  await until(() => source.observed.lines.some(({ level }) => level === 'warn'))
  await source.instance.stop(50)
  assert.equal(source.observed.counts.get('linesLost'), 3)
  assert.deepEqual(source.observed.failures, [])
})

test('a stop ends although a put never ends', async (context) => {
  const values = { shell, command: 'echo a; sleep 600', batchSize: '1' }
  const puts: unknown[] = []
  const source = await running(context, values, {
    onPut: (batch) => {
      puts.push(batch)
      return new Promise(() => undefined)
    },
  })
  await until(() => puts.length === 1)
  await source.instance.stop(10)
  assert.deepEqual(source.bodies(), [])
})

test('a failure of the channel that is fatal ends the command and is told to the supervisor', async (context) => {
  const source = await running(
    context,
    { shell, command: 'echo a; sleep 600', batchSize: '1' },
    { onPut: () => refuse(new TransactionError('broken')) },
  )
  await until(() => source.messages().includes('The command failed.'))
  assert.deepEqual(
    source.observed.failures.map((error) => (error as PutError).verdict),
    ['fatal'],
  )
})

test('standard error is read, and logged where it is asked for', async (context) => {
  const command = 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo "error $i" >&2; done; echo done'
  const quiet = await running(context, { shell, command })
  await until(() => quiet.observed.ended)
  assert.deepEqual(quiet.bodies(), ['done'])
  const loud = await running(context, { shell, command: 'printf "one\\ntwo" >&2', logStdErr: 'true' })
  await until(() => loud.observed.ended)
  const logged = loud.observed.lines.filter(({ message }) => message === 'The command wrote to standard error.')
  assert.deepEqual(
    logged.map(({ facts }) => facts.line),
    ['one', 'two'],
  )
})

test('a line without an end is cut, and does not fill the memory', async (context) => {
  const source = await running(context, {
    shell,
    command: 'head -c 3000000 /dev/zero | tr "\\0" x',
    maxLineLength: '1000000',
  })
  await until(() => source.observed.ended)
  assert.deepEqual(
    source.bodies().map(({ length }) => length),
    [1_000_000, 1_000_000, 1_000_000],
  )
})

test('output in another character set keeps its bytes, and standard error is logged as text', async (context) => {
  const command = "printf 'caf\\351\\n'; printf 'caf\\351\\n' >&2"
  const source = await running(context, { shell, command, charset: 'ISO-8859-1', logStdErr: 'true' })
  await until(() => source.observed.ended)
  assert.deepEqual(
    source.observed.puts.flatMap((batch) => [...batch]).map(({ body }) => Buffer.from(body).toString('latin1')),
    ['café'],
  )
  const logged = source.observed.lines.filter(({ message }) => message === 'The command wrote to standard error.')
  assert.deepEqual(
    logged.map(({ facts }) => facts.line),
    ['café'],
  )
  const { problems } = await readForTest(exec, { command: 'x', charset: 'utf-9' })
  assert.match(problems.all[0]?.message ?? '', /there is no character set utf-9/)
})

test('a stop while it waits to run the command again is a stop', async (context) => {
  const source = await running(context, { command: 'echo a', restart: 'true', restartThrottle: '600000' })
  await source.stored(1)
  await until(() => source.messages().includes('The command ended.'))
  await settle()
  await source.instance.stop(5000)
  assert.equal(source.observed.counts.get('commandStarts'), 1)
})
