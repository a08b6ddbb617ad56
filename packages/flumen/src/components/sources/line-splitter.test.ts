import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { batchOfLines, type LineRules, LineSplitter, type Lines } from './line-splitter.ts'

const linesOf = ({ slices }: Lines): string[] =>
  slices.flatMap(({ slab, start, end }) =>
    Array.from({ length: start.length }, (_, row) => slab.toString('latin1', start[row], end[row])),
  )

interface Cut {
  readonly lines: readonly string[]
  readonly rest: string | undefined
  readonly overlong: boolean
}

function cut(rules: LineRules, chunks: readonly Buffer[]): Cut {
  const splitter = new LineSplitter(rules)
  const lines: string[] = []
  let overlong = false
  for (const chunk of chunks) {
    const found = splitter.split(Buffer.from(chunk))
    lines.push(...linesOf(found))
    overlong = found.overlong
    assert.ok(splitter.partialBytes <= 3 * rules.maxLength + 1)
  }
  return { lines, rest: splitter.rest()?.toString('latin1'), overlong }
}

function chunked(bytes: Buffer, borders: readonly number[]): Buffer[] {
  const at = [
    0,
    ...borders.map((border) => border % (bytes.length + 1)).sort((one, other) => one - other),
    bytes.length,
  ]
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end))
}

const utf16Length = (bytes: Buffer, start: number, end: number): number => bytes.toString('utf8', start, end).length

const lf: LineRules = { ends: 'lf', maxLength: 1000, overlong: 'stop' }
const any: LineRules = { ends: 'any', maxLength: 1000, overlong: 'cut' }
const text = (value: string): Buffer => Buffer.from(value)

/** Bytes in which line ends, many in a row, and pieces of UTF-8 are frequent. */
const someBytes = fc
  .array(fc.constantFrom('\n', '\r', '\r\n', 'a', 'bcd', 'é', '日', '😀', '\xff', 'xxxxxxxx'), { maxLength: 40 })
  .map((pieces) => Buffer.concat(pieces.map((piece) => (piece === '\xff' ? Buffer.from([0xff]) : text(piece)))))
const someRules = fc.record({
  ends: fc.constantFrom('lf', 'any'),
  maxLength: fc.integer({ min: 1, max: 20 }),
  overlong: fc.constantFrom('cut', 'stop'),
  measured: fc.boolean(),
})

test('lines end at line feeds only, or at every line end of Java', () => {
  const bytes = text('one\r\ntwo\rthree\n\n\r\rfour')
  assert.deepEqual(cut(lf, [bytes]).lines, ['one\r', 'two\rthree', ''])
  assert.deepEqual(cut(any, [bytes]).lines, ['one', 'two', 'three', '', '', ''])
  assert.equal(cut(any, [bytes]).rest, 'four')
})

test('a carriage return and its line feed are one line end across a border of chunks', () => {
  assert.deepEqual(cut(any, [text('a\r'), text('\nb\r'), text('c\n'), text('\n')]).lines, ['a', 'b', 'c', ''])
})

test('lines that a chunk holds whole lie in the chunk; only the one across a border is copied', () => {
  const splitter = new LineSplitter(lf)
  const first = text('one\ntw')
  assert.deepEqual(
    splitter.split(first).slices.map(({ slab }) => slab === first),
    [true],
  )
  const second = text('o\nthree\nfour\n')
  const [border, whole] = splitter.split(second).slices
  assert.equal(border?.slab.toString(), 'two')
  assert.equal(border?.slab.buffer.byteLength, 3)
  assert.equal(whole?.slab, second)
  assert.equal(splitter.partialBytes, 0)
})

test('a batch has the lines of all slabs in order', () => {
  const splitter = new LineSplitter(lf)
  splitter.split(text('o'))
  const batch = batchOfLines(splitter.split(text('ne\n\ntwo\n')), 5)
  assert.deepEqual(
    [0, 1, 2].map((row) => batch.text(row)),
    ['one', '', 'two'],
  )
  assert.equal(batch.parts[0]?.arrivedAt, 5)
  assert.equal(batchOfLines(splitter.split(text('x')), 5).length, 0)
})

test('any chunking of any bytes gives the lines of the whole', () => {
  fc.assert(
    fc.property(
      someBytes,
      fc.array(fc.nat(200), { maxLength: 12 }),
      someRules,
      (bytes, borders, { measured, ...rules }) => {
        const all = { ...rules, ...(measured && { measure: utf16Length }) } as LineRules
        assert.deepEqual(cut(all, chunked(bytes, borders)), cut(all, [bytes]))
        assert.deepEqual(
          cut(
            all,
            Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
          ),
          cut(all, [bytes]),
        )
      },
    ),
    { numRuns: 3000 },
  )
})

