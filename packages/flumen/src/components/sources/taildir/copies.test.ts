import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { FollowedFolder, isFollowed, lines, quietly, until } from '../../../../../../test/support/followed-folder.ts'
import { ChannelFullError } from '../../../core/index.ts'
import { refuse } from '../../../testing/harness.ts'

test('a copy within the pattern is not read again when the original is truncated, whatever was written meanwhile', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log', lines(0, 10))
  const source = await bench.start()
  await source.stored(10)
  fs.copyFileSync(bench.path('a.log'), bench.path('a.log.1'))
  bench.append('a.log', lines(10, 12))
  await source.stored(12)
  fs.truncateSync(bench.path('a.log'))
  await until(() => source.observed.counts.get('copiesFound') === 1)
  bench.append('a.log', lines(12, 15))
  await source.stored(15)
  await quietly()
  assert.deepEqual(source.bodies(), lines(0, 15).trimEnd().split('\n'))
  await bench.stop()
  assert.deepEqual(bench.positions(), { 'a.log': lines(12, 15).length, 'a.log.1': lines(0, 10).length })
})

for (const copy of ['a.log.1', 'a-20261121.old']) {
  test(`what was not read before a truncation is read from the copy ${copy}`, async (context) => {
    const bench = new FollowedFolder(context)
    bench.append('a.log', lines(0, 10))
    let isFull = false
    const source = await bench.start(
      {},
      { onPut: () => (isFull ? refuse(new ChannelFullError('no room'), 0) : undefined) },
    )
    await source.stored(10)
    isFull = true
    bench.append('a.log', lines(10, 11))
    await until(() => source.observed.lines.some(({ message }) => message.includes('put again')))
    bench.append('a.log', lines(11, 30))
    fs.copyFileSync(bench.path('a.log'), bench.path(copy))
    fs.truncateSync(bench.path('a.log'))
    bench.append('a.log', lines(30, 35))
    isFull = false
    await source.stored(35)
    await quietly()
    assert.deepEqual(source.bodies().toSorted(), lines(0, 35).trimEnd().split('\n').toSorted())
    assert.equal(source.observed.counts.get('truncatedBytes'), undefined)
  })
}

test('a file that only begins like one that was truncated is read from its start', async (context) => {
  const bench = new FollowedFolder(context)
  const banner = lines(0, 100)
  bench.append('a.log', `${banner}one\n`)
  const source = await bench.start()
  await source.stored(101)
  bench.append('a.log.new', `${banner}two\n`)
  fs.truncateSync(bench.path('a.log'))
  await source.stored(202)
  assert.equal(source.bodies().at(-1), 'two')
})

for (const [title, rest] of [
  ['a shorter one that is still there', ''],
  ['a longer one that begins alike', lines(1000, 20_000)],
] as const) {
  test(`a file that grows all the time is not taken for a copy of ${title}`, async (context) => {
    const bench = new FollowedFolder(context)
    const banner = lines(0, 30)
    bench.append('a.log.1', banner)
    const source = await bench.start()
    await source.stored(30)
    if (rest !== '') bench.append('a.log.1', rest)
    const before = rest === '' ? 30 : 19_030
    await source.stored(before)
    bench.append('a.log', banner)
    const growing = setInterval(() => bench.append('a.log', 'more\n'), 100)
    context.after(() => clearInterval(growing))
    await source.stored(before + 35)
    assert.equal(source.bodies()[before + 30], 'more')
  })
}

test('a new file with the name of one that was moved away is read at once although it begins alike', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log', lines(0, 60))
  const source = await bench.start({ 'filegroups.g': `${bench.folder}/a\\.log` })
  await source.stored(60)
  fs.renameSync(bench.path('a.log'), bench.path('a.log.1'))
  bench.append('a.log', lines(0, 30))
  await source.stored(90)
})

test('a file that grows all the time is read where another one holds the beginning of a line like its first', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log.1', '[')
  const source = await bench.start()
  await until(() => isFollowed(bench.path('a.log.1')))
  const growing = setInterval(() => bench.append('a.log', '[1]\n'), 100)
  context.after(() => clearInterval(growing))
  await source.stored(5)
})

