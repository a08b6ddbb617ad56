import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader } from './byte-reader.ts'
import { readJavaObject } from './java-object.ts'

const header = 'aced0005'
const text = (value: string): string =>
  Buffer.of(0, value.length).toString('hex') + Buffer.from(value, 'latin1').toString('hex')
const version = '0000000000000001'

test('fields of a class and its parent, annotations and references are read', () => {
  // class B extends A; A has an int and a string, B writes something of its own behind its byte array.
  const parent = `72${text('A')}${version}020002${'49'}${text('n')}${'4c'}${text('s')}${'74'}${text('Ljava/lang/String;')}7870`
  const child = `72${text('B')}${version}030001${'5b'}${text('b')}${'74'}${text('[B')}78${parent}`
  const array = `75${`72${text('[B')}${version}0200007870`}00000002beef`
  const hex = `${header}73${child}0000002a74${text('hello')}${array}770401020304${'71007e0000'}78ff`
  assert.throws(() => read(hex), { reason: 'format', message: /refers to a class/ })
  const reader = new ByteReader(Buffer.from(hex.replace('71007e0000', '71007e0005'), 'hex'))
  const object = readJavaObject(reader)
  assert.equal(object.className, 'B')
  assert.deepEqual(Object.fromEntries(object.fields), { n: 42, s: 'hello', b: Buffer.from('beef', 'hex') })
  assert.equal(reader.byte(), 0xff)
})

test('classes that write themselves in a form of their own are refused by name', () => {
  for (const flags of ['00', '04', '0c'])
    assert.throws(() => read(`${header}7372${text('Odd')}${version}${flags}00007870`), {
      reason: 'unsupported',
      message: /Odd/,
    })
})

test('what is no object is refused', () => {
  for (const hex of ['', '00000000', header, `${header}70`, `${header}74${text('x')}`, `${header}7370`, `${header}79`])
    assert.throws(() => read(hex), { reason: 'format' })
})

test('text is in the UTF-8 of Java: zero in two bytes, halves of pairs in three', () => {
  const bytes = Buffer.from('000bc080c3a9eda0bdedb88041', 'hex')
  assert.equal(new ByteReader(bytes).text(), '\0é😀A')
  for (const hex of ['000180', '0001c3', '0002c341', '0001f0'])
    assert.throws(() => new ByteReader(Buffer.from(hex, 'hex')).text(), { reason: 'format' })
})

function read(hex: string): unknown {
  return readJavaObject(new ByteReader(Buffer.from(hex, 'hex')))
}
