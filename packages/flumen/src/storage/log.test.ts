import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { Random } from '../testing/disk/random.ts'
import { SimulatedDisk } from '../testing/disk/simulated-disk.ts'
import { dataDirectory, groupOf, logOptions, readAll, textsOf } from '../testing/log-bench.ts'
import { LoadedKeys } from './encryption/key-provider.ts'
import { SegmentCiphers } from './encryption/segment-ciphers.ts'
import { StorageError } from './errors.ts'
import { endMarkBytes, recordBytes, recordHeaderBytes } from './format/record.ts'
import { formatMajor, NewerFormatError } from './format/segment-header.ts'
import { Log, type LogOptions } from './log.ts'
import { SegmentScanner } from './segment-scanner.ts'

const newDisk = (): SimulatedDisk => new SimulatedDisk({ directories: ['/data', '/checkpoint'] })
const open = (disk: SimulatedDisk, change: Partial<LogOptions> = {}): Log => Log.open(logOptions(disk, change))
const acknowledgement = (from: number, to: number) => groupOf([], [{ cursor: 'channel', ranges: [[from, to]] }])
const texts = (log: Log): string[] => [...readAll(log).values()]
const keysOf = (byte: number): SegmentCiphers =>
  new SegmentCiphers(new LoadedKeys('k', new Map([['k', new Uint8Array(32).fill(byte)]])))

function filled(segments: number, options: Partial<LogOptions> = {}): SimulatedDisk {
  const disk = newDisk()
  const log = open(disk, options)
  while (log.status.segments < segments) log.commit(groupOf([['x'.repeat(1000)]]))
  log.checkpoint()
  disk.settle()
  return disk
}

/** What an opening reads, in calls and bytes. */
function costOfOpening(disk: SimulatedDisk): { reads: number; bytes: number } {
  let reads = 0
  let bytes = 0
  disk.failNext(({ operation, bytes: length = 0 }) => {
    if (operation === 'read') {
      reads++
      bytes += length
    }
    return false
  }, 'EIO')
  open(disk)
  disk.clearFaults()
  return { reads, bytes }
}

test('R1: an opening looks at the head of each segment and at one tail, however much is stored', () => {
  const few = costOfOpening(filled(5))
  const many = costOfOpening(filled(105))
  assert.ok(many.reads - few.reads <= 100, `${few.reads} and ${many.reads} reads`)
  assert.ok(many.bytes - few.bytes <= 100 * (4096 + 64), `${few.bytes} and ${many.bytes} bytes`)
  const disk = filled(105)
  for (const slot of ['a', 'b'])
    if (disk.files().includes(`/checkpoint/checkpoint-${slot}`)) disk.unlink(`/checkpoint/checkpoint-${slot}`)
  const blind = costOfOpening(disk)
  assert.ok(blind.reads - many.reads <= 3, `${blind.reads} reads without a checkpoint`)
})

test('a read from the middle of a large segment looks for its place instead of reading all before', () => {
  const disk = newDisk()
  const log = open(disk, { segmentBytes: 128 << 20 })
  for (let count = 0; count < 200; count++) log.commit(groupOf([['x'.repeat(200_000)], [`small ${count}`]]))
  for (const position of [399, 201, 0, 398, 7]) {
    let bytes = 0
    const counting = disk.failNext(({ operation, bytes: length = 0 }) => {
      if (operation === 'read') bytes += length
      return false
    }, 'EIO')
    const [first] = textsOf(log.read('channel', position, 1))
    counting.remove()
    disk.clearFaults()
    assert.equal(first?.[0], position)
    assert.match(first[1], position % 2 === 1 ? new RegExp(`^small ${(position - 1) / 2}$`) : /^x+$/)
    assert.ok(bytes < 16 << 20, `${bytes} bytes for position ${position}`)
  }
})

test('R2: after all is taken two segments are left, and one event that is not pins one segment', () => {
  const disk = filled(20)
  const log = open(disk)
  const { nextPosition } = log.state
  log.commit(acknowledgement(0, 10))
  log.commit(acknowledgement(11, nextPosition))
  log.tend()
  assert.ok(log.status.segments <= 3, `${log.status.segments}`)
  assert.deepEqual([...readAll(log).keys()], [10])
  log.commit(acknowledgement(10, 11))
  log.tend()
  assert.ok(log.status.segments <= 2)
  assert.ok(disk.files().filter((path) => path.startsWith('/data')).length <= 3, disk.files().join())
})

