import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Damage as DoneDamage, damageDirectory } from '../testing/disk/damage.ts'
import { type FileSet, takeFiles } from '../testing/disk/file-set.ts'
import { Random } from '../testing/disk/random.ts'
import { SimulatedDisk } from '../testing/disk/simulated-disk.ts'
import { checkpointDirectory, dataDirectory, groupOf, logOptions, readAll } from '../testing/log-bench.ts'
import { readSegmentHeader, segmentIdOf } from './format/segment-header.ts'
import { Log, type LogOptions } from './log.ts'
import { SegmentScanner } from './segment-scanner.ts'
import { type Damage, firstRecordOffset, segmentOf } from './segments.ts'

const rounds = Number(process.env.FLUMEN_DAMAGE ?? 500)
const seed = Number(process.env.FLUMEN_SEED ?? 1)

test(`D7: of ${rounds} damaged directories every intact event is delivered and every lost one is told, once`, (context) => {
  const kinds = new Map<string, number>()
  const scenes = Array.from({ length: 12 }, (_, index) => sceneOf(seed * 100 + index))
  for (let round = 0; round < rounds; round++) {
    const scene = scenes[round % scenes.length]!
    const disk = scene.disk.clone()
    disk.settle()
    const damage = damageOf(disk, scene, seed * 100_000 + round)
    kinds.set(damage.kind, (kinds.get(damage.kind) ?? 0) + 1)
    check(disk, scene, damage, `round ${round} of seed ${seed}: ${damage.description}`)
  }
  context.diagnostic(JSON.stringify(Object.fromEntries(kinds)))
})

interface StoredRecord {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly position: number
  readonly events: number
}

interface Scene {
  readonly disk: SimulatedDisk
  readonly options: Partial<LogOptions>
  /** All that was ever stored. */
  readonly texts: ReadonlyMap<number, string>
  /** What is to be delivered. */
  readonly wanted: ReadonlyMap<number, string>
  readonly records: readonly StoredRecord[]
  readonly earlier: readonly FileSet[]
  readonly foreign: readonly FileSet[]
}

function damageOf(disk: SimulatedDisk, { earlier, foreign }: Scene, seed: number): DoneDamage {
  const isInData = new Random(seed).chance(0.8)
  const damage = isInData
    ? damageDirectory(disk, dataDirectory, { seed, only: (name) => name.startsWith('events-') })
    : damageDirectory(disk, checkpointDirectory, { seed, isCheckpoint: () => true, earlier, foreign })
  assert.ok(damage)
  return damage
}

function check(disk: SimulatedDisk, scene: Scene, done: DoneDamage, where: string): void {
  const first = readOnce(disk, scene)
  for (const [position, text] of first.found) assert.equal(text, scene.texts.get(position), `${where}: wrong event`)
  for (const [position, text] of scene.wanted) {
    if (first.found.has(position)) continue
    const record = scene.records.find((each) => position >= each.position && position < each.position + each.events)
    assert.ok(record && isHit(record, done), `${where}: ${text} at ${position} is whole and was not delivered`)
    assert.ok(
      first.damages.some((each) => position >= each.position && position < (each.until ?? each.position)),
      `${where}: nobody said that ${text} at ${position} is lost: ${JSON.stringify(first.damages)}`,
    )
  }
  const told = first.damages.filter(({ events }) => events > 0)
  for (const { events, position, until = position } of told) {
    const missing = [...scene.texts.keys()].filter((at) => at >= position && at < until && !first.found.has(at)).length
    assert.ok(
      events <= missing || isUnwritten(done),
      `${where}: ${events} from ${position} are said to be lost, ${missing} are`,
    )
  }
  const second = readOnce(disk, scene)
  assert.deepEqual([...second.found], [...first.found], `${where}: the second start`)
  assert.deepEqual(
    second.damages.filter(({ events }) => events > 0),
    [],
    `${where}: told twice`,
  )
  const known = new Set(first.damages.map(({ path, reason }) => path + reason))
  assert.deepEqual(
    second.damages.filter(({ path, reason }) => !known.has(path + reason)),
    [],
    `${where}: told late`,
  )
}

