import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FollowedFolder, isFollowed, openIn, quietly, until } from '../../../../../../test/support/followed-folder.ts'
import { ChannelFullError } from '../../../core/index.ts'
import { refuse } from '../../../testing/harness.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import taildir from './taildir.ts'

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

test('lines end with a line feed and lose a carriage return before it; the last one waits for its end', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log', 'one\r\n\ntw\ro\npart')
  const source = await bench.start()
  await source.stored(3)
  bench.append('a.log', 'ial\n')
  await source.stored(4)
  assert.deepEqual(source.bodies(), ['one', '', 'tw\ro', 'partial'])
  await bench.stop()
  assert.deepEqual(bench.positions(), { 'a.log': 19 })
})

test('while the channel is full nothing is lost, also of files that come and go meanwhile', async (context) => {
  const bench = new FollowedFolder(context)
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

test('headers: of the group, of the file, of the offset; a later group keeps its own', async (context) => {
  const bench = new FollowedFolder(context)
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
  const bench = new FollowedFolder(context)
  bench.append('a.log', 'old\n')
  const source = await bench.start({ skipToEnd: 'true' })
  bench.append('a.log', 'new\n')
  bench.append('b.log', 'all of it\n')
  await source.stored(2)
  assert.deepEqual(source.bodies().toSorted(), ['all of it', 'new'])
})

test('a quiet file is closed and its last line without an end is taken; it is read on when it grows', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log', 'one\nrest')
  const source = await bench.start({ idleTimeout: '30' })
  await source.stored(2)
  await until(() => !isFollowed(bench.path('a.log')))
  bench.append('a.log', ' more\n')
  await source.stored(3)
  assert.deepEqual(source.bodies(), ['one', 'rest', ' more'])
})

test('a long line is cut between characters, a longer chunk is read for one that may be whole', async (context) => {
  const bench = new FollowedFolder(context)
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

test('many files are read with few descriptors, and one large file does not keep the others waiting', async (context) => {
  const bench = new FollowedFolder(context)
  for (let file = 0; file < 300; file++) bench.append(`${file}.log`, `${file}\n`)
  bench.append('large.log', 'x\n'.repeat(1_000_000))
  const source = await bench.start({ maxOpenFiles: '10', batchSize: '100', maxBatchCount: '10' })
  await source.stored(5000)
  const small = source.bodies().filter((body) => body !== 'x')
  assert.equal(small.length, 300)
  await until(() => source.observed.counts.get('openFiles') !== undefined)
  assert.ok((source.observed.counts.get('openFiles') ?? 99) <= 11)
})

test('files of which there is more to read, or a line without an end, are no more of them open than may be', async (context) => {
  const bench = new FollowedFolder(context)
  const large = `${'x'.repeat(1023)}\n`.repeat(1500)
  for (let file = 0; file < 20; file++) bench.append(`large${file}.log`, large)
  for (let file = 0; file < 100; file++) bench.append(`part${file}.log`, `${file}\nrest ${file}`)
  let most = 0
  const onPut = (): undefined => {
    most = Math.max(most, openIn(bench.folder).length)
  }
  const source = await bench.start({ maxOpenFiles: '5', idleTimeout: '2500' }, { onPut })
  await source.stored(20 * 1500 + 100)
  for (let file = 0; file < 50; file++) bench.append(`part${file}.log`, ' and more\n')
  await source.stored(20 * 1500 + 150)
  // Those without an end are taken when they are quiet, closed or not.
  await source.stored(20 * 1500 + 200)
  assert.ok(most <= 6, `${most} were open`)
  const bodies = source.bodies().filter((body) => !body.startsWith('x'))
  const expected = Array.from({ length: 100 }, (_, file) => [
    `${file}`,
    file < 50 ? `rest ${file} and more` : `rest ${file}`,
  ])
  assert.deepEqual(bodies.toSorted(), expected.flat().toSorted())
})

test('files are found in folders behind `**` and `*`, those that come later too, and not the excluded ones', async (context) => {
  const bench = new FollowedFolder(context)
  fs.mkdirSync(bench.path('x/y'), { recursive: true })
  bench.append('a.log', 'a\n')
  bench.append('x/y/b.log', 'b\n')
  bench.append('x/y/b.log.gz', 'excluded by name\n')
  const source = await bench.start({
    filegroups: 'g h',
    'filegroups.g': `${bench.folder}/**/.*\\.log.*`,
    'filegroups.g.exclude': '.*\\.gz|.*/hidden/.*',
    'filegroups.h': `${bench.folder}/pod-*/out`,
    'headers.h.kind': 'pod',
  })
  await source.stored(2)
  fs.mkdirSync(bench.path('x/later/deep'), { recursive: true })
  bench.append('x/later/deep/c.log', 'c\n')
  fs.mkdirSync(bench.path('hidden'))
  bench.append('hidden/d.log', 'excluded by path\n')
  fs.mkdirSync(bench.path('pod-1'))
  bench.append('pod-1/out', 'e\n')
  await source.stored(4)
  fs.rmSync(bench.path('x'), { recursive: true })
  await quietly()
  fs.mkdirSync(bench.path('x'))
  bench.append('x/f.log', 'f\n')
  await source.stored(5)
  await quietly()
  assert.deepEqual(source.bodies().toSorted(), ['a', 'b', 'c', 'e', 'f'])
})
