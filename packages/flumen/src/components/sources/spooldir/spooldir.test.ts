import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { BatchTooLargeError, ChannelFullError, systemClock } from '../../../core/index.ts'
import { formatSpoolMeta, parseSpoolMeta } from '../../../protocols/avro-container/index.ts'
import { containerBlock, containerHeader } from '../../../protocols/avro-container.ts'
import { loadBzip2 } from '../../../protocols/avro-container-bzip2.ts'
import { AvroEncoder } from '../../../protocols/avro-container-encoder.ts'
import { catalogueOf } from '../../../testing/catalogue-of.ts'
import { createForTest, type Harness, type HarnessOptions, readForTest, refuse } from '../../../testing/harness.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import avro from '../../deserializers/avro.ts'
import blob from '../../deserializers/blob.ts'
import csv from '../../deserializers/csv.ts'
import jsonLines from '../../deserializers/json-lines.ts'
import line from '../../deserializers/line.ts'
import spooldir from './spooldir.ts'

const never = new AbortController().signal
const catalogue = catalogueOf(line, avro, blob, csv, jsonLines)
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

/** A spool folder, and sources that read it one after the other. */
class Bench {
  readonly folder = fs.mkdtempSync(join(tmpdir(), 'flumen-spooldir-'))
  #stop: (() => Promise<void>) | undefined