/** Positions that were jumped over can be told to be lost where what says so is damaged. */
function isUnwritten({ ranges }: DoneDamage): boolean {
  return ranges.length > 0
}

function isHit({ name, from, to }: StoredRecord, { ranges }: DoneDamage): boolean {
  return ranges.some((range) => range.name === name && range.from < to && range.to > from)
}

function readOnce(disk: SimulatedDisk, { options }: Scene): { found: Map<number, string>; damages: Damage[] } {
  const log = Log.open(logOptions(disk, options))
  const found = readAll(log)
  const damages = [...log.recovery.damages, ...log.takeDamages()]
  log.close()
  return { found, damages }
}

/** Some segments, some of which are acknowledged in part, checkpoints, restarts, an end with or without a stop. */
function sceneOf(seed: number): Scene {
  const random = new Random(seed)
  const disk = new SimulatedDisk({ directories: [dataDirectory, checkpointDirectory] })
  const options: Partial<LogOptions> = random.chance(0.3) ? { compression: 'zstd' } : {}
  const texts = new Map<number, string>()
  const earlier: FileSet[] = []
  let log = Log.open(logOptions(disk, options))
  for (let step = 0; step < 40; step++) {
    const sizes = Array.from({ length: 1 + random.below(2) }, () => 1 + random.below(4))
    const puts = sizes.map((size, put) =>
      Array.from({ length: size }, (_, row) =>
        `${step}/${put}/${row} `.padEnd(random.below(500), String(random.next())),
      ),
    )
    let position = log.commit(groupOf(puts))
    for (const text of puts.flat()) texts.set(position++, text)
    const from = random.below(log.state.nextPosition)
    if (random.chance(0.3)) {
      log.commit(groupOf([], [{ cursor: 'channel', ranges: [[from, from + 1 + random.below(5)]] }]))
    }
    if (random.chance(0.1)) log.commit(groupOf([], [{ cursor: 'channel', ranges: [[0, from >> 1]] }]))
    if (random.chance(0.1)) log.tend()
    if (random.chance(0.15) && log.checkpoint()) earlier.push(takeFiles(disk, checkpointDirectory))
    if (random.chance(0.05)) {
      if (random.chance(0.5)) log.close()
      log = Log.open(logOptions(disk, options))
    }
  }
  log.checkpoint()
  if (random.chance(0.5)) log.close()
  disk.settle()
  const wanted = readAll(Log.open(logOptions(disk.clone(), options)))
  return { disk, options, texts, wanted, records: recordsOf(disk), earlier, foreign: [foreignCheckpoints()] }
}

function recordsOf(disk: SimulatedDisk): StoredRecord[] {
  const records: StoredRecord[] = []
  for (const path of disk.files()) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const header = readSegmentHeader(disk.read(path).subarray(0, firstRecordOffset), path)
    if (segmentIdOf(name) === undefined || !header) continue
    const segment = segmentOf(header.channelId, {
      id: header.id,
      path,
      directory: dataDirectory,
      base: header.base,
      key: undefined,
    })
    const scanner = new SegmentScanner(disk.open(path, 'read'), segment.salt, firstRecordOffset)
    for (let item = scanner.next(); item.kind !== 'end'; item = scanner.next()) {
      assert.equal(item.kind, 'record')
      if (item.kind !== 'record' || item.header.events === 0) continue
      const { position, events } = item.header
      records.push({ name, from: item.offset, to: item.end, position, events })
    }
  }
  return records
}

function foreignCheckpoints(): FileSet {
  const disk = new SimulatedDisk({ directories: [dataDirectory, checkpointDirectory] })
  const log = Log.open(logOptions(disk))
  log.commit(groupOf([['foreign']]))
  log.close()
  return takeFiles(disk, checkpointDirectory)
}
