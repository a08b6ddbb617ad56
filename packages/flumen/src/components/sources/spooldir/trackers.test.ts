import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { until } from '../../../../../../test/support/followed-folder.ts'
import { SpoolBench } from '../../../../../../test/support/spool-bench.ts'
import { ChannelFullError } from '../../../core/index.ts'
import { formatSpoolMeta, parseSpoolMeta } from '../../../protocols/avro-container/index.ts'
import { containerBlock, containerHeader } from '../../../protocols/avro-container.ts'
import { AvroEncoder } from '../../../protocols/avro-container-encoder.ts'
import { refuse } from '../../../testing/harness.ts'

test('with tracker_dir files stay, empty files mark them, and marks that Flume made count', async (context) => {
  const bench = new SpoolBench(context)
  fs.mkdirSync(bench.path('sub'))
  fs.mkdirSync(bench.path('.flumespool'))
  for (const name of ['a', 'b', 'sub/c']) bench.put(name, `${name}\n`)
  fs.writeFileSync(bench.path('.flumespool', 'a.COMPLETED'), '')
  const values = { trackingPolicy: 'tracker_dir', recursiveDirectorySearch: 'true' }
  assert.deepEqual((await bench.run(2, values)).bodies().toSorted(), ['b', 'sub/c'])
  assert.deepEqual(bench.names(), ['a', 'b', 'sub'])
  assert.deepEqual(bench.names('.flumespool'), ['a.COMPLETED', 'b.COMPLETED', 'sub'])
  assert.equal(fs.statSync(bench.path('.flumespool/sub/c.COMPLETED')).size, 0)
  bench.put('d', 'd\n')
  assert.deepEqual((await bench.run(1, values)).bodies(), ['d'])
})

test('a record that was torn by a crash is left out, the one before it counts', async (context) => {
  const bench = new SpoolBench(context)
  bench.put('a', 'one\ntwo\n')
  fs.mkdirSync(bench.path('.flumespool'))
  const { ino, mtimeMs } = fs.statSync(bench.path('a'))
  let puts = 0
  await bench.start({}, { onPut: () => refuse(new ChannelFullError('no'), puts++ === 0 ? 1 : 0) })
  await until(() => puts > 1)
  await bench.stop()
  fs.rmSync(bench.path('.flumespool/.flumespool-main.meta'))
  fs.appendFileSync(
    bench.path('.flumespool/.flumespool-main.meta.flumen'),
    `00000000 ["${bench.path('a')}",8,0,${ino},8,${mtimeMs}]\n12`,
  )
  const source = await bench.run(1)
  assert.deepEqual(source.bodies(), ['two'])
})

test("a file that Flume has begun is read on, and Flume's tracker is gone while it is ours", async (context) => {
  const bench = new SpoolBench(context)
  bench.put('other', 'other\n', 100)
  bench.put('in.txt', 'one\ntwo\nthree\n')
  fs.mkdirSync(bench.path('.flumespool'))
  const meta = bench.path('.flumespool/.flumespool-main.meta')
  fs.writeFileSync(meta, formatSpoolMeta({ file: bench.path('in.txt'), offset: 4 }))
  const source = await bench.run(2)
  assert.deepEqual(source.bodies(), ['two', 'three', 'other'])
  assert.equal(fs.existsSync(meta), false)
})

test('a clean stop leaves a tracker with which Flume goes on', async (context) => {
  const bench = new SpoolBench(context)
  bench.put('in.txt', 'one\ntwo\nthree\n')
  let puts = 0
  await bench.start({}, { onPut: () => refuse(new ChannelFullError('no'), puts++ === 0 ? 2 : 0) })
  await until(() => puts > 1)
  await bench.stop()
  const meta = parseSpoolMeta(fs.readFileSync(bench.path('.flumespool/.flumespool-main.meta')))
  assert.deepEqual(meta, { file: bench.path('in.txt'), offset: 8 })
  assert.deepEqual((await bench.run(1)).bodies(), ['three'])
})

test('a damaged tracker of Flume says nothing, and the file is read from its start', async (context) => {
  const bench = new SpoolBench(context)
  fs.mkdirSync(bench.path('.flumespool'))
  for (const content of ['', 'not a data file']) {
    bench.put('in.txt', 'one\n')
    fs.writeFileSync(bench.path('.flumespool/.flumespool-main.meta'), content)
    fs.rmSync(bench.path('in.txt.COMPLETED'), { force: true })
    assert.deepEqual((await bench.run(1)).bodies(), ['one'])
  }
})

