import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { batchOf, type Channel, createEvent, type TakeTransaction } from '../../core/index.ts'
import { channelContract } from '../../testing/channel-contract.ts'
import { SimulatedDisk } from '../../testing/disk/simulated-disk.ts'
import { logChannelOn, logSettingsForTest } from '../../testing/log-channel-bench.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { StorageError } from '../errors.ts'
import { systemFiles } from '../system-files.ts'
import { DirectLogPort } from '../thread/direct-log-port.ts'
import { ThreadLogPort } from '../thread/thread-log-port.ts'

const scratch = mkdtempSync(join(tmpdir(), 'flumen-log-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
let count = 0

channelContract({
  name: 'log channel in this thread',
  async make(events) {
    const channel = logChannelOn(new SimulatedDisk(), { limits: { events, transactionEvents: events } })
    await channel.start()
    return channel
  },
})

channelContract({
  name: 'log channel with a thread of its own, little memory and a real disk',
  async make(events) {
    const directory = join(scratch, `c${count++}`)
    const channel = logChannelOn(systemFiles, {
      limits: { events, transactionEvents: events },
      options: { hotBytes: 100 },
      settings: { dataDirectories: [`${directory}/data`], checkpointDirectories: [`${directory}/checkpoint`] },
      makePort: (onEnd) => new ThreadLogPort(onEnd),
    })
    await channel.start()
    return channel
  },
})

channelContract({
  name: 'log channel that begins in memory',
  async make(events) {
    const channel = logChannelOn(new SimulatedDisk(), {
      limits: { events, transactionEvents: events },
      options: { memory: { events: 3, bytes: 1e6, timeoutMs: 0 } },
    })
    await channel.start()
    return channel
  },
})

const never = new AbortController().signal
const now = { deadlineMs: 0, signal: never }

async function put(channel: Channel, from: number, many: number): Promise<void> {
  const batch = batchOf(Array.from({ length: many }, (_, index) => createEvent(String(from + index))))
  const transaction = await channel.reserve({ events: many, bytes: batch.retainedBytes }, now)
  await transaction.commit(batch)
}

async function take(channel: Channel, events: number): Promise<TakeTransaction | null> {
  return channel.consumer().take({ events, bytes: Number.POSITIVE_INFINITY, lingerMs: 0 }, 0, never)
}

async function drain(channel: Channel): Promise<number[]> {
  const all: number[] = []
  for (let taken = await take(channel, 7); taken; taken = await take(channel, 7)) {
    for (let row = 0; row < taken.batch.length; row++) all.push(Number(taken.batch.text(row)))
    await taken.commit()
  }
  return all
}

function sequence(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}

test('what was not acknowledged comes again after a restart, in order, and is counted as recovered', async () => {
  const disk = new SimulatedDisk()
  const first = logChannelOn(disk)
  await first.start()
  for (let from = 0; from < 100; from += 10) await put(first, from, 10)
  const taken = await take(first, 30)
  await taken!.commit(Uint32Array.of(5, 20, 21))
  const open = await take(first, 4)
  assert.equal(open!.batch.length, 1, 'rows that came back are taken first, at their own place')
  await first.stop(1000)
  const second = logChannelOn(disk)
  await second.start()
  assert.deepEqual(second.account, {
    put: 0,
    recovered: 73,
    acknowledged: 0,
    buffered: 73,
    discarded: 0,
    bytes: second.account.bytes,
  })
  assert.deepEqual(await drain(second), [5, 20, 21, ...sequence(30, 100)])
  assert.equal(second.account.buffered, 0)
  assert.equal(second.account.bytes, 0)
  await second.stop(1000)
})

test('events beyond the memory budget are read back in order while more come', async () => {
  const disk = new SimulatedDisk()
  const channel = logChannelOn(disk, { options: { hotBytes: 500 }, limits: { events: 100_000, bytes: 1e9 } })
  await channel.start()
  const got: number[] = []
  for (let from = 0; from < 3000; from += 10) {
    await put(channel, from, 10)
    if (from % 30 === 0) {
      const taken = await take(channel, 13)
      for (let row = 0; row < taken!.batch.length; row++) got.push(Number(taken!.batch.text(row)))
      await taken!.commit()
    }
  }
  got.push(...(await drain(channel)))
  assert.deepEqual(got, sequence(0, 3000))
  await channel.stop(1000)
})

test('64 puts at once need a handful of syncs', async () => {
  const disk = new SimulatedDisk()
  const channel = logChannelOn(disk)
  await channel.start()
  await put(channel, 0, 1)
  const before = disk.journal.filter(({ kind }) => kind === 'sync').length
  await Promise.all(sequence(0, 64).map((from) => put(channel, from, 1)))
  const syncs = disk.journal.filter(({ kind }) => kind === 'sync').length - before
  assert.ok(syncs <= 2, `${syncs} syncs`)
  await channel.stop(1000)
})

test('a put whose sync fails is refused, and the next one is stored without it', async () => {
  const disk = new SimulatedDisk()
  const channel = logChannelOn(disk)
  await channel.start()
  await put(channel, 0, 2)
  disk.failNext('sync', 'EIO')
  await assert.rejects(put(channel, 2, 2), { code: 'STORAGE', verdict: 'retry' })
  await put(channel, 4, 2)
  assert.deepEqual(await drain(channel), [0, 1, 4, 5])
  assert.equal(channel.account.bytes, 0)
  await channel.stop(1000)
})

test('a full disk refuses puts and lets takes go on, and it heals when room comes back', async () => {
  const disk = new SimulatedDisk({ capacity: 200_000 })
  const channel = logChannelOn(disk, { limits: { events: 1e6, transactionEvents: 1e6, bytes: 1e9 } })
  await channel.start()
  let stored = 0
  await assert.rejects(
    (async () => {
      for (;;) {
        await put(channel, stored, 50)
        stored += 50
      }
    })(),
    { code: 'DISK_FULL', verdict: 'retry' },
  )
  const got: number[] = []
  for (let round = 0; round < 3; round++) {
    const taken = await take(channel, stored / 5)
    for (let row = 0; row < taken!.batch.length; row++) got.push(Number(taken!.batch.text(row)))
    await taken!.commit()
  }
  await put(channel, stored, 50)
  got.push(...(await drain(channel)))
  assert.deepEqual(got, sequence(0, stored + 50))
  await channel.stop(1000)
})

test('with drop_oldest a full channel gives up the oldest events, and says how many', async () => {
  const channel = logChannelOn(new SimulatedDisk(), {
    limits: { events: 20 },
    options: { whenFull: 'drop_oldest', hotBytes: 200 },
  })
  await channel.start()
  for (let from = 0; from < 100; from += 5) await put(channel, from, 5)
  assert.deepEqual(await drain(channel), sequence(80, 100))
  assert.equal(channel.account.discarded, 80)
  await channel.stop(1000)
})

test('ranges of a producer are stored with the put and known after a restart', async () => {
  const disk = new SimulatedDisk()
  const first = logChannelOn(disk)
  await first.start()
  const batch = batchOf([createEvent('a'), createEvent('b')])
  const transaction = await first.reserve({ events: 2, bytes: 100 }, now)
  await transaction.commit(batch, { producer: 'p', first: 10, last: 11 })
  assert.deepEqual(first.stored('p'), [[10, 12]])
  await first.stop(1000)
  const second = logChannelOn(disk)
  await second.start()
  assert.deepEqual(second.stored('p'), [[10, 12]])
  const taken = await take(second, 9)
  assert.match(taken!.origin!.producer, /^[0-9a-f]{32}\/channel$/)
  assert.deepEqual([taken!.origin!.first, taken!.origin!.last], [0, 1])
  await second.stop(1000)
})

test('a take ends where a crash left a gap between positions, so that both sides of it have an origin', async () => {
  const disk = new SimulatedDisk()
  const killed = logChannelOn(disk)
  await killed.start()
  await put(killed, 0, 5)
  const channel = logChannelOn(disk.clone())
  await killed.stop(1000)
  await channel.start()
  await put(channel, 5, 4)
  await put(channel, 9, 2)
  const [before, after] = [await take(channel, 100), await take(channel, 100)]
  assert.deepEqual([before!.batch.length, after!.batch.length], [5, 6])
  const { first, last } = after!.origin!
  assert.deepEqual([before!.origin!.first, before!.origin!.last], [0, 4])
  assert.ok(first > 5 && last === first + 5, `${first} to ${last}`)
  assert.equal(await take(channel, 100), null)
  await channel.stop(1000)
})

test('the second channel on a directory refuses to start and says who has it', async () => {
  const directory = join(scratch, 'twice')
  const make = () =>
    logChannelOn(systemFiles, {
      settings: {
        ...logSettingsForTest,
        dataDirectories: [`${directory}/d`],
        checkpointDirectories: [`${directory}/c`],
      },
      options: {
        directories: [`${directory}/d`],
        owner: 'channel c1',
        settings: async () => {
          systemFiles.makeDirectory(`${directory}/d`)
          return {
            ...logSettingsForTest,
            dataDirectories: [`${directory}/d`],
            checkpointDirectories: [`${directory}/c`],
          }
        },
      },
    })
  const first = make()
  await first.start()
  await assert.rejects(make().start(), new RegExp(`channel c1, process ${process.pid} on .*; stop it`))
  await first.stop(1000)
  const third = make()
  await third.start()
  await third.stop(1000)
})

test('when its thread ends, waiting puts fail, acknowledgements are said again, and another thread goes on', async () => {
  const disk = new SimulatedDisk()
  const clock = new ManualClock()
  let end: (error: unknown) => void = () => undefined
  let threads = 0
  const channel = logChannelOn(disk, {
    clock,
    makePort: (onEnd) => {
      end = onEnd
      threads++
      return new DirectLogPort(disk)
    },
  })
  await channel.start()
  await put(channel, 0, 10)
  const taken = await take(channel, 4)
  end(new StorageError('the thread has ended'))
  assert.equal(channel.problem, 'the thread has ended')
  const acknowledged = taken!.commit()
  await clock.advance(1000)
  await acknowledged
  assert.equal(threads, 2)
  await put(channel, 10, 5)
  assert.equal(channel.problem, undefined)
  assert.deepEqual(await drain(channel), sequence(4, 15))
  assert.equal(channel.account.buffered, 0)
  await channel.stop(1000)
  const after = logChannelOn(disk)
  await after.start()
  assert.equal(after.account.buffered, 0)
  await after.stop(1000)
})

test('events that wait longer than the retention are given up, and counted', async () => {
  const clock = new ManualClock()
  const channel = logChannelOn(new SimulatedDisk(), { clock, options: { retentionMs: 2000 } })
  await channel.start()
  const old = batchOf([createEvent('0'), createEvent('1')], clock.now())
  await (await channel.reserve({ events: 2, bytes: 10 }, now)).commit(old)
  await clock.advance(1600)
  await (await channel.reserve({ events: 1, bytes: 10 }, now)).commit(batchOf([createEvent('2')], clock.now()))
  await clock.advance(1000)
  assert.equal(channel.account.discarded, 2)
  assert.deepEqual(await drain(channel), [2])
  await channel.stop(0)
})

test('events that the disk does not give back are counted as discarded, once', async () => {
  const disk = new SimulatedDisk()
  const first = logChannelOn(disk)
  await first.start()
  for (let from = 0; from < 600; from += 10) await put(first, from, 10)
  await first.stop(1000)
  const segments = disk.files().filter((path) => path.includes('/events-'))
  assert.ok(segments.length > 1)
  disk.flip(segments[0]!, 9000)
  const clock = new ManualClock()
  const channel = logChannelOn(disk, { clock })
  await channel.start()
  const got = await drain(channel)
  for (let round = 0; round < 3; round++) await clock.advance(500)
  const { recovered, acknowledged, buffered, discarded, bytes } = channel.account
  assert.equal(recovered, 600)
  assert.equal(acknowledged, got.length)
  assert.equal(discarded, 600 - got.length)
  assert.ok(discarded > 0)
  assert.deepEqual([buffered, bytes], [0, 0])
  await channel.stop(0)
})

test('while the disk gives nothing back that is said once, until a read works again', async () => {
  const disk = new SimulatedDisk()
  const first = logChannelOn(disk)
  await first.start()
  for (let from = 0; from < 100; from += 10) await put(first, from, 10)
  await first.stop(1000)
  const lines: string[] = []
  const note = (line: string): void => void lines.push(line)
  const clock = new ManualClock()
  const log = { debug: note, info: note, warn: note, error: note }
  const channel = logChannelOn(disk, { clock, log })
  const fault = disk.failNext(({ operation, bytes = 0 }) => operation === 'read' && bytes > 4096, 'EACCES', {
    times: Number.POSITIVE_INFINITY,
    after: 1,
  })
  await channel.start()
  for (let round = 0; round < 6; round++) await clock.advance(500)
  assert.match(String(channel.problem), /cannot be read back/)
  assert.equal(lines.filter((line) => /does not work|works again/.test(line)).length, 1, lines.join('\n'))
  fault.remove()
  await clock.advance(500)
  assert.equal(channel.problem, undefined)
  assert.deepEqual(await drain(channel), sequence(0, 100))
  await channel.stop(0)
})
