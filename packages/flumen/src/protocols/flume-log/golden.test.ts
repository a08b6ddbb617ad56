import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  type Contents,
  type GoldenEvent,
  golden,
  goldenChannel,
  goldenLines,
  memorySource,
} from '../../../../../test/support/flume-log-files.ts'
import type { Bytes } from '../../core/index.ts'
import { readKeyStore } from '../key-stores/key-store.ts'
import { type FlumeLogError, type FlumeLogReplay, type LogDamage, type ReplayOptions, replayFlumeLog } from './index.ts'

const remaining = goldenLines<GoldenEvent>('remaining.jsonl').map(({ headers, body, body_b64 }) => ({
  headers,
  body: body_b64 ?? Buffer.from(body).toString('base64'),
}))

function eventsOf(replay: FlumeLogReplay): readonly Pick<GoldenEvent, 'headers' | 'body'>[] {
  const events: Pick<GoldenEvent, 'headers' | 'body'>[] = []
  for (const { batch } of replay.batches({ rows: 70 }))
    for (let row = 0; row < batch.length; row++)
      events.push({
        headers: Object.fromEntries(batch.headers(row)),
        body: Buffer.from(batch.body(row)).toString('base64'),
      })
  return events
}

function replayed(contents: Contents, options: ReplayOptions = {}): FlumeLogReplay {
  const report = (damage: LogDamage): void => assert.fail(damage.message)
  return replayFlumeLog(memorySource(contents), { keys, report, ...options })
}

function password(name: string): string {
  return readFileSync(golden(name), 'utf8').trim()
}

const store = readKeyStore(new Uint8Array(readFileSync(golden('flume.jceks'))), password('keystore.pass'))

function keys(alias: string): Bytes | undefined {
  return alias === 'key-0' ? store.secretKey(alias, password('key-0.pass')).bytes : undefined
}

for (const name of ['fc-clean', 'fc-kill', 'fc-enc']) {
  test(`${name} gives the 600 events that Flume takes, from its checkpoint`, () => {
    const replay = replayed(goldenChannel(name), { capacity: 2000 })
    assert.deepEqual([replay.way, replay.size, replay.returned, replay.notes], ['checkpoint', 600, 0, []])
    assert.deepEqual(eventsOf(replay), remaining)
  })

  test(`${name} gives the same 600 events without its checkpoint`, () => {
    const contents = goldenChannel(name)
    for (const path of contents.keys()) if (path.startsWith('checkpoint/')) contents.delete(path)
    const replay = replayed(contents)
    assert.deepEqual([replay.way, replay.size, replay.notes], ['full', 600, []])
    assert.deepEqual(eventsOf(replay), remaining)
    assert.deepEqual(eventsOf(replayed(goldenChannel(name), { useCheckpoint: false })), remaining)
  })
}

test('an enciphered channel is refused without its key, and with another', () => {
  const contents = goldenChannel('fc-enc')
  const refused = (key: Bytes | undefined): void =>
    assert.throws(
      () => replayed(contents, { keys: () => key }),
      (error: FlumeLogError) => error.code === 'key',
    )
  refused(undefined)
  refused(new Uint8Array(16))
  refused(new Uint8Array(7))
})

test('a checkpoint of another capacity is not used, and that is said', () => {
  const replay = replayed(goldenChannel('fc-clean'), { capacity: 3000 })
  assert.equal(replay.way, 'full')
  assert.match(replay.notes.join(), /made for a capacity of 2000 events, the channel has 3000/)
  assert.deepEqual(eventsOf(replay), remaining)
})

test('an event keeps its name from one import to the next, and from a stopped channel to the one without checkpoint', () => {
  const names = (options: ReplayOptions): unknown[] => {
    const replay = replayed(goldenChannel('fc-clean'), options)
    const logs = replay.logs.map(({ fingerprint }) => fingerprint)
    return [replay.fingerprint, logs, ...[...replay.batches()].flatMap(({ fileIDs, offsets }) => [fileIDs, offsets])]
  }
  assert.deepEqual(names({}), names({ useCheckpoint: false }))
  const fingerprints = ['fc-clean', 'fc-kill', 'fc-enc'].map((name) => replayed(goldenChannel(name)).fingerprint)
  assert.equal(new Set(fingerprints).size, 3)
})

test('reading goes on from any position', () => {
  const replay = replayed(goldenChannel('fc-kill'))
  const [first, second] = replay.batches({ rows: 7 })
  assert.deepEqual([first?.next, second?.next], [7, 14])
  const [again] = replay.batches({ rows: 7, from: 7 })
  assert.deepEqual([again?.offsets, again?.batch.text(0)], [second?.offsets, second?.batch.text(0)])
})

interface Made {
  readonly seed: number
  readonly calm: boolean
  readonly truth: readonly number[]
  readonly fromCheckpoint: readonly number[]
  readonly fromLogs: readonly number[]
}

const ways = new Map([
  [1, 'checkpoint'],
  [4, 'checkpoint'],
  [11, 'backup'],
])

for (const made of goldenLines<Made>('made.jsonl')) {
  const contents = goldenChannel(`made-${made.seed}`)
  const numbers = (replay: FlumeLogReplay): readonly number[] =>
    eventsOf(replay).map(({ body }) => Number.parseInt(Buffer.from(body, 'base64').toString(), 10))

  test(`made-${made.seed} gives from its logs what Flume takes`, () => {
    assert.deepEqual(numbers(replayed(contents, { useCheckpoint: false })), made.fromLogs)
  })

  test(`made-${made.seed} gives from its checkpoint what was not taken for good`, () => {
    const replay = replayed(contents, { capacity: 2000 })
    assert.equal(replay.way, ways.get(made.seed))
    const events = numbers(replay)
    assert.deepEqual(
      [...events].sort((one, other) => one - other),
      made.truth,
    )
    if (made.calm) assert.deepEqual(events, made.fromCheckpoint)
  })
}
