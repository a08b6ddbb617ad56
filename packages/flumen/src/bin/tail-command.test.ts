import assert from 'node:assert/strict'
import { appendFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  digestOf,
  formatFlumePositions,
  formatJournal,
  formatJournalLines,
  journalPathOf,
} from '../protocols/tail-positions/index.ts'
import { endOf } from './channel-bench.ts'
import { CommandBench } from './command-bench.ts'

interface Said {
  readonly complete: boolean
  readonly files: readonly {
    readonly file: string
    readonly state: string
    readonly unreadBytes?: number
    readonly unreadLines?: number
  }[]
}

const line = ['tail', 'verify', '--position-file', 'positions.json']

/** A folder with three logs and the positions of a source that has read all of them. */
function benchOf(context: TestContext): CommandBench {
  const bench = new CommandBench(context, { 'a.log': 'one\n', 'b.log': 'two\n', 'c.log': 'three\n' })
  const positions = ['a.log', 'b.log', 'c.log'].map((name) => {
    const { dev, ino, size } = statSync(name, { bigint: true })
    const print = {
      length: Number(size),
      digest: digestOf(Buffer.from({ a: 'one\n', b: 'two\n', c: 'three\n' }[name[0] ?? ''] ?? '')),
    }
    const file = `${process.cwd()}/${name}`
    return { device: String(dev), inode: String(ino), pos: Number(size), file, head: print, anchor: print }
  })
  const flume = formatFlumePositions(positions)
  writeFileSync('positions.json', flume)
  writeFileSync(journalPathOf('positions.json'), formatJournal('', digestOf(Buffer.from(flume)), positions))
  return bench
}

async function said(bench: CommandBench, ...more: string[]): Promise<{ status: number; said: Said }> {
  const { status, out } = await endOf(bench.flumen([...line, '--json', ...more]))
  return { status, said: JSON.parse(out) as Said }
}

