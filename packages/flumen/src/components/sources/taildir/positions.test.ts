import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { FollowedFolder, quietly, until } from '../../../../../../test/support/followed-folder.ts'
import { BatchTooLargeError, ChannelFullError, type EventBatch } from '../../../core/index.ts'
import { journalPathOf } from '../../../protocols/tail-positions/index.ts'
import { createForTest, readForTest, refuse } from '../../../testing/harness.ts'
import taildir from './taildir.ts'

test('positions move by exactly what was stored, and a row that never fits is rejected by itself', async (context) => {
  const bench = new FollowedFolder(context)
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
  const bench = new FollowedFolder(context)
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

test("Flume's position file is gone on from, and one that was changed by hand decides", async (context) => {
  const bench = new FollowedFolder(context)
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
  const bench = new FollowedFolder(context)
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

test('positions that cannot be written are counted, nothing else is touched', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log', '1\n')
  const source = await bench.start({ writePosInterval: '1' })
  await source.stored(1)
  const state = dirname(bench.positionFile)
  fs.renameSync(state, `${state}-away`)
  fs.writeFileSync(state, '')
  bench.append('a.log', '2\n')
  await source.stored(2)
  await until(() => (source.observed.counts.get('positionFailures') ?? 0) > 0)
  fs.unlinkSync(state)
  fs.renameSync(`${state}-away`, state)
  await bench.stop()
  assert.deepEqual(bench.positions(), { 'a.log': 4 })
})

test('an archive that is not whole yet and has the inode number of one that was read does not keep the source from starting', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log.1.gz', gzipSync('1\n2\n'))
  const first = await bench.start()
  await first.stored(2)
  await bench.stop()
  const whole = gzipSync('3\n4\n')
  // As if deleted and its number given again, which the system does not do when asked.
  fs.renameSync(bench.path('a.log.1.gz'), bench.path('b.log.1.gz'))
  fs.writeFileSync(bench.path('b.log.1.gz'), whole.subarray(0, 12))
  const second = await bench.start()
  fs.writeFileSync(bench.path('b.log.1.gz'), whole)
  await second.stored(2)
  assert.deepEqual(second.bodies(), ['3', '4'])
})

test('two sources do not share a position file, and what a group lacks is said', async (context) => {
  const bench = new FollowedFolder(context)
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

test('what was read while a put waits is stored once by the next source', async (context) => {
  const bench = new FollowedFolder(context)
  const line = `${'x'.repeat(1023)}\n`
  for (let file = 0; file < 6; file++)
    bench.append(`${file}.log`, `first of ${file}\n${line.repeat(1100)}last of ${file}\n`)
  let isFull = true
  const onPut = (batch: EventBatch): undefined => {
    if (isFull && batch.text(0).startsWith('first')) refuse(new ChannelFullError('no room'), 0)
  }
  const first = await bench.start({}, { onPut })
  await until(() => first.observed.lines.some(({ message }) => message.includes('put again')))
  await quietly()
  await bench.stop()
  isFull = false
  const second = await bench.start({}, { onPut })
  await second.stored(6 * 1102)
  await quietly()
  const marks = second.bodies().filter((body) => !body.startsWith('x'))
  const expected = Array.from({ length: 6 }, (_, file) => [`first of ${file}`, `last of ${file}`])
  assert.deepEqual(marks.toSorted(), expected.flat().toSorted())
})
