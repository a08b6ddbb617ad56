import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JournalExportParser, JournalFormatError } from './journal-export-parser.ts'

interface Found {
  readonly entries: readonly Readonly<Record<string, string>>[]
  readonly cut: readonly string[]
  /** Fields of an entry that has not ended. */
  readonly begun: Readonly<Record<string, string>>
  readonly isInside: boolean
}

function read(chunks: readonly Buffer[], mostBytes = 1024): Found {
  const entries: Record<string, string>[] = []
  const cut: string[] = []
  let begun: Record<string, string> = {}
  const parser = new JournalExportParser(mostBytes, {
    field(name, slab, start, end, isCut) {
      begun[name] = slab.toString('latin1', start, end)
      if (isCut) cut.push(name)
    },
    entry() {
      entries.push(begun)
      begun = {}
    },
  })
  for (const chunk of chunks) parser.split(chunk)
  return { entries, cut, begun, isInside: parser.isInside }
}

function binary(name: string, value: string | Buffer): Buffer {
  const length = Buffer.alloc(8)
  const bytes = Buffer.from(value)
  length.writeBigUInt64LE(BigInt(bytes.length))
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')])
}

const sample = Buffer.concat([
  Buffer.from('__CURSOR=s=1;i=1\n_PID=7\nMESSAGE=plain = text\nEMPTY=\n\n'),
  Buffer.from('__CURSOR=s=1;i=2\n'),
  binary('MESSAGE', 'two\nlines\n\nA=1\n'),
  binary('NOTHING', ''),
  Buffer.from('\n\n\n__CURSOR=s=1;i=3\nMESSAGE=unended\n'),
])

test('an entry has its fields, also those with line feeds in them', () => {
  const { entries, begun, isInside } = read([sample])
  assert.deepEqual(entries, [
    { __CURSOR: 's=1;i=1', _PID: '7', MESSAGE: 'plain = text', EMPTY: '' },
    { __CURSOR: 's=1;i=2', MESSAGE: 'two\nlines\n\nA=1\n', NOTHING: '' },
  ])
  assert.deepEqual([begun.MESSAGE, isInside], ['unended', true])
})

test('what is found is the same however the stream comes in chunks', () => {
  const whole = read([sample])
  for (let size = 1; size < sample.length; size++) {
    const chunks: Buffer[] = []
    for (let at = 0; at < sample.length; at += size) chunks.push(sample.subarray(at, at + size))
    assert.deepEqual(read(chunks), whole, `chunks of ${size}`)
  }
})

test('a value that is too long is cut, and what comes after it is not touched', () => {
  const long = 'x'.repeat(5000)
  const stream = Buffer.concat([Buffer.from(`A=${long}\n`), binary('B', long), Buffer.from('C=1\n\n')])
  for (const size of [stream.length, 1000, 7]) {
    const chunks: Buffer[] = []
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size))
    const { entries, cut } = read(chunks, 100)
    assert.deepEqual(cut, ['A', 'B'])
    assert.deepEqual(entries, [{ A: 'x'.repeat(100), B: 'x'.repeat(100), C: '1' }])
  }
})

test('what is no export of a journal is refused at once', () => {
  for (const wrong of [
    'lower=1\n',
    '=1\n',
    'A B=1\n',
    `${'N'.repeat(65)}=1\n`,
    'N'.repeat(100),
    '-- No entries --\n',
    'A\n\0\0\0\0\0\0\0\x80',
    'A\n\x01\0\0\0\0\0\0\0xy',
  ]) {
    assert.throws(() => read([Buffer.from(wrong, 'latin1')]), JournalFormatError, JSON.stringify(wrong))
  }
  const chunks = Array.from({ length: 100 }, () => Buffer.from('N'))
  assert.throws(() => read(chunks), JournalFormatError)
})

test('a gigabyte without an end is held in the greatest size of a value', () => {
  const parser = new JournalExportParser(100_000, { field: () => undefined, entry: () => undefined })
  const chunk = Buffer.alloc(1024 * 1024, 'A')
  parser.split(Buffer.from('MESSAGE='))
  const before = process.memoryUsage().arrayBuffers
  for (let index = 0; index < 1024; index++) parser.split(chunk)
  assert.ok(process.memoryUsage().arrayBuffers - before < 1024 * 1024)
})

test('100,000 damaged exports: nothing is thrown but that they are none, and none takes long', () => {
  let seed = 12_345
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  for (let round = 0; round < 100_000; round++) {
    const bytes = Buffer.from(sample)
    for (let change = random(4); change >= 0; change--) bytes[random(bytes.length)] = random(256)
    const from = random(bytes.length)
    const cut = random(bytes.length)
    const chunks = [bytes.subarray(from, from + cut), bytes.subarray(from + cut)]
    const most = 1 + random(40)
    // Who is slow twice is slow by itself.
    assert.ok(timeOf(chunks, most) < 100 || timeOf(chunks, most) < 100)
  }
})

function timeOf(chunks: readonly Buffer[], mostBytes: number): number {
  const begin = performance.now()
  try {
    read(chunks, mostBytes)
  } catch (error) {
    if (!(error instanceof JournalFormatError)) throw error
  }
  return performance.now() - begin
}
