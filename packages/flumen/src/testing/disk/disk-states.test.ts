import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytes, create, diskWith, outcomes, textOf } from './disk-bench.ts'

/* What a power cut, or the end of the process, may leave of each kind of change. */

test('a write is durable after a sync, and before it is there, is not there, or is torn', () => {
  const disk = diskWith({ '/d/a': 'old' })
  const file = disk.open('/d/a', 'write')
  file.write([bytes('NEW!')], 0)
  const before = outcomes(disk, '/d/a')
  for (const text of ['old', 'NEW!', 'Nld', 'NEW', 'old\0']) {
    assert.ok(before.has(text), `${JSON.stringify(text)} of ${JSON.stringify([...before])}`)
  }
  file.sync()
  assert.deepEqual(outcomes(disk, '/d/a'), new Set(['NEW!']))
})

test('writes that were not synced are lost each for itself; where a later one is kept there are zeros', () => {
  const disk = diskWith({ '/d/a': '' })
  const file = disk.open('/d/a', 'write')
  file.write([bytes('1')], 0)
  file.write([bytes('2')], 1)
  file.write([bytes('3')], 2)
  assert.deepEqual(
    outcomes(disk, '/d/a'),
    new Set(['', '1', '12', '123', '\x002', '\x0023', '1\x003', '\0\x003', '\0\0\0', '1\0\0', '12\0', '\x002\0']),
  )
})

test('a write is torn at sectors and pages of its file', () => {
  const disk = diskWith({ '/d/a': 'x'.repeat(100) })
  const file = disk.open('/d/a', 'write')
  file.write([new Uint8Array(9000).fill(65)], 100)
  const sizes = new Set<number>()
  let withHole = false
  for (let seed = 0; seed < 20; seed++) {
    for (const { disk: after } of disk.crashStates({ from: disk.journal.length, seed })) {
      const text = textOf(after, '/d/a')
      sizes.add(text.length)
      withHole ||= /A\0+A+$/.test(text)
    }
  }
  assert.ok(sizes.has(100) && sizes.has(101) && sizes.has(9100) && sizes.has(9099))
  for (const size of [4096, 8192]) assert.ok(sizes.has(size), `${size}`)
  assert.ok([...sizes].filter((size) => size % 512 === 0).length > 5)
  assert.ok([...sizes].some((size) => size % 512 !== 0 && size > 101 && size < 9099))
  assert.ok(withHole)
})

test('a cut of a file and a write after it are lost each for itself until a sync', () => {
  const disk = diskWith({ '/d/a': 'abcdef' })
  const file = disk.open('/d/a', 'write')
  file.truncate(2)
  file.write([bytes('X')], 2)
  assert.deepEqual(outcomes(disk, '/d/a'), new Set(['abcdef', 'ab', 'abX', 'abXdef', 'ab\0']))
  file.sync()
  assert.deepEqual(outcomes(disk, '/d/a'), new Set(['abX']))
})

test('a new name is durable after a sync of its directory, whatever is synced of the file', () => {
  const disk = diskWith()
  const file = create(disk, '/d/a', 'text')
  file.sync()
  disk.syncDirectory('/e')
  assert.deepEqual(outcomes(disk, '/d/a'), new Set([undefined, 'text']))
  disk.syncDirectory('/d')
  assert.deepEqual(outcomes(disk, '/d/a'), new Set(['text']))
})

test('a name that is durable says nothing of the bytes', () => {
  const disk = diskWith()
  create(disk, '/d/a', '1')
  disk.syncDirectory('/d')
  assert.deepEqual(outcomes(disk, '/d/a'), new Set(['', '1', '\0']))
})

test('a new directory takes all below it with it when its name is lost', () => {
  const disk = diskWith()
  disk.makeDirectory('/d/x/y')
  create(disk, '/d/x/y/a', 'text').sync()
  disk.syncDirectory('/d/x/y')
  assert.deepEqual(outcomes(disk, '/d/x/y/a'), new Set([undefined, 'text']))
  disk.syncDirectory('/d')
  assert.deepEqual(outcomes(disk, '/d/x/y/a'), new Set([undefined, 'text']))
  disk.syncDirectory('/d/x')
  assert.deepEqual(outcomes(disk, '/d/x/y/a'), new Set(['text']))
})

test('a rename and a removal may be undone until their directory is synced', () => {
  const disk = diskWith({ '/d/a': 'new', '/d/b': 'old', '/d/c': 'gone' })
  disk.rename('/d/a', '/d/b')
  disk.unlink('/d/c')
  const states = (): Set<string> => {
    const found = [...disk.crashStates({ from: disk.journal.length })].map((state) =>
      state.disk
        .files()
        .map((path) => `${path}=${textOf(state.disk, path)}`)
        .join(' '),
    )
    return new Set(found)
  }
  assert.deepEqual(
    states(),
    new Set(['/d/a=new /d/b=old /d/c=gone', '/d/b=new /d/c=gone', '/d/a=new /d/b=old', '/d/b=new']),
  )
  disk.syncDirectory('/d')
  assert.deepEqual(states(), new Set(['/d/b=new']))
})

