import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedDisk } from '../testing/disk/simulated-disk.ts'
import { groupOf, logOptions, readAll } from '../testing/log-bench.ts'
import { Log } from './log.ts'

const newDisk = (): SimulatedDisk => new SimulatedDisk({ directories: ['/data', '/checkpoint'] })

test('after a sync that failed puts go on where there is room for what was not durable, but not for the whole segment', () => {
  const disk = newDisk()
  const log = Log.open(logOptions(disk, { segmentBytes: 65_536 }))
  for (let count = 0; count < 6; count++) log.commit(groupOf([['x'.repeat(5000)]]))
  const used = disk.files().reduce((sum, path) => sum + Math.ceil(disk.read(path).length / 4096) * 4096, 0)
  disk.limits.capacity = used
  disk.failNext('sync', 'EIO')
  assert.throws(() => log.commit(groupOf([['refused']])))
  // The room that was prepared is back: enough for a head and one event.
  disk.limits.capacity =
    disk.files().reduce((sum, path) => sum + Math.ceil(disk.read(path).length / 4096) * 4096, 0) + 3 * 4096
  assert.equal(typeof log.commit(groupOf([['new']])), 'number')
})

test('a cursor that comes later does not miss positions that were never given', () => {
  const disk = newDisk()
  const one = { cursors: ['one'] }
  Log.open(logOptions(disk, one)).commit(groupOf([['a']]))
  const second = Log.open(logOptions(disk, one))
  second.commit(groupOf([['b']]))
  second.close()
  const later = Log.open(logOptions(disk, { cursors: ['one', 'two'] }))
  assert.deepEqual([...readAll(later, 'two').values()], ['a', 'b'])
  assert.deepEqual([...later.recovery.damages, ...later.takeDamages()], [])
})

test('what is lost on both sides of an acknowledged event is told once', () => {
  const disk = newDisk()
  const log = Log.open(logOptions(disk))
  log.commit(groupOf([['0', '1', '2', '3'].map((text) => text.padEnd(300, text))]))
  log.commit(groupOf([], [{ cursor: 'channel', ranges: [[1, 2]] }]))
  log.close()
  const [path = ''] = disk.files().filter((each) => each.includes('events-'))
  const at = Buffer.from(disk.read(path)).indexOf('0000000000')
  disk.flip(path, at)
  const again = Log.open(logOptions(disk))
  again.commit(groupOf([['later']]))
  again.read('channel', 0, 1 << 20)
  const told = [...again.recovery.damages, ...again.takeDamages()].reduce((sum, { events }) => sum + events, 0)
  assert.equal(told, 3)
  // The process dies.
  const third = Log.open(logOptions(disk))
  third.read('channel', 0, 1 << 20)
  assert.deepEqual([...third.recovery.damages, ...third.takeDamages()], [])
})
