import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isNamedLike, leadOf } from './name-likeness.ts'

test('a name begins with letters and digits of any script', () => {
  const letter = fc.constantFrom('a', 'Z', '0', '9', 'ü', '東', '𝒳', '٣')
  const other = fc.constantFrom('.', '-', '_', '@', '[', '`', '{', ':', '\u{1F600}')
  fc.assert(
    fc.property(fc.array(letter), fc.option(other), fc.array(fc.oneof(letter, other)), (lead, end, rest) => {
      const name = lead.join('') + (end === null ? '' : end + rest.join(''))
      assert.equal(leadOf(name), lead.join(''))
      assert.equal(leadOf(`/var/log/${name || '.'}`), lead.join(''))
    }),
  )
})

test('names that are like each other have the same lead', () => {
  for (const name of ['app.log.1', 'app.log-20261121.gz', 'app-20261121.log', 'app.old']) {
    assert.ok(isNamedLike(name, 'app.log'), name)
    assert.equal(leadOf(name), leadOf('app.log'))
  }
  assert.ok(!isNamedLike('app2.log', 'app.log'))
})
