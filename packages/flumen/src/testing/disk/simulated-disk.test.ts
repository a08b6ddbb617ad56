import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DiskError, type Files, type OpenFile } from '../../storage/files.ts'
import { systemFiles } from '../../storage/system-files.ts'
import { takeFiles } from './file-set.ts'
import { Random } from './random.ts'
import { type CrashState, SimulatedDisk } from './simulated-disk.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (disk: SimulatedDisk, path: string): string => Buffer.from(disk.read(path)).toString('latin1')

function diskWith(files: Readonly<Record<string, string>> = {}): SimulatedDisk {
  const disk = new SimulatedDisk({ directories: ['/d', '/e'] })
  for (const [path, text] of Object.entries(files)) create(disk, path, text).close()
  disk.settle()
  return disk
}

function create(disk: SimulatedDisk, path: string, text = ''): OpenFile {
  const file = disk.open(path, 'create')
  file.write([bytes(text)], 0)
  return file
}

/** What may be in a file after a power cut at the end of the journal; undefined where its name is gone. */
function outcomes(disk: SimulatedDisk, path: string): Set<string | undefined> {
  const { length } = disk.journal
  const texts = new Set<string | undefined>()
  for (const state of disk.crashStates({ from: length })) {
    texts.add(state.disk.files().includes(path) ? textOf(state.disk, path) : undefined)
  }
  return texts
}

/** One random call; what it gives, or the code of its error. */
function randomCall(files: Files, root: string, random: Random, open: (OpenFile | undefined)[]): unknown {
  const path = (): string => join(root, random.pick(['a', 'b', 'c', 'x/a', 'x/y/b', 'a/b']))
  const slot = random.below(open.length)
  const file = open[slot]
  const position = random.pick([0, 1, 100, 4095, 4096, 4097, 9000])
  const length = random.pick([0, 1, 511, 4096, 5000])
  const chosen = random.below(14)
  const first = path()
  const second = path()
  const calls: readonly (() => unknown)[] = [
    () => {
      open[slot]?.close()
      open[slot] = undefined
      open[slot] = files.open(first, random.pick(['create', 'write', 'read']))
      return 'open'
    },
    () => [...files.list(first)].sort(),
    () => [...files.list(root)].sort(),
    () => files.makeDirectory(join(root, random.pick(['x', 'x/y']))),
    () => files.rename(first, second),
    () => files.unlink(first),
    () => files.syncDirectory(join(root, random.pick(['.', 'x', 'a']))),
    () => file?.size(),
    () => {
      const buffer = Buffer.alloc(length, 'r')
      return [file?.read(buffer, position), buffer.toString('hex')]
    },
    () => file?.write([new Uint8Array(length).fill(position & 255), new Uint8Array(3).fill(7)], position),
    () => file?.write([new Uint8Array(length).fill(length & 255)], position),
    () => file?.sync(),
    () => file?.truncate(position),
    () => file?.close(),
  ]
  try {
    return calls[chosen]?.()
  } catch (error) {
    if (error instanceof DiskError) return [error.code, error.operation, error.path.slice(root.length)]
    throw error
  }
}

test('every call gives what a real disk gives, errors included', (t) => {
  const real = mkdtempSync(join(tmpdir(), 'flumen-disk-'))
  t.after(() => rmSync(real, { recursive: true }))
  const codes = new Set<string>()
  for (let seed = 0; seed < 60; seed++) {
    const root = join(real, String(seed))
    systemFiles.makeDirectory(root)
    const disk = new SimulatedDisk({ directories: ['/root'] })
    const [ours, theirs] = [new Random(seed), new Random(seed)]
    const [open, realOpen]: (OpenFile | undefined)[][] = [new Array(3).fill(undefined), new Array(3).fill(undefined)]
    for (let step = 0; step < 100; step++) {
      const found = randomCall(disk, '/root', ours, open!)
      const expected = randomCall(systemFiles, root, theirs, realOpen!)
      assert.deepEqual(found, expected, `seed ${seed}, step ${step}`)
      if (Array.isArray(found) && found.length === 3) codes.add(String(found[0]))
    }
    assert.deepEqual(takeFiles(disk, '/root'), takeFiles(systemFiles, root))
    for (const file of realOpen!) file?.close()
  }
  for (const code of ['ENOENT', 'EEXIST', 'ENOTDIR', 'EBADF']) assert.ok(codes.has(code), `${code} of ${[...codes]}`)
})

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

