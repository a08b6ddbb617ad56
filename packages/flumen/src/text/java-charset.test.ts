import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { charsetNames, javaCharset } from './java-charset.ts'

test('names and aliases are found in any case, unknown ones are not', () => {
  for (const [alias, name] of [
    ['utf8', 'UTF-8'],
    ['UTF-8', 'UTF-8'],
    ['latin1', 'ISO-8859-1'],
    ['ISO8859_1', 'ISO-8859-1'],
    ['ascii', 'US-ASCII'],
    ['Cp1252', 'windows-1252'],
    ['SJIS', 'Shift_JIS'],
    ['utf-16le', 'UTF-16LE'],
  ] as const) {
    assert.equal(javaCharset(alias)?.name, name)
  }
  assert.equal(javaCharset('nope'), undefined)
})

test('what can be encoded comes back', () => {
  const samples: Readonly<Record<string, string>> = {
    'ISO-8859-1': 'hé ÿ',
    'windows-1252': '€uro “quote”',
    'KOI8-R': 'привет',
    Shift_JIS: 'こんにちは ｱ',
    'EUC-KR': '안녕',
    Big5: '漢字',
    GBK: '汉字',
    'UTF-16': 'a😀',
    'UTF-32': 'a😀',
    'UTF-32LE': 'a😀',
  }
  for (const [name, text] of Object.entries(samples)) {
    const charset = javaCharset(name)!
    assert.equal(charset.decode(charset.encode!(text)), text, name)
  }
})

test('any text goes through the Unicode ones', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('UTF-8', 'UTF-16', 'UTF-16LE', 'UTF-16BE', 'UTF-32', 'UTF-32LE'),
      (text, name) => {
        const charset = javaCharset(name)!
        assert.equal(charset.decode(charset.encode!(text)), text)
      },
    ),
  )
})

test('what a character set does not have becomes a question mark, what is malformed U+FFFD', () => {
  assert.equal(Buffer.from(javaCharset('US-ASCII')!.encode!('aé😀')).toString(), 'a??')
  assert.equal(Buffer.from(javaCharset('ISO-8859-1')!.encode!('日')).toString(), '?')
  assert.equal(Buffer.from(javaCharset('UTF-8')!.encode!('a\uD800b')).toString(), 'a?b')
  assert.equal(javaCharset('US-ASCII')!.decode(Uint8Array.of(0x61, 0xe9)), 'a\uFFFD')
  assert.equal(javaCharset('UTF-8')!.decode(Uint8Array.of(0x61, 0xff)), 'a\uFFFD')
})

test('UTF-16 follows its byte order mark, is big-endian without one, and writes one, as Java does', () => {
  const utf16 = javaCharset('UTF-16')!
  assert.equal(utf16.decode(Uint8Array.of(0xff, 0xfe, 0x61, 0)), 'a')
  assert.equal(utf16.decode(Uint8Array.of(0, 0x61)), 'a')
  assert.deepEqual([...utf16.encode!('a')], [0xfe, 0xff, 0, 0x61])
})

test('a strict decoder takes any chunks and throws at what is malformed', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('UTF-8', 'UTF-16', 'UTF-16LE', 'UTF-32'),
      fc.integer({ min: 1, max: 5 }),
      (text, name, size) => {
        const charset = javaCharset(name)!
        const bytes = charset.encode!(text)
        const decoder = charset.strictDecoder()
        let decoded = ''
        for (let at = 0; at < bytes.length; at += size) decoded += decoder.decode(bytes.subarray(at, at + size), true)
        decoded += decoder.decode(new Uint8Array(0), false)
        assert.equal(decoded, text)
      },
    ),
  )
  for (const [name, bytes] of [
    ['UTF-8', [0xff]],
    ['US-ASCII', [0x80]],
    ['UTF-16LE', [0x00, 0xd8, 0x61, 0x00]],
    ['UTF-32', [0, 0x11, 0, 0]],
  ] as const) {
    assert.throws(() => javaCharset(name)!.strictDecoder().decode(Uint8Array.from(bytes), false), TypeError, name)
  }
})

test('every name makes a character set', () => {
  for (const name of charsetNames)
    assert.equal(javaCharset(name)?.decode(Uint8Array.of(0x61, 0x62, 0x63, 0x64)).length !== undefined, true, name)
})

test('encoded bytes have a buffer of their own', () => {
  for (const name of ['UTF-8', 'ISO-8859-1', 'UTF-16LE', 'windows-1252']) {
    const bytes = javaCharset(name)!.encode!('abc')
    assert.equal(bytes.buffer.byteLength, bytes.byteLength, name)
  }
})
