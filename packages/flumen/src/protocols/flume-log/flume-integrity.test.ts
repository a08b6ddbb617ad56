import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Contents, memorySource } from '../../../../../test/support/flume-log-files.ts'
import { FlumeLogWriter, type WriterOptions } from '../../../../../test/support/flume-log-writer.ts'
import {
  checkFlumeLog,
  FlumeLogError,
  type IntegrityCounts,
  type IntegrityFinding,
  type IntegrityOptions,
  replayFlumeLog,
} from './index.ts'

const log1 = 'data0/log-1'

function channel(options: WriterOptions = {}): Contents {
  const writer = new FlumeLogWriter(options)
  const put = writer.begin('put')
  for (let event = 0; event < 6; event++) writer.put(put, 'some text')
  writer.commit(put)
  const take = writer.begin('take')
  writer.take(take)
  writer.commit(take)
  return writer.files()
}

function checked(
  contents: Contents,
  options: IntegrityOptions = {},
): { findings: readonly IntegrityFinding[]; counts: IntegrityCounts } {
  const source = memorySource(contents)
  const walk = checkFlumeLog(source, source.files.find(({ name }) => name === 'log-1')!, options)
  const findings: IntegrityFinding[] = []
  let step = walk.next()
  for (; !step.done; step = walk.next()) findings.push(step.value)
  return { findings, counts: step.value }
}

function events(contents: Contents): readonly string[] {
  const replay = replayFlumeLog(memorySource(contents), { useCheckpoint: false })
  return [...replay.batches()].flatMap(({ batch }) => [...batch].map(({ body }) => Buffer.from(body).toString()[0]!))
}

/** Writes what the findings say. */
function repaired(contents: Contents, findings: readonly IntegrityFinding[]): Contents {
  const log = Buffer.from(contents.get(log1)!)
  for (const { repair } of findings) if (repair !== undefined) log.set(repair.bytes, repair.offset)
  return new Map(contents).set(log1, log)
}

function offsetOf(contents: Contents, event: number): number {
  // Event 0 was taken.
  return replayFlumeLog(memorySource(contents)).pointerAt(event - 1).offset
}

function spoilt(contents: Contents, change: (log: Buffer) => unknown): Contents {
  const log = Buffer.from(contents.get(log1)!)
  change(log)
  return new Map(contents).set(log1, log)
}

test('a sound log has no findings; all its records are counted', () => {
  const { findings, counts } = checked(channel())
  assert.deepEqual(findings, [])
  assert.deepEqual(counts, { records: 9, puts: 6, valid: 6, invalid: 0, failed: 0, corrupt: 0, neutralised: 0 })
})

test('a corrupt put is found, and its opcode is what to write', () => {
  const contents = channel()
  const offset = offsetOf(contents, 3)
  const damaged = spoilt(contents, (log) => log.write('SOME', offset + 50))
  const { findings, counts } = checked(damaged)
  assert.deepEqual([counts.records, counts.puts, counts.valid, counts.corrupt], [9, 5, 5, 1])
  assert.deepEqual(
    findings.map(({ kind, reason, start, repair }) => [kind, reason, start, repair?.offset, [...repair!.bytes]]),
    [['corrupt', 'checksum', offset, offset, [0]]],
  )
  const mended = repaired(damaged, findings)
  assert.deepEqual(checked(mended).findings, [])
  assert.equal(checked(mended).counts.neutralised, 1)
  assert.deepEqual(events(mended), ['1', '2', '4', '5'])
})

test('a corrupt record behind a neutralised one is found itself, which the tool of Flume misses', () => {
  const contents = channel()
  const [second, third] = [offsetOf(contents, 2), offsetOf(contents, 3)]
  const damaged = spoilt(contents, (log) => {
    log[second] = 0
    log.write('SOME', third + 50)
  })
  assert.deepEqual(
    checked(damaged).findings.map(({ start, repair }) => [start, repair?.offset]),
    [[third, third]],
  )
})

test('where a length is wrong, what is to be written leads to the next record', () => {
  const contents = channel()
  const offset = offsetOf(contents, 3)
  for (const length of [-1, 0, 40, 0x7fff_ffff, 318]) {
    const damaged = spoilt(contents, (log) => log.writeInt32BE(length, offset + 1))
    const { findings } = checked(damaged)
    assert.deepEqual([findings.length, findings[0]?.start, findings[0]?.end], [1, offset, offsetOf(contents, 4)])
    const mended = repaired(damaged, findings)
    assert.deepEqual(checked(mended).findings, [])
    // As Flume skips: opcode 0, then as many bytes as the length says.
    assert.equal(Buffer.from(mended.get(log1)!).readInt32BE(offset + 1), offsetOf(contents, 4) - offset - 5)
  }
})

test('a torn end is closed, however much of it there is', () => {
  const contents = channel()
  const log = contents.get(log1)!
  const last = log.length - 64 - 36
  for (let length = last + 1; length < last + 36; length++) {
    const torn = new Map(contents).set(log1, log.subarray(0, length))
    const { findings } = checked(torn)
    const torn5 = [0, 0, 0, 0, length - last - 5]
    assert.deepEqual(
      findings.map(({ start, repair }) => [start, [...repair!.bytes]]),
      [[last, length - last < 5 ? new Array(length - last).fill(0x80) : torn5]],
    )
    if (length - last !== 5) assert.deepEqual(checked(repaired(torn, findings)).findings, [], String(length - last))
  }
})

test('events that the validator refuses, or fails at, are told apart', () => {
  const { findings, counts } = checked(channel(), {
    isValid: ({ headers, body }) => {
      if (headers.get('n') === '4') throw new Error('no fours')
      return body[0] !== '2'.charCodeAt(0)
    },
  })
  assert.deepEqual(
    findings.map(({ kind, message, repair }) => [kind, message, repair?.bytes.length]),
    [
      ['invalid', 'the validator refuses the event', 1],
      ['failed', 'the validator failed: no fours', 1],
    ],
  )
  assert.deepEqual([counts.valid, counts.invalid, counts.failed], [4, 1, 1])
})

test('an enciphered log needs its key, and a log its metadata', () => {
  const key = Buffer.alloc(16, 3)
  const contents = channel({ encryption: { alias: 'k', key } })
  assert.equal(checked(contents, { keys: () => key }).counts.valid, 6)
  const refused = (files: Contents, code: string): void =>
    assert.throws(
      () => checked(files),
      (error) => error instanceof FlumeLogError && error.code === code,
    )
  refused(contents, 'key')
  const bare = channel()
  bare.delete(`${log1}.meta`)
  refused(bare, 'damaged')
})