test('no state is shown twice: what a cut has in common with the one before belongs to that one', () => {
  const disk = diskWith({ '/d/a': '' })
  const file = disk.open('/d/a', 'write')
  file.write([bytes('1')], 0)
  file.write([bytes('2')], 1)
  file.sync()
  disk.mark('stored')
  assert.deepEqual(
    [...disk.crashStates()].map(({ id }) => id),
    ['c0--n', 'c1-0-l', 'c1-1-n', 'c2-0-l', 'c2-1-l', 'c2-2-l', 'c2-2-n', 'c2-3-n', 'c4--n'],
  )
  assert.deepEqual(
    [...disk.killStates()].map(({ id }) => id),
    ['k0', 'k1', 'k2', 'k3', 'k4'],
  )
})

test('a file that is replaced gives its room back, and in a clone, which has no open files, one without a name too', () => {
  const disk = new SimulatedDisk({ directories: ['/d'], capacity: 10 * 4096 })
  for (const path of ['/d/a', '/d/b']) create(disk, path, 'x').close()
  disk.rename('/d/a', '/d/b')
  assert.equal(disk.freeBytes('/d'), 9 * 4096)
  const open = create(disk, '/d/c', 'x')
  disk.unlink('/d/c')
  assert.equal(disk.freeBytes('/d'), 8 * 4096)
  assert.equal(disk.clone().freeBytes('/d'), 9 * 4096)
  open.close()
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

test('each state can be made again from its id, in a clone too', () => {
  const random = new Random(3)
  const disk = new SimulatedDisk({ directories: ['/root'] })
  const open: (OpenFile | undefined)[] = new Array(3).fill(undefined)
  for (let step = 0; step < 150; step++) {
    if (random.chance(0.05)) disk.failNext('sync', 'EIO')
    randomCall(disk, '/root', random, open)
    disk.mark(String(step))
  }
  const shown = ({ disk: after, marks }: CrashState): unknown => [
    after.files().map((path) => [path, after.read(path)]),
    marks,
  ]
  const clone = disk.clone()
  const ids = new Set<string>()
  for (const states of [disk.crashStates({ seed: 7, samples: 20 }), disk.killStates()]) {
    let count = 0
    for (const state of states) {
      ids.add(state.id)
      if (++count % 10 !== 0) continue
      for (const again of [disk.stateOf(state.id), clone.stateOf(state.id)]) {
        assert.deepEqual(shown(again), shown(state), state.id)
        assert.equal(again.id, state.id)
      }
    }
    assert.ok(count > 100, String(count))
  }
  for (const id of ['', 'c1', 'k1+x', 'c0-f-n', 'k9999', 'k0+5']) assert.throws(() => disk.stateOf(id), RangeError)
})

test('the same seed gives the same states', () => {
  const disk = diskWith({ '/d/a': '' })
  const file = disk.open('/d/a', 'write')
  for (let index = 0; index < 20; index++) file.write([new Uint8Array(700)], index * 700)
  const ids = (seed: number): string[] => [...disk.crashStates({ seed, samples: 50 })].map(({ id }) => id)
  assert.deepEqual(ids(1), ids(1))
  assert.notDeepEqual(ids(1), ids(2))
})

test('a state is a disk of its own', () => {
  const disk = diskWith({ '/d/a': 'text' })
  const file = disk.open('/d/a', 'write')
  file.write([bytes('T')], 0)
  const states = [...disk.crashStates()]
  for (const state of states) {
    const other = state.disk.open('/d/a', 'write')
    other.write([bytes('----')], 0)
    state.disk.unlink('/d/a')
  }
  assert.equal(textOf(disk, '/d/a'), 'Text')
  assert.deepEqual(disk.journal.length, 1)
  const clone = disk.clone()
  clone.flip('/d/a', 0, 0x20)
  assert.deepEqual([textOf(disk, '/d/a'), textOf(clone, '/d/a')], ['Text', 'text'])
})

test('a fault strikes so many calls after so many, and a short write leaves its part', () => {
  const disk = diskWith({ '/d/a': '' })
  const file = disk.open('/d/a', 'write')
  const fault = disk.failNext('write', 'EIO', { after: 1, times: 2, shortWrite: 2 })
  const write = (text: string): void => file.write([bytes(text)], 0)
  write('0000')
  assert.throws(() => write('1111'), { code: 'EIO', operation: 'write' })
  assert.equal(textOf(disk, '/d/a'), '1100')
  assert.throws(() => write('2222'), { code: 'EIO' })
  write('3333')
  assert.equal(fault.hits, 2)
  const lasting = disk.failNext(({ path, bytes: count }) => path === '/d/a' && count === 3, 'EFBIG', {
    times: Infinity,
  })
  for (let count = 0; count < 3; count++) assert.throws(() => write('abc'), { code: 'EFBIG' })
  write('abcd')
  lasting.remove()
  write('abc')
  disk.failNext('create', 'EMFILE')
  assert.throws(() => disk.open('/d/b', 'create'), { code: 'EMFILE', operation: 'open' })
  disk.failNext('read', 'EIO')
  disk.clearFaults()
  file.read(new Uint8Array(1), 0)
})

test('a full disk takes the pages that fit and says ENOSPC; what is removed, cut or overwritten is free', () => {
  const disk = new SimulatedDisk({ directories: ['/d'], capacity: 5 * 4096 + 100 })
  const file = disk.open('/d/a', 'create')
  file.write([new Uint8Array(100).fill(1)], 0)
  assert.equal(disk.freeBytes('/d'), 4 * 4096 + 100)
  const other = disk.open('/d/b', 'create')
  assert.throws(() => other.write([new Uint8Array(30_000)], 10), { code: 'ENOSPC' })
  assert.equal(other.size(), 4 * 4096)
  assert.throws(() => other.write([new Uint8Array(1)], 4 * 4096), { code: 'ENOSPC' })
  other.write([new Uint8Array(4096 - 10)], 3 * 4096)
  file.write([new Uint8Array(3996)], 100)
  assert.throws(() => file.write([new Uint8Array(1)], 4096), { code: 'ENOSPC' })
  other.truncate(4096 + 1)
  assert.equal(disk.freeBytes('/d'), 2 * 4096 + 100)
  other.truncate(100_000)
  assert.equal(disk.freeBytes('/d'), 2 * 4096 + 100, 'a hole takes no room')
  disk.unlink('/d/b')
  assert.equal(disk.freeBytes('/d'), 2 * 4096 + 100, 'it is open')
  other.close()
  assert.equal(disk.freeBytes('/d'), 4 * 4096 + 100)
  disk.limits.capacity = Number.POSITIVE_INFINITY
  file.write([new Uint8Array(100_000)], 0)
})

test('a crash leaves a full disk as full as it was', () => {
  const disk = new SimulatedDisk({ directories: ['/d'], capacity: 4096 })
  create(disk, '/d/a', 'x').sync()
  disk.syncDirectory('/d')
  for (const { disk: after } of disk.crashStates({ from: disk.journal.length })) {
    assert.equal(after.freeBytes('/d'), 0)
  }
})

test('a disk without inodes makes no file, one without descriptors opens none, one that is read only changes nothing', () => {
  const disk = new SimulatedDisk({ directories: ['/d'], inodes: 2, descriptors: 1 })
  const file = create(disk, '/d/a', 'x')
  for (const work of [() => disk.open('/d/a', 'read'), () => disk.list('/d'), () => disk.syncDirectory('/d')]) {
    assert.throws(work, { code: 'EMFILE' })
  }
  file.close()
  assert.equal(disk.descriptors, 0)
  assert.throws(() => disk.open('/d/b', 'create'), { code: 'ENOSPC' })
  assert.throws(() => disk.makeDirectory('/d/x'), { code: 'ENOSPC' })
  disk.rename('/d/a', '/d/b')
  disk.unlink('/d/b')
  const other = create(disk, '/d/c', 'x')
  disk.limits.readOnly = true
  disk.limits.descriptors = 2
  const attempts = [
    () => disk.open('/d/c', 'write'),
    () => disk.open('/d/d', 'create'),
    () => disk.rename('/d/c', '/d/d'),
    () => disk.unlink('/d/c'),
    () => disk.makeDirectory('/d/x'),
    () => other.write([bytes('y')], 0),
    () => other.truncate(0),
  ]
  for (const work of attempts) assert.throws(work, { code: 'EROFS' })
  disk.makeDirectory('/d')
  assert.equal(disk.open('/d/c', 'read').read(new Uint8Array(9), 0), 1)
})

test('bytes that are damaged behind the system are durable, and open files see them', () => {
  const disk = diskWith({ '/d/a': 'abc' })
  const file = disk.open('/d/a', 'write')
  disk.flip('/d/a', 1)
  disk.overwrite('/d/a', 3, bytes('def'))
  disk.resize('/d/a', 5)
  assert.deepEqual(outcomes(disk, '/d/a'), new Set(['accde']))
  assert.equal(file.size(), 5)
  assert.throws(() => disk.flip('/d/a', 5), RangeError)
})

test('a state in which nothing is lost is the disk as it was, and after syncs of everything it is the only one', () => {
  for (let seed = 0; seed < 100; seed++) {
    const disk = randomDisk(seed)
    const whole = [...disk.crashStates({ from: disk.journal.length, exhaustive: 0, samples: 2 })].at(-1)
    assert.deepEqual(takeTree(whole!.disk), takeTree(disk), `seed ${seed}`)
    const killed = disk.stateOf(`k${disk.journal.length}`)
    assert.deepEqual(takeTree(killed.disk), takeTree(disk), `seed ${seed}`)
    for (const each of [killed.disk, disk]) {
      syncAll(each)
      const states = [...each.crashStates({ from: each.journal.length })]
      assert.equal(states.length, 1, `seed ${seed}`)
      assert.deepEqual(takeTree(states[0]!.disk), takeTree(disk), `seed ${seed}`)
    }
  }
})

test('what a sync made durable is in every state after it, also after other changes', () => {
  for (let seed = 0; seed < 50; seed++) {
    const disk = randomDisk(seed)
    disk.makeDirectory('/root/kept')
    create(disk, '/root/kept/a', 'text')
    syncAll(disk)
    const durable = disk.journal.length
    const random = new Random(seed)
    const open: (OpenFile | undefined)[] = new Array(3).fill(undefined)
    for (let step = 0; step < 20; step++) randomCall(disk, '/root', random, open)
    for (const state of disk.crashStates({ from: durable, exhaustive: 3, samples: 20 })) {
      assert.equal(textOf(state.disk, '/root/kept/a'), 'text', `seed ${seed}, ${state.id}`)
    }
  }
})

function randomDisk(seed: number): SimulatedDisk {
  const disk = new SimulatedDisk({ directories: ['/root'] })
  const random = new Random(seed)
  const open: (OpenFile | undefined)[] = new Array(3).fill(undefined)
  for (let step = 0; step < 60; step++) randomCall(disk, '/root', random, open)
  for (const file of open) file?.close()
  return disk
}

function syncAll(disk: SimulatedDisk): void {
  for (const path of disk.files()) {
    const file = disk.open(path, 'read')
    file.sync()
    file.close()
  }
  const parents = ['/', '/root', '/root/x', '/root/x/y', '/root/kept']
  for (const directory of parents) {
    try {
      disk.syncDirectory(directory)
    } catch (error) {
      assert.ok(error instanceof DiskError && ['ENOENT', 'ENOTDIR'].includes(error.code))
    }
  }
}

function takeTree(disk: SimulatedDisk): ReadonlyMap<string, Uint8Array> {
  return new Map(disk.files().map((path) => [path, disk.read(path)]))
}
