import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Framing, SyslogFramer } from './framer.ts'

/** The messages of chunks; `+` marks one that was cut, `#` one whose length was said. */
function framed(chunks: readonly Buffer[], most = 100, framing: Framing = 'auto'): string[] {
  const found: string[] = []
  const framer = new SyslogFramer(framing, most, {
    message: (slab, start, end, isCut, isCounted) => {
      found.push(`${isCounted ? '#' : ''}${slab.toString('latin1', start, end)}${isCut ? '+' : ''}`)
    },
  })
  for (const chunk of chunks) framer.split(chunk)
  return found
}

const whole = (text: string): readonly Buffer[] => [Buffer.from(text)]

test('a line is a message, an empty one is none, and one without an end is not yet one', () => {
  assert.deepEqual(framed(whole('<1>a\n\n\n<2>b\r\n<3>c')), ['<1>a', '<2>b\r'])
})

test('messages with and without their length may follow each other, each as it comes', () => {
  const text = '<1>line\n6 <2>a\nb5 <3>cd<4>line\n7 <5>ef\n\n3 no length\n12 \n'
  assert.deepEqual(framed(whole(text)), ['<1>line', '#<2>a\nb', '#<3>cd', '<4>line', '#<5>ef\n', '3 no length', '12 '])
})

test('a line feed that was counted in is no part of the message', () => {
  assert.deepEqual(framed(whole('5 <1>a\n5 <2>b\n')), ['#<1>a', '#<2>b'])
})

test('what is too long is cut, and its rest is not looked at for a length', () => {
  assert.deepEqual(framed(whole('abcdefgh5 <1>xyz\n<2>x\n'), 8), ['abcdefgh+', '5 <1>xyz+', '<2>x'])
  assert.deepEqual(framed(whole('12 <1>456789ABC<2>x\n'), 8), ['#<1>45678+', '#9ABC', '<2>x'])
})

test('a message of exactly the greatest size is cut before its end, and nothing is left of it', () => {
  assert.deepEqual(framed(whole('12345678\nx\n'), 8), ['12345678+', 'x'])
})

test('lengths are text where they are not looked for, or where no message can follow them', () => {
  assert.deepEqual(framed(whole('5 <1>ab\n'), 100, 'newline'), ['5 <1>ab'])
  assert.deepEqual(framed(whole('0005 <1>ab\n1234567890 <1>ab\n5<1>ab\n')), [
    '0005 <1>ab',
    '1234567890 <1>ab',
    '5<1>ab',
  ])
})

test('the messages are the same however the stream comes in chunks', () => {
  const text = Buffer.from(
    '<1>one\n14 <2>two\nlines!!<3>three\n7 a\n\n9 <4>abc\n\n123\n99 bottles\n20 <5>0123456789012345678',
  )
  for (const most of [5, 8, 12, 100]) {
    const expected = framed([text], most)
    for (let size = 1; size < 20; size++) {
      const chunks: Buffer[] = []
      for (let at = 0; at < text.length; at += size) chunks.push(Buffer.from(text.subarray(at, at + size)))
      assert.deepEqual(framed(chunks, most), expected, `${size} bytes a chunk, ${most} at most`)
    }
  }
})

test('a gigabyte without an end is held in pieces of the greatest size', () => {
  let pieces = 0
  let bytes = 0
  const framer = new SyslogFramer('auto', 2500, {
    message: (_slab, start, end, isCut) => {
      assert.ok(isCut)
      pieces++
      bytes += end - start
    },
  })
  const chunk = Buffer.alloc(65_536, 'x')
  for (let chunks = 0; chunks < 16_384; chunks++) framer.split(chunk)
  assert.equal(pieces, Math.floor(2 ** 30 / 2500))
  assert.equal(bytes, pieces * 2500)
})
