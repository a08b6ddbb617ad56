import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { ChannelFullError, systemClock } from '../../../core/index.ts'
import { createForTest, type Harness, type HarnessOptions, readForTest, refuse } from '../../../testing/harness.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import journald from './journald.ts'

/** Acts as journalctl over a file in the export format, entries with the cursors s=1;i=1, s=1;i=2 and so on. */
const fakeJournalctl = `
const { existsSync, readFileSync } = require('node:fs')
const [path, ...words] = process.argv.slice(2)
const option = (name) => words.find((word) => word.startsWith(name + '='))?.slice(name.length + 1)
if (option('--output') !== 'export') throw new Error('not as an export')
if (existsSync(path + '.broken')) {
  console.error('the journal is broken')
  process.exit(1)
}
let sent = 0
const look = () => {
  const entries = readFileSync(path).toString('latin1').split('\\n\\n').slice(0, -1)
  const after = option('--after-cursor')
  const last = option('--lines')
  if (sent === 0 && after) sent = entries.findIndex((entry) => entry.includes(after + '\\n')) + 1
  if (sent === 0 && last) sent = entries.length - last
  for (; sent < entries.length; sent++) process.stdout.write(Buffer.from(entries[sent] + '\\n\\n', 'latin1'))
}
look()
if (words.includes('--follow')) setInterval(look, 5)
`

