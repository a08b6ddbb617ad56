import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { batchOf, type Channel, createEvent } from '../../core/index.ts'
import { channelContract } from '../../testing/channel-contract.ts'
import { createForTest, readForTest } from '../../testing/harness.ts'
import file from './file.ts'
import spillable from './spillable-memory.ts'

const scratch = mkdtempSync(join(tmpdir(), 'flumen-file-channel-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
let count = 0

function directories(name = String(count++)): Record<string, string> {
  return {
    checkpointDir: join(scratch, name, 'checkpoint'),
    dataDirs: join(scratch, name, 'data'),
    minimumRequiredSpace: '1 MiB',
  }
}

async function started(declaration: typeof file | typeof spillable, options: Record<string, string>): Promise<Channel> {
  const { instance } = await createForTest(declaration as typeof file, options)
  await instance.start()
  return instance
}

channelContract({
  name: 'file',
  make: (events) =>
    started(file, {
      ...directories(),
      capacity: String(events),
      transactionCapacity: String(events),
      'keep-alive': '0',
    }),
})

channelContract({
  name: 'spillable memory',
  make: (events) =>
    started(spillable, {
      ...directories(),
      memoryCapacity: '4',
      overflowCapacity: String(events - 4),
      transactionCapacity: String(events),
      overflowTimeout: '0',
    }),
})

const never = new AbortController().signal

async function put(channel: Channel, texts: readonly string[]): Promise<void> {
  const batch = batchOf(texts.map((text) => createEvent(text)))
  const wait = { deadlineMs: Number.POSITIVE_INFINITY, signal: never }
  const transaction = await channel.reserve({ events: batch.length, bytes: batch.retainedBytes }, wait)
  await transaction.commit(batch)
}

async function drain(channel: Channel): Promise<string[]> {
  const all: string[] = []
  for (;;) {
    const taken = await channel.consumer().take({ events: 10, bytes: 1e9, lingerMs: 0 }, 0, never)
    if (!taken) return all
    for (let row = 0; row < taken.batch.length; row++) all.push(taken.batch.text(row))
    await taken.commit()
  }
}

test("without options the file channel has Flume's capacities and waits 3 s", async () => {
  const { instance } = await createForTest(file)
  const { events, transactionEvents, keepAliveMs } = instance.limits
  assert.deepEqual([events, transactionEvents, keepAliveMs], [1_000_000, 10_000, 3000])
})

for (const compression of ['none', 'zstd', 'lz4']) {
  test(`events outlive the channel with compression ${compression} and an enciphered log`, async () => {
    const keys = join(scratch, `${compression}.key`)
    writeFileSync(keys, '000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f\n')
    const options = {
      ...directories(),
      compression,
      'encryption.activeKey': 'k1',
      'encryption.keyProvider': 'FILE',
      'encryption.keyProvider.keys.k1.file': keys,
    }
    const texts = Array.from({ length: 50 }, (_, index) => `secret canary ${index} ${'x'.repeat(100)}`)
    const first = await started(file, options)
    await put(first, texts)
    await first.stop(1000)
    const second = await started(file, options)
    assert.deepEqual(await drain(second), texts)
    await second.stop(1000)
  })
}

test('a log that is enciphered does not open without its keys, and says which one it needs', async () => {
  const options = directories()
  const key = join(scratch, 'lost.key')
  writeFileSync(key, '000102030405060708090a0b0c0d0e0f\n')
  const first = await started(file, {
    ...options,
    'encryption.activeKey': 'lost',
    'encryption.keyProvider': 'FILE',
    'encryption.keyProvider.keys.lost.file': key,
  })
  await put(first, ['a'])
  await first.stop(1000)
  await assert.rejects(started(file, options), /enciphered with the key "lost" and no keys are configured/)
})

test('a new key enciphers what is written from now on, and the old one still opens the rest', async () => {
  const options = directories()
  const keyed = (active: string): Record<string, string> => ({
    ...options,
    'encryption.activeKey': active,
    'encryption.keyProvider': 'FILE',
    'encryption.keyProvider.keys.old.file': join(scratch, 'old.key'),
    'encryption.keyProvider.keys.new.file': join(scratch, 'new.key'),
  })
  writeFileSync(join(scratch, 'old.key'), '000102030405060708090a0b0c0d0e0f\n')
  writeFileSync(join(scratch, 'new.key'), '0f0e0d0c0b0a09080706050403020100\n')
  const first = await started(file, keyed('old'))
  await put(first, ['a'])
  await first.stop(1000)
  const second = await started(file, keyed('new'))
  await put(second, ['b'])
  await second.stop(1000)
  const third = await started(file, keyed('new'))
  assert.deepEqual(await drain(third), ['a', 'b'])
  await third.stop(1000)
})

test('the spillable channel keeps the order over memory and disk, and goes back to memory', async () => {
  const channel = await started(spillable, { ...directories(), memoryCapacity: '5', overflowTimeout: '0' })
  const texts = Array.from({ length: 40 }, (_, index) => String(index))
  for (let from = 0; from < 40; from += 4) await put(channel, texts.slice(from, from + 4))
  assert.deepEqual(await drain(channel), texts)
  await put(channel, ['a', 'b'])
  await put(channel, ['c', 'd'])
  assert.deepEqual(await drain(channel), ['a', 'b', 'c', 'd'])
  assert.equal(channel.account.bytes, 0)
  await channel.stop(1000)
})

test('of the spillable channel only what was spilt survives', async () => {
  const options = { ...directories(), memoryCapacity: '5', overflowTimeout: '0' }
  const first = await started(spillable, options)
  await put(first, ['1', '2', '3', '4'])
  await put(first, ['5', '6'])
  await put(first, ['7'])
  await first.stop(1000)
  const second = await started(spillable, options)
  assert.deepEqual(await drain(second), ['5', '6', '7'])
  await second.stop(1000)
})

test('a spillable channel without a disk keeps to its memory', async () => {
  const channel = await started(spillable, { ...directories(), memoryCapacity: '5', overflowCapacity: '0' })
  await put(channel, ['1', '2', '3', '4', '5'])
  await assert.rejects(async () => channel.reserve({ events: 1, bytes: 1 }, { deadlineMs: 0, signal: never }), {
    code: 'CHANNEL_FULL',
  })
  await channel.stop(1000)
})

test('what cannot be right is said before anything starts', async () => {
  const problems = async (options: Record<string, string>): Promise<string[]> =>
    (await readForTest(file, options)).problems.all.map(({ message }) => message)
  assert.match((await problems({ capacity: '5', transactionCapacity: '6' })).join(), /larger than capacity 5/)
  assert.match((await problems({ useDualCheckpoints: 'true' })).join(), /needs backupCheckpointDir/)
  assert.match(
    (await problems({ checkpointDir: '/x/y', dataDirs: '/x/y' })).join(),
    /two of the directories are the same/,
  )
  assert.match((await problems({ 'encryption.activeKey': 'k' })).join(), /needs encryption.keyProvider/)
  assert.match((await problems({ 'encryption.colour': 'k' })).join(), /encryption.colour is not known/)
  mkdirSync(join(scratch, 'flume'), { recursive: true })
  writeFileSync(join(scratch, 'flume', 'log-1.meta'), '')
  assert.match((await problems({ dataDirs: join(scratch, 'flume') })).join(), /holds a channel of Apache Flume/)
  const tmpfs = await problems({ dataDirs: '/dev/shm/flumen-is-not-there' })
  assert.match(tmpfs.join(), /lies in memory \(tmpfs\)/)
})
