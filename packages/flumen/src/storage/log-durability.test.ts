import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedDisk } from '../testing/disk/simulated-disk.ts'
import { groupOf, logOptions, readAll } from '../testing/log-bench.ts'
import { LedgerLog, violationsOf } from '../testing/log-ledger.ts'
import { Log } from './log.ts'

/* Histories that the random ones of log-crash.test.ts seldom meet, and what a power cut may leave of them. */

const newDisk = (): SimulatedDisk => new SimulatedDisk({ directories: ['/data', '/checkpoint'] })

/** @param from of the journal */
function assertEachState(
  disk: SimulatedDisk,
  from: number,
  check: (state: SimulatedDisk, marks: readonly string[]) => void,
): void {
  let count = 0
  for (const state of disk.crashStates({ from, samples: 64 })) {
    check(state.disk, state.marks)
    count++
  }
  assert.ok(count > 0)
}

const assertSound = (disk: SimulatedDisk, marks: readonly string[]): void =>
  assert.deepEqual(violationsOf(disk, marks), [])

test('what a process wrote and did not sync is durable before the next one tells anybody that it is there', () => {
  const disk = newDisk()
  const first = new LedgerLog(disk)
  first.put([1])
  disk.failNext('sync', 'EIO')
  disk.failNext('truncate', 'EIO')
  assert.throws(() => first.put([2, 1], 100), { code: 'STORAGE' })
  const second = new LedgerLog(disk, {}, first.sent)
  assert.deepEqual(second.log.state.producer('ledger').ranges, [[0, 4]])
  assert.deepEqual(
    [...readAll(second.log).values()].map((text) => text.replaceAll('.', '')),
    ['event-0', 'event-1', 'event-2', 'event-3'],
  )
  assertEachState(disk, disk.journal.length, assertSound)
})

test('where that cannot be made durable the log says that it is not well', () => {
  const disk = newDisk()
  const first = Log.open(logOptions(disk))
  disk.failNext('sync', 'EIO', { after: 1 })
  disk.failNext('truncate', 'EIO')
  assert.throws(() => first.commit(groupOf([['one']])))
  disk.limits.capacity = 0
  const second = Log.open(logOptions(disk))
  assert.match(second.status.failure ?? '', /ENOSPC/)
  assert.deepEqual([...readAll(second).values()], ['one'])
  disk.limits.capacity = Number.POSITIVE_INFINITY
  second.tend()
  assert.equal(second.status.failure, undefined)
  assertEachState(disk, disk.journal.length, (state) => {
    assert.deepEqual([...readAll(Log.open(logOptions(state))).values()], ['one'])
  })
})

test('a position that a power cut has taken back is not given to another event', () => {
  const disk = newDisk()
  const options = { syncEachCommit: false }
  const log = Log.open(logOptions(disk, options))
  log.commit(groupOf([['durable']]))
  log.tend()
  const position = log.commit(groupOf([['seen by a receiver']]))
  let lost = 0
  assertEachState(disk, disk.journal.length, (state) => {
    const after = Log.open(logOptions(state, options))
    if (readAll(after).get(position) === undefined) lost++
    assert.ok(after.commit(groupOf([['new']])) > position)
  })
  assert.ok(lost > 0)
})

test('a segment goes after a start only when what says that it is done is durable', () => {
  const disk = newDisk()
  const first = new LedgerLog(disk)
  for (let count = 0; count < 6; count++) first.put([1, 1], 900)
  disk.settle()
  for (let from = 0; from < 12; ) from = first.take('channel', from, 2000)
  const second = new LedgerLog(disk, {}, first.sent)
  const from = disk.journal.length
  second.tend()
  assert.ok(second.log.status.segments <= 2)
  assertEachState(disk, from, assertSound)
})

test('a segment has what earlier ones say before it is what they go for', () => {
  const disk = newDisk()
  const ledger = new LedgerLog(disk)
  for (let count = 0; count < 4; count++) ledger.put([1, 1], 1500)
  for (let from = 0; from < 8; ) from = ledger.take('channel', from, 1)
  disk.failNext(({ operation }) => operation === 'create' || operation === 'rename', 'EIO')
  assert.throws(() => ledger.put([1], 7000), { code: 'STORAGE' })
  const { length } = disk.journal
  // It is well again with a segment that nothing but its head was written to.
  ledger.tend()
  assert.equal(ledger.log.status.segments, 1)
  assertEachState(disk, length, (state, marks) => {
    assertSound(state, marks)
    const after = Log.open(logOptions(state))
    assert.ok(after.state.producer('ledger').covers(0, 8))
    assert.ok(after.commit(groupOf([['new']])) >= 8)
  })
})

for (const restarts of [false, true]) {
  test(`the room of a segment is used again only when its old name is gone for good${restarts ? ', after a start too' : ''}`, () => {
    const disk = newDisk()
    let ledger = new LedgerLog(disk)
    for (let count = 0; count < 3; count++) ledger.put([1, 1], 900)
    const isSpareThere = (): boolean => disk.files().includes('/data/spare.log')
    disk.failNext(({ operation }) => operation === 'syncDirectory' && isSpareThere(), 'EIO')
    for (let from = 0; from < 4; ) from = ledger.take('channel', from, 1)
    ledger.tend()
    const { length } = disk.journal
    if (restarts) {
      disk.failNext('sync', 'EIO')
      disk.failNext('truncate', 'EIO')
      assert.throws(() => ledger.put([1, 1], 300))
      ledger = new LedgerLog(disk, {}, ledger.sent)
    }
    ledger.put([1], 300)
    ledger.put([1], 300)
    disk.failNext('sync', 'EIO')
    assert.throws(() => ledger.put([1], 300))
    ledger.tend()
    ledger.put([1], 300)
    assertEachState(disk, length, assertSound)
  })
}