/** As `zstd` with threads, or `cat` of several files, makes it. */
function twoFrames(content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content)
  const half = bytes.length >> 1
  return Buffer.concat([zstdCompressSync(bytes.subarray(0, half)), zstdCompressSync(bytes.subarray(half))])
}

for (const [name, pack] of [
  ['gz', gzipSync],
  ['zst', twoFrames],
] as const) {
  test(`an archive with .${name} of what was read is not read again, and is not opened after a restart`, async (context) => {
    const bench = new FollowedFolder(context)
    bench.append('a.log.1', lines(0, 50))
    const source = await bench.start()
    await source.stored(50)
    fs.writeFileSync(bench.path(`a.log.1.${name}`), pack(fs.readFileSync(bench.path('a.log.1'))))
    fs.unlinkSync(bench.path('a.log.1'))
    await until(() => source.observed.counts.get('copiesFound') === 1)
    await quietly()
    assert.equal(source.bodies().length, 50)
    await bench.stop()
    const { size } = fs.statSync(bench.path(`a.log.1.${name}`))
    assert.deepEqual(bench.positions(), { [`a.log.1.${name}`]: size })
    const second = await bench.start()
    await quietly()
    assert.equal(second.bodies().length, 0)
    assert.equal(second.observed.counts.get('copiesFound'), undefined)
  })

  test(`an archive with .${name} is read when it is whole, from where its original was read to`, async (context) => {
    const bench = new FollowedFolder(context)
    await bench.storeOnce(lines(0, 5))
    bench.append('a.log', lines(5, 200_000))
    const packed = pack(fs.readFileSync(bench.path('a.log')))
    fs.unlinkSync(bench.path('a.log'))
    fs.writeFileSync(bench.path(`a.log.2.${name}`), packed.subarray(0, packed.length >> 1))
    const second = await bench.start({ byteOffsetHeader: 'true' })
    await quietly()
    assert.equal(second.bodies().length, 0)
    bench.append(`a.log.2.${name}`, packed.subarray(packed.length >> 1))
    await second.stored(199_995)
    assert.deepEqual(second.bodies(), lines(5, 200_000).trimEnd().split('\n'))
    assert.equal(second.observed.puts.at(-1)?.header(0, 'byteoffset')?.length, 7)
  })

  test(`an archive with .${name} of something unknown is read from its start, also its last line without an end`, async (context) => {
    const bench = new FollowedFolder(context)
    fs.writeFileSync(bench.path(`a.log.1.${name}`), pack(`${lines(0, 3)}rest`))
    const source = await bench.start()
    await source.stored(4)
    assert.equal(source.bodies().at(-1), 'rest')
  })
}

for (const how of ['truncated', 'deleted'] as const) {
  test(`a file with the beginning of a line is no copy of one that began alike and was ${how}`, async (context) => {
    const bench = new FollowedFolder(context)
    bench.append('a.log', lines(0, 20))
    const source = await bench.start({ idleTimeout: '1' })
    await source.stored(20)
    await quietly()
    bench.append('a.log.1', 'lin')
    if (how === 'truncated') fs.truncateSync(bench.path('a.log'))
    else fs.rmSync(bench.path('a.log'))
    await quietly()
    bench.append('a.log.1', 'e 20 of a log\n')
    await source.stored(21)
    await quietly()
    assert.equal(source.bodies().at(-1), 'line 20 of a log')
    assert.equal(source.bodies().length, 21)
  })
}

test('bytes that were truncated away unread, and of which there is no copy, are counted', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log', lines(0, 10))
  const source = await bench.start()
  await source.stored(10)
  bench.append('a.log', 'no end of line')
  await until(() => source.observed.counts.get('files') === 1)
  await quietly()
  fs.truncateSync(bench.path('a.log'))
  await until(() => source.observed.counts.get('truncatedBytes') === 14)
})

test('an archive that is packed otherwise is passed over and said', async (context) => {
  const bench = new FollowedFolder(context)
  fs.writeFileSync(bench.path('a.log.1.bz2'), 'BZh91AY&SY')
  const source = await bench.start()
  await until(() => source.observed.counts.get('filesPassedOver') === 1)
  assert.deepEqual(source.bodies(), [])
  assert.ok(source.observed.lines.some(({ message }) => message === 'A file is packed in a way that is not read.'))
})