test('with tracker_dir a file that is put aside stays where it is, and is not read again', async (context) => {
  const bench = new SpoolBench(context)
  bench.put('bad', Buffer.from([0x61, 0x0a, 0xff, 0x0a]), 10)
  bench.put('good', 'good\n')
  const values = { trackingPolicy: 'tracker_dir' }
  assert.deepEqual((await bench.run(2, values)).bodies(), ['a', 'good'])
  assert.deepEqual(bench.names(), ['bad', 'good'])
  assert.match(bench.reasonOf('bad'), /a line is not in UTF-8, after byte 2/)
  bench.put('more', 'more\n')
  assert.deepEqual((await bench.run(1, values)).bodies(), ['more'])
})

test('a stop within a block of Avro repeats none of its records', async (context) => {
  const bench = new SpoolBench(context)
  const sync = Buffer.alloc(16, 5)
  const block = (texts: readonly string[]): Uint8Array => {
    const encoder = new AvroEncoder(10)
    for (const text of texts) encoder.string(text)
    return containerBlock(texts.length, encoder.encoded, sync)
  }
  const blocks = [block(['a', 'b']), block(['c', 'd', 'e']), block(['f'])]
  const file = Buffer.concat([containerHeader('"string"', 'null', sync), ...blocks])
  bench.put('in.avro', file)
  const header = file.length - Buffer.concat(blocks).length
  for (const [stored, offset] of [
    [1, header - 16],
    [3, header + (blocks[0]?.length ?? 0) - 16],
  ] as const) {
    let puts = 0
    await bench.start(
      { deserializer: 'AVRO' },
      { onPut: (batch) => refuse(new ChannelFullError('no'), puts++ === 0 ? stored - (6 - batch.length) : 0) },
    )
    await until(() => puts > 1)
    await bench.stop()
    const meta = parseSpoolMeta(fs.readFileSync(bench.path('.flumespool/.flumespool-main.meta')))
    assert.equal(meta?.offset, offset, 'the marker before the block that Flume is to read')
  }
  assert.deepEqual(
    (await bench.run(1, { deserializer: 'AVRO' })).bodies(),
    ['d', 'e', 'f'].map((text) => `\x02${text}`),
  )
})

test('the spool folder can be its own tracker folder', async (context) => {
  const bench = new SpoolBench(context)
  const values = { trackingPolicy: 'tracker_dir', trackerDir: '.' }
  for (const name of ['a', 'b']) {
    bench.put(name, `${name}\n`)
    assert.deepEqual((await bench.run(1, values)).bodies(), [name])
  }
  assert.deepEqual(bench.names(), ['a', 'a.COMPLETED', 'b', 'b.COMPLETED'])
})

for (const name of ['plain', 'packed.gz'] as const) {
  test(`a stop within a file repeats nothing, a kill one put at most (${name})`, async (context) => {
    const bench = new SpoolBench(context)
    const lines = Array.from({ length: 60_000 }, (_, index) => `line ${index} of a file with many of them`)
    const content = Buffer.from(`${lines.join('\n')}\n`)
    bench.put(name, name === 'plain' ? content : gzipSync(content))
    let puts = 0
    const first = await bench.start(
      {},
      { onPut: () => (puts++ < 3 ? undefined : refuse(new ChannelFullError('no'), puts === 4 ? 7 : 0)) },
    )
    await until(() => puts > 3)
    const saved = fs.readFileSync(bench.path('.flumespool/.flumespool-main.meta.flumen'))
    await bench.stop()
    const read = first.bodies().length + 7
    assert.ok(read > 7 && read < lines.length)
    const meta = fs.existsSync(bench.path('.flumespool/.flumespool-main.meta'))
    assert.equal(meta, name === 'plain', 'Flume cannot go on in a compressed file')
    // The state of the disk at a kill: nothing of the stop is there.
    fs.cpSync(bench.folder, `${bench.folder}-killed`, { recursive: true, preserveTimestamps: true })
    context.after(() => fs.rmSync(`${bench.folder}-killed`, { recursive: true }))

    const second = await bench.run(1)
    assert.ok(isSame(second.bodies(), lines.slice(read)))

    fs.rmSync(bench.folder, { recursive: true })
    fs.cpSync(`${bench.folder}-killed`, bench.folder, { recursive: true, preserveTimestamps: true })
    fs.rmSync(bench.path('.flumespool/.flumespool-main.meta'), { force: true })
    fs.writeFileSync(bench.path('.flumespool/.flumespool-main.meta.flumen'), saved)
    const third = await bench.run(1)
    assert.ok(isSame(third.bodies(), lines.slice(first.bodies().length)))
  })
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.join('\n') === other.join('\n')
}
