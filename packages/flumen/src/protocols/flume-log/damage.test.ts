import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Contents, goldenChannel, memorySource } from '../../../../../test/support/flume-log-files.ts'
import { FlumeLogWriter, type WriterOptions } from '../../../../../test/support/flume-log-writer.ts'
import {
  checkFlumeLog,
  FlumeLogError,
  type FlumeLogReplay,
  type FlumeLogSource,
  type LogDamage,
  replayFlumeLog,
} from './index.ts'

const key = Buffer.alloc(16, 7)
const encryption = { alias: 'k', key }
const log1 = 'data0/log-1'

interface Outcome {
  readonly replay: FlumeLogReplay
  readonly events: readonly number[]
  readonly damages: readonly LogDamage[]
}

function outcome(contents: ReadonlyMap<string, Uint8Array>, useCheckpoint = false): Outcome {
  const damages: LogDamage[] = []
  const report = (damage: LogDamage): void => {
    damages.push(damage)
  }
  const replay = replayFlumeLog(memorySource(contents), { keys: () => key, report, useCheckpoint })
  const events = [...replay.batches()].flatMap(({ batch }) => [...batch].map(({ body }) => numberOf(body)))
  return { replay, events, damages }
}

function numberOf(body: Uint8Array): number {
  return Number.parseInt(Buffer.from(body).toString('latin1'), 10)
}

/** Six events, the third of them in the log from `start` to `end`. */
function sixEvents(options: WriterOptions = {}): { contents: Contents; start: number; end: number } {
  const writer = new FlumeLogWriter(options)
  const put = writer.begin('put')
  for (let event = 0; event < 6; event++) writer.put(put, 'some text')
  writer.commit(put)
  const contents = writer.files()
  const { replay } = outcome(contents)
  return { contents, start: replay.pointerAt(2).offset, end: replay.pointerAt(3).offset }
}

function changed(contents: Contents, change: (log: Buffer) => unknown): Contents {
  const log = Buffer.from(contents.get(log1)!)
  const other = change(log)
  return new Map(contents).set(log1, Buffer.isBuffer(other) ? other : log)
}

test('whatever bit of a put is wrong, the other events come, and what is lost is reported where it is', () => {
  for (const options of [{}, { encryption }]) {
    const { contents, start, end } = sixEvents(options)
    for (let bit = start * 8; bit < end * 8; bit++) {
      const { replay, events, damages } = outcome(
        changed(contents, (log) => {
          log[bit >> 3]! ^= 1 << (bit & 7)
        }),
      )
      assert.deepEqual(
        events.filter((event) => event !== 2),
        [0, 1, 3, 4, 5],
        `bit ${bit - start * 8}`,
      )
      // Nothing protects the id of the transaction: its put belongs to one that nobody commits.
      if (!events.includes(2)) assert.equal(damages.length + replay.unfinished.records, 1)
      for (const damage of damages)
        assert.deepEqual([damage.start, damage.end, damage.file.name], [start, end, 'log-1'])
    }
  }
})

test('a record whose checksum does not fit is told from one that is no record', () => {
  const { contents, start, end } = sixEvents()
  const reasonOf = (change: (log: Buffer) => unknown): unknown[] =>
    outcome(changed(contents, change)).damages.map((damage) => [damage.start, damage.end, damage.reason])
  assert.deepEqual(
    reasonOf((log) => log.write('SOME', start + 50)),
    [[start, end, 'checksum']],
  )
  assert.deepEqual(
    reasonOf((log) => log.writeUInt8(9, start)),
    [[start, end, 'opcode']],
  )
  assert.deepEqual(
    reasonOf((log) => log.writeInt32BE(-1, start + 1)),
    [[start, end, 'length']],
  )
  assert.deepEqual(
    reasonOf((log) => log.writeInt32BE(0x7fff_ffff, start + 1)),
    [[start, end, 'length']],
  )
  assert.deepEqual(
    reasonOf((log) => log.writeUInt8(0, start)),
    [[start, end, 'neutralised']],
  )
})

