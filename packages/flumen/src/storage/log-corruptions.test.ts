import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedDisk } from '../testing/disk/simulated-disk.ts'
import { groupOf, logOptions, readAll } from '../testing/log-bench.ts'
import { recordHeaderBytes } from './format/record.ts'
import { segmentName, writeGone } from './format/segment-header.ts'
import { Log, type LogOptions } from './log.ts'

/*
 * The scene: four segments with three puts each of two events; position 0 acknowledged by a record at the end of the
 * second one, position 12 by one at the end of the last one. Events have their positions as texts. A checkpoint stands
 * behind the second segment's puts, another one behind the third's. The process was killed.
 */
const putBytes = 1112
const path = (id: number): string => `/data/${segmentName(id)}`
/** Where a put of a segment begins. The heads grow as there is more state. */
const putAt = (disk: SimulatedDisk, id: number, index: number): number => headEnd(disk, id) + index * putBytes
const headEnd = (disk: SimulatedDisk, id: number): number =>
  4096 + recordHeaderBytes + ((Buffer.from(disk.read(path(id))).readUInt32LE(4096 + 16) + 7) & ~7)
const all = Array.from({ length: 24 }, (_, position) => position).filter((each) => each !== 0 && each !== 12)
const without = (...gone: number[]): number[] => all.filter((position) => !gone.includes(position))
const between = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)

interface Case {
  readonly title: string
  readonly damage: (disk: SimulatedDisk) => void
  /** Default: all. */
  readonly delivered?: readonly number[]
  /** What the first start tells: file, events, a part of the reason. Default: nothing. */
  readonly told?: readonly (readonly [file: string, events: number, reason: string])[]
  /** Parts of the notes. */
  readonly notes?: readonly string[]
}

const cases: readonly Case[] = [
  { title: 'nothing at all', damage: () => undefined },
  {
    title: 'a bit of a payload, its record alone is lost',
    damage: (disk) => disk.flip(path(2), putAt(disk, 2, 1) + 500),
    delivered: without(8, 9),
    told: [[path(2), 2, 'no record']],
  },
  {
    title: 'a bit of the head of a record',
    damage: (disk) => disk.flip(path(3), putAt(disk, 3, 0) + 20),
    delivered: without(13),
    told: [[path(3), 1, 'no record']],
  },
  {
    title: 'a bit of a length, which is not believed',
    damage: (disk) => disk.flip(path(3), putAt(disk, 3, 1) + 19, 0x7f),
    delivered: without(14, 15),
    told: [[path(3), 2, 'no record']],
  },
  {
    title: 'a bit of the head of a segment, whose records say which it is',
    damage: (disk) => disk.flip(path(2), 30),
    told: [[path(2), 0, 'the head of the segment is damaged']],
  },
  {
    title: 'the head of the last segment and its state',
    damage: (disk) => [disk.flip(path(4), 30), disk.flip(path(4), 4096 + 60)],
    told: [
      [path(4), 0, 'the head of the segment is damaged'],
      [path(4), 0, 'no record'],
    ],
  },
  {
    title: 'a bit of an acknowledgement: its event comes again',
    damage: (disk) => disk.flip(path(4), putAt(disk, 4, 3) + 60),
    delivered: [...without(), 12].sort((a, b) => a - b),
    told: [[path(4), 0, 'the last write was torn']],
  },
  {
    title: 'a sector of zeros in the middle of two records',
    damage: (disk) => disk.overwrite(path(2), putAt(disk, 2, 1) - 256, new Uint8Array(512)),
    delivered: without(6, 7, 8, 9),
    told: [[path(2), 4, 'no record']],
  },
  {
    title: 'zeros over the end mark and the last record',
    damage: (disk) => disk.overwrite(path(4), putAt(disk, 4, 2) + 1000, new Uint8Array(1024)),
    delivered: [...without(22, 23), 12].sort((a, b) => a - b),
    told: [[path(4), 2, 'the last write was torn']],
  },
  {
    title: 'the end of the last record',
    damage: (disk) => disk.resize(path(4), putAt(disk, 4, 2) + 700),
    delivered: [...without(22, 23), 12].sort((a, b) => a - b),
    told: [[path(4), 2, 'the last write was torn']],
  },
  {
    title: 'the end of a segment in the middle',
    damage: (disk) => disk.resize(path(2), putAt(disk, 2, 1) + 100),
    delivered: without(8, 9, 10, 11),
    told: [[path(2), 4, 'no record']],
  },
  {
    title: 'the first segment, which is not there',
    damage: (disk) => disk.unlink(path(1)),
    delivered: without(...between(0, 6)),
    told: [[path(2), 5, 'segments are missing before']],
  },
  {
    title: 'a segment in the middle, which is not there',
    damage: (disk) => disk.unlink(path(3)),
    delivered: without(...between(12, 18)),
    told: [[path(2), 5, 'segments are missing after']],
  },
  {
    title: 'the last segment, which is not there: the checkpoints know of the one before only',
    damage: (disk) => disk.unlink(path(4)),
    delivered: [...between(1, 18)],
  },
  {
    title: 'names of two segments that were exchanged',
    damage: (disk) => exchange(disk, path(2), path(3)),
  },
  {
    title: 'a copy of a segment under another name',
    damage: (disk) => put(disk, path(9), disk.read(path(2))),
    told: [[path(9), 0, 'a second copy of segment 2']],
  },
  {
    title: 'a segment of another channel',
    damage: (disk) => put(disk, path(9), scene().read(path(2))),
    told: [[path(9), 0, 'of another channel']],
  },
  {
    title: 'a stale checkpoint in both places',
    damage: (disk) => put(disk, '/checkpoint/checkpoint-a', disk.read('/checkpoint/checkpoint-b')),
  },
  {
    title: 'checkpoints of another channel',
    damage: (disk) => {
      const other = scene()
      for (const slot of ['a', 'b'])
        put(disk, `/checkpoint/checkpoint-${slot}`, other.read(`/checkpoint/checkpoint-${slot}`))
    },
    notes: ['of another channel', 'of another channel'],
  },
  {
    title: 'a damaged checkpoint',
    damage: (disk) => disk.flip('/checkpoint/checkpoint-a', 70),
    notes: ['/checkpoint/checkpoint-a is not used: its checksum is wrong'],
  },
  {
    title: 'checkpoints that are too short or no checkpoints at all',
    damage: (disk) => {
      disk.resize('/checkpoint/checkpoint-a', 10)
      disk.overwrite('/checkpoint/checkpoint-b', 0, Buffer.from('nonsense'))
    },
    notes: ['10 bytes are no checkpoint', 'does not begin as a checkpoint'],
  },
  {
    title: 'one checkpoint, which is not there',
    damage: (disk) => disk.unlink('/checkpoint/checkpoint-a'),
  },
  {
    title: 'both checkpoints, which are not there',
    damage: (disk) => [disk.unlink('/checkpoint/checkpoint-a'), disk.unlink('/checkpoint/checkpoint-b')],
  },
  {
    title: 'a spare with old records',
    damage: (disk) => put(disk, '/data/spare.log', disk.read(path(2))),
  },
  {
    title: 'a segment that was not published',
    damage: (disk) => put(disk, `${path(5)}.new`, disk.read(path(2))),
  },
  {
    title: 'a tombstone',
    damage: (disk) => put(disk, path(1), writeGone({ id: 1, base: 0, end: 6 })),
    delivered: without(...between(0, 6)),
  },
  {
    title: 'the tail of a write that was torn before it was acknowledged',
    damage: (disk) =>
      disk.overwrite(path(4), tail(disk), disk.read(path(3)).subarray(putAt(disk, 3, 0), putAt(disk, 3, 0) + 500)),
    told: [[path(4), 0, 'the last write was torn']],
  },
]

