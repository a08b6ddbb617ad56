import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SegmentScanner } from '../../storage/segment-scanner.ts'
import { type Segment, segmentOf } from '../../storage/segments.ts'
import { SimulatedDisk } from '../../testing/disk/simulated-disk.ts'
import { fillers } from './filler.ts'

const segment: Segment = segmentOf(new Uint8Array(16), {
  id: 3,
  path: '/data/a',
  directory: '/data',
  base: 0,
  key: undefined,
})

test('fillers are records of exactly the bytes of a hole, however long it is', () => {
  const mebibyte = 1 << 20
  for (const length of [56, 64, 4096, mebibyte - 8, mebibyte, mebibyte + 8, mebibyte + 48, 3 * mebibyte + 40]) {
    const bytes = fillers(segment, { from: 4096, to: 4096 + length, position: 9 })
    assert.equal(bytes?.length, length)
    const disk = new SimulatedDisk({ directories: ['/data'] })
    const file = disk.open('/data/a', 'create')
    file.write([bytes!], 4096)
    const scanner = new SegmentScanner(file, segment.salt, 4096)
    let at = 4096
    for (let item = scanner.next(); item.kind !== 'end'; item = scanner.next()) {
      assert.equal(item.kind, 'record')
      if (item.kind !== 'record') continue
      assert.deepEqual([item.offset, item.header.position, item.header.events], [at, 9, 0])
      assert.deepEqual([...item.payload.subarray(0, 4)], [0, 0, 0, 0])
      at = item.end
    }
    assert.equal(at, 4096 + length)
  }
})

test('a hole that no record fits into stays', () => {
  assert.equal(fillers(segment, { from: 0, to: 48, position: 0 }), undefined)
  assert.equal(fillers(segment, { from: 0, to: 57, position: 0 }), undefined)
})
