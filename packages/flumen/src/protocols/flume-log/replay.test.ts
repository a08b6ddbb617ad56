import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Contents, memorySource } from '../../../../../test/support/flume-log-files.ts'
import { FlumeLogWriter, type WriterOptions } from '../../../../../test/support/flume-log-writer.ts'
import {
  FlumeLogError,
  type FlumeLogReplay,
  type LogDamage,
  type ReplayOptions,
  replayFlumeLog,
  replaySteps,
} from './index.ts'

const encryption = { alias: 'k', key: Buffer.from('0123456789abcdef0123456789abcdef') }

interface Outcome {
  readonly replay: FlumeLogReplay
  readonly events: readonly number[]
  readonly damages: readonly LogDamage[]
}

function outcome(contents: Contents, options: ReplayOptions = {}): Outcome {
  const damages: LogDamage[] = []
  const report = (damage: LogDamage): void => {
    damages.push(damage)
  }
  const replay = replayFlumeLog(memorySource(contents), { keys: () => encryption.key, report, ...options })
  const events: number[] = []
  for (const { batch } of replay.batches({ rows: 5 }))
    for (let row = 0; row < batch.length; row++) {
      const event = Number.parseInt(batch.text(row), 10)
      events.push(event)
      assert.equal(batch.header(row, 'n'), event % 3 === 0 ? undefined : String(event))
      assert.equal(batch.header(row, 'ü'), event % 3 === 0 ? undefined : '')
    }
  return { replay, events, damages }
}

interface History {
  readonly writer: FlumeLogWriter
  readonly directories: number
  /** Transactions that may put, or take, at a time. */
  readonly most: number
}

const actions: Readonly<Record<string, (history: History, which: number) => void>> = {
  put: (history, which) => {
    const id = transactionOf(history, 'put', which, which % 3 === 0)
    for (let count = 0; count <= which % 4; count++) history.writer.put(id, 'x'.repeat(which % 90))
  },
  take: (history, which) => {
    const id = transactionOf(history, 'take', which, which % 3 === 0)
    for (let count = 0; count <= which % 5; count++) history.writer.take(id)
  },
  commit: ({ writer }, which) => ended(writer, which, (id) => writer.commit(id)),
  rollback: ({ writer }, which) => ended(writer, which, (id) => writer.rollback(id)),
  roll: ({ writer, directories }, which) => writer.roll(which % directories),
  checkpoint: ({ writer }) => writer.checkpoint(),
  'checkpoint without marks': ({ writer }) => writer.checkpoint(false),
  'broken checkpoint': ({ writer }) => writer.checkpoint(true, false),
  'delete logs': ({ writer, directories }) => {
    // With several directories Flume may delete a take and keep its put.
    if (directories > 1 || !writer.hasCheckpoint) return
    writer.checkpoint()
    writer.deleteOldLogs()
  },
}

/** An open transaction, or a new one where there may be more. */
function transactionOf({ writer, most }: History, kind: 'put' | 'take', which: number, isNew: boolean): bigint {
  const open = writer.openTransactions(kind)
  return (isNew && open.length < most) || open.length === 0 ? writer.begin(kind) : open[which % open.length]!
}

function ended(writer: FlumeLogWriter, which: number, end: (id: bigint) => void): void {
  const open = [...writer.openTransactions('put'), ...writer.openTransactions('take')]
  if (open.length > 0) end(open[which % open.length]!)
}

/** What is done, and a number that chooses how and to which. */
const steps = fc.array(
  fc.tuple(
    fc.constantFrom('put', 'take', 'commit', ...Object.keys(actions)).map((name) => actions[name]!),
    fc.nat(1000),
  ),
  { minLength: 5, maxLength: 120 },
)

const runs = { numRuns: 400 }

test('any history of one putter and one taker gives the same events from a checkpoint and from all logs', () => {
  const settings = fc.record({
    directories: fc.integer({ min: 1, max: 3 }),
    maxFileSize: fc.constantFrom(300, 900, 90_000),
  })
  fc.assert(
    fc.property(settings, steps, fc.boolean(), (made, done, isEncrypted) => {
      const writer = new FlumeLogWriter(isEncrypted ? { ...made, encryption } : made)
      for (const [action, which] of done) action({ writer, most: 1, ...made }, which)
      const all = outcome(writer.files(), { useCheckpoint: false })
      assert.deepEqual(all.events, writer.replayed)
      assert.deepEqual(all.damages, [])
      const fast = outcome(writer.files(), { capacity: 1000 })
      assert.equal(fast.replay.way, writer.hasCheckpoint ? 'checkpoint' : 'full')
      assert.deepEqual(fast.events, writer.replayed)
      assert.deepEqual(fast.damages, [])
    }),
    runs,
  )
})

