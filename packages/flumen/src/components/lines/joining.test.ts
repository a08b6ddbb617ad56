import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileJavaRegex } from '../../text/java-regex.ts'
import { joinLines } from './joining.ts'
import { type MultilineOptions, multilineJoining } from './multiline.ts'

/** The events that lines become, their lines joined with `|`; a `…` behind one that may get more. */
function events(
  options: Partial<Record<'start' | 'continue' | 'end', string>>,
  lines: string[],
  maxLines = 100,
): string {
  const regex = (source: string | undefined) => (source === undefined ? undefined : compileJavaRegex(source))
  const read: MultilineOptions = {
    'multiline.startPattern': regex(options.start),
    'multiline.continuePattern': regex(options.continue),
    'multiline.endPattern': regex(options.end),
    'multiline.maxLines': maxLines,
    'multiline.timeout': 1,
  }
  const joining = multilineJoining(read)
  assert.ok(joining)
  const { firsts, isOpen } = joinLines(joining.marksOf(lines), maxLines)
  const texts = Array.from(firsts, (first, event) => lines.slice(first, firsts[event + 1]).join('|'))
  return texts.join(' ') + (isOpen ? '…' : '')
}

test('a line that matches startPattern begins an event, the others go on with it', () => {
  assert.equal(events({ start: '^\\d' }, ['x', '1', 'a', 'b', '2', '3']), 'x 1|a|b 2 3…')
})

test('a line that matches continuePattern goes on with the event before, the others begin one', () => {
  assert.equal(events({ continue: '^\\s' }, ['a', ' at', ' at', 'b', 'c', ' at']), 'a| at| at b c| at…')
})

test('a line that matches endPattern ends its event, and the next begins one', () => {
  assert.equal(events({ end: ';$' }, ['a', 'b;', 'c;', 'd']), 'a|b; c; d…')
  assert.equal(events({ end: ';$' }, ['a', 'b;']), 'a|b;')
})

test('with several patterns a line that neither begins nor goes on with an event is one', () => {
  assert.equal(events({ start: '^\\d', continue: '^\\s' }, ['1', ' a', 'x', ' b', '2']), '1| a x| b 2…')
  assert.equal(events({ start: '^<', end: '>$' }, ['<a', 'b>', 'c', 'd', '<e', 'f']), '<a|b> c|d <e|f…')
})

test('an event has maxLines lines at most', () => {
  assert.equal(events({ start: '^\\d' }, ['1', 'a', 'b', 'c', 'd'], 2), '1|a b|c d…')
  assert.equal(events({ start: '^\\d' }, ['1', 'a', 'b', 'c'], 2), '1|a b|c')
})

test('no line makes no event, and a hostile line is one that does not match', () => {
  assert.equal(events({ start: '^\\d' }, []), '')
  const hostile = `${'a'.repeat(5000)}!`
  assert.equal(events({ start: '^(a|a)*\\1$|^x' }, ['x', hostile, 'x']), `x|${hostile} x…`)
})

test('without a pattern lines are not joined', () => {
  assert.equal(
    multilineJoining({
      'multiline.startPattern': undefined,
      'multiline.continuePattern': undefined,
      'multiline.endPattern': undefined,
      'multiline.maxLines': 1,
      'multiline.timeout': 1,
    }),
    undefined,
  )
})
