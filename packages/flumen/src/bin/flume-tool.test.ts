import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { type GoldenEvent, goldenChannel, goldenLines } from '../../../../test/support/flume-log-files.ts'
import { channel, contentsOf, type Ended, endOf, flip, makeChannel, segment } from './channel-bench.ts'
import { CommandBench } from './command-bench.ts'

function tool(bench: CommandBench, ...line: string[]): Promise<Ended> {
  return endOf(bench.flumeNg(['tool', ...line]))
}

function unpacked(bench: CommandBench, name: string): void {
  for (const [path, bytes] of goldenChannel(name)) {
    const file = join(bench.folder, name, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
}

function numbers(out: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...out.matchAll(/^Number of (.*) = (\d+)$/gm)].map(([, name, count]) => [name, Number(count)]),
  )
}

const body = goldenLines<GoldenEvent>('remaining.jsonl').find((event) => !event.body_b64 && event.body.length > 8)!.body

/** What Flume 1.11.0 prints for this channel. */
const summaryOfFlume = `---------- Summary --------------------
Number of Events in the Channel = 1429
Number of Put Events Processed = 1005
Number of Valid Put Events = 1005
Number of Invalid Put Events = 0
Number of Put Events that threw Exception during validation = 0
Number of Corrupt Events = 0
---------------------------------------
`

describe('flume-ng tool', () => {
  test('without a name lists the tools, with a wrong one too, and ends with 1', async (t) => {
    const bench = new CommandBench(t)
    const none = await tool(bench)
    assert.deepEqual(
      [none.status, /Please pass one of the following.*\nFCINTEGRITYTOOL\n\n$/s.test(none.out)],
      [1, true],
    )
    const wrong = await tool(bench, 'other')
    assert.deepEqual(
      [wrong.status, wrong.error],
      [1, 'Cannot find tool matching other. Please select one of: \n [FCINTEGRITYTOOL]\n'],
    )
  })

  test('without directories shows the usage of Flume, and ends with 1', async (t) => {
    const bench = new CommandBench(t)
    const { status, out } = await tool(bench, 'fcIntegrityTool')
    assert.equal(status, 1)
    assert.match(
      out,
      /^usage: bin\/flume-ng tool fcintegritytool {2}\[-D <property=value>\][\s\S]*\ndataDirs is required\.\n$/,
    )
    const help = await tool(bench, 'FCINTEGRITYTOOL', '-h')
    assert.deepEqual([help.status, /Display help/.test(help.out), /is required/.test(help.out)], [1, true, false])
    const absent = await tool(bench, 'FCINTEGRITYTOOL', '-l', 'nowhere')
    assert.deepEqual([absent.status, /Data directory, nowhere does not exist/.test(absent.error)], [1, true])
  })

  test('counts the events of a whole channel and changes nothing', async (t) => {
    const bench = new CommandBench(t)
    unpacked(bench, 'fc-clean')
    const before = contentsOf('fc-clean')
    const { status, out, error } = await tool(bench, 'FCINTEGRITYTOOL', '-l', 'fc-clean/data', '-c', 'conf')
    assert.equal(status, 0, error)
    assert.equal(out, summaryOfFlume)
    assert.deepEqual(contentsOf('fc-clean'), before)
  })

  test('takes a corrupt event out, with a copy of the log beside it, and only once', async (t) => {
    const bench = new CommandBench(t)
    unpacked(bench, 'fc-clean')
    const log = 'fc-clean/data/log-1'
    const bytes = readFileSync(log)
    const at = bytes.indexOf(body)
    bytes[at] = bytes[at]! ^ 0xff
    writeFileSync(log, bytes)
    const first = await tool(bench, 'FCINTEGRITYTOOL', '--dataDirs', 'fc-clean/data')
    assert.equal(first.status, 0)
    assert.match(first.error, /^Corruption found in .*log-1 at \d+$/m)
    assert.equal(numbers(first.out)['Corrupt Events'], 1)
    assert.ok(readFileSync(`${log}.bak`).equals(bytes))
    const start = Number(/log-1 at (\d+)/.exec(first.error)?.[1])
    const after = readFileSync(log)
    assert.deepEqual([bytes[start], after[start]], [0x7f, 0])
    after[start] = 0x7f
    assert.ok(after.equals(bytes))
    assert.equal(numbers((await tool(bench, 'FCINTEGRITYTOOL', '-l', 'fc-clean/data')).out)['Corrupt Events'], 0)
    const { out } = await channel(bench, 'import', 'fc-clean', '--from', 'flume', '--to', 'ours', '--json')
    assert.equal(JSON.parse(out).imported, 599)
  })

  test('takes out what a validator of the user refuses, with properties; a Java class is refused', async (t) => {
    const bench = new CommandBench(t, {
      'valid.mjs': 'export default ({ body }, { refused }) => Buffer.from(body).toString() !== refused\n',
      'broken.mjs': 'export const other = 1\n',
    })
    unpacked(bench, 'fc-clean')
    const line = ['FCINTEGRITYTOOL', '-l', 'fc-clean/data', '-e']
    const java = await tool(bench, ...line, 'org.example.Validator')
    assert.deepEqual(
      [java.status, /is a Java class, which cannot run here; give the path of/.test(java.error)],
      [1, true],
    )
    assert.equal((await tool(bench, ...line, './broken.mjs')).status, 1)
    assert.ok(!readdirSync('fc-clean/data').some((name) => name.endsWith('.bak')))
    const { status, out } = await tool(bench, ...line, './valid.mjs', `-Drefused=${body}`)
    assert.equal(status, 0)
    assert.equal(numbers(out)['Invalid Put Events'], 1)
    assert.ok(existsSync('fc-clean/data/log-1.bak'))
  })

  test('an encrypted log is refused, as nothing can be said of it without its key', async (t) => {
    const bench = new CommandBench(t)
    unpacked(bench, 'fc-enc')
    const { status, error } = await tool(bench, 'FCINTEGRITYTOOL', '-l', 'fc-enc/data')
    assert.deepEqual([status, /the key "key-0" is not given/.test(error)], [1, true])
  })

  test('verifies directories of ours, and changes nothing', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('c1', 200)
    assert.match((await tool(bench, 'FCINTEGRITYTOOL', '-l', 'c1/data')).out, /no damage\n$/)
    flip(segment('c1', 1), 5000)
    const before = contentsOf('c1')
    const { status, out } = await tool(bench, 'FCINTEGRITYTOOL', '-l', 'c1/data')
    assert.deepEqual([status, /costs 5 events/.test(out)], [1, true])
    assert.deepEqual(contentsOf('c1'), before)
  })
})
