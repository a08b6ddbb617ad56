// The journal's own tools: systemd-journal-remote makes journal files, journalctl reads them for the source. No systemd runs.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type DebianProgram, libraryPath, locate, missingProgram } from '../../bench/peers/debian.ts'
import journald from '../../packages/flumen/src/components/sources/journald/journald.ts'
import type { Event } from '../../packages/flumen/src/core/index.ts'
import { createForTest, type Harness } from '../../packages/flumen/src/testing/harness.ts'
import { skipUnless, temporaryDirectory, waitUntil } from '../../servers/server.ts'

const maker: DebianProgram = {
  package: 'systemd-journal-remote',
  variable: 'SYSTEMD_JOURNAL_REMOTE',
  command: 'systemd-journal-remote',
  path: 'lib/systemd/systemd-journal-remote',
}
const reader = {
  name: 'journalctl',
  missing: async () =>
    spawnSync('journalctl', ['--version']).status === 0 ? undefined : 'there is no command journalctl',
}
const boot = 'b'.repeat(32)

interface Written {
  readonly message: string
  readonly unit: string
  readonly priority: number
}

/** Entries in the export format; a message with a line feed has its length. */
function exportOf(entries: readonly Written[], from: number): Buffer {
  const parts = entries.flatMap(({ message, unit, priority }, index) => {
    const micros = 1_700_000_000_000_000 + (from + index) * 1_000_000
    const head =
      `__REALTIME_TIMESTAMP=${micros}\n__MONOTONIC_TIMESTAMP=${(from + index) * 1000}\n_BOOT_ID=${boot}\n` +
      `_MACHINE_ID=${'a'.repeat(32)}\n_HOSTNAME=h\nPRIORITY=${priority}\n_SYSTEMD_UNIT=${unit}\n`
    const bytes = Buffer.from(message)
    if (!bytes.includes(10)) return [Buffer.from(`${head}MESSAGE=${message}\n\n`)]
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(bytes.length))
    return [Buffer.from(`${head}MESSAGE\n`), length, bytes, Buffer.from('\n\n')]
  })
  return Buffer.concat(parts)
}

interface RealJournal {
  readonly directory: string
  readonly cursorFile: string
  /** Makes one more journal file. */
  add(...entries: readonly Written[]): Promise<void>
}

function realJournal(t: TestContext): RealJournal {
  const home = temporaryDirectory('journal')
  t.after(() => home[Symbol.dispose]())
  const directory = join(home.path, 'journal')
  mkdirSync(directory)
  let files = 0
  let written = 0
  return {
    directory,
    cursorFile: join(home.path, 'cursor'),
    add: async (...entries) => {
      const { command, root } = await locate(maker)
      const input = join(home.path, `${++files}.export`)
      writeFileSync(input, exportOf(entries, written))
      written += entries.length
      const made = spawnSync(command, [`--output=${join(directory, `${files}.journal`)}`, '--split-mode=none', input], {
        encoding: 'utf8',
        env: { ...process.env, ...(root !== undefined && { LD_LIBRARY_PATH: libraryPath(root) }) },
      })
      assert.equal(made.status, 0, made.stderr)
    },
  }
}

async function running(
  t: TestContext,
  { directory, cursorFile }: RealJournal,
  values: Readonly<Record<string, string>> = {},
): Promise<Harness<'source'>> {
  const source = await createForTest(journald, { directory, cursorFile, ...values })
  t.after(() => source.instance.stop(1000))
  await source.instance.start()
  return source
}

function eventsOf({ observed }: Harness<'source'>): readonly Event[] {
  return observed.puts.flatMap((batch) => [...batch])
}

async function ended(source: Harness<'source'>): Promise<void> {
  await waitUntil('the journal has been read', () => source.observed.ended || undefined).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${JSON.stringify(source.observed.lines)}`)
  })
}

const missingMaker = { name: maker.package, missing: () => missingProgram(maker) }

test('entries of a real journal come once, in order, over restarts', { timeout: 60_000 }, async (t) => {
  if (!(await skipUnless(t, reader, missingMaker))) return
  const journal = realJournal(t)
  const entries = Array.from({ length: 500 }, (_, index) => ({
    message: index % 50 === 0 ? `line ${index}\n  and more of it` : `line ${index}`,
    unit: index % 2 === 0 ? 'even.service' : 'odd.service',
    priority: index % 8,
  }))
  await journal.add(...entries.slice(0, 300))
  const first = await running(t, journal, { follow: 'false' })
  await ended(first)
  await first.instance.stop(1000)
  assert.match(readFileSync(journal.cursorFile, 'utf8'), /^s=[\da-f]+;i=[\da-f]+;/)
  await journal.add(...entries.slice(300))
  const second = await running(t, journal, { follow: 'false' })
  await ended(second)
  assert.deepEqual(
    [...first.bodies(), ...second.bodies()],
    entries.map(({ message }) => message),
  )
  const [event] = eventsOf(first)
  assert.deepEqual(Object.fromEntries(event!.headers), {
    timestamp: '1700000000000',
    host: 'h',
    Severity: '0',
    _SYSTEMD_UNIT: 'even.service',
  })
})

test('a journal that grows is followed, and a choice of entries is that of journalctl', {
  timeout: 60_000,
}, async (t) => {
  if (!(await skipUnless(t, reader, missingMaker))) return
  const journal = realJournal(t)
  const entry = (message: string, priority = 6, unit = 'app.service') => ({ message, priority, unit })
  await journal.add(entry('old'))
  const values = { readFrom: 'end', priority: 'warning', matches: '_SYSTEMD_UNIT=app.service' }
  const source = await running(t, journal, values)
  await journal.add(entry('quiet'), entry('loud', 4), entry('of another', 3, 'other.service'), entry('louder', 3))
  await source.stored(2)
  assert.deepEqual(source.bodies(), ['loud', 'louder'])
})
