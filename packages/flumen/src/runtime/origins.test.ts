import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Declaration } from '../component/kit.ts'
import file from '../components/channels/file.ts'
import replicating from '../components/selectors/replicating.ts'
import { batchOf, createEvent, EventRejectedError, silentLog, systemClock } from '../core/index.ts'
import { planOf, scriptedSink, scriptedSource } from '../testing/agent-harness.ts'
import { settle } from '../testing/manual-clock.ts'
import { Agent } from './agent.ts'

test('what a durable channel holds has an origin in each piece of a batch whose rows follow each other', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'flumen-origins-'))
  t.after(() => rm(directory, { recursive: true }))
  const source = scriptedSource()
  const seen: [texts: string, first: number | undefined, last: number | undefined][] = []
  const sink = scriptedSink((_sink, batch, { origin, attempt }) => {
    const texts = Array.from({ length: batch.length }, (_, row) => batch.text(row)).join('')
    seen.push([texts, origin?.first, origin?.last])
    if (texts === 'abcdef') throw new EventRejectedError('too many')
    if (texts === 'def' && attempt < 10) return { retry: Uint32Array.of(0, 2) }
    return undefined
  })
  const plan = await planOf(
    `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = scripted
a1.sources.r1.channels = c1
a1.channels.c1.type = file
a1.channels.c1.checkpointDir = ${directory}/checkpoint
a1.channels.c1.dataDirs = ${directory}/data
a1.sinks.k1.type = scripted
a1.sinks.k1.channel = c1
`,
    [file, replicating, source.declaration, sink.declaration] as unknown as Declaration[],
  )
  const agent = new Agent(plan, { log: silentLog, clock: systemClock })
  await agent.start()
  await source.contexts.get('r1')!.put(batchOf([...'abcdef'].map((text) => createEvent(text))))
  while (sink.delivered('k1').length < 6) await settle()
  await agent.stop()
  const first = seen[0]![1]!
  const relative = seen.map(([texts, from = Number.NaN, to = Number.NaN]) => [texts, from - first, to - first])
  assert.deepEqual(relative, [
    ['abcdef', 0, 5],
    ['abc', 0, 2],
    ['def', 3, 5],
    ['df', Number.NaN, Number.NaN],
  ])
})
