import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { catalogue, SpoolBench } from '../../../../../../test/support/spool-bench.ts'
import { systemClock } from '../../../core/index.ts'
import { loadBzip2 } from '../../../protocols/avro-container-bzip2.ts'
import { createForTest, type Harness, readForTest } from '../../../testing/harness.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import spooldir from './spooldir.ts'

const shared = fs.mkdtempSync(join(tmpdir(), 'flumen-spooldir-'))
process.on('exit', () => fs.rmSync(shared, { recursive: true, force: true }))
let produced = 0

sourceContract(spooldir, {
  values: { spoolDir: shared, pollDelay: '5' },
  harness: { catalogue },
  produce: () => {
    fs.writeFileSync(join(shared, `.${produced}`), 'one\ntwo\n')
    fs.renameSync(join(shared, `.${produced}`), join(shared, `${produced++}.log`))
  },
})

test('files are read oldest first and renamed, with their names in headers where they are asked for', async (context) => {
  const bench = new SpoolBench(context)
  bench.put('new.log', 'three\n', 10)
  bench.put('old.log', 'one\ntwo', 20)
  const source = await bench.run(2, { fileHeader: 'true', basenameHeader: 'true', basenameHeaderKey: 'name' })
  assert.deepEqual(source.bodies(), ['one', 'two', 'three'])
  assert.deepEqual(bench.names(), ['new.log.COMPLETED', 'old.log.COMPLETED'])
  const headers = source.observed.puts.flatMap((batch) =>
    Array.from(batch, (event) => Object.fromEntries(event.headers)),
  )
  assert.deepEqual(headers[0], { file: bench.path('old.log'), name: 'old.log' })
  assert.deepEqual(headers[2], { file: bench.path('new.log'), name: 'new.log' })
})

test('the order can be youngest first or random, files of one time go by their names', async (context) => {
  const bench = new SpoolBench(context)
  for (const [name, age] of [
    ['a', 30],
    ['c', 20],
    ['b', 20],
    ['d', 10],
  ] as const)
    bench.put(name, `${name}\n`, age)
  assert.deepEqual((await bench.run(4, { consumeOrder: 'youngest' })).bodies(), ['d', 'b', 'c', 'a'])
  for (const name of 'abcd') bench.put(`2${name}`, `${name}\n`)
  assert.deepEqual((await bench.run(4, { consumeOrder: 'random' })).bodies().toSorted(), ['a', 'b', 'c', 'd'])
})

test('hidden, finished, ignored and not included files stay as they are', async (context) => {
  const bench = new SpoolBench(context)
  for (const name of ['.hidden.log', 'a.log.COMPLETED', 'skip.log', 'b.txt', 'c.log']) bench.put(name, `${name}\n`)
  const source = await bench.run(1, { includePattern: '.*\\.log', ignorePattern: 'skip.*' })
  assert.deepEqual(source.bodies(), ['c.log'])
  assert.deepEqual(bench.names(), ['a.log.COMPLETED', 'b.txt', 'c.log.COMPLETED', 'skip.log'])
})

test('folders are searched on request, but for hidden and ignored ones', async (context) => {
  const bench = new SpoolBench(context)
  for (const folder of ['in/deep', '.not', 'ignored']) fs.mkdirSync(bench.path(folder), { recursive: true })
  for (const name of ['top', 'in/deep/low', '.not/x', 'ignored/y']) bench.put(name, `${name}\n`)
  const source = await bench.run(2, { recursiveDirectorySearch: 'true', ignorePattern: 'ignored' })
  assert.deepEqual(source.bodies().toSorted(), ['in/deep/low', 'top'])
  assert.deepEqual(bench.names('in/deep'), ['low.COMPLETED'])
  assert.deepEqual(bench.names('ignored'), ['y'])
})

test('finished files are deleted on request', async (context) => {
  const bench = new SpoolBench(context)
  bench.put('a', 'one\n')
  assert.deepEqual((await bench.run(1, { deletePolicy: 'IMMEDIATE' })).bodies(), ['one'])
  assert.deepEqual(bench.names(), [])
})

test('an empty file is one event without content, as in Flume', async (context) => {
  const bench = new SpoolBench(context)
  bench.put('marker', '')
  assert.deepEqual((await bench.run(1)).bodies(), [''])
})

test('files that are compressed and named so are unpacked, others are taken as they are', async (context) => {
  const bench = new SpoolBench(context)
  const text = (name: string): Buffer => Buffer.from(`${name}\n`.repeat(3))
  bench.put('a.log.gz', Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]), 40)
  bench.put('b.zst', Buffer.concat([zstdCompressSync('three\n'), zstdCompressSync('four\n')]), 30)
  bench.put('c.bz2', (await loadBzip2()).compress(Buffer.from('five\n')), 20)
  bench.put('d.gz', 'plain\n', 10)
  bench.put('hidden', gzipSync(text('x')))
  const source = await bench.run(5)
  assert.deepEqual(source.bodies(), ['one', 'two', 'three', 'four', 'five', 'plain'])
  assert.deepEqual(
    bench.names().filter((name) => name.endsWith('.QUARANTINED')),
    ['hidden.QUARANTINED'],
  )
  assert.match(bench.reasonOf('hidden'), /it looks like gzip, which its name does not say/)
})

test('files that come later are found, in folders that were quiet for long and after files that left', async (context) => {
  const bench = new SpoolBench(context)
  fs.mkdirSync(bench.path('sub'))
  bench.put('sub/done.COMPLETED', 'x\n')
  fs.utimesSync(bench.folder, 1, 1)
  fs.utimesSync(bench.path('sub'), 1, 1)
  const source = await bench.start({ recursiveDirectorySearch: 'true' })
  await systemClock.sleep(40, new AbortController().signal)
  bench.put('sub/a', 'a\n')
  await source.stored(1)
  bench.put('b', 'b\n')
  await source.stored(2)
  fs.mkdirSync(bench.path('sub/new'))
  bench.put('sub/new/c', 'c\n')
  await source.stored(3)
  assert.deepEqual(source.bodies(), ['a', 'b', 'c'])
})

test('a folder that is not there, or that another source of the agent reads, ends the start', async (context) => {
  const bench = new SpoolBench(context)
  const make = (spoolDir: string): Promise<Harness<'source'>> => createForTest(spooldir, { spoolDir }, { catalogue })
  await assert.rejects((await make(bench.path('missing'))).instance.start(), /missing.*ENOENT/)
  await bench.start()
  await assert.rejects((await make(bench.folder)).instance.start(), /another source/)
})

test("Flume's old key for the greatest length of lines wins over that of the deserializer", async (context) => {
  const bench = new SpoolBench(context)
  bench.put('a', '123456\n')
  const values = { bufferMaxLineLength: '4', 'deserializer.maxLineLength': '100' }
  assert.deepEqual((await bench.run(1, values)).bodies(), ['1234', '56'])
})

test('options that do not go together are refused', async () => {
  for (const wrong of [
    { deletePolicy: 'immediate', trackingPolicy: 'tracker_dir' },
    { fileSuffix: '.X', quarantineSuffix: '.X' },
    { inputCharset: 'klingon' },
    { deserializer: 'none such' },
  ]) {
    const { problems } = await readForTest(spooldir, { spoolDir: '/x', ...wrong }, catalogue)
    assert.equal(problems.hasErrors, true, JSON.stringify(wrong))
  }
})