test('records behind a hole of zeros or of unwritten space are found', () => {
  const { contents, start, end } = sixEvents()
  for (const byte of [0x00, 0x80, 0x7f]) {
    const { events, damages } = outcome(changed(contents, (log) => log.fill(byte, start, end)))
    assert.deepEqual(events, [0, 1, 3, 4, 5])
    assert.deepEqual([damages.length, damages[0]?.start, damages[0]?.end], [1, start, end])
  }
})

test('a log that is cut off gives what stands before the cut, and names the torn record', () => {
  const writer = new FlumeLogWriter()
  for (let event = 0; event < 3; event++) {
    const put = writer.begin('put')
    writer.put(put)
    writer.commit(put)
  }
  const contents = writer.files(0)
  const whole = contents.get(log1)!.length
  const offsets = outcome(contents).replay
  for (let length = 0; length <= whole; length++) {
    const { events, damages } = outcome(changed(contents, (log) => log.subarray(0, length)))
    assert.deepEqual(events, [0, 1, 2].slice(0, events.length))
    if (length >= offsets.pointerAt(2).offset) assert.ok(events.length >= 2)
    assert.ok(damages.length <= 1)
    for (const { end } of damages) assert.equal(end, length)
  }
})

test('damage behind the end of the data does not take the fill with it', () => {
  const { contents } = sixEvents()
  const length = contents.get(log1)!.length
  const { events, damages } = outcome(changed(contents, (log) => log.writeUInt8(0x41, length - 20)))
  assert.deepEqual(events, [0, 1, 2, 3, 4, 5])
  assert.deepEqual([damages.length, damages[0]?.end], [1, length - 19])
})

test('an event that turns out damaged when it is read is reported then, and the others come', () => {
  const writer = new FlumeLogWriter()
  const put = writer.begin('put')
  for (let event = 0; event < 5; event++) writer.put(put, 'some text')
  writer.commit(put)
  writer.checkpoint()
  const contents = writer.files()
  const { offset } = outcome(contents).replay.pointerAt(2)
  const spoilt = changed(contents, (log) => log.write('SOME', offset + 50))
  const { replay, events, damages } = outcome(spoilt, true)
  assert.deepEqual([replay.way, replay.size, events], ['checkpoint', 5, [0, 1, 3, 4]])
  assert.deepEqual([damages.length, damages[0]?.start, damages[0]?.reason], [1, offset, 'checksum'])
  const neutral = outcome(
    changed(contents, (log) => log.writeUInt8(0, offset)),
    true,
  )
  assert.deepEqual([neutral.replay.way, neutral.events], ['checkpoint', [0, 1, 3, 4]])
  assert.equal(neutral.damages[0]?.reason, 'neutralised')
})

test('metadata that are damaged or of another log are reported', () => {
  const { contents } = sixEvents()
  const meta = Buffer.from(contents.get(`${log1}.meta`)!)
  for (const spoilt of [meta.subarray(0, 9), Buffer.alloc(0), Buffer.from(meta).fill(0xff, 0, 9), copyOf(meta, 7, 9)]) {
    const { events, damages } = outcome(new Map(contents).set(`${log1}.meta`, spoilt))
    assert.equal(events.length, 6)
    assert.deepEqual([damages[0]?.reason, damages[0]?.file.name], ['metadata', 'log-1.meta'])
  }
})

function copyOf(bytes: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = byte
  return copy
}

/** What may happen to a file. Numbers are thousandths of its size, and a byte. */
const blow = fc.tuple(
  fc.constantFrom('flip', 'cut', 'zero', 'fill', 'repeat', 'noise'),
  fc.nat(1000),
  fc.nat(1000),
  fc.nat(255),
)

function struck(bytes: Uint8Array, [kind, from, to, byte]: readonly [string, number, number, number]): Buffer {
  const copy = Buffer.from(bytes)
  const at = Math.floor((copy.length * from) / 1001)
  const end = Math.min(at + 1 + Math.floor((copy.length * to) / 4000), copy.length)
  if (copy.length === 0) return copy
  if (kind === 'cut') return copy.subarray(0, at)
  if (kind === 'flip') copy[at]! ^= 1 << (byte & 7)
  else if (kind === 'zero') copy.fill(0, at, end)
  else if (kind === 'fill') copy.fill(byte, at, end)
  else if (kind === 'repeat') return Buffer.concat([copy.subarray(0, end), copy.subarray(at)])
  else for (let index = at; index < end; index++) copy[index] = (index * 167 + byte * 31) & 255
  return copy
}