test('where several at a time put or roll back takes, a checkpoint keeps the order that Flume had', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), steps, (directories, done) => {
      const writer = new FlumeLogWriter({ directories, maxFileSize: 700 })
      for (const [action, which] of done) action({ writer, most: 4, directories }, which)
      assert.deepEqual(outcome(writer.files(), { useCheckpoint: false }).events, writer.replayed)
      const fast = outcome(writer.files())
      assert.deepEqual(fast.events, writer.hasCheckpoint ? writer.replayedFromCheckpoint : writer.replayed)
      assert.deepEqual([...fast.events].sort(), [...writer.replayed].sort())
    }),
    runs,
  )
})

function filled(options: WriterOptions, events: number, body = ''): FlumeLogWriter {
  const writer = new FlumeLogWriter(options)
  const put = writer.begin('put')
  for (let event = 0; event < events; event++) writer.put(put, body)
  writer.commit(put)
  return writer
}

test('a replay from a checkpoint reads of a log only what was written after it', () => {
  const writer = filled({}, 900, 'x'.repeat(1000))
  const take = writer.begin('take')
  for (let event = 0; event < 890; event++) writer.take(take)
  writer.commit(take)
  writer.checkpoint()
  const source = memorySource(writer.files())
  assert.equal(replayFlumeLog(source).size, 10)
  assert.ok(source.bytesRead < 300_000, `${source.bytesRead} bytes`)
})

test('takes in flight stand at the head again, in the order in which they were put', () => {
  const writer = filled({}, 10)
  const take = writer.begin('take')
  for (let event = 0; event < 4; event++) writer.take(take)
  writer.checkpoint()
  writer.take(take)
  const { replay, events } = outcome(writer.files())
  assert.deepEqual([replay.way, replay.returned, events], ['checkpoint', 4, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]])
})

test('puts that nobody committed are dropped and counted', () => {
  const writer = filled({}, 3)
  const put = writer.begin('put')
  writer.put(put)
  writer.put(put)
  const { replay, events } = outcome(writer.files())
  assert.deepEqual([events, replay.unfinished], [[0, 1, 2], { transactions: 1, records: 2 }])
})

test('a complete backup stands in for a broken checkpoint, another does not', () => {
  const writer = filled({}, 20)
  writer.checkpoint()
  const contents = writer.files()
  for (const [path, bytes] of writer.files())
    if (path.startsWith('checkpoint/')) contents.set(path.replace('checkpoint/', 'backup/'), bytes)
  const broken = Buffer.from(contents.get('checkpoint/checkpoint')!)
  broken.writeBigInt64BE(1n, 32)
  contents.set('checkpoint/checkpoint', broken)
  assert.equal(outcome(contents).replay.way, 'full')
  contents.set('backup/backupComplete', new Uint8Array(0))
  const { replay, events } = outcome(contents)
  assert.deepEqual([replay.way, replay.notes.length, events.length], ['backup', 1, 20])
})

test('whatever is wrong with a checkpoint, all logs are replayed and the reason is said', () => {
  const writer = filled({ capacity: 50 }, 20)
  const take = writer.begin('take')
  writer.take(take)
  writer.checkpoint()
  const long = (at: number, value: bigint) => (bytes: Buffer) => void bytes.writeBigInt64BE(value, at)
  const spoil: readonly [name: string, change: (bytes: Buffer) => unknown, reason: RegExp][] = [
    ['checkpoint', long(0, 2n), /version 2/],
    ['checkpoint', long(8, 5n), /not of one time/],
    ['checkpoint', long(32, 1n), /not written to its end/],
    ['checkpoint', long((1029 + 25) * 8, 0n), /impossible/],
    ['checkpoint', long((1029 + 25) * 8, 0x1_0000_0007n), /no put, at 7 of log-1/],
    ['checkpoint', long((1029 + 25) * 8, 0x9_0000_0007n), /do not fit/],
    ['checkpoint.meta', (bytes) => bytes.writeInt32LE(30, 16), /do not fit|impossible/],
    ['checkpoint.meta', (bytes) => bytes.writeInt32LE(1 << 30, 16), /impossible/],
    ['checkpoint.meta', (bytes) => bytes.writeUInt8(200, 0), /passes its end/],
    ['inflighttakes', (bytes) => bytes.writeInt8(9, 40), /checksum/],
  ]
  for (const [name, change, reason] of spoil) {
    const contents = writer.files()
    const bytes = Buffer.from(contents.get(`checkpoint/${name}`)!)
    change(bytes)
    contents.set(`checkpoint/${name}`, bytes)
    const { replay, events } = outcome(contents)
    assert.deepEqual([replay.way, events], ['full', writer.replayed])
    assert.match(replay.notes.join(), reason)
  }
  for (const name of ['checkpoint', 'checkpoint.meta', 'inflightputs', 'inflighttakes']) {
    const contents = writer.files()
    contents.delete(`checkpoint/${name}`)
    assert.match(outcome(contents).replay.notes.join(), new RegExp(`no file ${name}`))
  }
})

