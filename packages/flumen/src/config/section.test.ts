import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problems } from './problem.ts'
import { Reading, Section, sectionOf } from './section.ts'
import { Settings } from './settings.ts'

function sectionAt(prefix: string, values: Readonly<Record<string, string>>): Section {
  const settings = new Settings()
  let line = 0
  for (const [key, value] of Object.entries(values)) {
    line++
    settings.set({ key, value, place: { file: 'flume.conf', line, column: 1 } })
  }
  return new Section(new Reading(settings), prefix)
}

test('a section stands where its type does, or its first key, or the section around it', () => {
  const values = { 'a1.x': '1', 'a1.r1.port': '2', 'a1.r1.type': '3', 'a1.r2.port': '4' }
  assert.equal(sectionAt('a1.r1.', values).place.line, 3)
  assert.equal(sectionAt('a1.r2.', values).place.line, 4)
  assert.equal(sectionAt('a1.r1.selector.', values).place.line, 3)
  assert.equal(sectionAt('a1.r9.', values).place.line, 1)
  assert.equal(sectionAt('b1.', values).place.line, 0)
})

test('a problem stands at its key, or at the section where the key is not set', () => {
  const section = sectionAt('r1.', { 'r1.type': 'x', 'r1.port': 'y' })
  section.error('port', 'is no port', '')
  section.warning('bind', 'is not set', '')
  section.note('', 'about all of it', '')
  assert.deepEqual(
    section.reading.problems.all.map(({ key, place }) => [key, place.line]),
    [
      ['r1.port', 2],
      ['r1.bind', 1],
      ['r1', 1],
    ],
  )
})

test('the first of several spellings counts, another one is a warning', () => {
  const problems = new Problems()
  const section = sectionOf({ header: 'a', headerName: 'b' }, problems)
  assert.equal(section.first(['headerName', 'header'])?.value, 'b')
  assert.deepEqual(
    problems.all.map(({ severity, key, message }) => [severity, key, message]),
    [['warning', 'header', 'headerName and header say the same thing; the first counts']],
  )
})

test('a list is words between white space, or the keys of a map, or nothing', () => {
  const section = sectionOf({ channels: '  c1\t c2 ' })
  section.reading.settings.imply('channels', ['ignored'])
  section.reading.settings.imply('sinks', ['k1'])
  assert.deepEqual(section.list('channels'), ['c1', 'c2'])
  assert.deepEqual(section.list('sinks'), ['k1'])
  assert.equal(section.list('sources'), undefined)
})

test('what was read is used, what was only there is not', () => {
  const section = sectionOf({ port: '1', 'header.a': '2', 'header.b.c': '3', headers: '4', 'header.': '5' })
  assert.equal(section.get('bind'), undefined)
  section.get('port')
  assert.deepEqual(
    Array.from(section.takeBelow('header'), ({ rest, value }) => [rest, value]),
    [
      ['a', '2'],
      ['b.c', '3'],
    ],
  )
  assert.deepEqual([...section.reading.used], ['port', 'header.a', 'header.b.c'])
})

test('a section below another one is empty when nothing stands there', () => {
  const section = sectionOf({ 'a.b': '1' })
  assert.equal(section.below('a').isEmpty, false)
  assert.equal(section.below('b').isEmpty, true)
  assert.equal(section.below('a').key('b'), 'a.b')
})

test('looking for what was meant ends after half a million comparisons', () => {
  const { reading } = sectionOf({})
  const names = Array.from({ length: 1000 }, (_, index) => `name${index}`)
  let answers = 0
  for (let asked = 0; asked < 1000; asked++) if (reading.near('name1x', names) !== undefined) answers++
  assert.equal(answers, 500)
})
