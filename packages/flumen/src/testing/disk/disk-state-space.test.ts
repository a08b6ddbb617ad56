import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DiskError, type OpenFile } from '../../storage/files.ts'
import { bytes, create, diskWith, randomCall, textOf } from './disk-bench.ts'
import { Random } from './random.ts'
import { type CrashState, SimulatedDisk } from './simulated-disk.ts'

/* Which states are shown, and how one is found again. */

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