class Journal {
  readonly #folder = mkdtempSync(join(tmpdir(), 'flumen-journal-'))
  readonly path = join(this.#folder, 'export')
  readonly cursorFile = join(this.#folder, 'state', 'cursor')
  #entries = 0

  constructor() {
    writeFileSync(join(this.#folder, 'journalctl.cjs'), fakeJournalctl)
    writeFileSync(this.path, '')
  }

  get values(): Readonly<Record<string, string>> {
    const command = `${process.execPath} ${join(this.#folder, 'journalctl.cjs')} ${this.path}`
    return { command, cursorFile: this.cursorFile, writeCursorInterval: '0' }
  }

  get cursor(): string | undefined {
    return existsSync(this.cursorFile) ? readFileSync(this.cursorFile, 'utf8').trim() : undefined
  }

  add(...messages: readonly string[]): void {
    for (const message of messages) {
      this.addEntry(`__REALTIME_TIMESTAMP=1700000000123456\n_HOSTNAME=h\nPRIORITY=6\n_PID=7\nMESSAGE=${message}\n`)
    }
  }

  addEntry(fields: string): void {
    appendFileSync(this.path, `__CURSOR=s=1;i=${++this.#entries}\n${fields}\n`, 'latin1')
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true })
  }
}

/** Removed when all sources of this file have stopped, which write their cursors then. */
const journals: Journal[] = []
after(() => {
  for (const each of journals) each.remove()
})

const journalOfContract = journal()
sourceContract(journald, { values: journalOfContract.values, produce: () => journalOfContract.add('one', 'two') })

function journal(): Journal {
  const made = new Journal()
  journals.push(made)
  return made
}

async function running(
  context: TestContext,
  values: Readonly<Record<string, string>>,
  options: HarnessOptions = {},
): Promise<Harness<'source'>> {
  const source = await createForTest(journald, values, options)
  context.after(() => source.instance.stop(1000))
  await source.instance.start()
  return source
}

async function until(holds: () => boolean): Promise<void> {
  const never = new AbortController().signal
  while (!holds()) await systemClock.sleep(5, never)
}

test('an entry is an event with the headers that its fields make', async (context) => {
  const made = journal()
  const source = await running(context, made.values)
  appendFileSync(
    made.path,
    '__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1700000000123456\n_SOURCE_REALTIME_TIMESTAMP=1600000000999999\n' +
      '_HOSTNAME=host\nPRIORITY=3\nSYSLOG_FACILITY=4\nSYSLOG_IDENTIFIER=app\n_PID=7\n_UID=0\nMESSAGE=hello\nMESSAGE=no\n\n' +
      '__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1700000000123456\n\n',
  )
  await source.stored(2)
  const rows = source.observed.puts.flatMap((batch) => [...batch])
  assert.deepEqual(Object.fromEntries(rows[0]!.headers), {
    timestamp: '1600000000999',
    host: 'host',
    Severity: '3',
    Facility: '4',
    SYSLOG_IDENTIFIER: 'app',
    _PID: '7',
  })
  assert.deepEqual(Object.fromEntries(rows[1]!.headers), { timestamp: '1700000000123' })
  assert.deepEqual(source.bodies(), ['hello', ''])
})

test('a message with line feeds comes whole, and one that is too long is cut', async (context) => {
  const made = journal()
  const source = await running(context, { ...made.values, maxMessageLength: '12' })
  made.addEntry('MESSAGE\n\x0b\0\0\0\0\0\0\0two\nand two\n')
  made.add('a message of more bytes')
  await source.stored(2)
  assert.deepEqual(source.bodies(), ['two\nand two', 'a message of'])
  assert.equal(source.observed.counts.get('messagesCut'), 1)
})

test('a restart goes on behind the last entry that is stored', async (context) => {
  const made = journal()
  made.add('one', 'two')
  const first = await running(context, made.values)
  await first.stored(2)
  await first.instance.stop(1000)
  assert.equal(made.cursor, 's=1;i=2')
  made.add('three')
  const second = await running(context, made.values)
  made.add('four')
  await second.stored(2)
  assert.deepEqual(second.bodies(), ['three', 'four'])
  await until(() => made.cursor === 's=1;i=4')
})

test('what could not be stored until the stop comes again after it, and nothing else', async (context) => {
  const made = journal()
  made.add('one', 'two', 'three')
  const onPut = (): never => refuse(new ChannelFullError('no room'), 1)
  const full = await running(context, { ...made.values, batchSize: '2' }, { onPut })
  await until(() => full.observed.lines.some(({ level }) => level === 'warn'))
  await full.instance.stop(20)
  const stored = Number(made.cursor?.split('i=')[1])
  assert.ok(stored >= 1 && stored < 3, made.cursor)
  const second = await running(context, made.values)
  await second.stored(3 - stored)
  assert.deepEqual(second.bodies(), ['one', 'two', 'three'].slice(stored))
})

test('read from the end, only what comes is taken, also over a restart before anything came', async (context) => {
  const made = journal()
  made.add('old', 'older')
  const values = { ...made.values, readFrom: 'end' }
  const first = await running(context, values)
  await first.instance.stop(1000)
  assert.equal(made.cursor, 's=1;i=2')
  made.add('new')
  const second = await running(context, values)
  await second.stored(1)
  assert.deepEqual(second.bodies(), ['new'])
})

test('a journalctl that fails is started again, and what it says is told', async (context) => {
  const made = journal()
  writeFileSync(`${made.path}.broken`, '')
  made.add('one')
  const source = await running(context, made.values)
  await until(() => source.observed.lines.some(({ message }) => message === 'journalctl ended.'))
  assert.deepEqual(source.observed.lines.at(-1)?.facts, { status: 1, signal: null, said: 'the journal is broken' })
  rmSync(`${made.path}.broken`)
  await source.stored(1)
  assert.equal(source.observed.counts.get('commandStarts'), 2)
})

test('what is no export is not read on with, but from the last entry again', async (context) => {
  const made = journal()
  made.add('one')
  appendFileSync(made.path, 'no field\n\n')
  const source = await running(context, made.values)
  await until(() => source.observed.lines.some(({ message }) => message === 'The journal could not be read on.'))
  assert.deepEqual(source.bodies(), ['one'])
  assert.deepEqual(source.observed.failures, [])
})

test('without following it ends behind the last entry', async (context) => {
  const made = journal()
  made.add('one', 'two')
  const source = await running(context, { ...made.values, follow: 'false' })
  await until(() => source.observed.ended)
  assert.deepEqual(source.bodies(), ['one', 'two'])
  assert.equal(made.cursor, 's=1;i=2')
})

test('a command that there is not, and a cursor file that holds something else, are no start', async (context) => {
  const made = journal()
  await assert.rejects(running(context, { ...made.values, command: 'no-such-journalctl' }), /was not found/)
  const cursorFile = join(tmpdir(), `flumen-no-cursor-${process.pid}`)
  context.after(() => rmSync(cursorFile))
  writeFileSync(cursorFile, '--vacuum-size=1')
  await assert.rejects(running(context, { ...made.values, cursorFile }), /holds no cursor/)
})

test('a match that is none is a problem', async () => {
  const { problems } = await readForTest(journald, { cursorFile: 'x', matches: '_PID=1 --vacuum-size=1' })
  assert.deepEqual(
    problems.all.map(({ key }) => key),
    ['matches'],
  )
})
