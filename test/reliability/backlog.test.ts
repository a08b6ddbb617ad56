import assert from 'node:assert/strict'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDirectory, waitUntil } from '../../servers/server.ts'
import { fillLog, openLog } from './backlog.ts'
import { ChannelLoad, segmentsIn } from './channel-load.ts'
import { settled } from './crashes.ts'
import { FlowAgent } from './flow-agent.ts'
import { LineProducers } from './line-producers.ts'
import { faultsOf, judge } from './oracle.ts'
import { seedOfRun } from './seed.ts'

const seed = seedOfRun()
const mostResident = 256 * 2 ** 20
/** Of a channel that keeps on the disk what waits; the heap takes its time to settle. */
const mostGrowth = 40 * 2 ** 20

for (const isStopped of [true, false]) {
  test(`R1: opening a backlog of 2 GB reads no more than one of 200 MB, after a ${isStopped ? 'stop' : 'crash'}`, async (t) => {
    if (!existsSync('/proc/self/io')) return t.skip('without Linux: it does not count what a process reads')
    using home = temporaryDirectory('backlog')
    const openings = []
    for (const bytes of [2e8, 2e9]) {
      const directory = join(home.path, String(bytes))
      const events = fillLog(directory, bytes, 1000, isStopped)
      const opening = await openLog(directory)
      assert.equal(opening.events, events)
      openings.push(opening)
      rmSync(directory, { recursive: true })
    }
    const [small, large] = openings
    assert.ok(small && large)
    t.diagnostic(
      `200 MB: ${small.openMs.toFixed(0)} ms, ${small.readBytes} bytes read; 2 GB: ${large.openMs.toFixed(0)} ms, ` +
        `${large.readBytes} bytes read, ${(large.residentBytes / 2 ** 20).toFixed(0)} MiB resident`,
    )
    // At most one segment is read through, wherever in it the end happens to be; and the head of each other one.
    assert.ok(large.readBytes < small.readBytes + (64 << 20) + 30 * 65_536, `${large.readBytes} bytes`)
    assert.ok(large.residentBytes < mostResident)
  })
}

test('R2: segments go when they are drained, and a take that is held keeps one of them', async (t) => {
  using home = temporaryDirectory('retention')
  await using load = new ChannelLoad({
    seed,
    directory: join(home.path, 'channel'),
    ledgers: join(home.path, 'ledgers'),
    producers: 1,
    batchEvents: 100,
    eventBytes: 1000,
    segmentBytes: 1 << 20,
  })
  await load.open()
  await load.put(50)
  const held = await load.take(1000)
  assert.ok(held)
  await load.put(150)
  assert.ok(segmentsIn(join(home.path, 'channel')).length > 15)
  await load.drain(200, () => load.account.buffered > held.batch.length)
  await sleep(10_000)
  const pinned = segmentsIn(join(home.path, 'channel')).length
  assert.ok(pinned <= 3, `${pinned} segments while a take is held`)
  await load.deliver(held)
  const begin = load.now
  await waitUntil(
    'no more than two segments are left',
    () => (segmentsIn(join(home.path, 'channel')).length <= 2 ? true : undefined),
    60_000,
  )
  t.diagnostic(`${pinned} segments with a take held for 10 s; two after ${Math.ceil(load.now - begin)} ms`)
  await load.close()
  const verdict = judge(load.trial)
  // What was held came late.
  assert.deepEqual([verdict.lost, verdict.duplicates, verdict.corrupt, verdict.delivered], [0, 0, 0, 20_000])
})

test('R5: while its sink is down the agent stores what comes, in little memory, and then delivers all of it', async (t) => {
  using home = temporaryDirectory('sink-down')
  const eventBytes = 2000
  const agent = await FlowAgent.make({ seed, directory: home.path, eventBytes, segmentMegabytes: 16, isBuilt: true })
  const { port, trial } = agent
  const down = `${trial.delivered}.down`
  writeFileSync(down, '')
  const load = new LineProducers({ port, trial, producers: 4, window: 500, resends: true, perSecond: 5000 })
  agent.start()
  try {
    await agent.untilReady()
    load.start()
    const seconds: { resident: number; stored: number }[] = []
    while (seconds.length < 30 || growth(seconds).stored < 3 * mostGrowth) {
      await sleep(1000)
      seconds.push({ resident: agent.residentBytes(), stored: load.acknowledged * eventBytes })
    }
    rmSync(down)
    await load.finish()
    const verdict = await settled(agent)
    const resident = Math.max(agent.residentBytes(), ...seconds.map((each) => each.resident))
    const { grown, stored } = growth(seconds)
    t.diagnostic(
      `${verdict.acknowledged} events of 2 KB, ${mebibytes(resident)} MiB resident at most, ${mebibytes(grown)} more ` +
        `while the last ${mebibytes(stored)} were stored; seed ${seed}`,
    )
    assert.deepEqual(faultsOf(verdict, 0), [], `seed ${seed}`)
    assert.ok(grown < mostGrowth, `${grown} bytes more resident while ${stored} bytes were stored`)
    assert.ok(resident <= mostResident, `${resident} bytes resident`)
    assert.equal(await agent.end('SIGTERM'), 0)
  } finally {
    await agent.end('SIGKILL')
  }
})

interface Second {
  readonly resident: number
  readonly stored: number
}

/** Since ten seconds after the begin, when what may wait in memory has long been full. */
function growth(seconds: readonly Second[]): { grown: number; stored: number } {
  const least = (some: readonly Second[]): number => Math.min(...some.map(({ resident }) => resident))
  const [before, after] = [seconds.slice(10, 15), seconds.slice(-5)]
  return {
    grown: least(after) - least(before),
    stored: (after.at(-1)?.stored ?? 0) - (before.at(-1)?.stored ?? 0),
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0)
}
