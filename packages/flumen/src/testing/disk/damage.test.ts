import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemFiles } from '../../storage/system-files.ts'
import { type DamageKind, type DamageOptions, damageDirectory } from './damage.ts'
import { type FileSet, putFiles, takeFiles } from './file-set.ts'
import { SimulatedDisk } from './simulated-disk.ts'

const directory = '/d'

const filled = (length: number, salt: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => 1 + ((index * 7 + salt) % 255))

const original: FileSet = new Map([
  ['checkpoint-0', filled(300, 1)],
  ['checkpoint-1', filled(310, 2)],
  ['log-08', filled(5000, 3)],
  ['log-09', filled(1300, 4)],
  ['log-10', filled(1, 5)],
  ['log-11', new Uint8Array(0)],
])

const isCheckpoint = (name: string): boolean => name.startsWith('checkpoint')
const earlier: FileSet = new Map([['checkpoint-1', filled(290, 6)]])
const foreign: FileSet = new Map([
  ['checkpoint-7', filled(280, 7)],
  ['log-99', filled(10, 8)],
])

function damaged(options: DamageOptions): { damage: NonNullable<ReturnType<typeof damageDirectory>>; after: FileSet } {
  const disk = new SimulatedDisk({ directories: [directory] })
  putFiles(disk, directory, original)
  const damage = damageDirectory(disk, directory, options)
  assert.ok(damage)
  return { damage, after: takeFiles(disk, directory) }
}

function damagedAll(kind: DamageKind, options: Partial<DamageOptions> = {}): ReturnType<typeof damaged>[] {
  return Array.from({ length: 60 }, (_, seed) => damaged({ seed, kinds: [kind], isCheckpoint, ...options }))
}

const sizes = (set: FileSet): number[] => [...set.values()].map((bytes) => bytes.length)

test('every byte that changed or went lies in a range that is told, and every byte of a range did', () => {
  const kinds = new Set<DamageKind>()
  for (let seed = 0; seed < 400; seed++) {
    const { damage, after } = damaged({ seed, isCheckpoint, earlier: [earlier], foreign: [foreign] })
    kinds.add(damage.kind)
    for (const [name, bytes] of original) {
      const told = new Uint8Array(bytes.length)
      for (const range of damage.ranges) if (range.name === name) told.fill(1, range.from, range.to)
      const changed = bytes.map((byte, index) => Number(after.get(name)?.[index] !== byte))
      assert.deepEqual(told, changed, damage.description)
    }
  }
  assert.equal(kinds.size, 8, 'each kind is drawn')
})

test('the same seed does the same, another one something else', () => {
  const options = { isCheckpoint, earlier: [earlier], foreign: [foreign] }
  const first = damaged({ seed: 5, ...options })
  assert.deepEqual(damaged({ seed: 5, ...options }), first)
  assert.notDeepEqual(damaged({ seed: 6, ...options }), first)
})

test('a flip changes up to eight bits and no size', () => {
  for (const { damage, after } of damagedAll('flip')) {
    assert.deepEqual(sizes(after), sizes(original))
    const bytes = damage.ranges.reduce((sum, { from, to }) => sum + to - from, 0)
    assert.ok(bytes >= 1 && bytes <= 8, damage.description)
    assert.equal(new Set(damage.ranges.map(({ name }) => name)).size, 1)
  }
})

test('a truncation cuts the end of one file that has bytes', () => {
  for (const { damage, after } of damagedAll('truncate')) {
    const [range] = damage.ranges
    assert.ok(range)
    assert.deepEqual([range.to, range.from], [original.get(range.name)?.length, after.get(range.name)?.length])
  }
})

test('a zeroed sector begins where one does and ends where one does, or the file', () => {
  for (const { damage, after } of damagedAll('zero')) {
    const [range] = damage.ranges
    assert.ok(range)
    assert.equal(range.from % 512, 0)
    assert.ok(range.to % 512 === 0 || range.to === original.get(range.name)?.length)
    assert.ok(
      after
        .get(range.name)
        ?.subarray(range.from, range.to)
        .every((byte) => byte === 0),
    )
  }
})

test('swapped files have the bytes of each other', () => {
  for (const { after } of damagedAll('swap')) {
    const moved = [...original].filter(([name, bytes]) => after.get(name)?.length !== bytes.length)
    assert.equal(moved.length, 2)
    const [[first, bytes], [second, others]] = moved as [[string, Uint8Array], [string, Uint8Array]]
    assert.deepEqual([after.get(first), after.get(second)], [others, bytes])
  }
})

test('a duplicate has a name as the next file of its kind would, and damages nothing', () => {
  for (const { damage, after } of damagedAll('duplicate', { only: (name) => name.startsWith('log') })) {
    assert.deepEqual(damage.ranges, [])
    const added = [...after.keys()].filter((name) => !original.has(name))
    assert.equal(added.length, 1)
    assert.match(added[0] ?? '', /^log-\d\d$/)
    assert.ok([...original.values()].some((bytes) => Buffer.compare(bytes, after.get(added[0] ?? '')!) === 0))
  }
})

test('a missing file is whole in the ranges', () => {
  for (const { damage, after } of damagedAll('missing', { only: (name) => name === 'log-08' })) {
    assert.equal(after.has('log-08'), false)
    assert.deepEqual(damage.ranges, [{ name: 'log-08', from: 0, to: 5000 }])
  }
})

test('a stale or foreign checkpoint takes the place of one or of all, and no other file is touched', () => {
  for (const [kind, donor] of [
    ['stale', earlier.get('checkpoint-1')],
    ['foreign', foreign.get('checkpoint-7')],
  ] as const) {
    const replaced = damagedAll(kind, { earlier: [earlier], foreign: [foreign] }).map(({ after }) => {
      for (const [name, bytes] of original) if (!isCheckpoint(name)) assert.deepEqual(after.get(name), bytes)
      return ['checkpoint-0', 'checkpoint-1'].filter((name) => Buffer.compare(after.get(name)!, donor!) === 0).length
    })
    assert.deepEqual(new Set(replaced), new Set([1, 2]))
  }
})

test('where nothing can be damaged nothing is', () => {
  const disk = new SimulatedDisk({ directories: [directory] })
  assert.equal(damageDirectory(disk, directory, { seed: 1 }), undefined)
  putFiles(disk, directory, original)
  disk.settle()
  assert.equal(damageDirectory(disk, directory, { seed: 1, kinds: ['stale', 'foreign'] }), undefined)
  assert.deepEqual(disk.journal, [])
})

test('a real directory is damaged as a simulated one is, and one within it is left alone', (t) => {
  const real = mkdtempSync(join(tmpdir(), 'flumen-damage-'))
  t.after(() => rmSync(real, { recursive: true }))
  mkdirSync(join(real, 'within'))
  for (let seed = 0; seed < 40; seed++) {
    putFiles(systemFiles, real, original)
    assert.deepEqual(takeFiles(systemFiles, real), original)
    const options = { seed, isCheckpoint, earlier: [earlier], foreign: [foreign] }
    const { damage, after } = damaged(options)
    assert.deepEqual(damageDirectory(systemFiles, real, options), damage)
    assert.deepEqual(takeFiles(systemFiles, real), after)
  }
})