test('a sync is for its file alone', () => {
  const disk = diskWith({ '/d/a': '', '/d/b': '' })
  const [a, b] = [disk.open('/d/a', 'write'), disk.open('/d/b', 'write')]
  a.write([bytes('1')], 0)
  b.write([bytes('2')], 0)
  a.sync()
  assert.deepEqual(outcomes(disk, '/d/a'), new Set(['1']))
  assert.deepEqual(outcomes(disk, '/d/b'), new Set(['', '2', '\0']))
})

test('bytes may be there and the size not that they need', () => {
  const disk = diskWith({ '/d/a': 'x'.repeat(100) })
  disk.open('/d/a', 'write').write([new Uint8Array(300).fill(65)], 50)
  assert.ok(outcomes(disk, '/d/a').has(`${'x'.repeat(50)}${'A'.repeat(50)}`))
})

test('a file never has two names, and a removal is of the file that it was of', () => {
  const disk = diskWith({ '/d/b': 'old' })
  create(disk, '/d/a').close()
  disk.rename('/d/a', '/d/x')
  disk.rename('/d/x', '/d/c')
  const names = (): Set<string> =>
    new Set([...disk.crashStates({ from: disk.journal.length })].map((state) => state.disk.files().join(' ')))
  assert.deepEqual(names(), new Set(['/d/b', '/d/a /d/b', '/d/b /d/x', '/d/b /d/c']))
  disk.syncDirectory('/d')
  disk.rename('/d/c', '/d/b')
  disk.unlink('/d/b')
  assert.deepEqual(names(), new Set(['/d/b /d/c', '/d/b', '']))
})

test('after a failed sync the bytes are read, no later sync saves them, and written again they are saved', () => {
  const disk = diskWith({ '/d/a': '' })
  const file = disk.open('/d/a', 'write')
  file.write([bytes('1')], 0)
  disk.failNext('sync', 'EIO')
  assert.throws(() => file.sync(), { name: 'DiskError', code: 'EIO', operation: 'sync', path: '/d/a' })
  assert.equal(textOf(disk, '/d/a'), '1')
  file.sync()
  file.write([bytes('2')], 1)
  file.sync()
  assert.deepEqual(outcomes(disk, '/d/a'), new Set(['12', '\x002']))
  file.write([bytes('1')], 0)
  file.sync()
  assert.deepEqual(outcomes(disk, '/d/a'), new Set(['12']))
})

test('after a failed sync of a directory no later one makes its names durable', () => {
  const disk = diskWith()
  create(disk, '/d/a')
  disk.failNext('syncDirectory', 'EIO')
  assert.throws(() => disk.syncDirectory('/d'), { code: 'EIO' })
  disk.syncDirectory('/d')
  assert.deepEqual(outcomes(disk, '/d/a'), new Set(['', undefined]))
  disk.rename('/d/a', '/d/b')
  disk.syncDirectory('/d')
  assert.deepEqual(outcomes(disk, '/d/b'), new Set(['']))
  assert.deepEqual(outcomes(disk, '/d/a'), new Set([undefined]))
})

test('marks say what was noted before the cut', () => {
  const disk = diskWith({ '/d/a': '' })
  const file = disk.open('/d/a', 'write')
  disk.mark('begin')
  file.write([bytes('1')], 0)
  file.sync()
  disk.mark('stored')
  const seen = new Map<string, Set<string>>()
  for (const state of disk.crashStates()) {
    const key = state.marks.join(' ')
    seen.set(key, (seen.get(key) ?? new Set()).add(textOf(state.disk, '/d/a')))
  }
  assert.deepEqual(
    seen,
    new Map([
      ['', new Set([''])],
      ['begin', new Set(['', '1', '\0'])],
      ['begin stored', new Set(['1'])],
    ]),
  )
})

test('a kill keeps all that was written, also half of a write', () => {
  const disk = diskWith()
  const file = create(disk, '/d/a', '123')
  file.write([bytes('456')], 3)
  disk.unlink('/d/a')
  const texts = [...disk.killStates()].map(({ disk: after }) =>
    after.files().includes('/d/a') ? textOf(after, '/d/a') : undefined,
  )
  assert.deepEqual(new Set(texts), new Set([undefined, '', '1', '12', '123', '1234', '12345', '123456']))
  assert.deepEqual([texts[0], texts.at(-1)], [undefined, undefined])
})
