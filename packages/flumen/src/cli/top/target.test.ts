import assert from 'node:assert/strict'
import { test } from 'node:test'
import { targetOf } from './target.ts'

test('a host, a port, both, or a URL say where the agent is asked', () => {
  const cases: readonly (readonly [word: string, url: string, address: string])[] = [
    ['collector:8080', 'http://collector:8080/status', 'collector:8080'],
    ['collector', 'http://collector:41414/status', 'collector:41414'],
    ['8080', 'http://127.0.0.1:8080/status', '127.0.0.1:8080'],
    [':8080', 'http://127.0.0.1:8080/status', '127.0.0.1:8080'],
    ['[::1]:8080', 'http://[::1]:8080/status', '[::1]:8080'],
    ['::1', 'http://[::1]:41414/status', '[::1]:41414'],
    ['http://collector:8080', 'http://collector:8080/status', 'collector:8080'],
    ['https://collector/flow?x=1', 'https://collector/flow?x=1', 'https://collector/flow?x=1'],
    ['http://me:secret@collector:1/', 'http://me:secret@collector:1/status', 'collector:1'],
  ]
  for (const [word, url, address] of cases) {
    const target = targetOf(word)
    assert.equal(target?.url.href, url, word)
    assert.equal(target?.address, address, word)
  }
})

test('anything else is no place', () => {
  for (const word of ['', 'a b', 'a/b', 'ftp://a/', 'a:b', 'a:99999', 'http://', '\x1b[2J', ':', 'a@b:1']) {
    assert.equal(targetOf(word), undefined, word)
  }
})
