import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  busySource,
  FollowedFolder,
  HurriedClock,
  isFollowed,
  lines,
  quietly,
  until,
} from '../../../../../../test/support/followed-folder.ts'

test('a copy is not read again where nothing could be read for long after its original was truncated', async (context) => {
  const { bench, source, clock, goOn } = await busySource(context)
  fs.copyFileSync(bench.path('a.log'), bench.path('a.log.1'))
  await until(() => isFollowed(bench.path('a.log.1')))
  fs.truncateSync(bench.path('a.log'))
  bench.append('a.log', lines(100, 105))
  clock.skip(60_000)
  goOn()
  await source.stored(106)
  await quietly()
  assert.deepEqual(source.bodies().toSorted(), `${lines(0, 105)}one`.split('\n').toSorted())
})

test('a copy is not read again where its original got its name while what was read was being stored', async (context) => {
  const bench = new FollowedFolder(context)
  const put = Promise.withResolvers<void>()
  const puts = [put.promise]
  bench.append('a.log', lines(0, 100))
  const source = await bench.start({}, { onPut: () => puts.shift() })
  await until(() => source.observed.counts.get('batchesReceived') === 1)
  fs.copyFileSync(bench.path('a.log'), bench.path('a.log.1'))
  await until(() => isFollowed(bench.path('a.log.1')))
  fs.truncateSync(bench.path('a.log'))
  bench.append('a.log', lines(100, 105))
  fs.unlinkSync(bench.path('a.log.1'))
  fs.renameSync(bench.path('a.log'), bench.path('a.log.1'))
  await quietly()
  put.resolve()
  await source.stored(105)
  await until(() => source.observed.counts.get('copiesFound') === 1)
  assert.deepEqual(source.bodies().toSorted(), lines(0, 105).trimEnd().split('\n').toSorted())
})

for (const isReplaced of [false, true]) {
  const end = isReplaced ? 'replaced by another one' : 'deleted'
  test(`what is being stored of a file that is closed and ${end} meanwhile is not read again from its archive`, async (context) => {
    const bench = new FollowedFolder(context)
    const put = Promise.withResolvers<void>()
    const puts = [put.promise]
    bench.append('a.log', lines(0, 100))
    const { ino } = fs.statSync(bench.path('a.log'))
    for (const name of ['b.log', 'c.log']) bench.append(name, `${name}\n`)
    const source = await bench.start({ maxOpenFiles: '1' }, { onPut: () => puts.shift() })
    await until(() => source.observed.counts.get('batchesReceived') === 1)
    assert.equal(isFollowed(bench.path('a.log')), false)
    fs.writeFileSync(bench.path('a.log.gz'), gzipSync(lines(0, 105)))
    fs.unlinkSync(bench.path('a.log'))
    if (isReplaced) bench.append('d.log', 'another\n')
    if (isReplaced && fs.statSync(bench.path('d.log')).ino !== ino) {
      context.diagnostic('the inode number was not used again')
    }
    await quietly()
    put.resolve()
    await source.stored(isReplaced ? 108 : 107)
    await until(() => source.observed.counts.get('copiesFound') === 1)
    const expected = `${lines(0, 105)}b.log\nc.log${isReplaced ? '\nanother' : ''}`.split('\n')
    assert.deepEqual(source.bodies().toSorted(), expected.toSorted())
  })
}

test('of two new files with the same beginning the longer one is read, wherever it was found first', async (context) => {
  const { bench, source, goOn } = await busySource(context)
  bench.append('c.log.1', lines(200, 300))
  await until(() => isFollowed(bench.path('c.log.1')))
  bench.append('c.log', lines(200, 310))
  await until(() => isFollowed(bench.path('c.log')))
  goOn()
  await source.stored(211)
  fs.truncateSync(bench.path('c.log'))
  bench.append('c.log', lines(310, 315))
  await until(() => source.observed.counts.get('copiesFound') === 1)
  await source.stored(216)
  const all = `${lines(0, 100)}${lines(200, 315)}one`.split('\n')
  assert.deepEqual(source.bodies().toSorted(), all.toSorted())
})

test('of a new file and its archive the file is read, wherever it was found first', async (context) => {
  const { bench, source, goOn } = await busySource(context)
  bench.append('c.log.1.gz', gzipSync(lines(200, 300)))
  await until(() => isFollowed(bench.path('c.log.1.gz')))
  bench.append('c.log.1', lines(200, 300))
  await until(() => isFollowed(bench.path('c.log.1')))
  goOn()
  await until(() => source.observed.counts.get('copiesFound') === 1)
  assert.deepEqual(source.bodies().toSorted(), `${lines(0, 100)}${lines(200, 300)}one`.split('\n').toSorted())
})

test('what an archive has more than was read of its original is read from one of them', async (context) => {
  const { bench, source, goOn } = await busySource(context)
  bench.append('a.log.1.gz', gzipSync(lines(0, 105)))
  await until(() => isFollowed(bench.path('a.log.1.gz')))
  bench.append('a.log', lines(100, 105))
  goOn()
  await until(() => source.observed.counts.get('copiesFound') === 1)
  await source.stored(106)
  await quietly()
  assert.deepEqual(source.bodies().toSorted(), `${lines(0, 105)}one`.split('\n').toSorted())
})

for (const [title, isLate] of [
  ['what was not read of a short file is read from a copy beside the group', false],
  ['so it is where nothing could be read for long after the truncation', true],
] as const) {
  test(title, async (context) => {
    const { bench, source, clock, goOn, goOnAgain } = await busySource(context, 5)
    bench.append('a.log', lines(5, 10))
    fs.copyFileSync(bench.path('a.log'), bench.path('a-saved'))
    fs.truncateSync(bench.path('a.log'))
    bench.append('a.log', lines(10, 11))
    goOn()
    await until(() => source.observed.counts.get('batchesReceived') === 3)
    clock.skip(isLate ? 60_000 : 3000)
    goOnAgain()
    await source.stored(12)
    assert.deepEqual(source.bodies().toSorted(), `${lines(0, 11)}one`.split('\n').toSorted())
    assert.equal(source.observed.counts.get('truncatedBytes'), undefined)
  })
}

test('a copy of a file that is not truncated for ten seconds is a file of its own', async (context) => {
  const bench = new FollowedFolder(context)
  const clock = new HurriedClock()
  bench.append('a.log', lines(0, 10))
  const source = await bench.start({}, { clock })
  await source.stored(10)
  fs.copyFileSync(bench.path('a.log'), bench.path('a.log.bak'))
  await until(() => isFollowed(bench.path('a.log.bak')))
  clock.skip(9000)
  await quietly()
  assert.equal(source.bodies().length, 10)
  clock.skip(1000)
  await source.stored(20)
  assert.deepEqual(new Set(source.bodies()), new Set(lines(0, 10).trimEnd().split('\n')))
})

test('a deleted file that waits until it is known whether it is a copy is read, however short idleTimeout is', async (context) => {
  const bench = new FollowedFolder(context)
  const clock = new HurriedClock()
  const source = await bench.start({ idleTimeout: '20' }, { clock })
  bench.append('a.log', lines(0, 20))
  await source.stored(20)
  bench.append('a.log.1', lines(0, 20))
  await until(() => isFollowed(bench.path('a.log.1')))
  fs.unlinkSync(bench.path('a.log.1'))
  for (let second = 0; second < 15 && source.bodies().length < 40; second++) {
    await quietly()
    clock.skip(1000)
  }
  await source.stored(40)
  assert.equal(source.bodies().length, 40)
})
