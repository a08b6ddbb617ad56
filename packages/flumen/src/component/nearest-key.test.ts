import assert from 'node:assert/strict'
import { test } from 'node:test'
import { didYouMean } from '../config/did-you-mean.ts'
import { isOfPattern, nearestKey } from './nearest-key.ts'

const patterns = ['port', 'header.*', 'sink.directory', 'sink.pathManager.prefix', 'parts', 'parts.*.name']

function nearest(key: string): string | undefined {
  return nearestKey(key, patterns, didYouMean)
}

test('a key is of a pattern when each segment is, and an open end takes one or more', () => {
  assert.ok(isOfPattern('port', 'port'))
  assert.ok(isOfPattern('header.a', 'header.*'))
  assert.ok(isOfPattern('header.a.b', 'header.*'))
  assert.ok(isOfPattern('parts.s1.name', 'parts.*.name'))
  assert.ok(!isOfPattern('header', 'header.*'))
  assert.ok(!isOfPattern('ports', 'port'))
  assert.ok(!isOfPattern('parts.s1.s2.name', 'parts.*.name'))
})

test('one segment that is near is enough, the others stay as they are', () => {
  assert.equal(nearest('prot'), 'port')
  assert.equal(nearest('heder.web.color'), 'header.web.color')
  assert.equal(nearest('sink.pathManager.prefx'), 'sink.pathManager.prefix')
  assert.equal(nearest('sink.pathMnager.prefix'), 'sink.pathManager.prefix')
  assert.equal(nearest('parts.s1.nme'), 'parts.s1.name')
  assert.equal(nearest('prts.s1.name'), 'parts.s1.name')
})

test('a key without its first segments is found by its last, if there is only one', () => {
  assert.equal(nearest('directory'), 'sink.directory')
  assert.equal(nearest('prefix'), 'sink.pathManager.prefix')
  assert.equal(nearestKey('name', ['a.name', 'b.name'], didYouMean), undefined)
})

test('a key that is like none has none', () => {
  assert.equal(nearest('banana'), undefined)
  assert.equal(nearest('banana.x.y.z'), undefined)
  assert.equal(nearestKey('port', [], didYouMean), undefined)
})
