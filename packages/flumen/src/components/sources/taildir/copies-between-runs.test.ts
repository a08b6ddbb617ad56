import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { busySource, FollowedFolder, lines, quietly, until } from '../../../../../../test/support/followed-folder.ts'
import { ChannelFullError } from '../../../core/index.ts'
import { refuse } from '../../../testing/harness.ts'

for (const copy of ['a.log.1', 'a-20261121.old']) {
  test(`a copy ${copy} that was made while nobody followed the file is gone on from`, async (context) => {
    const bench = new FollowedFolder(context)
    await bench.storeOnce(lines(0, 10))
    bench.append('a.log', lines(10, 20))
    fs.copyFileSync(bench.path('a.log'), bench.path(copy))
    fs.truncateSync(bench.path('a.log'))
    bench.append('a.log', lines(20, 21))
    const second = await bench.start()
    await second.stored(11)
    await quietly()
    assert.deepEqual(second.bodies().toSorted(), lines(10, 21).trimEnd().split('\n').toSorted())
  })
}

test('a short copy beside the group that was made while nobody followed a file that was renamed then is gone on from', async (context) => {
  const bench = new FollowedFolder(context)
  await bench.storeOnce(lines(0, 5))
  bench.append('a.log', lines(5, 10))
  fs.copyFileSync(bench.path('a.log'), bench.path('a-saved'))
  fs.truncateSync(bench.path('a.log'))
  bench.append('a.log', lines(10, 11))
  fs.renameSync(bench.path('a.log'), bench.path('a.log.1'))
  const second = await bench.start()
  await second.stored(6)
  assert.deepEqual(second.bodies().toSorted(), lines(5, 11).trimEnd().split('\n').toSorted())
})

/** Lines 0 to 30 were truncated, 100 to 150 stored in the same file, then its reader was killed. */
async function killedAfterTruncation(context: TestContext): Promise<FollowedFolder> {
  const bench = new FollowedFolder(context)
  bench.append('a.log', lines(0, 30))
  const source = await bench.start({ writePosInterval: '3600000' })
  await source.stored(30)
  fs.truncateSync(bench.path('a.log'))
  await until(() => source.observed.counts.get('filesRestarted') === 1)
  bench.append('a.log', lines(100, 150))
  await source.stored(80)
  await quietly()
  await bench.kill()
  return bench
}

test('what was copied away before a kill is known afterwards', async (context) => {
  const bench = await killedAfterTruncation(context)
  fs.writeFileSync(bench.path('a.log.1.gz'), gzipSync(lines(0, 35)))
  const second = await bench.start()
  await second.stored(5)
  await quietly()
  assert.deepEqual(second.bodies(), lines(30, 35).trimEnd().split('\n'))
})

test('a copy is found after a kill also where its original had other content before', async (context) => {
  const bench = await killedAfterTruncation(context)
  bench.append('a.log', lines(150, 155))
  fs.copyFileSync(bench.path('a.log'), bench.path('a.log.1'))
  fs.truncateSync(bench.path('a.log'))
  const second = await bench.start()
  await second.stored(5)
  await quietly()
  assert.deepEqual(second.bodies(), lines(150, 155).trimEnd().split('\n'))
})

test('what was not read of a copy beside the group before a kill is read afterwards', async (context) => {
  const { bench, source, goOn, goOnAgain } = await busySource(context, 5)
  bench.append('a.log', lines(5, 10))
  fs.copyFileSync(bench.path('a.log'), bench.path('a-saved'))
  fs.truncateSync(bench.path('a.log'))
  bench.append('a.log', lines(10, 11))
  goOn()
  goOnAgain()
  await source.stored(7)
  await quietly()
  assert.equal(source.bodies().length, 7)
  await bench.kill()
  const second = await bench.start()
  await second.stored(5)
  await quietly()
  assert.deepEqual(second.bodies(), lines(5, 10).trimEnd().split('\n'))
})

test('a copy beside the group is found by the third run where the second one was killed before it looked', async (context) => {
  const bench = new FollowedFolder(context)
  await bench.storeOnce(lines(0, 30))
  bench.append('a.log', lines(30, 35))
  fs.copyFileSync(bench.path('a.log'), bench.path('a-saved'))
  fs.rmSync(bench.path('a.log'))
  await bench.start()
  await bench.kill()
  const third = await bench.start()
  await third.stored(5)
  assert.deepEqual(third.bodies(), lines(30, 35).trimEnd().split('\n'))
})

for (const isKilled of [false, true]) {
  test(`the rest of a copy beside the group is read after a ${isKilled ? 'kill' : 'stop'}, as one of its group`, async (context) => {
    const bench = new FollowedFolder(context)
    const values = { batchSize: '10', maxBatchCount: '1', 'headers.g.kind': 'web', fileHeader: 'true' }
    await bench.storeOnce(lines(0, 30), values)
    bench.append('a.log', lines(30, 80))
    fs.copyFileSync(bench.path('a.log'), bench.path('a-saved'))
    fs.truncateSync(bench.path('a.log'))
    let puts = 0
    const onPut = (): void => (puts++ === 0 ? undefined : refuse(new ChannelFullError('no room')))
    const second = await bench.start(values, { onPut })
    await second.stored(10)
    await quietly()
    await (isKilled ? bench.kill() : bench.stop())
    const third = await bench.start(values)
    await third.stored(40)
    await quietly()
    assert.deepEqual(third.bodies(), lines(40, 80).trimEnd().split('\n'))
    for (const { headers } of third.observed.puts.flatMap((batch) => [...batch])) {
      assert.deepEqual([headers.get('kind'), headers.get('file')], ['web', bench.path('a.log')])
    }
  })
}

test('a copy that was found before a kill is one after it, also where less is known of its original then', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log', lines(0, 100))
  const source = await bench.start({ writePosInterval: '3600000' })
  await source.stored(100)
  fs.writeFileSync(bench.path('a.log.1'), lines(0, 90))
  fs.truncateSync(bench.path('a.log'))
  await until(() => source.observed.counts.get('copiesFound') === 1)
  await quietly()
  await bench.kill()
  bench.append('a.log', lines(100, 101))
  const second = await bench.start()
  await second.stored(1)
  await quietly()
  assert.deepEqual(second.bodies(), ['line 100 of a log'])
})

for (const { puts, copied } of [
  { puts: [0, 60, 90, 100], copied: 95 },
  { puts: [0, 100], copied: 95 },
  { puts: [0, 40], copied: 25 },
  { puts: [0, 10, 20, 30, 40], copied: 25 },
  { puts: [0, 60], copied: 20 },
]) {
  test(`a copy of ${copied} lines that nobody saw before a stop is known after it, of what was stored by ${puts.length - 1} puts`, async (context) => {
    const bench = new FollowedFolder(context)
    for (const [put, from] of puts.slice(0, -1).entries()) {
      const to = puts[put + 1] ?? 0
      await bench.storeOnce(lines(from, to))
    }
    fs.writeFileSync(bench.path('a.log.1'), lines(0, copied))
    fs.truncateSync(bench.path('a.log'))
    bench.append('a.log', lines(100, 101))
    const last = await bench.start()
    await last.stored(1)
    await until(() => last.observed.counts.get('copiesFound') === 1)
    await quietly()
    assert.deepEqual(last.bodies(), ['line 100 of a log'])
  })
}
