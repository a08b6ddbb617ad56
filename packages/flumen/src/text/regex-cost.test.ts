import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beginsAtStart, leadingClass, safeLength, unlimited } from './regex-cost.ts'
import { parseJavaRegex } from './regex-parser.ts'

function safe(pattern: string, wanted: 'first' | 'every' | 'whole' = 'first'): number {
  const { root, hasReferences } = parseJavaRegex(pattern)
  const anchored = wanted === 'whole' || beginsAtStart(root)
  const notBehind = anchored || hasReferences || wanted !== 'first' ? undefined : leadingClass(root)
  return safeLength(root, { anchored, notBehind, wanted })
}

test('a loop that can read one text in two ways is safe on no text', () => {
  for (const pattern of [
    '^(?:a+)+$',
    '^(?:a|a)*$',
    '^(?:a|aa)+$',
    '^(?:x+x+)+y',
    '^(?:\\w+\\s?)*$',
    '^(?:.*)*b',
    '^(?:a?b?a?)*c',
    '^(?:[a-z]|[x-z0-9])*!',
    '^(?:a*b?)*$',
    '^(?:\u65e5|[\u4e00-\u9fff])*$',
    '^(?=(?:a+)+$)',
    '(?:a{1,20}){1,20}b',
  ]) {
    assert.equal(safe(pattern), 0, pattern)
  }
})

test('many choices without a loop are not safe either', () => {
  assert.ok(safe(`${'(?:a|a)'.repeat(26)}b`) < 20)
  assert.ok(safe(`${'a?'.repeat(26)}${'a'.repeat(26)}`) < 20)
  assert.ok(safe(`^${'(?:a?b)?'.repeat(4)}$`) >= unlimited)
})

test('loops that compete for a text make it less safe with each of them, those that do not leave it safe', () => {
  const one = safe('^a*b')
  const two = safe('^a*a*b')
  const three = safe('^a*a*a*b')
  assert.equal(one, unlimited)
  assert.ok(two < 1000 && two > 100)
  assert.ok(three < two && three > 20)
  assert.ok(safe('^a*b?a*b?a*$') < 100, 'what may be left out separates nothing')
  assert.equal(safe('^\\d+-\\d+ \\w+: \\S+$'), unlimited)
  assert.equal(safe('^(?:\\w+=\\d+;)*$'), unlimited)
  assert.equal(safe('^(?:\\d{1,3}\\.){3}\\d{1,3}$'), unlimited)
})

test('the search for the beginning is a loop too, unless every match begins with one that reads the same', () => {
  assert.ok(safe('a.*b') < 1000)
  assert.equal(safe('^a.*b'), unlimited)
  assert.equal(safe('.*b'), unlimited)
  assert.equal(safe('\\s+$'), unlimited)
  assert.ok(safe('\\s+$', 'every') < 1000)
  assert.ok(safe('a*a*b') < 1000, 'two loops, of which the search for the first costs nothing')
})

test('what follows a match that is certain is not tried in vain', () => {
  assert.equal(safe('ERROR.*'), unlimited)
  assert.equal(safe('\\s+', 'every'), unlimited)
  assert.equal(safe('(\\w+)=(.*)'), unlimited)
  assert.ok(safe('ERROR.*', 'whole') >= unlimited)
  assert.ok(safe('a(?:.*b)?') >= unlimited, 'the first a is a match')
  assert.ok(safe('a(?:.*b)?', 'every') < 1000, 'each a looks for a b again')
})

test('a long repetition in a search counts as what it is', () => {
  assert.ok(safe('a{0,40}..{0,40}c') < unlimited)
  assert.ok(safe('x.{0,1000}y') < 1000)
  assert.ok(safe('.{65535}') < 1000, 'a match is not certain before the last round that must be')
  assert.equal(safe('(?>.?\\S{10,}){10,}'), 0)
})