test('metadata under the names that Flume writes them through do as well', () => {
  const writer = filled({ encryption }, 5)
  for (const suffix of ['.tmp', '.old']) {
    const contents = writer.files()
    contents.set(`data0/log-1.meta${suffix}`, contents.get('data0/log-1.meta')!)
    contents.delete('data0/log-1.meta')
    assert.deepEqual(outcome(contents).events, [0, 1, 2, 3, 4])
  }
})

test('a log without metadata is read as one that is not enciphered, and that is reported', () => {
  const contents = filled({}, 5).files()
  contents.delete('data0/log-1.meta')
  const { events, damages } = outcome(contents)
  assert.deepEqual([events.length, damages.map(({ reason }) => reason)], [5, ['metadata']])
})

test('logs of two directories with one number, and logs of version 2, are refused', () => {
  const refused = (contents: Contents, code: string): void =>
    assert.throws(
      () => outcome(contents),
      (error) => error instanceof FlumeLogError && error.code === code,
    )
  const twice = filled({}, 5).files()
  twice.set('data1/log-1', twice.get('data0/log-1')!)
  refused(twice, 'duplicate')
  refused(new Map([['data0/log-1', Buffer.from('0000000200000001', 'hex')]]), 'version')
})

test('the names of logs and of the channel stay when Flume goes on, rolls and neutralises a record', () => {
  const writer = filled({ maxFileSize: 400 }, 9)
  const before = outcome(writer.files()).replay
  const contents = writer.files()
  contents.get('data0/log-1')![0] = 0
  assert.equal(outcome(contents).replay.fingerprint, before.fingerprint)
  const put = writer.begin('put')
  for (let event = 0; event < 9; event++) writer.put(put)
  writer.commit(put)
  writer.checkpoint()
  const after = new Map(outcome(writer.files()).replay.logs.map(({ fileID, fingerprint }) => [fileID, fingerprint]))
  for (const { fileID, fingerprint } of before.logs) assert.equal(after.get(fileID), fingerprint)
  assert.equal(new Set(after.values()).size, after.size)
})

test('a replay in steps leaves time for others', () => {
  const steps = replaySteps(memorySource(filled({}, 12_000).files()))
  const seen: number[] = []
  let step = steps.next()
  for (; !step.done; step = steps.next()) seen.push(step.value.records)
  assert.deepEqual([seen, step.value.size], [[5000, 10_000], 12_000])
})

test('a checkpoint that points into a log that is gone is not used', () => {
  const writer = filled({ maxFileSize: 400 }, 9)
  writer.checkpoint()
  const contents = writer.files()
  contents.delete('data0/log-1')
  const { replay, events } = outcome(contents)
  assert.equal(replay.way, 'full')
  assert.match(replay.notes.join(), /log-1, which is not there/)
  assert.deepEqual(events, writer.replayed.slice(-events.length))
  assert.ok(events.length > 0)
})

test('an event whose take was in flight, rolled back and then taken for good does not come back', () => {
  const writer = filled({}, 2)
  const first = writer.begin('take')
  writer.take(first)
  writer.checkpoint()
  writer.rollback(first)
  const second = writer.begin('take')
  writer.take(second)
  writer.commit(second)
  const { replay, events } = outcome(writer.files())
  assert.deepEqual([replay.way, replay.returned, events], ['checkpoint', 0, [1]])
})

test('each key is asked for once, however many logs there are', () => {
  const asked: string[] = []
  const keys = (alias: string): Uint8Array => {
    asked.push(alias)
    return encryption.key
  }
  const contents = filled({ encryption, maxFileSize: 300 }, 40).files()
  assert.deepEqual([replayFlumeLog(memorySource(contents), { keys }).size, asked], [40, ['k']])
})

test('records larger than anything that is read ahead come whole, a batch ends by its bytes', () => {
  for (const options of [{}, { encryption }]) {
    const writer = new FlumeLogWriter(options)
    const put = writer.begin('put')
    const lengths = [10, 16_300, 16_500, 70_000, 0, 400_000, 20]
    for (const length of lengths) writer.put(put, 'b'.repeat(length))
    writer.commit(put)
    writer.checkpoint()
    for (const useCheckpoint of [true, false]) {
      const replay = replayFlumeLog(memorySource(writer.files()), { keys: () => encryption.key, useCheckpoint })
      const batches = [...replay.batches({ bytes: 100_000, arrivedAt: 7 })]
      assert.deepEqual(
        batches.map(({ batch }) => [batch.length, batch.parts[0]?.arrivedAt]),
        [
          [4, 7],
          [2, 7],
          [1, 7],
        ],
      )
      const bodies = batches.flatMap(({ batch }) => [...batch].map(({ body }) => Buffer.from(body).toString()))
      assert.deepEqual(
        bodies,
        lengths.map((length, event) => `${event}:${'b'.repeat(length)}`),
      )
    }
  }
})
