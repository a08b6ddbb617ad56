import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { noPlace } from './problem.ts'
import { type Setting, Settings } from './settings.ts'

function settingsOf(values: Readonly<Record<string, string>>): Settings {
  const settings = new Settings()
  for (const [key, value] of Object.entries(values)) settings.set({ key, value, place: noPlace })
  return settings
}

test('a later setting of a key replaces the value and keeps the order', () => {
  const settings = settingsOf({ b: '1', a: '2' })
  settings.set({ key: 'b', value: '3', place: noPlace })
  assert.deepEqual(
    [...settings].map(({ key, value }) => `${key}=${value}`),
    ['b=3', 'a=2'],
  )
  assert.equal(settings.size, 2)
})

test('merged settings win, and implied lists are joined', () => {
  const settings = settingsOf({ a: '1', b: '1' })
  settings.imply('list', ['x', 'y'])
  const other = settingsOf({ b: '2' })
  other.imply('list', ['y', 'z'])
  settings.merge(other)
  assert.equal(settings.get('b')?.value, '2')
  assert.deepEqual(settings.implied('list'), ['x', 'y', 'z'])
  assert.deepEqual([...settings.impliedKeys], ['list'])
  assert.equal(settings.implied('a'), undefined)
})

test('below a prefix stand its settings in the order of their first appearance, whatever was set and deleted since', () => {
  const key = fc.constantFrom('a', 'a.', 'a.b', 'a.c', 'a.b.c', 'ab', 'b', 'é', 'a.é')
  const step = fc.record({ key, deletes: fc.boolean(), asks: key })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const settings = new Settings()
      const model = new Map<string, Setting>()
      for (const { key, deletes, asks } of steps) {
        const setting = { key, value: String(model.size), place: noPlace }
        if (deletes) settings.delete(key)
        else settings.set(setting)
        if (deletes) model.delete(key)
        else model.set(key, setting)
        const expected = [...model.values()].filter((each) => each.key.startsWith(asks))
        assert.deepEqual(settings.below(asks), expected)
        assert.equal(settings.hasBelow(asks), expected.length > 0)
      }
    }),
  )
})
