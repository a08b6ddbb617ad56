import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createForTest, ManualClock, monitorContract, readingForTest } from 'flumen/testing'
import jsonLines from './json-lines.ts'

const folder = await mkdtemp(join(tmpdir(), 'json-lines-'))
after(() => rm(folder, { recursive: true }))

monitorContract(jsonLines, { values: { file: join(folder, 'contract') } })

test('a line is written at the start and with each period, and none after the stop', async () => {
  const file = join(folder, 'lines')
  const clock = new ManualClock()
  const { instance } = await createForTest(jsonLines, { file, every: '30' }, { clock, read: () => readingForTest() })
  await instance.start()
  await asleep(clock)
  assert.deepEqual(await linesOf(file), [
    { time: '2023-11-14T22:14:20.000Z', ready: true, received: 12, buffered: { c1: 1 }, delivered: 9 },
  ])
  await clock.advance(30_000)
  await asleep(clock)
  await instance.stop(1000)
  assert.equal((await linesOf(file)).length, 2)
  assert.equal(clock.pending, 0)
})

test('a file that cannot be written is a warning, not the end', async () => {
  const clock = new ManualClock()
  const { instance, observed } = await createForTest(jsonLines, { file: folder }, { clock })
  await instance.start()
  await asleep(clock)
  assert.deepEqual(
    observed.lines.map(({ level }) => level),
    ['warn'],
  )
  await instance.stop(1000)
})

/** Resolves when the monitor waits for its next line. */
async function asleep(clock: ManualClock): Promise<void> {
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve))
}

async function linesOf(file: string): Promise<readonly unknown[]> {
  const text = await readFile(file, 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}
