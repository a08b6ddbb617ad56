import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { BatchTooLargeError, ChannelFullError, systemClock } from '../../../core/index.ts'
import { journalPathOf, parseFlumePositions } from '../../../protocols/tail-positions/index.ts'
import { createForTest, type Harness, type HarnessOptions, readForTest, refuse } from '../../../testing/harness.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import taildir from './taildir.ts'

const never = new AbortController().signal
const shared = fs.mkdtempSync(join(tmpdir(), 'flumen-taildir-'))
process.on('exit', () => fs.rmSync(shared, { recursive: true, force: true }))

sourceContract(taildir, {
  values: {
    filegroups: 'g',
    'filegroups.g': `${shared}/.*\\.log`,
    positionFile: join(shared, 'positions.json'),
  },
  produce: () => fs.appendFileSync(join(shared, 'a.log'), 'one\ntwo\n'),
})

/** A folder with logs, and sources that follow them one after the other. */
class Bench {
  readonly folder = fs.mkdtempSync(join(tmpdir(), 'flumen-taildir-'))
  readonly positionFile = join(this.folder, 'state', 'positions.json')
  #stop: (() => Promise<void>) | undefined

  constructor(context: TestContext) {
    context.after(async () => {
      await this.stop()
      fs.rmSync(this.folder, { recursive: true, force: true })
    })
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  append(name: string, text: string): void {
    fs.appendFileSync(this.path(name), text)
  }

  async start(values: Readonly<Record<string, string>> = {}, options: HarnessOptions = {}): Promise<Harness<'source'>> {
    const source = await createForTest(
      taildir,
      {
        filegroups: 'g',
        'filegroups.g': `${this.folder}/.*\\.log.*`,
        positionFile: this.positionFile,
        ...values,
      },
      options,
    )
    await source.instance.start()
    const over = new AbortController()
    const polling = poll(source, over.signal)
    this.#stop = async () => {
      over.abort()
      await polling
      await source.instance.stop(5000)
      assert.deepEqual(source.observed.failures, [])
    }
    return source
  }

  async stop(): Promise<void> {
    await this.#stop?.()
    this.#stop = undefined
  }

  /** Flume's view of the positions, by name. */
  positions(): Record<string, number> {
    const positions = parseFlumePositions(fs.readFileSync(this.positionFile, 'utf8')) ?? []
    return Object.fromEntries(positions.map(({ file, pos }) => [file.slice(this.folder.length + 1), pos]))
  }
}

async function poll({ instance }: Harness<'source'>, signal: AbortSignal): Promise<void> {
  while (instance.kind === 'pollable' && !signal.aborted) {
    try {
      await instance.poll(signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(2, never)
}

/** Long enough for what must not come. */
const quietly = (): Promise<void> => systemClock.sleep(150, never)

test('lines end with a line feed and lose a carriage return before it; the last one waits for its end', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', 'one\r\n\ntw\ro\npart')
  const source = await bench.start()
  await source.stored(3)
  bench.append('a.log', 'ial\n')
  await source.stored(4)
  assert.deepEqual(source.bodies(), ['one', '', 'tw\ro', 'partial'])
  await bench.stop()
  assert.deepEqual(bench.positions(), { 'a.log': 19 })
})

test('a file that is renamed within the pattern is read on and not again', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', '1\n2\n')
  const source = await bench.start()
  await source.stored(2)
  fs.renameSync(bench.path('a.log'), bench.path('a.log.1'))
  bench.append('a.log', '3\n')
  bench.append('a.log.1', '2b\n')
  await source.stored(4)
  fs.renameSync(bench.path('a.log.1'), bench.path('a.log.2'))
  fs.renameSync(bench.path('a.log'), bench.path('a.log.1'))
  bench.append('a.log', '4\n')
  bench.append('a.log.1', '3b\n')
  await source.stored(6)
  await quietly()
  assert.deepEqual(source.bodies().toSorted(), ['1', '2', '2b', '3', '3b', '4'])
  await bench.stop()
  assert.deepEqual(bench.positions(), { 'a.log': 2, 'a.log.1': 5, 'a.log.2': 7 })
})

test('a file that was renamed while nobody followed it is read on, within the pattern and out of it', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', '1\n')
  bench.append('b.log', '2\n')
  const first = await bench.start()
  await first.stored(2)
  await bench.stop()
  bench.append('a.log', '1b\n')
  bench.append('b.log', '2b\n')
  fs.renameSync(bench.path('a.log'), bench.path('a.log.1'))
  fs.renameSync(bench.path('b.log'), bench.path('b.old'))
  bench.append('b.log', '3\n')
  const second = await bench.start()
  await second.stored(3)
  await quietly()
  assert.deepEqual(second.bodies().toSorted(), ['1b', '2b', '3'])
})