test('what is cut out of a whole agrees with a split of its text', () => {
  fc.assert(
    fc.property(someBytes, fc.constantFrom('lf' as const, 'any' as const), (bytes, ends) => {
      const expected = bytes.toString('latin1').split(ends === 'lf' ? '\n' : /\r\n|\r|\n/)
      const last = expected.pop()
      assert.deepEqual(cut({ ends, maxLength: 1000, overlong: 'cut' }, [bytes]), {
        lines: expected,
        rest: last === '' ? undefined : last,
        overlong: false,
      })
    }),
    { numRuns: 2000 },
  )
})

test('a line of the greatest length is whole, a longer one ends the reading, and the lines before it count', () => {
  const rules: LineRules = { ends: 'lf', maxLength: 5, overlong: 'stop' }
  assert.deepEqual(cut(rules, [text('a\n12345\n')]), { lines: ['a', '12345'], rest: undefined, overlong: false })
  assert.deepEqual(cut(rules, [text('a\n123456\nb\n')]), { lines: ['a'], rest: undefined, overlong: true })
  assert.deepEqual(cut(rules, [text('a\n123456'), text('b\n')]), { lines: ['a'], rest: undefined, overlong: true })
  assert.deepEqual(cut(rules, [text('a\n12'), text('345'), text('\nb\n')]), {
    lines: ['a', '12345', 'b'],
    rest: undefined,
    overlong: false,
  })
})

test('a length in other units than bytes is measured as soon as it can matter', () => {
  const rules: LineRules = { ends: 'lf', maxLength: 4, overlong: 'stop', measure: utf16Length }
  assert.deepEqual(cut(rules, [text('éééé\n')]).overlong, false)
  assert.deepEqual(cut(rules, [text('ééééé')]).overlong, true)
  assert.deepEqual(cut(rules, [text('日日日日')]).overlong, false)
  assert.deepEqual(cut(rules, [text('日日日日'), text('x')]).overlong, true)
  assert.deepEqual(cut(rules, [text('日日日日\n'), text('xxxxx')]).overlong, true)
  assert.deepEqual(cut(rules, [text('ééé\nxxxx'), text('x\n')]).overlong, true)
})

test('a line too long is cut into pieces that end before a character', () => {
  const rules: LineRules = { ends: 'lf', maxLength: 5, overlong: 'cut' }
  assert.deepEqual(cut(rules, [text('123456789012\n')]).lines, ['12345', '67890', '12'])
  assert.deepEqual(
    cut(rules, [text('1234é6\n')]).lines.map((line) => Buffer.from(line, 'latin1').toString()),
    ['1234', 'é6'],
  )
  assert.deepEqual(
    cut(rules, [text('12😀\n')]).lines.map(({ length }) => length),
    [2, 4],
  )
  assert.deepEqual(
    cut(rules, [Buffer.alloc(7, 0x80), text('\n')]).lines.map(({ length }) => length),
    [5, 2],
  )
})

test('a stream without a line end keeps no more than one line and one chunk', () => {
  const chunk = Buffer.alloc(65_536, 'x')
  const stopping = new LineSplitter({ ends: 'lf', maxLength: 100_000, overlong: 'stop' })
  const cutting = new LineSplitter({ ends: 'any', maxLength: 100_000, overlong: 'cut' })
  let pieces = 0
  for (let round = 0; round < 1024; round++) {
    stopping.split(chunk)
    pieces += cutting.split(chunk).slices.length
    assert.ok(stopping.partialBytes <= 100_000 && cutting.partialBytes <= 100_000)
  }
  assert.equal(stopping.split(chunk).overlong, true)
  assert.equal(stopping.partialBytes, 0)
  assert.ok(pieces > 600)
})

test('a hundred thousand small inputs give lines that join to their input again', () => {
  let seed = 1
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const alphabet = [10, 10, 13, 97, 0xc3, 0xa9, 0xff, 0]
  for (let round = 0; round < 100_000; round++) {
    const bytes = Buffer.from(Array.from({ length: random(24) }, () => alphabet[random(alphabet.length)]!))
    const rules: LineRules = { ends: 'lf', maxLength: 1 + random(30), overlong: 'cut' }
    const splitter = new LineSplitter(rules)
    const border = random(bytes.length + 1)
    const lines = [
      ...linesOf(splitter.split(bytes.subarray(0, border))),
      ...linesOf(splitter.split(bytes.subarray(border))),
    ]
    const rest = splitter.rest()?.toString('latin1') ?? ''
    assert.equal(lines.join('') + rest, bytes.toString('latin1').replaceAll('\n', ''))
    assert.ok(lines.every(({ length }) => length <= rules.maxLength) && rest.length <= rules.maxLength)
  }
})
