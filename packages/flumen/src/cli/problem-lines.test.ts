import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Problem } from '../config/problem.ts'
import { countsOf, inOrder, problemLine, problemsJson } from './problem-lines.ts'

const problem: Problem = {
  severity: 'error',
  place: { file: 'x.conf', line: 3, column: 2 },
  key: 'a1.sources',
  message: 'it is wrong',
  fix: 'mend it',
}

describe('the lines of problems', () => {
  test('an error is file, line, column, key, what is wrong and how to mend it', () => {
    assert.equal(problemLine(problem), 'x.conf:3:2: a1.sources: it is wrong; mend it\n')
  })

  test('warnings and notes say so before the key', () => {
    assert.equal(
      problemLine({ ...problem, severity: 'warning' }),
      'x.conf:3:2: warning: a1.sources: it is wrong; mend it\n',
    )
    assert.equal(problemLine({ ...problem, severity: 'note' }), 'x.conf:3:2: note: a1.sources: it is wrong; mend it\n')
  })

  test('what there is not is left out, but the place has always a line and a column', () => {
    const place = { file: '', line: 0, column: 0 }
    assert.equal(problemLine({ ...problem, place, key: '', fix: '' }), 'configuration:0:0: it is wrong\n')
  })

  test('a problem is one line whatever it quotes', () => {
    assert.equal(problemLine({ ...problem, message: 'a\nb', fix: 'c \r\n d' }), 'x.conf:3:2: a1.sources: a b; c d\n')
  })

  test('JSON has the fields that scripts rely on', () => {
    assert.deepEqual(JSON.parse(problemsJson([problem])), [
      {
        severity: 'error',
        file: 'x.conf',
        line: 3,
        column: 2,
        key: 'a1.sources',
        message: 'it is wrong',
        fix: 'mend it',
      },
    ])
    assert.deepEqual(JSON.parse(problemsJson([])), [])
  })

  test('stand in the order of files and lines, each once', () => {
    const at = (file: string, line: number, column = 1): Problem => ({ ...problem, place: { file, line, column } })
    const ordered = inOrder([at('-D', 0), at('b', 1), at('a', 2), at('a', 1, 5), at('a', 1), at('b', 1)], ['b', 'a'])
    assert.deepEqual(
      ordered.map(({ place }) => `${place.file}:${place.line}:${place.column}`),
      ['b:1:1', 'a:1:1', 'a:1:5', 'a:2:1', '-D:0:1'],
    )
  })

  test('are counted in words', () => {
    const warning: Problem = { ...problem, severity: 'warning' }
    assert.equal(countsOf([problem, problem, warning]), '2 errors, 1 warning')
    assert.equal(countsOf([]), 'nothing found')
  })
})