test('events as large as a segment and larger come back, each in a segment of its own', () => {
  const disk = newDisk()
  const log = open(disk)
  const sizes = [1, 4000, 8192, 100_000, 1, 3_000_000, 5]
  for (const size of sizes) log.commit(groupOf([['x'.repeat(size)]]))
  assert.deepEqual(
    texts(log).map(({ length }) => length),
    sizes,
  )
  log.close()
  assert.deepEqual(
    texts(open(disk)).map(({ length }) => length),
    sizes,
  )
})

test('records that end at the border of a segment, right before and behind it come back', () => {
  const empty = groupOf([['']]).puts[0]!.payloadBytes
  for (let distance = -72; distance <= 72; distance += 4) {
    const disk = newDisk()
    const log = open(disk)
    log.commit(groupOf([['first']]))
    const used = log.status.bytes
    const body = 8192 - used - recordHeaderBytes - endMarkBytes - empty + distance
    log.commit(groupOf([['x'.repeat(body)]]))
    log.commit(groupOf([['last']]))
    const lengths = ['first'.length, body, 'last'.length]
    assert.deepEqual(
      texts(log).map(({ length }) => length),
      lengths,
      `distance ${distance}`,
    )
    log.close()
    assert.deepEqual(
      texts(open(disk)).map(({ length }) => length),
      lengths,
      `distance ${distance}, reopened`,
    )
    const sizes = disk
      .files()
      .filter((path) => path.includes('events-'))
      .map((path) => disk.read(path).length)
    assert.ok(
      sizes.every((size) => size <= 8192),
      `distance ${distance}: ${sizes}`,
    )
  }
})

test('a batch of many puts with all their events is read in pieces of the asked size', () => {
  const log = open(newDisk())
  log.commit(groupOf(Array.from({ length: 50 }, (_, index) => [`${index}`.padEnd(100)])))
  const result = log.read('channel', 0, 1000)
  assert.ok(result.records.length < 10 && result.records.length > 3, `${result.records.length}`)
  assert.equal(textsOf(log.read('channel', result.next, 1)).size, 1)
})

test('a position in the middle of a batch gives the rest of that batch', () => {
  const log = open(newDisk())
  log.commit(groupOf([['a', 'b', 'c', 'd']]))
  assert.deepEqual(
    [...textsOf(log.read('channel', 2, 1000))],
    [
      [2, 'c'],
      [3, 'd'],
    ],
  )
})

for (const [title, file, at, sumAt] of [
  ['segment', '/data/events-0000000001.log', 8, 4092],
  ['checkpoint', '/checkpoint/checkpoint-b', 8, -4],
] as const) {
  test(`a ${title} of a newer major version is refused and nothing is touched`, () => {
    const disk = filled(2)
    const bytes = Buffer.from(disk.read(file))
    bytes.writeUInt16LE(formatMajor + 1, at)
    const sumOffset = sumAt < 0 ? bytes.length + sumAt : sumAt
    bytes.writeUInt32LE(crc32(bytes.subarray(0, sumOffset)), sumOffset)
    disk.overwrite(file, 0, bytes)
    const before = disk.descriptors
    assert.throws(() => open(disk), NewerFormatError)
    assert.deepEqual(disk.journal, [])
    assert.equal(disk.descriptors, before)
  })
}

test('a newer minor version is read', () => {
  const disk = filled(2)
  const bytes = Buffer.from(disk.read('/data/events-0000000001.log').subarray(0, 4096))
  bytes.writeUInt16LE(7, 10)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 4092)), 4092)
  disk.overwrite('/data/events-0000000001.log', 0, bytes)
  assert.equal(texts(open(disk)).length, 4)
})

test('a segment that cannot be read fails the read, gives nothing up, and is read when it can be', () => {
  const log = open(filled(4))
  const all = texts(log)
  const disk = filled(4)
  const failing = open(disk)
  const fault = disk.failNext(({ operation, path }) => operation === 'read' && path.endsWith('2.log'), 'EIO', {
    times: Number.POSITIVE_INFINITY,
  })
  const first = failing.read('channel', 0, 1)
  assert.equal(first.records.length, 1)
  assert.throws(() => {
    for (let from = first.next; from < failing.state.nextPosition; ) from = failing.read('channel', from, 1).next
  }, StorageError)
  assert.ok(fault.hits > 0)
  fault.remove()
  assert.deepEqual(texts(failing), all)
  assert.deepEqual(failing.takeDamages(), [])
})

