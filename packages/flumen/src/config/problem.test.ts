import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noPlace, type Place, Problems } from './problem.ts'
import { printProblem, someOf } from './problem-text.ts'

const place: Place = { file: 'flume.conf', line: 6, column: 1 }

test('what is missing is taken back when it was found elsewhere, and its reader still knows that it had no value', () => {
  const problems = new Problems()
  problems.missing(place, 'a1.sources.r1.port', 'it is needed', 'add it')
  problems.error(place, 'a1.sources.r1.prot', 'unknown key', 'did you mean port?')
  assert.deepEqual(problems.missingKeys, ['a1.sources.r1.port'])
  problems.foundElsewhere('a1.sources.r1.port')
  assert.deepEqual(
    problems.all.map(({ key }) => key),
    ['a1.sources.r1.prot'],
  )
  assert.deepEqual([problems.missingKeys, problems.hasErrors, problems.errorsEver], [[], true, 2])
})

test('a key whose value is wrong is not missing as well', () => {
  const problems = new Problems()
  problems.error(place, 'a1.sources.r1.port', 'it has no value', 'give it one')
  problems.missing(noPlace, 'a1.sources.r1.port', 'it is needed', 'add it')
  assert.equal(problems.all.length, 1)
  assert.equal(problems.errorsEver, 2)
})

test('warnings and notes are no errors, also when they say that something is missing', () => {
  const problems = new Problems()
  problems.warning(place, 'a', 'strange', '')
  problems.note(place, 'b', 'good to know', '')
  problems.missing(place, 'c', 'not there', '', 'warning')
  assert.deepEqual([problems.hasErrors, problems.errorsEver, problems.all.length], [false, 0, 3])
  problems.foundElsewhere('c')
  assert.deepEqual([problems.hasErrors, problems.all.length], [false, 2])
})

test('problems of others count as they did there', () => {
  const others = new Problems()
  others.missing(place, 'a1.channels', 'there is none', 'add one')
  const problems = new Problems()
  problems.addAll(others.all)
  assert.ok(problems.hasErrors)
  problems.foundElsewhere('a1.channels')
  assert.ok(!problems.hasErrors)
})

test('a problem is one line: place, severity unless it is an error, key, what is wrong, how to mend it', () => {
  const problem = { severity: 'error', place, key: 'a1.x', message: 'unknown key', fix: 'did you mean a1.y?' } as const
  assert.equal(printProblem(problem), 'flume.conf:6:1: a1.x: unknown key; did you mean a1.y?')
  assert.equal(printProblem({ ...problem, severity: 'note', fix: '' }), 'flume.conf:6:1: note: a1.x: unknown key')
  assert.equal(
    printProblem({ ...problem, message: 'two\r\n  lines', key: '' }),
    'flume.conf:6:1: two lines; did you mean a1.y?',
  )
})

test('a problem without a line has none', () => {
  const problem = { severity: 'warning', key: 'k', message: 'm', fix: '' } as const
  assert.equal(printProblem({ ...problem, place: { file: 'program', line: 0, column: 0 } }), 'program: warning: k: m')
  assert.equal(printProblem({ ...problem, place: noPlace }), 'warning: k: m')
  assert.equal(printProblem({ ...problem, place: { file: '-D', line: 2, column: 0 } }), '-D:2: warning: k: m')
})

test('of many names a message has the first', () => {
  assert.equal(someOf(new Set(['a', 'b'])), 'a, b')
  assert.equal(someOf(['a', 'b', 'c', 'd'], 2), 'a, b and 2 more')
  assert.equal(someOf([]), '')
})
