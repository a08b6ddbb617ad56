import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { broken, clean, cropped, pad, paint, Span, trimmed, widthOf } from './text.ts'

const textOf = (line: readonly Span[]): string => paint(line, false)

describe('text for a terminal', () => {
  test('control characters become their pictures, and what is invisible a mark', () => {
    assert.equal(clean('\x1b[2J\x07\r\n\t'), '␛[2J␇␍␊␉')
    assert.equal(clean('a\x7fb\x9b31m'), 'a␡b�31m')
    assert.equal(clean('a\u202eb\u2066c\u200bd\ud800'), 'a�b�c�d�')
    assert.equal(clean('Zwölf 箱 – ok'), 'Zwölf 箱 – ok')
  })

  test('nothing that controls a terminal or that it does not show passes, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(new Span(text).text, /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u)
      }),
    )
  })

  test('wide characters count two cells, marks that join the one before none', () => {
    assert.equal(new Span('箱子').width, 4)
    assert.equal(new Span('ｆ').width, 2)
    assert.equal(new Span('e\u0301').width, 1)
    assert.equal(new Span('…─█').width, 3)
  })

  test('a line that is too long ends in an ellipsis at the last cell', () => {
    const line = [new Span('abc'), new Span('defg', 'bad')]
    assert.equal(textOf(cropped(line, 7)), 'abcdefg')
    assert.equal(textOf(cropped(line, 5)), 'abcd…')
    assert.equal(textOf(cropped(line, 3)), 'ab…')
    assert.equal(textOf(cropped(line, 0)), '')
    assert.equal(textOf(cropped([new Span('箱箱')], 3)), '箱…')
    assert.equal(textOf(cropped([new Span('箱箱')], 2)), '…')
  })

  test('a padded line has the asked width, with the text on the asked side', () => {
    assert.equal(textOf(pad([new Span('ab')], 4)), 'ab  ')
    assert.equal(textOf(pad([new Span('ab')], 4, 'right')), '  ab')
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.nat({ max: 30 }), (texts, width) => {
        const line = texts.map((text) => new Span(text))
        assert.equal(widthOf(pad(line, width)), width)
        assert.ok(widthOf(cropped(line, width)) <= width)
      }),
    )
  })

  test('blanks at the end of a line go, in whichever pieces they stand', () => {
    const line = trimmed([new Span('a '), new Span('b  ', 'bad'), new Span('  '), new Span('')])
    assert.equal(textOf(line), 'a b')
    assert.deepEqual(trimmed([new Span('  ')]), [])
  })

  test('a text breaks at blanks, and inside a word that is longer than a line', () => {
    assert.deepEqual(broken('one two three', 8), ['one two', 'three'])
    assert.deepEqual(broken('a bcdefghij', 4), ['a', 'bcde', 'fghi', 'j'])
    assert.deepEqual(broken('', 4), [])
  })

  test('colours are escape sequences around a piece, and none without colours', () => {
    const line = [new Span('a', 'bad'), new Span(' b')]
    assert.equal(paint(line, true), '\x1b[31ma\x1b[0m b')
    assert.equal(paint(line, false), 'a b')
  })
})