test('a wrong key fails the read and gives nothing up; a missing one does not even open', () => {
  const disk = newDisk()
  const log = open(disk, { ciphers: keysOf(1) })
  log.commit(groupOf([['secret']]))
  log.close()
  const wrong = open(disk.clone(), { ciphers: keysOf(2) })
  assert.throws(() => wrong.read('channel', 0, 1000), /does not open what is stored/)
  assert.deepEqual(wrong.takeDamages(), [])
  assert.throws(() => open(disk.clone()), /no keys are configured/)
  assert.deepEqual(texts(open(disk, { ciphers: keysOf(1) })), ['secret'])
  for (const path of disk.files()) assert.ok(!Buffer.from(disk.read(path)).includes('secret'), path)
})

test('on a disk that is full takes go on, are remembered, and their room is given back', () => {
  const disk = filled(6)
  const log = open(disk)
  disk.limits.capacity = disk.files().reduce((sum, path) => sum + Math.ceil(disk.read(path).length / 4096) * 4096, 0)
  assert.throws(() => log.commit(groupOf([['y'.repeat(5000)]])), { code: 'DISK_FULL' })
  assert.match(log.status.failure ?? '', /ENOSPC/)
  const result = log.read('channel', 0, 8000)
  log.commit(acknowledgement(0, result.next))
  try {
    log.tend()
  } catch (error) {
    assert.ok(error instanceof StorageError)
  }
  assert.ok(log.status.segments < 6)
  log.tend()
  assert.equal(log.status.failure, undefined)
  assert.equal(log.status.hasUnsavedAcknowledgements, false)
  assert.equal(log.commit(groupOf([['y']])) > 0, true)
  log.close()
  assert.equal([...readAll(open(disk)).keys()][0], result.next)
})

test('a full disk is opened, and what is on it delivered', () => {
  const disk = filled(3)
  disk.limits.capacity = 0
  const log = open(disk)
  assert.equal(texts(log).length, 7)
  assert.throws(() => log.commit(groupOf([['more']])), { code: 'DISK_FULL' })
})

test('a put is refused while less is free than has to stay free, and its acknowledgements count', () => {
  const disk = filled(2)
  const log = open(disk, { minimumFreeBytes: 2 ** 60 })
  const group = groupOf([['more']], [{ cursor: 'channel', ranges: [[0, 1]] }])
  assert.throws(() => log.commit(group), { code: 'DISK_FULL', message: /minimumRequiredSpace/ })
  assert.equal([...readAll(log).keys()][0], 1)
})

test('what producers have stored is known without checkpoints, after segments with it are gone', () => {
  const disk = newDisk()
  let log = open(disk)
  for (let first = 0; first < 100; first += 10) {
    const group = groupOf([['x'.repeat(2000)]], [], [{ producer: 'p', first, last: first + 9 }])
    log.commit(group)
    log.commit(acknowledgement(0, log.state.nextPosition))
  }
  log = open(disk)
  assert.deepEqual(log.state.producer('p').ranges, [[0, 100]])
})

test('open and close leave no file open', () => {
  const disk = filled(3)
  const before = disk.descriptors
  const log = open(disk)
  readAll(log)
  log.commit(groupOf([['x']]))
  log.close()
  assert.equal(disk.descriptors, before)
})

test('random bytes are no log, and cost no more time and memory than their length', () => {
  const random = new Random(Number(process.env.FLUMEN_SEED ?? 1))
  for (let round = 0; round < 200; round++) {
    const disk = random.chance(0.5) ? filled(2) : newDisk()
    const name = random.pick(['/data/events-0000000001.log', '/data/events-0000000009.log', '/checkpoint/checkpoint-a'])
    const bytes = Uint8Array.from({ length: random.below(20_000) }, () => random.below(256))
    if (random.chance(0.5))
      for (let at = 0; at + 48 < bytes.length; at += 8 * (1 + random.below(40))) bytes.set([0x46, 0x52, 0x65, 0x63], at)
    if (!disk.files().includes(name)) disk.open(name, 'create')
    disk.overwrite(name, random.below(5000), bytes)
    let read = 0
    disk.failNext(({ operation, bytes: length = 0 }) => {
      if (operation === 'read') read += length
      return false
    }, 'EIO')
    const log = open(disk)
    readAll(log)
    const size = disk.files().reduce((sum, path) => sum + disk.read(path).length, 0)
    assert.ok(read <= 100 * size + 100_000, `${read} bytes were read of ${size}`)
  }
})

