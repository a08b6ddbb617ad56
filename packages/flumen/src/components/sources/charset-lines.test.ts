import assert from 'node:assert/strict'
import { test } from 'node:test'
import { javaCharset } from '../../text/java-charset.ts'
import { linesInCharset } from './charset-lines.ts'
import { batchOfLines, type LineRules } from './line-splitter.ts'

const rules: LineRules = { ends: 'any', maxLength: 1000, overlong: 'cut' }

function linesOf(charset: string, chunks: readonly Uint8Array[]): Buffer[] {
  const lines = linesInCharset(charset, rules)
  const found = [...chunks.map((chunk) => lines.split(Buffer.from(chunk))), lines.rest()]
  return found.flatMap((each) => [...batchOfLines(each, 0)].map(({ body }) => Buffer.from(body)))
}

const oneByOne = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte))

test('a line has the bytes that it came with, whole and in chunks', () => {
  const text = {
    'ISO-8859-1': 'é\nb\r\nçé',
    'windows-1252': '€\n\r\nb',
    Shift_JIS: 'こんに\nちは\r\nabc',
    'UTF-8': 'é\n日',
  }
  for (const [name, written] of Object.entries(text)) {
    const encode = javaCharset(name)!.encode!
    const expected = written.split(/\r?\n/).map((line) => Buffer.from(encode(line)))
    assert.deepEqual(linesOf(name, [encode(written)]), expected, name)
    assert.deepEqual(linesOf(name, oneByOne(encode(written))), expected, name)
  }
})

test('each line of UTF-16 begins with a mark of its own, as in Java; UTF-16LE has none', () => {
  const marked = Buffer.from('feff00e9000a0062', 'hex')
  assert.deepEqual(
    linesOf('UTF-16', [marked]).map((line) => line.toString('hex')),
    ['feff00e9', 'feff0062'],
  )
  const little = Buffer.from('é\nb', 'utf16le')
  assert.deepEqual(
    linesOf('UTF-16LE', [little]).map((line) => line.toString('hex')),
    ['e900', '6200'],
  )
})

test('what is malformed is a question mark, in its line only', () => {
  const bytes = Uint8Array.of(0x61, 0xe9, 10, 0x62, 10)
  assert.deepEqual(linesOf('US-ASCII', [bytes]).map(String), ['a?', 'b'])
  assert.deepEqual(linesOf('Shift_JIS', [Uint8Array.of(0x82, 10, 0x82, 0xb1)]), [
    Buffer.from('?'),
    Buffer.of(0x82, 0xb1),
  ])
})

test('bytes of a character set that is only decoded here stay as they are', () => {
  const bytes = Buffer.from('b4c1a1a10a8ea5ff0d0a1b2442', 'hex')
  for (const name of ['EUC-JP', 'GB18030', 'ISO-2022-JP']) {
    const found = linesOf(name, oneByOne(bytes)).map((line) => line.toString('hex'))
    assert.deepEqual(found, ['b4c1a1a1', '8ea5ff', '1b2442'], name)
  }
})
