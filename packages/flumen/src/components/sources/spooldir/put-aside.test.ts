import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { until } from '../../../../../../test/support/followed-folder.ts'
import { SpoolBench } from '../../../../../../test/support/spool-bench.ts'
import { BatchTooLargeError, ChannelFullError } from '../../../core/index.ts'
import { formatSpoolMeta } from '../../../protocols/avro-container/index.ts'
import { refuse } from '../../../testing/harness.ts'

test('how files are compressed can be said, and what is not so is put aside with what was good', async (context) => {
  const bench = new SpoolBench(context)
  const packed = gzipSync('one\ntwo\n'.repeat(100_000))
  bench.put('a', packed, 20)
  bench.put('cut', packed.subarray(0, -20), 10)
  const source = await bench.run(2, { compression: 'gzip' })
  assert.ok(source.bodies().length > 300_000)
  assert.match(bench.reasonOf('cut'), /no whole gzip file: unexpected end of file/)
  bench.put('b.gz', gzipSync('raw'))
  const raw = await bench.run(1, { deserializer: 'BLOB' })
  assert.deepEqual(Buffer.from(raw.observed.puts[0]?.body(0) ?? []), gzipSync('raw'))
})

test('a file that grows while it is read is put aside with what was whole, the others go on', async (context) => {
  const bench = new SpoolBench(context)
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
  assert.match(bench.reasonOf('a'), /changed while it was read: it had 12 bytes and has 16/)
  assert.equal(source.observed.lines.filter(({ level }) => level === 'error').length, 1)
})

test('a file that was changed since a part of it was stored is put aside; one that replaced it is read', async (context) => {
  const bench = new SpoolBench(context)
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
  assert.match(bench.reasonOf('a'), /changed after 4 bytes of it were stored/)
  bench.put('b', 'one\ntwo\n')
  await begin()
  bench.put('fresh', 'another\nfile\n', 60)
  fs.renameSync(bench.path('fresh'), bench.path('b'))
  assert.deepEqual((await bench.run(1)).bodies(), ['another', 'file'])
})

test('a name that is taken again is read, and put aside under a name of its own', async (context) => {
  const bench = new SpoolBench(context)
  for (const content of ['one', 'two', 'three']) {
    bench.put('a', `${content}\n`)
    assert.deepEqual((await bench.run(1)).bodies(), [content])
  }
  assert.deepEqual(bench.names(), ['a.1.QUARANTINED', 'a.COMPLETED', 'a.QUARANTINED'])
  assert.equal(fs.readFileSync(bench.path('a.COMPLETED'), 'utf8'), 'one\n')
  assert.match(bench.reasonOf('a.1'), /name that it should get is taken/)
})

test('bytes that are no text are replaced or left out where the policy says so', async (context) => {
  const bench = new SpoolBench(context)
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

test('rows that a deserializer rejects go to the dead letters, the others on', async (context) => {
  const bench = new SpoolBench(context)
  bench.put('a', '1\nno json\n2\n')
  const source = await bench.run(1, { deserializer: 'jsonl' })
  assert.deepEqual(source.bodies(), ['1', '2'])
  const [rejected] = source.observed.rejected
  assert.deepEqual([rejected?.batch.text(0), rejected?.reason.includes('JSON')], ['no json', true])
})

test('a channel that is full is waited for, an event that is too large for it goes to the dead letters', async (context) => {
  const bench = new SpoolBench(context)
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

test('a tracker that says more than there is puts the file aside', async (context) => {
  const bench = new SpoolBench(context)
  bench.put('in.txt', 'one\n')
  fs.mkdirSync(bench.path('.flumespool'))
  fs.writeFileSync(
    bench.path('.flumespool/.flumespool-main.meta'),
    formatSpoolMeta({ file: bench.path('in.txt'), offset: 9 }),
  )
  assert.deepEqual((await bench.run(1)).bodies(), [])
  assert.match(bench.reasonOf('in.txt'), /shorter than the 9 bytes/)
})

test('a file that may not be read is tried again later, and the others go on', async (context) => {
  const bench = new SpoolBench(context)
  fs.symlinkSync('/nonexistent', bench.path('broken'))
  fs.mkdirSync(bench.path('folder'))
  bench.put('b', 'b\n')
  assert.deepEqual((await bench.run(1)).bodies(), ['b'])
  assert.deepEqual(bench.names(), ['b.COMPLETED', 'broken', 'folder'])
})

test('a file that changed a moment ago waits for its age', async (context) => {
  const bench = new SpoolBench(context)
  bench.put('old', 'old\n', 100)
  bench.put('new', 'new\n')
  assert.deepEqual((await bench.run(1, { minFileAge: '50s' })).bodies(), ['old'])
  assert.deepEqual(bench.names(), ['new', 'old.COMPLETED'])
})