for (const { title, damage, delivered = all, told = [], notes = [] } of cases) {
  test(`damaged: ${title}. The rest is delivered, and exactly this is told, once`, () => {
    const disk = scene()
    damage(disk)
    disk.settle()
    const opened = open(disk)
    assert.deepEqual(
      [...opened.found].map(([position]) => position),
      delivered,
    )
    for (const [position, text] of opened.found) assert.equal(text.trimEnd(), String(position))
    assert.deepEqual(
      opened.damages.map(({ path: file, events, reason }, index) => [
        file,
        events,
        reason.includes(told[index]?.[2] ?? '') ? told[index]?.[2] : reason,
      ]),
      told.map((each) => [...each]),
    )
    assert.equal(opened.notes.length, notes.length, opened.notes.join())
    for (const [index, note] of notes.entries()) assert.match(opened.notes[index]!, new RegExp(note))
    const again = open(disk)
    assert.deepEqual([...again.found], [...opened.found])
    assert.deepEqual(
      again.damages.filter(({ events }) => events > 0),
      [],
    )
  })
}

test('what a start after a stop finds to be lost is told by that one only', () => {
  const disk = scene()
  Log.open(logOptions(disk)).close()
  disk.resize(path(2), 1000)
  const [first, second] = [open(disk), open(disk)]
  assert.deepEqual(
    first.damages.map(({ position, events, until }) => [position, events, until]),
    [[6, 6, 12]],
  )
  assert.deepEqual(second.damages, [])
})

function open(disk: SimulatedDisk, options: Partial<LogOptions> = {}) {
  const log = Log.open(logOptions(disk, options))
  const found = readAll(log)
  const damages = [...log.recovery.damages, ...log.takeDamages()]
  log.close()
  return { found, damages, notes: log.recovery.notes }
}

function scene(): SimulatedDisk {
  const disk = new SimulatedDisk({ directories: ['/data', '/checkpoint'] })
  const log = Log.open(logOptions(disk))
  for (let position = 0; position < 24; position += 2) {
    log.commit(groupOf([[0, 1].map((row) => String(position + row).padEnd(487))]))
    if (position === 10) log.commit(groupOf([], [{ cursor: 'channel', ranges: [[0, 1]] }]))
    if (position === 10 || position === 16) log.checkpoint()
  }
  log.commit(groupOf([], [{ cursor: 'channel', ranges: [[12, 13]] }]))
  log.tend()
  disk.settle()
  return disk
}

function tail(disk: SimulatedDisk): number {
  const end = Log.open(logOptions(disk.clone())).recovery.segments.at(-1)?.endOffset
  assert.ok(end !== undefined)
  return end
}

function put(disk: SimulatedDisk, file: string, bytes: Uint8Array): void {
  try {
    disk.unlink(file)
  } catch {
    // It is new.
  }
  disk.open(file, 'create').write([bytes], 0)
}

function exchange(disk: SimulatedDisk, one: string, other: string): void {
  disk.rename(one, '/data/aside')
  disk.rename(other, one)
  disk.rename('/data/aside', other)
}