test('a scanner finds the one record among bytes that look like many', () => {
  const disk = newDisk()
  const log = open(disk)
  log.commit(groupOf([['found']]))
  const [segment] = log.recovery.segments.length > 0 ? log.recovery.segments : openSegments(disk)
  assert.ok(segment)
  const bytes = disk.read(segment.path)
  const record = bytes.slice(4096)
  const magic = Buffer.alloc(200_000)
  for (let at = 0; at < magic.length; at += 8) magic.set([0x46, 0x52, 0x65, 0x63], at)
  disk.overwrite(segment.path, 4096 + record.length, magic)
  const scanner = new SegmentScanner(disk.open(segment.path, 'read'), segment.salt, 4096)
  const kinds: string[] = []
  for (let item = scanner.next(); ; item = scanner.next()) {
    kinds.push(item.kind)
    if (item.kind === 'end') break
  }
  assert.deepEqual(kinds, ['record', 'record', 'end'])
  assert.ok(recordBytes(1) === 56)
})

function openSegments(disk: SimulatedDisk) {
  return open(disk.clone()).recovery.segments
}

test('the first segment is missed too where nothing was acknowledged yet; a cursor that is new begins behind it', () => {
  for (const hasCheckpoints of [true, false]) {
    const disk = filled(4)
    const [first = ''] = disk.files().filter((path) => path.includes('/events-'))
    disk.unlink(first)
    if (!hasCheckpoints) for (const path of disk.files()) if (path.includes('checkpoint-')) disk.unlink(path)
    const second = open(disk.clone(), { cursors: ['another'] })
    assert.deepEqual(second.recovery.damages, [])
    const log = open(disk)
    const [damage, ...more] = log.recovery.damages
    assert.deepEqual(more, [])
    assert.equal(damage?.position, 0)
    assert.equal(damage?.events, Math.min(...readAll(log).keys()))
  }
})

test('a place that the disk cannot read costs the events that lie there, after some patience, and no others', () => {
  const large = { segmentBytes: 65_536 }
  const disk = filled(3, large)
  const all = texts(open(disk.clone(), large))
  const log = open(disk, large)
  // The fourth page of the second segment, however it is asked for.
  disk.failNext(
    ({ operation, path, position = 0, bytes = 0 }) =>
      operation === 'read' && path.endsWith('2.log') && position < 16_384 && position + bytes > 12_288 && bytes > 0,
    'EIO',
    { times: Number.POSITIVE_INFINITY },
  )
  const found: string[] = []
  const damages: { events: number; path: string; from: number; to: number }[] = []
  let refused = 0
  for (let from = 0; from < log.state.nextPosition; ) {
    try {
      const result = log.read('channel', from, 1)
      found.push(...textsOf(result).values())
      damages.push(...log.takeDamages())
      from = result.next
    } catch (error) {
      assert.ok(error instanceof StorageError)
      assert.ok(++refused <= 3)
    }
  }
  assert.equal(refused, 3)
  assert.equal(damages.length, 1)
  const [{ events, path, from, to }] = damages as [(typeof damages)[0]]
  assert.ok(events > 0 && events < 10)
  assert.match(path, /2\.log$/)
  assert.ok(from < 16_384 && to > 12_288)
  assert.equal(found.length + events, all.length)
  assert.ok(found.every((text) => all.includes(text)))
  // The next start does not stumble over it.
  log.close()
  const again = open(disk, large)
  assert.deepEqual(again.recovery.damages, [])
  for (let attempt = 0; attempt < 3; attempt++) assert.throws(() => texts(again), StorageError)
  assert.equal(texts(again).length, found.length)
})

test('what is lost is told also where the read that found it then fails', () => {
  const disk = filled(4)
  const log = open(disk)
  disk.open(`${dataDirectory}/events-0000000002.log`, 'write').write([new Uint8Array(2000)], 4096)
  disk.failNext(({ operation, path }) => operation === 'read' && path.endsWith('3.log'), 'ENOMEM')
  assert.throws(() => readAll(log, 'channel', 1 << 20), StorageError)
  const [damage, ...more] = log.takeDamages()
  assert.ok(damage && damage.events > 0)
  assert.deepEqual(more, [])
  assert.ok(readAll(log, 'channel', 1 << 20).size > 0)
  assert.deepEqual(log.takeDamages(), [])
})