test('what is written into a file after it has left the pattern, or was deleted, is read', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', '1\n')
  const source = await bench.start()
  await source.stored(1)
  const writer = fs.openSync(bench.path('a.log'), 'a')
  context.after(() => fs.closeSync(writer))
  fs.renameSync(bench.path('a.log'), bench.path('a.old'))
  fs.writeSync(writer, '2\n')
  await source.stored(2)
  fs.unlinkSync(bench.path('a.old'))
  fs.writeSync(writer, '3\n')
  await source.stored(3)
  assert.deepEqual(source.bodies(), ['1', '2', '3'])
})

test('a truncated file is read from its start, also when it has grown past the old position', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', 'one\n')
  const source = await bench.start()
  await source.stored(1)
  fs.truncateSync(bench.path('a.log'))
  bench.append('a.log', 'a much longer second line\nand a third\n')
  await source.stored(3)
  assert.deepEqual(source.bodies(), ['one', 'a much longer second line', 'and a third'])
  assert.equal(source.observed.counts.get('filesRestarted'), 1)
})

test('other content of the same length in a file that was followed before is read', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', 'one\n')
  const first = await bench.start()
  await first.stored(1)
  await bench.stop()
  fs.writeFileSync(bench.path('a.log'), 'two\n')
  const second = await bench.start()
  await second.stored(1)
  assert.deepEqual(second.bodies(), ['two'])
})

test('files that begin alike are told apart, and a second name of one file is not read', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', 'same\nsame\n')
  bench.append('b.log', 'same\nsame\n')
  fs.linkSync(bench.path('a.log'), bench.path('hard.log'))
  fs.symlinkSync(bench.path('b.log'), bench.path('soft.log'))
  const source = await bench.start()
  await source.stored(4)
  await quietly()
  assert.equal(source.bodies().length, 4)
})

test('while the channel is full nothing is lost, also of files that come and go meanwhile', async (context) => {
  const bench = new Bench(context)
  let isFull = true
  const source = await bench.start(
    {},
    { onPut: () => (isFull ? refuse(new ChannelFullError('no room'), 0) : undefined) },
  )
  bench.append('a.log', '1\n')
  await until(() => source.observed.lines.some(({ message }) => message.includes('put again')))
  for (const line of ['2', '3', '4']) {
    bench.append('new.log', `${line}\n`)
    await until(() => source.instance !== undefined && isFollowed(bench.path('new.log')))
    fs.unlinkSync(bench.path('new.log'))
  }
  isFull = false
  await source.stored(4)
  assert.deepEqual(source.bodies().toSorted(), ['1', '2', '3', '4'])
})

