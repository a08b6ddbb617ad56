import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerJoining } from './container-joining.ts'
import { joinLines } from './joining.ts'

/** Lines as `o+part`, `e.end`: stream, whether it goes on, text. */
function events(format: 'cri' | 'docker', ...lines: readonly string[]): string {
  const written = lines.map((line) => {
    const stream = line[0] === 'o' ? 'stdout' : 'stderr'
    const isPartial = line[1] === '+'
    if (line[1] !== '+' && line[1] !== '.') return line
    if (format === 'cri') return `2026-11-21T10:00:00Z ${stream} ${isPartial ? 'P' : 'F'} ${line.slice(2)}`
    const log = line.slice(2) + (isPartial ? '' : '\\n')
    return `{"log":"${log}","stream":"${stream}","time":"2026-11-21T10:00:00Z"}`
  })
  const { firsts, isOpen } = joinLines(containerJoining(format, 100).marksOf(written), 100)
  const texts = Array.from(firsts, (first, event) => lines.slice(first, firsts[event + 1]).join('|'))
  return texts.join(' ') + (isOpen ? '…' : '')
}

for (const format of ['cri', 'docker'] as const) {
  test(`${format}: a line is an event, and its parts are one`, () => {
    assert.equal(events(format, 'o.a', 'o+b', 'o+c', 'o.d', 'e.x'), 'o.a o+b|o+c|o.d e.x')
  })

  test(`${format}: a part without its end waits for it`, () => {
    assert.equal(events(format, 'o.a', 'o+b'), 'o.a o+b…')
  })

  test(`${format}: lines of the other stream between parts belong to their event`, () => {
    assert.equal(events(format, 'o+a', 'e+b', 'e.c', 'e.d', 'o.e', 'o.f'), 'o+a|e+b|e.c|e.d|o.e o.f')
  })

  test(`${format}: a line in no such form is an event and ends the one before`, () => {
    assert.equal(events(format, 'o+a', 'garbage', 'o.b'), 'o+a garbage o.b')
  })
}
