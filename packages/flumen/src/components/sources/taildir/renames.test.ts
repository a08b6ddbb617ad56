import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { test } from 'node:test'
import { FollowedFolder, isFollowed, openIn, quietly, until } from '../../../../../../test/support/followed-folder.ts'
import type { EventBatch } from '../../../core/index.ts'

test('a file that is renamed within the pattern is read on and not again', async (context) => {
  const bench = new FollowedFolder(context)
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
  const bench = new FollowedFolder(context)
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
  const bench = new FollowedFolder(context)
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
  const bench = new FollowedFolder(context)
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
  const bench = new FollowedFolder(context)
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
  const bench = new FollowedFolder(context)
  bench.append('a.log', 'same\nsame\n')
  bench.append('b.log', 'same\nsame\n')
  fs.linkSync(bench.path('a.log'), bench.path('hard.log'))
  fs.symlinkSync(bench.path('b.log'), bench.path('soft.log'))
  const source = await bench.start()
  await source.stored(4)
  await quietly()
  assert.equal(source.bodies().length, 4)
})

test('a folder that comes later is found, and one that is made again', async (context) => {
  const bench = new FollowedFolder(context)
  const source = await bench.start({ 'filegroups.g': `${bench.folder}/late/.*` })
  for (const round of [1, 2]) {
    fs.mkdirSync(bench.path('late'))
    bench.append('late/a', `${round}\n`)
    await source.stored(round)
    fs.rmSync(bench.path('late'), { recursive: true })
  }
  assert.deepEqual(source.bodies(), ['1', '2'])
})

for (const [title, isDeleted] of [
  [
    'what gets the inode number of an empty file for which there was no room is not read under a name of no group',
    true,
  ],
  ['an empty file for which there was no room is read when it has got a name of no group and lines', false],
] as const) {
  test(title, async (context) => {
    const bench = new FollowedFolder(context)
    const put = Promise.withResolvers<void>()
    const source = await bench.start({ maxOpenFiles: '1' }, { onPut: () => put.promise })
    bench.append('0.log', 'one\n')
    await until(() => source.observed.counts.get('batchesReceived') === 1)
    for (let file = 1; file < 66; file++) bench.append(`${file}.log`, 'no end of line')
    await until(() => openIn(bench.folder).length === 65)
    bench.append('empty.log', '')
    await until(() => source.observed.lines.some(({ facts }) => facts?.file === bench.path('empty.log')))
    assert.equal(isFollowed(bench.path('empty.log')), false)
    const { ino } = fs.statSync(bench.path('empty.log'))
    await quietly()
    if (isDeleted) fs.unlinkSync(bench.path('empty.log'))
    else fs.renameSync(bench.path('empty.log'), bench.path('other'))
    bench.append('other', 'two\n')
    if (fs.statSync(bench.path('other')).ino !== ino) context.diagnostic('the inode number was not used again')
    const isGone = (): boolean => source.observed.lines.some(({ message }) => message === 'A file is followed no more.')
    if (isDeleted) await until(isGone)
    put.resolve()
    await source.stored(isDeleted ? 1 : 2)
    await quietly()
    assert.deepEqual(source.bodies(), isDeleted ? ['one'] : ['one', 'two'])
  })
}

test('a file with the inode number and size of one that was read is read although it is deleted at once', async (context) => {
  const bench = new FollowedFolder(context)
  const put = Promise.withResolvers<void>()
  const onPut = ({ length }: EventBatch): Promise<void> | undefined => (length === 2 ? put.promise : undefined)
  const source = await bench.start({ idleTimeout: '20' }, { onPut })
  const isSaid = (message: string, name: string): boolean =>
    source.observed.lines.some((line) => line.message === message && line.facts?.file === bench.path(name))
  bench.append('a.log', '1\n')
  await source.stored(1)
  await until(() => !isFollowed(bench.path('a.log')))
  const { ino } = fs.statSync(bench.path('a.log'))
  fs.unlinkSync(bench.path('a.log'))
  await until(() => isSaid('A file is followed no more.', 'a.log'))
  bench.append('other', '')
  bench.append('c.log', '3\n4\n')
  await until(() => source.observed.counts.get('batchesReceived') === 2)
  fs.unlinkSync(bench.path('other'))
  bench.append('b.log', '2\n')
  if (fs.statSync(bench.path('b.log')).ino !== ino) context.diagnostic('the inode number was not used again')
  await until(() => isSaid('A file is followed.', 'b.log'))
  fs.unlinkSync(bench.path('b.log'))
  put.resolve()
  await source.stored(4)
  assert.deepEqual(source.bodies().toSorted(), ['1', '2', '3', '4'])
})

test('a file that gets the inode number of a deleted one is a file of its own', async (context) => {
  const bench = new FollowedFolder(context)
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