  constructor(context: TestContext) {
    context.after(async () => {
      await this.stop()
      fs.rmSync(this.folder, { recursive: true, force: true })
    })
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names)
  }

  /** @param age of its last change, seconds */
  put(name: string, content: string | Uint8Array, age = 0): void {
    fs.writeFileSync(this.path(name), content)
    const time = Math.floor(Date.now() / 1000) - age
    fs.utimesSync(this.path(name), time, time)
  }

  names(folder = ''): string[] {
    return fs
      .readdirSync(this.path(folder))
      .filter((name) => !name.startsWith('.'))
      .sort()
  }

  async start(values: Readonly<Record<string, string>> = {}, options: HarnessOptions = {}): Promise<Harness<'source'>> {
    const source = await createForTest(
      spooldir,
      { spoolDir: this.folder, pollDelay: '5', ...values },
      { catalogue, ...options },
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

  /** Starts, waits until so many files are done or put aside, stops. */
  async run(
    files: number,
    values: Readonly<Record<string, string>> = {},
    options: HarnessOptions = {},
  ): Promise<Harness<'source'>> {
    const source = await this.start(values, options)
    const count = (name: string): number => source.observed.counts.get(name) ?? 0
    await until(() => count('filesDone') + count('filesQuarantined') >= files)
    await this.stop()
    return source
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

test('files are read oldest first and renamed, with their names in headers where they are asked for', async (context) => {
  const bench = new Bench(context)
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
  const bench = new Bench(context)
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
  const bench = new Bench(context)
  for (const name of ['.hidden.log', 'a.log.COMPLETED', 'skip.log', 'b.txt', 'c.log']) bench.put(name, `${name}\n`)
  const source = await bench.run(1, { includePattern: '.*\\.log', ignorePattern: 'skip.*' })
  assert.deepEqual(source.bodies(), ['c.log'])
  assert.deepEqual(bench.names(), ['a.log.COMPLETED', 'b.txt', 'c.log.COMPLETED', 'skip.log'])
})

test('folders are searched on request, but for hidden and ignored ones', async (context) => {
  const bench = new Bench(context)
  for (const folder of ['in/deep', '.not', 'ignored']) fs.mkdirSync(bench.path(folder), { recursive: true })
  for (const name of ['top', 'in/deep/low', '.not/x', 'ignored/y']) bench.put(name, `${name}\n`)
  const source = await bench.run(2, { recursiveDirectorySearch: 'true', ignorePattern: 'ignored' })
  assert.deepEqual(source.bodies().toSorted(), ['in/deep/low', 'top'])
  assert.deepEqual(bench.names('in/deep'), ['low.COMPLETED'])
  assert.deepEqual(bench.names('ignored'), ['y'])
})

test('finished files are deleted on request', async (context) => {
  const bench = new Bench(context)
  bench.put('a', 'one\n')
  assert.deepEqual((await bench.run(1, { deletePolicy: 'IMMEDIATE' })).bodies(), ['one'])
  assert.deepEqual(bench.names(), [])
})

test('with tracker_dir files stay, empty files mark them, and marks that Flume made count', async (context) => {
  const bench = new Bench(context)
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

test('an empty file is one event without content, as in Flume', async (context) => {
  const bench = new Bench(context)
  bench.put('marker', '')
  assert.deepEqual((await bench.run(1)).bodies(), [''])
})

test('files that are compressed and named so are unpacked, others are taken as they are', async (context) => {
  const bench = new Bench(context)
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
  assert.match(reasonOf(bench, 'hidden'), /it looks like gzip, which its name does not say/)
})

test('how files are compressed can be said, and what is not so is put aside with what was good', async (context) => {
  const bench = new Bench(context)
  const packed = gzipSync('one\ntwo\n'.repeat(100_000))
  bench.put('a', packed, 20)
  bench.put('cut', packed.subarray(0, -20), 10)
  const source = await bench.run(2, { compression: 'gzip' })
  assert.ok(source.bodies().length > 300_000)
  assert.match(reasonOf(bench, 'cut'), /no whole gzip file: unexpected end of file/)
  bench.put('b.gz', gzipSync('raw'))
  const raw = await bench.run(1, { deserializer: 'BLOB' })
  assert.deepEqual(Buffer.from(raw.observed.puts[0]?.body(0) ?? []), gzipSync('raw'))
})

for (const name of ['plain', 'packed.gz'] as const) {
  test(`a stop within a file repeats nothing, a kill one put at most (${name})`, async (context) => {
    const bench = new Bench(context)
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

test('a record that was torn by a crash is left out, the one before it counts', async (context) => {
  const bench = new Bench(context)
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
  const bench = new Bench(context)
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
  const bench = new Bench(context)
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
  const bench = new Bench(context)
  fs.mkdirSync(bench.path('.flumespool'))
  for (const content of ['', 'not a data file']) {
    bench.put('in.txt', 'one\n')
    fs.writeFileSync(bench.path('.flumespool/.flumespool-main.meta'), content)
    fs.rmSync(bench.path('in.txt.COMPLETED'), { force: true })
    assert.deepEqual((await bench.run(1)).bodies(), ['one'])
  }
})

test('a file that grows while it is read is put aside with what was whole, the others go on', async (context) => {
  const bench = new Bench(context)
  bench.put('a', 'one\ntwo\npart', 20)
  bench.put('b', 'three\n', 10)
  let isFirst = true
  const source = await bench.run(
    2,
    {},
    {
      onPut: () => {
        if (isFirst) fs.appendFileSync(bench.path('a'), 'ial\n')
        isFirst = false
      },
    },
  )
  assert.deepEqual(source.bodies(), ['one', 'two', 'part', 'three'])
  assert.deepEqual(bench.names(), ['a.QUARANTINED', 'b.COMPLETED'])
  assert.match(reasonOf(bench, 'a'), /changed while it was read: it had 12 bytes and has 16/)
  assert.equal(source.observed.lines.filter(({ level }) => level === 'error').length, 1)
})

test('a file that was changed since a part of it was stored is put aside; one that replaced it is read', async (context) => {
  const bench = new Bench(context)
  const begin = async (): Promise<void> => {
    let puts = 0
    await bench.start({}, { onPut: () => refuse(new ChannelFullError('no'), puts++ === 0 ? 1 : 0) })
    await until(() => puts > 1)
    await bench.stop()
    fs.rmSync(bench.path('.flumespool/.flumespool-main.meta'))
  }
  bench.put('a', 'one\ntwo\n')
  await begin()
  fs.appendFileSync(bench.path('a'), 'three\n')
  assert.deepEqual((await bench.run(1)).bodies(), [])
  assert.match(reasonOf(bench, 'a'), /changed after 4 bytes of it were stored/)
  bench.put('b', 'one\ntwo\n')
  await begin()
  bench.put('fresh', 'another\nfile\n', 60)
  fs.renameSync(bench.path('fresh'), bench.path('b'))
  assert.deepEqual((await bench.run(1)).bodies(), ['another', 'file'])
})

test('a name that is taken again is read, and put aside under a name of its own', async (context) => {
  const bench = new Bench(context)
  for (const content of ['one', 'two', 'three']) {
    bench.put('a', `${content}\n`)
    assert.deepEqual((await bench.run(1)).bodies(), [content])
  }
  assert.deepEqual(bench.names(), ['a.1.QUARANTINED', 'a.COMPLETED', 'a.QUARANTINED'])
  assert.equal(fs.readFileSync(bench.path('a.COMPLETED'), 'utf8'), 'one\n')
  assert.match(reasonOf(bench, 'a.1'), /name that it should get is taken/)
})

test('with tracker_dir a file that is put aside stays where it is, and is not read again', async (context) => {
  const bench = new Bench(context)
  bench.put('bad', Buffer.from([0x61, 0x0a, 0xff, 0x0a]), 10)
  bench.put('good', 'good\n')
  const values = { trackingPolicy: 'tracker_dir' }
  assert.deepEqual((await bench.run(2, values)).bodies(), ['a', 'good'])
  assert.deepEqual(bench.names(), ['bad', 'good'])
  assert.match(reasonOf(bench, 'bad'), /a line is not in UTF-8, after byte 2/)
  bench.put('more', 'more\n')
  assert.deepEqual((await bench.run(1, values)).bodies(), ['more'])
})

test('bytes that are no text are replaced or left out where the policy says so', async (context) => {
  const bench = new Bench(context)
  for (const [decodeErrorPolicy, body] of [
    ['REPLACE', 'a\uFFFDb'],
    ['ignore', 'ab'],
  ] as const) {
    bench.put(decodeErrorPolicy, Buffer.from([0x61, 0xff, 0x62, 0x0a]))
    assert.deepEqual((await bench.run(1, { decodeErrorPolicy })).bodies(), [body])
  }
  bench.put('utf16', Buffer.from('\uFEFFäö\nü\n', 'utf16le'))
  assert.deepEqual((await bench.run(1, { inputCharset: 'UTF-16' })).bodies(), ['äö', 'ü'])
})

test('a stop within a block of Avro repeats none of its records', async (context) => {
  const bench = new Bench(context)
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

test('rows that a deserializer rejects go to the dead letters, the others on', async (context) => {
  const bench = new Bench(context)
  bench.put('a', '1\nno json\n2\n')
  const source = await bench.run(1, { deserializer: 'jsonl' })
  assert.deepEqual(source.bodies(), ['1', '2'])
  const [rejected] = source.observed.rejected
  assert.deepEqual([rejected?.batch.text(0), rejected?.reason.includes('JSON')], ['no json', true])
})

test('a channel that is full is waited for, an event that is too large for it goes to the dead letters', async (context) => {
  const bench = new Bench(context)
  bench.put('a', 'one\ntwo\nthree\n')
  let tries = 0
  const source = await bench.run(
    1,
    { maxBackoff: '3' },
    {
      onPut: () => {
        tries++
        if (tries < 4) refuse(new ChannelFullError('no room'))
        if (tries === 4) refuse(new BatchTooLargeError('too large'), 1)
      },
    },
  )
  assert.deepEqual(source.bodies(), ['three'])
  assert.deepEqual(
    source.observed.rejected.map(({ batch }) => batch.text(0)),
    ['two'],
  )
})

test('files that come later are found, in folders that were quiet for long and after files that left', async (context) => {
  const bench = new Bench(context)
  fs.mkdirSync(bench.path('sub'))
  bench.put('sub/done.COMPLETED', 'x\n')
  fs.utimesSync(bench.folder, 1, 1)
  fs.utimesSync(bench.path('sub'), 1, 1)
  const source = await bench.start({ recursiveDirectorySearch: 'true' })
  await systemClock.sleep(40, never)
  bench.put('sub/a', 'a\n')
  await source.stored(1)
  bench.put('b', 'b\n')
  await source.stored(2)
  fs.mkdirSync(bench.path('sub/new'))
  bench.put('sub/new/c', 'c\n')
  await source.stored(3)
  assert.deepEqual(source.bodies(), ['a', 'b', 'c'])
})

test('a tracker that says more than there is puts the file aside', async (context) => {
  const bench = new Bench(context)
  bench.put('in.txt', 'one\n')
  fs.mkdirSync(bench.path('.flumespool'))
  fs.writeFileSync(
    bench.path('.flumespool/.flumespool-main.meta'),
    formatSpoolMeta({ file: bench.path('in.txt'), offset: 9 }),
  )
  assert.deepEqual((await bench.run(1)).bodies(), [])
  assert.match(reasonOf(bench, 'in.txt'), /shorter than the 9 bytes/)
})

test('the spool folder can be its own tracker folder', async (context) => {
  const bench = new Bench(context)
  const values = { trackingPolicy: 'tracker_dir', trackerDir: '.' }
  for (const name of ['a', 'b']) {
    bench.put(name, `${name}\n`)
    assert.deepEqual((await bench.run(1, values)).bodies(), [name])
  }
  assert.deepEqual(bench.names(), ['a', 'a.COMPLETED', 'b', 'b.COMPLETED'])
})

test('a file that may not be read is tried again later, and the others go on', async (context) => {
  const bench = new Bench(context)
  fs.symlinkSync('/nonexistent', bench.path('broken'))
  fs.mkdirSync(bench.path('folder'))
  bench.put('b', 'b\n')
  assert.deepEqual((await bench.run(1)).bodies(), ['b'])
  assert.deepEqual(bench.names(), ['b.COMPLETED', 'broken', 'folder'])
})

test('a file that changed a moment ago waits for its age', async (context) => {
  const bench = new Bench(context)
  bench.put('old', 'old\n', 100)
  bench.put('new', 'new\n')
  assert.deepEqual((await bench.run(1, { minFileAge: '50s' })).bodies(), ['old'])
  assert.deepEqual(bench.names(), ['new', 'old.COMPLETED'])
})

test('a folder that is not there, or that another source of the agent reads, ends the start', async (context) => {
  const bench = new Bench(context)
  const make = (spoolDir: string): Promise<Harness<'source'>> => createForTest(spooldir, { spoolDir }, { catalogue })
  await assert.rejects((await make(bench.path('missing'))).instance.start(), /missing.*ENOENT/)
  await bench.start()
  await assert.rejects((await make(bench.folder)).instance.start(), /another source/)
})

test("Flume's old key for the greatest length of lines wins over that of the deserializer", async (context) => {
  const bench = new Bench(context)
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

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.join('\n') === other.join('\n')
}

function reasonOf(bench: Bench, name: string): string {
  const note = fs.readFileSync(bench.path('.flumespool', `${name}.QUARANTINED`), 'utf8')
  return (JSON.parse(note) as { readonly reason: string }).reason
}
