import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FolderPattern } from './folder-pattern.ts'

test('a folder without wildcards is the one that it names', () => {
  const pattern = new FolderPattern('/var/log/a+b')
  assert.equal(pattern.root, '/var/log/a+b')
  assert.deepEqual(
    ['/var/log/a+b', '/var/log/a+b/c', '/var/log'].map((each) => pattern.has(each)),
    [true, false, false],
  )
  assert.equal(pattern.goesBelow('/var/log/a+b'), false)
})

test('two asterisks stand for any number of folders, also none', () => {
  const pattern = new FolderPattern('/var/log/**/app')
  assert.equal(pattern.root, '/var/log')
  for (const directory of ['/var/log/app', '/var/log/x/app', '/var/log/x/y/app', '/var/log/app/app']) {
    assert.ok(pattern.has(directory), directory)
    assert.ok(pattern.goesBelow(directory))
  }
  assert.equal(pattern.has('/var/log'), false)
  assert.equal(pattern.has('/var/log/x'), false)
  assert.equal(pattern.has('/var/logs/app'), false)
  assert.ok(new FolderPattern('/**').has('/a/b'))
  assert.ok(new FolderPattern('/**').has('/'))
})

test('an asterisk and a question mark stand for what a name has there', () => {
  const pattern = new FolderPattern('/pods/*_?.d/logs')
  assert.ok(pattern.has('/pods/web_1.d/logs'))
  assert.equal(pattern.has('/pods/web_10.d/logs'), false)
  assert.equal(pattern.has('/pods/web_1xd/logs'), false)
  assert.ok(pattern.goesBelow('/pods/web_1.d'))
  assert.equal(pattern.goesBelow('/pods/web'), false)
  assert.equal(pattern.goesBelow('/pods/web_1.d/logs'), false)
})

test('a path that goes up and down means the folder at its end', () => {
  const folders = new FolderPattern('/var/log/../spool/./app')
  assert.equal(folders.root, '/var/spool/app')
  assert.ok(folders.has('/var/spool/app'))
})