for (const tends of [false, true]) {
  test(`segments whose names may not be durable are not taken away before a later one is there${tends ? ', by tending either' : ''}`, () => {
    const disk = newDisk()
    const first = new LedgerLog(disk)
    first.put([1])
    first.log.close()
    const second = new LedgerLog(disk, {}, first.sent)
    disk.failNext('syncDirectory', 'EIO', { times: 3 })
    for (let count = 0; count < 3; count++) {
      assert.throws(() => (tends && count > 0 ? second.tend() : second.put([1])), { code: 'STORAGE' })
    }
    const third = new LedgerLog(disk, {}, second.sent)
    const { length } = disk.journal
    third.put([2], 100)
    third.put([2], 100)
    assertEachState(disk, length, assertSound)
  })
}

test('what was refused is not said to be there, even if it cannot be taken away', () => {
  const disk = newDisk()
  const first = new LedgerLog(disk)
  first.put([1])
  first.log.checkpoint()
  const { length } = disk.journal
  disk.failNext('sync', 'EIO')
  disk.failNext('truncate', 'EIO')
  assert.throws(() => first.put([1, 1], 1200))
  disk.failNext('unlink', 'EIO')
  first.put([1])
  const second = new LedgerLog(disk, {}, first.sent)
  assert.deepEqual(second.log.state.producer('ledger').ranges, [
    [0, 1],
    [3, 4],
  ])
  assertEachState(disk, length, assertSound)
})

test('a copied record does not say that what is written behind it is durable', () => {
  const disk = newDisk()
  const first = new LedgerLog(disk)
  for (let count = 0; count < 5; count++) first.put([1], 500)
  for (let from = 0; from < 4; ) from = first.take('channel', from, 1)
  disk.failNext('sync', 'EIO')
  assert.throws(() => first.put([1], 500))
  first.tend()
  disk.failNext('sync', 'EIO')
  disk.failNext('truncate', 'EIO')
  assert.throws(() => first.put([1], 500))
  new LedgerLog(disk, {}, first.sent)
  assertEachState(disk, disk.journal.length, assertSound)
})

test('a tombstone that may not be durable says nothing alone', () => {
  const disk = newDisk()
  const first = new LedgerLog(disk)
  for (let count = 0; count < 4; count++) first.put([1, 1], 1500)
  first.log.close()
  const second = new LedgerLog(disk, {}, first.sent)
  disk.limits.capacity = 0
  disk.failNext(({ operation, path }) => operation === 'sync' && path.startsWith('/data/events'), 'EIO', { after: 0 })
  const next = second.take('channel', 0, 1)
  assert.equal(next, 1)
  second.take('channel', 1, 1)
  assert.throws(() => second.tend(), { code: 'DISK_FULL' })
  disk.limits.capacity = Number.POSITIVE_INFINITY
  const third = new LedgerLog(disk, {}, second.sent)
  const { length } = disk.journal
  third.tend()
  third.put([1])
  third.tend()
  assertEachState(disk, length, assertSound)
})

test('what was refused and could not be taken away is not read where a later segment has its positions', () => {
  const disk = newDisk()
  const ledger = new LedgerLog(disk)
  ledger.put([3])
  // All of the record is written, and neither zeros over it nor the segment's copy are.
  disk.failNext('write', 'EIO', { shortWrite: 10_000 })
  disk.failNext('write', 'ENOSPC', { shortWrite: 100 })
  assert.throws(() => ledger.put([2], 300), { code: 'DISK_FULL' })
  disk.failNext('rename', 'ENOSPC')
  ledger.put([2], 300)
  assert.deepEqual([...readAll(ledger.log).keys()], [0, 1, 2, 3, 4])
  assertEachState(disk, 0, assertSound)
})

test('a segment that was found after a start counts for good only when its name was made durable', () => {
  const disk = newDisk()
  const first = new LedgerLog(disk)
  first.put([1])
  first.put([1])
  disk.failNext('sync', 'EIO')
  assert.throws(() => first.put([1]), { code: 'STORAGE' })
  // The copy of the first two stays where it was not meant to be: what is written next begins behind them.
  disk.failNext('syncDirectory', 'ENOSPC')
  first.put([1])
  const second = new LedgerLog(disk, {}, first.sent)
  const { length } = disk.journal
  second.put([1])
  second.tend()
  assertEachState(disk, length, assertSound)
})

test('while a start cannot make a name durable nothing is given up, and the log says that it is not well', () => {
  const disk = newDisk()
  const first = new LedgerLog(disk)
  for (let count = 0; count < 3; count++) first.put([1, 1], 1500)
  disk.failNext('syncDirectory', 'EIO', { times: Number.POSITIVE_INFINITY })
  const second = new LedgerLog(disk, {}, first.sent)
  const { segments } = second.log.status
  assert.match(second.log.status.failure ?? '', /EIO/)
  for (let from = 0; from < 6; ) from = second.take('channel', from, 2000)
  assert.throws(() => second.tend(), { code: 'STORAGE' })
  assert.throws(() => second.log.checkpoint(true), { code: 'STORAGE' })
  assert.equal(second.log.status.segments, segments)
  disk.clearFaults()
  second.tend()
  assert.equal(second.log.status.failure, undefined)
  assert.ok(second.log.status.segments < segments)
  assertEachState(disk, 0, assertSound)
})