/** Whether this process has the file open. */
function isFollowed(path: string): boolean {
  return fs.readdirSync('/proc/self/fd').some((descriptor) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${descriptor}`) === path
    } catch {
      return false
    }
  })
}

test('positions move by exactly what was stored, and a row that never fits is rejected by itself', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', '1\n2\n')
  bench.append('b.log', '3\nbad\n5\n')
  const puts: number[] = []
  const source = await bench.start(
    {},
    {
      onPut: (batch) => {
        puts.push(batch.length)
        if (puts.length === 1) refuse(new ChannelFullError('no room'), 3)
        if (puts.length === 2) refuse(new BatchTooLargeError('too large'), 0)
      },
    },
  )
  await source.stored(1)
  assert.deepEqual(puts, [5, 2, 1])
  assert.deepEqual(
    source.observed.rejected.map(({ batch }) => batch.text(0)),
    ['bad'],
  )
  await bench.stop()
  assert.deepEqual(bench.positions(), { 'a.log': 4, 'b.log': 8 })
})

test('a stop in the middle of a batch leaves the position behind what was stored', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', '1\n2\n3\n')
  let puts = 0
  const source = await bench.start({}, { onPut: () => refuse(new ChannelFullError('no room'), puts++ === 0 ? 1 : 0) })
  await until(() => puts >= 2)
  await bench.stop()
  assert.deepEqual(source.bodies(), [])
  assert.deepEqual(bench.positions(), { 'a.log': 2 })
  const second = await bench.start()
  await second.stored(2)
  assert.deepEqual(second.bodies(), ['2', '3'])
})

test('headers: of the group, of the file, of the offset; a later group keeps its own', async (context) => {
  const bench = new Bench(context)
  fs.mkdirSync(bench.path('other'))
  bench.append('a.log', 'é\nx\n')
  bench.append('other/b.txt', 'y\n')
  const source = await bench.start({
    filegroups: 'g h',
    'filegroups.h': `${bench.folder}/other/b.*`,
    'headers.g.kind.of': 'first',
    'headers.h.kind.of': 'second',
    byteOffsetHeader: 'true',
    fileHeader: 'true',
    fileHeaderKey: 'path',
  })
  await source.stored(3)
  const events = source.observed.puts.flatMap((batch) =>
    Array.from(batch, ({ headers }) => Object.fromEntries(headers)),
  )
  assert.deepEqual(events, [
    { byteoffset: '0', 'kind.of': 'first', path: bench.path('a.log') },
    { byteoffset: '3', 'kind.of': 'first', path: bench.path('a.log') },
    { byteoffset: '0', 'kind.of': 'second', path: bench.path('other/b.txt') },
  ])
})

test('skipToEnd leaves out what is there at the start, and nothing that comes later', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', 'old\n')
  const source = await bench.start({ skipToEnd: 'true' })
  bench.append('a.log', 'new\n')
  bench.append('b.log', 'all of it\n')
  await source.stored(2)
  assert.deepEqual(source.bodies().toSorted(), ['all of it', 'new'])
})

test('a quiet file is closed and its last line without an end is taken; it is read on when it grows', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', 'one\nrest')
  const source = await bench.start({ idleTimeout: '30' })
  await source.stored(2)
  await until(() => !isFollowed(bench.path('a.log')))
  bench.append('a.log', ' more\n')
  await source.stored(3)
  assert.deepEqual(source.bodies(), ['one', 'rest', ' more'])
})

test("Flume's position file is gone on from, and one that was changed by hand decides", async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', '1\n2\n3\n')
  bench.append('b.log', '4\n5\n')
  fs.mkdirSync(bench.path('state'))
  const { ino: a } = fs.statSync(bench.path('a.log'))
  const { ino: b } = fs.statSync(bench.path('b.log'))
  const entry = (inode: number, pos: number, file: string): object => ({ inode, pos, file: bench.path(file) })
  fs.writeFileSync(bench.positionFile, JSON.stringify([entry(a, 2, 'a.log'), entry(b, 2, 'renamed.log')]))
  const first = await bench.start()
  await first.stored(3)
  assert.deepEqual(first.bodies().toSorted(), ['2', '3', '5'])
  await bench.stop()
  assert.ok(fs.existsSync(journalPathOf(bench.positionFile)))
  fs.writeFileSync(bench.positionFile, JSON.stringify([entry(a, 4, 'a.log'), entry(b, 4, 'b.log')]))
  const second = await bench.start()
  await second.stored(1)
  assert.deepEqual(second.bodies(), ['3'])
  await bench.stop()
  fs.unlinkSync(bench.positionFile)
  const third = await bench.start()
  await third.stored(5)
  assert.equal(third.bodies().length, 5)
})

test('the positions of a process that was killed are those of its last put', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', '1\n2\n')
  const first = await bench.start({ writePosInterval: '3600000' })
  await first.stored(2)
  bench.append('a.log', '3\n')
  await first.stored(3)
  await until(() => fs.readFileSync(journalPathOf(bench.positionFile), 'utf8').split('\n').length >= 5)
  const state = [bench.positionFile, journalPathOf(bench.positionFile)].map(
    (path) => [path, fs.readFileSync(path)] as const,
  )
  await bench.stop()
  for (const [path, bytes] of state) fs.writeFileSync(path, bytes)
  bench.append('a.log', '4\n')
  const second = await bench.start()
  await second.stored(1)
  assert.deepEqual(second.bodies(), ['4'])
})

test('a folder that comes later is found, and one that is made again', async (context) => {
  const bench = new Bench(context)
  const source = await bench.start({ 'filegroups.g': `${bench.folder}/late/.*` })
  for (const round of [1, 2]) {
    fs.mkdirSync(bench.path('late'))
    bench.append('late/a', `${round}\n`)
    await source.stored(round)
    fs.rmSync(bench.path('late'), { recursive: true })
  }
  assert.deepEqual(source.bodies(), ['1', '2'])
})

test('a long line is cut between characters, a longer chunk is read for one that may be whole', async (context) => {
  const bench = new Bench(context)
  const long = 'x'.repeat(1_500_000)
  bench.append('a.log', `${long}\nend\n`)
  bench.append('b.log', 'ééé\nabcd\n')
  const source = await bench.start({ maxLineLength: '2000000' })
  await source.stored(4)
  assert.deepEqual(source.bodies().toSorted(), ['abcd', 'end', long, 'ééé'])
  await bench.stop()
  fs.rmSync(bench.path('state'), { recursive: true })
  const second = await bench.start({ maxLineLength: '5', 'filegroups.g': `${bench.folder}/b\\.log` })
  await second.stored(3)
  assert.deepEqual(second.bodies(), ['éé', 'é', 'abcd'])
})

test('a compressed file that fits the pattern is passed over and said', async (context) => {
  const bench = new Bench(context)
  fs.writeFileSync(bench.path('a.log.1.gz'), gzipSync('old\n'))
  bench.append('b.log', 'new\n')
  const source = await bench.start()
  await source.stored(1)
  await until(() => source.observed.lines.some(({ message }) => message === 'A compressed file is not read.'))
  assert.deepEqual(source.bodies(), ['new'])
  assert.equal(source.observed.counts.get('filesPassedOver'), 1)
})

test('a file that gets the inode number of a deleted one is a file of its own', async (context) => {
  const bench = new Bench(context)
  bench.append('a.log', '1\n')
  const source = await bench.start({ idleTimeout: '20' })
  await source.stored(1)
  await until(() => !isFollowed(bench.path('a.log')))
  fs.unlinkSync(bench.path('a.log'))
  bench.append('other', 'none of ours\n')
  bench.append('b.log', '2\n')
  await source.stored(2)
  fs.unlinkSync(bench.path('b.log'))
  bench.append('b.log', '3\n')
  await source.stored(3)
  await quietly()
  assert.deepEqual(source.bodies(), ['1', '2', '3'])
})

test('many files are read with few descriptors, and one large file does not keep the others waiting', async (context) => {
  const bench = new Bench(context)
  for (let file = 0; file < 300; file++) bench.append(`${file}.log`, `${file}\n`)
  bench.append('large.log', 'x\n'.repeat(1_000_000))
  const source = await bench.start({ maxOpenFiles: '10', batchSize: '100', maxBatchCount: '10' })
  await source.stored(5000)
  const small = source.bodies().filter((body) => body !== 'x')
  assert.equal(small.length, 300)
  await until(() => source.observed.counts.get('openFiles') !== undefined)
  assert.ok((source.observed.counts.get('openFiles') ?? 99) <= 11)
})

test('two sources do not share a position file, and what a group lacks is said', async (context) => {
  const bench = new Bench(context)
  await bench.start()
  const second = await createForTest(taildir, {
    filegroups: 'g',
    'filegroups.g': `${bench.folder}/x`,
    positionFile: bench.positionFile,
  })
  await assert.rejects(second.instance.start(), { code: 'COMPONENT_FAILED', message: /another source of this agent/ })
  await second.instance.stop(0)
  const messages = async (values: Record<string, string>): Promise<string[]> =>
    (await readForTest(taildir, values)).problems.all.map(({ message }) => message)
  assert.deepEqual(await messages({}), ['filegroups is needed'])
  assert.deepEqual(await messages({ filegroups: 'a b', 'filegroups.a': 'x/y' }), [
    '"x/y" is not an absolute path of files',
    'filegroups.b is needed',
  ])
  assert.match((await messages({ filegroups: 'a', 'filegroups.a': '/x/(' }))[0] ?? '', /./)
  const good = { filegroups: 'a', 'filegroups.a': '/x/y' }
  assert.deepEqual(await messages({ ...good, 'headers.b.c': '1', 'headers.a': '2' }), [
    'there is no group b',
    'headers.a names no header',
  ])
})