const short = ({ files }: Said): unknown[] =>
  files.map(({ file, state, unreadBytes, unreadLines }) => [file.replace(/.*\//, ''), state, unreadBytes, unreadLines])

/** Of a source with all logs of the folder. */
function configuration(): string {
  return ['a1.sources = r1', 'a1.channels = c1', 'a1.sinks = k1']
    .concat(['a1.channels.c1.type = memory', 'a1.sinks.k1.type = null', 'a1.sinks.k1.channel = c1'])
    .concat(['a1.sources.r1.channels = c1', 'a1.sources.r1.type = TAILDIR'])
    .concat([`a1.sources.r1.filegroups = g`, `a1.sources.r1.filegroups.g = ${process.cwd()}/.*\\\\.log`])
    .concat(['a1.sources.r1.positionFile = positions.json', ''])
    .join('\n')
}

describe('flumen tail verify', () => {
  test('ends with 0 where all is read, also under another name', async (context) => {
    const bench = benchOf(context)
    renameSync('b.log', 'b.log.1')
    const { status, said: answer } = await said(bench)
    assert.deepEqual([status, answer.complete], [0, true])
    assert.deepEqual(short(answer), [
      ['a.log', 'read', 0, 0],
      ['b.log.1', 'read', 0, 0],
      ['c.log', 'read', 0, 0],
    ])
  })

  test('says what is unread in bytes and lines, what is replaced, gone or new; status 1', async (context) => {
    const bench = benchOf(context)
    appendFileSync('a.log', 'x\nrest')
    writeFileSync('b.log', 'other content\n')
    unlinkSync('c.log')
    writeFileSync('d.log', '1\n2\n')
    const { status, said: answer } = await said(bench)
    assert.equal(status, 1)
    assert.deepEqual(short(answer), [
      ['a.log', 'unread', 6, 2],
      ['b.log', 'replaced', 14, 1],
      ['c.log', 'gone', undefined, undefined],
    ])
    assert.deepEqual(short((await said(bench, 'd.log')).said), [['d.log', 'new', 4, 2]])
    const { out } = await endOf(bench.flumen([...line, 'a.log']))
    assert.match(out, /unread +4 +6 +2 +\S+a\.log/)
  })

  test('goes by a configuration: its position file and the files of its groups', async (context) => {
    const bench = benchOf(context)
    writeFileSync('d.log', '1\n')
    writeFileSync('a1.conf', configuration())
    const { status, out } = await endOf(bench.flumen(['tail', 'verify', '-f', 'a1.conf', '--json']))
    assert.equal(status, 1)
    assert.deepEqual(short(JSON.parse(out) as Said).slice(-1), [['d.log', 'new', 2, 1]])
  })

  test('counts the lines of UTF-16, which a byte order mark or the configuration tells, also of an archive', async (context) => {
    const bench = benchOf(context)
    // Two lines, and a byte of a letter that looks like a line end.
    const wide = Buffer.from('\ufeff\u0a05\nb\n', 'utf16le')
    writeFileSync('d.log', wide)
    writeFileSync('e.log', Buffer.from(wide.subarray(2)).swap16())
    writeFileSync('f.log', gzipSync(wide))
    const names = ['d.log', 'e.log', 'f.log']
    assert.deepEqual(short((await said(bench, ...names)).said), [
      ['d.log', 'new', 10, 2],
      ['e.log', 'new', 8, 3],
      ['f.log', 'new', 10, 2],
    ])
    writeFileSync('a1.conf', `${configuration()}a1.sources.r1.inputCharset = UTF-16BE\n`)
    const { out } = await endOf(bench.flumen(['tail', 'verify', '-f', 'a1.conf', '--json', 'e.log']))
    assert.deepEqual(short(JSON.parse(out) as Said), [['e.log', 'new', 8, 2]])
    // Without one its source takes bytes: each that is a line feed ends an event, and the last byte is a fourth.
    writeFileSync('a1.conf', configuration())
    const { out: plain } = await endOf(bench.flumen(['tail', 'verify', '-f', 'a1.conf', '--json', 'd.log']))
    assert.deepEqual(short(JSON.parse(plain) as Said).slice(0, 1), [['d.log', 'new', 10, 4]])
  })

  test('an archive is read when all of it was; what is unread of another one is unpacked and counted', async (context) => {
    const bench = benchOf(context)
    writeFileSync('a.log.gz', gzipSync('one\n'))
    writeFileSync('b.log.gz', gzipSync('two\n'))
    const { dev, ino, size } = statSync('a.log.gz', { bigint: true })
    const print = { length: 4, digest: digestOf(Buffer.from('one\n')) }
    const file = `${process.cwd()}/a.log.gz`
    const position = { device: String(dev), inode: String(ino), pos: 4, file, head: print, anchor: print }
    const flume = formatFlumePositions([{ ...position, pos: Number(size) }])
    writeFileSync('positions.json', flume)
    const packed = { ...position, packedSize: Number(size) }
    writeFileSync(journalPathOf('positions.json'), formatJournal('', digestOf(Buffer.from(flume)), [packed]))
    const { said: answer } = await said(bench, 'a.log.gz', 'b.log.gz')
    assert.deepEqual(short(answer), [
      ['a.log.gz', 'read', 0, 0],
      ['b.log.gz', 'new', 4, 1],
    ])
  })

  test('an archive that the agent has found and not looked into yet is what it is a copy of', async (context) => {
    const bench = benchOf(context)
    writeFileSync('b.log.gz', gzipSync('two\n'))
    unlinkSync('b.log')
    const { dev, ino } = statSync('b.log.gz', { bigint: true })
    const none = { length: 0, digest: '' }
    const file = `${process.cwd()}/b.log.gz`
    const start = { device: String(dev), inode: String(ino), pos: 0, file, head: none, anchor: none }
    appendFileSync(journalPathOf('positions.json'), formatJournalLines([start]))
    const { status, said: answer } = await said(bench)
    assert.deepEqual(
      [status, short(answer)],
      [
        0,
        [
          ['a.log', 'read', 0, 0],
          ['b.log.gz', 'read', 0, 0],
          ['c.log', 'read', 0, 0],
        ],
      ],
    )
  })

  test('a position file that is not there is status 1, a wrong line status 2', async (context) => {
    const bench = benchOf(context)
    assert.equal((await endOf(bench.flumen(['tail', 'verify', '--position-file', 'none']))).status, 1)
    assert.equal((await endOf(bench.flumen(['tail', 'verify']))).status, 2)
    assert.equal((await endOf(bench.flumen(['tail', 'read']))).status, 2)
  })
})
