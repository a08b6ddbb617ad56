import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { endOf } from './channel-bench.ts'
import { CommandBench } from './command-bench.ts'

interface Said {
  readonly complete: boolean
  readonly files: readonly Record<'file' | 'state' | 'stored' | 'unreadBytes' | 'unreadLines', string | number>[]
}

/** An agent with two sources: r1 follows app and not debug, r2 web and sys. */
function configuration(): string {
  const source = (name: string, pattern: string): string[] => [
    `a1.sources.${name}.type = TAILDIR`,
    `a1.sources.${name}.channels = c1`,
    `a1.sources.${name}.positionFile = ${name}.json`,
    `a1.sources.${name}.filegroups = g`,
    `a1.sources.${name}.filegroups.g = ${process.cwd()}/${pattern}`,
  ]
  return [
    'a1.sources = r1 r2',
    'a1.channels = c1',
    'a1.sinks = k1',
    'a1.channels.c1.type = memory',
    'a1.sinks.k1.type = logger',
    'a1.sinks.k1.channel = c1',
    ...source('r1', 'app\\\\..*'),
    'a1.sources.r1.filegroups.g.exclude = app\\\\.debug.*',
    ...source('r2', '(web|sys)\\\\.log.*'),
    '',
  ].join('\n')
}

/** Runs the agent until it has stored so many events, and stops it. */
async function follow(bench: CommandBench, events: number): Promise<void> {
  const { io, status } = bench.flumen(['agent', '-n', 'a1', '-f', 'a1.conf'])
  while (io.stderr.text.split(' Event: ').length <= events) await sleep(10)
  io.signal('SIGTERM')
  assert.equal(await status, 0)
  assert.match(io.stderr.text, new RegExp(`received=${events} delivered=${events}\\n$`))
}

async function verify(bench: CommandBench, source: string): Promise<{ status: number; files: unknown[] }> {
  const { status, out } = await endOf(
    bench.flumen(['tail', 'verify', '-f', 'a1.conf', '-n', 'a1', '--source', source, '--json']),
  )
  const { files } = JSON.parse(out) as Said
  const short = files.map(({ file, state, stored, unreadBytes, unreadLines }) => {
    return [String(file).replace(/.*\//, ''), state, stored, unreadBytes, unreadLines]
  })
  return { status, files: short }
}

const linesOf = (name: string): string => Array.from({ length: 50 }, (_, line) => `${name} ${line}\n`).join('')

function benchOf(context: TestContext): CommandBench {
  const files = ['app.log', 'app.debug.log', 'web.log', 'sys.log'].map((name) => [name, linesOf(name)] as const)
  const bench = new CommandBench(context, Object.fromEntries(files))
  writeFileSync('a1.conf', configuration())
  return bench
}

function pack(from: string, to: string, into: (content: Buffer) => Buffer): void {
  writeFileSync(to, into(readFileSync(from)))
  unlinkSync(from)
}

describe('flumen tail verify, of a real agent', () => {
  test('what was rotated and packed while it was stopped is read as far as before, and what came since is counted', async (context) => {
    const bench = benchOf(context)
    await follow(bench, 150)
    const read = linesOf('app.log').length
    assert.deepEqual(await verify(bench, 'r1'), { status: 0, files: [['app.log', 'read', read, 0, 0]] })

    renameSync('app.log', 'app.log.1')
    appendFileSync('app.log.1', 'late 1\nlate 2\n')
    pack('app.log.1', 'app.log.1.gz', gzipSync)
    writeFileSync('app.log', 'fresh\n')
    const rotated = [
      ['app.log', 'new', 0, 6, 1],
      ['app.log.1.gz', 'unread', read, 14, 2],
    ]
    assert.deepEqual(await verify(bench, 'r1'), { status: 1, files: rotated })

    writeFileSync('sys.log.1.gz', gzipSync(readFileSync('sys.log')))
    truncateSync('sys.log')
    pack('web.log', 'web.log.1.zst', zstdCompressSync)
    const packed = [
      ['sys.log', 'read', 0, 0, 0],
      ['sys.log.1.gz', 'read', read, 0, 0],
      ['web.log.1.zst', 'read', read, 0, 0],
    ]
    assert.deepEqual(await verify(bench, 'r2'), { status: 0, files: packed })

    // The agent sees it the same way.
    await follow(bench, 3)
    const { status, files } = await verify(bench, 'r1')
    assert.deepEqual([status, files.length], [0, 2])
    const again = await verify(bench, 'r2')
    assert.equal(again.status, 0, JSON.stringify(again.files))
  })

  test('an archive of other content is new, a copy that lacks what was read is none, a damaged one is not counted', async (context) => {
    const bench = benchOf(context)
    await follow(bench, 150)
    const content = readFileSync('app.log')
    writeFileSync('app.log.1.gz', gzipSync('other\ncontent'))
    writeFileSync('app.log.2.gz', gzipSync(content.subarray(0, 300)))
    writeFileSync('app.log.3.gz', gzipSync(content).subarray(0, 100))
    const { status, files } = await verify(bench, 'r1')
    assert.equal(status, 1)
    const lines = content.subarray(0, 300).toString().split('\n').length
    assert.deepEqual(files, [
      ['app.log', 'read', content.length, 0, 0],
      ['app.log.1.gz', 'new', 0, 13, 2],
      ['app.log.2.gz', 'new', 0, 300, lines],
      ['app.log.3.gz', 'new', 0, undefined, undefined],
    ])
  })

  test('one of several sources must be named', async (context) => {
    const bench = benchOf(context)
    const line = ['tail', 'verify', '-f', 'a1.conf', '-n', 'a1']
    const { status, error } = await endOf(bench.flumen(line))
    assert.equal(status, 2)
    assert.match(error, /name one with --source; it has r1, r2/)
    assert.equal((await endOf(bench.flumen([...line, '--source', 'r3']))).status, 2)
  })
})