function someChannel(options: WriterOptions): Contents {
  const writer = new FlumeLogWriter({ directories: 2, maxFileSize: 1500, capacity: 60, ...options })
  for (let round = 0; round < 10; round++) {
    const put = writer.begin('put')
    for (let event = 0; event < 5; event++) writer.put(put, 'z'.repeat(round * 9))
    if (round !== 4) writer.commit(put)
    const take = writer.begin('take')
    for (let event = 0; event < 3; event++) writer.take(take)
    if (round % 3 === 1) writer.rollback(take)
    else if (round !== 6) writer.commit(take)
    if (round === 7) writer.checkpoint()
  }
  return writer.files()
}

/** Everything that reads the files; what it reads at once and altogether is counted. */
function readEverything(contents: Contents): void {
  const memory = memorySource(contents)
  const total = memory.files.reduce((sum, { size }) => sum + size, 0)
  const source: FlumeLogSource = {
    files: memory.files,
    read: (file, offset, length) => {
      assert.ok(offset >= 0 && length >= 0 && offset + length <= file.size)
      return memory.read(file, offset, length)
    },
  }
  for (const useCheckpoint of [true, false])
    onlyFlumeLogErrors(() => {
      const replay = replayFlumeLog(source, { keys: () => key, useCheckpoint })
      for (const { batch } of replay.batches({ rows: 10 })) assert.ok(batch.retainedBytes <= total * 4 + 1_048_576)
    })
  for (const file of source.files)
    if (/log-\d+$/.test(file.name)) onlyFlumeLogErrors(() => [...checkFlumeLog(source, file, { keys: () => key })])
  assert.ok(memory.bytesRead <= total * 400, `${memory.bytesRead} bytes of ${total}`)
}

function onlyFlumeLogErrors(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof FlumeLogError)) throw error
  }
}

test('no damage to any file makes reading fail in another way than said, or read without end', () => {
  const plain = someChannel({})
  const enciphered = someChannel({ encryption })
  const which = fc.array(fc.tuple(fc.nat(1000), blow), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(fc.boolean(), which, (isPlain, blows) => {
      const contents = new Map(isPlain ? plain : enciphered)
      const paths = [...contents.keys()]
      for (const [path, each] of blows)
        contents.set(paths[path % paths.length]!, struck(contents.get(paths[path % paths.length]!)!, each))
      readEverything(contents)
    }),
    { numRuns: 300 },
  )
})

test('no damage to what Flume itself wrote does either', () => {
  const channel = goldenChannel('fc-clean')
  // Without most of the fill, for speed.
  channel.set('data/log-1', channel.get('data/log-1')!.subarray(0, 130_000))
  const paths = [...channel.keys()].filter((path) => channel.get(path)!.length > 0)
  fc.assert(
    fc.property(fc.constantFrom(...paths), blow, (path, each) => {
      readEverything(new Map(channel).set(path, struck(channel.get(path)!, each)))
    }),
    { numRuns: 40 },
  )
})

test('a log made of nothing but beginnings of records is given up', () => {
  const header = Buffer.from('7f00000000170d01000000110000000000000000190000000000000000', 'hex')
  const count = 20_000
  const log = Buffer.concat(Array.from({ length: count }, () => header))
  for (let at = 0; at < log.length - 32; at += header.length) log.writeInt32BE(log.length - at - 6, at + 1)
  const contents = new Map([[log1, log]])
  const memory = memorySource(contents)
  const damages: string[] = []
  replayFlumeLog(memory, { report: ({ message }) => void damages.push(message) })
  assert.match(damages.at(-1)!, /too much/)
  assert.ok(memory.bytesRead < log.length * 60, String(memory.bytesRead / log.length))
})
