import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Log } from '../../storage/log.ts'
import type { Segment } from '../../storage/segments.ts'
import { systemFiles } from '../../storage/system-files.ts'
import { groupOf, logOptions } from '../../testing/log-bench.ts'
import type { ChannelDirectories } from './channel-directories.ts'
import { walkSegment } from './segment-walk.ts'
import { surveyChannel } from './survey.ts'

/** A stopped log of some segments of two megabytes. */
function channelOf(t: TestContext): ChannelDirectories {
  const folder = mkdtempSync(join(tmpdir(), 'flumen-walk-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const directories = { data: [`${folder}/data`], checkpoint: [`${folder}/checkpoint`] as const }
  const log = Log.open(
    logOptions(systemFiles, {
      dataDirectories: directories.data,
      checkpointDirectories: directories.checkpoint,
      segmentBytes: 2 << 20,
    }),
  )
  for (let at = 0; at < 60; at++) log.commit(groupOf([[`event-${at} `.padEnd(100_000, '.')]]))
  log.close()
  return directories
}

async function firstSegment(directories: ChannelDirectories): Promise<Segment> {
  const { recovery } = await surveyChannel(directories, undefined)
  return recovery.segments[0]!
}

async function kindsOf(segment: Segment, afterThird: () => void): Promise<ReadonlySet<string>> {
  const kinds = new Set<string>()
  let count = 0
  for await (const { kind } of walkSegment(segment)) {
    kinds.add(kind)
    if (++count === 3) afterThird()
  }
  return kinds
}

test('a segment whose space is used again while it is read ends without damage', async (t) => {
  const directories = channelOf(t)
  const segment = await firstSegment(directories)
  const kinds = await kindsOf(segment, () => {
    const spare = join(segment.directory, 'spare.log')
    renameSync(segment.path, spare)
    writeFileSync(spare, Buffer.alloc(statSync(spare).size, 0x5a), { flag: 'r+' })
  })
  assert.deepEqual([...kinds], ['record'])
})

test('a segment that is damaged under its name is damaged', async (t) => {
  const directories = channelOf(t)
  const segment = await firstSegment(directories)
  const kinds = await kindsOf(segment, () => {
    writeFileSync(segment.path, Buffer.alloc(statSync(segment.path).size, 0x5a), { flag: 'r+' })
  })
  assert.deepEqual([...kinds], ['record', 'end'])
})

test('damage that is not there when it is looked at again is none', async (t) => {
  const directories = channelOf(t)
  const { path } = (await surveyChannel(directories, undefined)).recovery.segments[1]!
  renameSync(path, `${path}.away`)
  const survey = surveyChannel(directories, undefined)
  renameSync(`${path}.away`, path)
  assert.deepEqual((await survey).damages, [])
  renameSync(path, `${path}.away`)
  assert.equal((await surveyChannel(directories, undefined)).damages.length, 1)
})
