import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { queryObjects } from 'node:v8'
import { type Declaration, defineSink } from '../component/kit.ts'
import memory from '../components/channels/memory.ts'
import defaultPathManager from '../components/path-managers/default.ts'
import replicating from '../components/selectors/replicating.ts'
import text from '../components/serializers/text.ts'
import fileRoll from '../components/sinks/file-roll/file-roll.ts'
import { batchOf, createEvent, EventBatch, Part, type SourceContext, silentLog } from '../core/index.ts'
import { planOf, scriptedSource } from '../testing/agent-harness.ts'
import { Agent } from './agent.ts'
import { tuneMemory } from './memory-tuning.ts'

const mebibyte = 1024 ** 2

/** An agent of these parts at work. */
async function withAgent(
  options: readonly string[],
  parts: readonly unknown[],
  work: (source: SourceContext) => Promise<void>,
): Promise<void> {
  const source = scriptedSource()
  const configuration = ['sources = r1', 'channels = c1', 'sinks = k1', 'sources.r1.type = scripted']
  configuration.push('sources.r1.channels = c1', 'channels.c1.type = memory', 'sinks.k1.channel = c1', ...options)
  const declarations = [memory, replicating, source.declaration, ...parts] as Declaration[]
  const plan = await planOf(configuration.map((line) => `a1.${line}\n`).join(''), declarations)
  const agent = new Agent(plan, { log: silentLog })
  await agent.start()
  try {
    await work(source.contexts.get('r1')!)
  } finally {
    await agent.stop(10_000)
  }
}

/** A mebibyte of lines. */
function lines(): EventBatch {
  const rows = 1024
  const slab = Buffer.allocUnsafeSlow(mebibyte).fill('x')
  const start = Uint32Array.from({ length: rows }, (_, row) => row * 1024)
  return new EventBatch([new Part({ arrivedAt: Date.now(), slab, start, end: start.map((at) => at + 1023) })])
}

test('batches that have left an agent are collected with what is young, so that V8 need not collect all', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'flumen-collected-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const options = [
    'channels.c1.capacity = 2048',
    'channels.c1.transactionCapacity = 1024',
    'sinks.k1.type = file_roll',
    `sinks.k1.sink.directory = ${directory}`,
    'sinks.k1.sink.batchSize = 256',
    'sinks.k1.sink.fsync = never',
  ]
  tuneMemory()
  await withAgent(options, [fileRoll, text, defaultPathManager], async (source) => {
    let most = 0
    for (let passed = 0; passed < 256; passed++) {
      await source.put(lines())
      most = Math.max(most, process.memoryUsage().arrayBuffers)
    }
    assert.ok(most <= 48 * mebibyte, `of 256 MiB that passed, ${Math.round(most / mebibyte)} waited for a collection`)
  })
})

test('a sink that has a batch at any time keeps nothing of those that it has delivered', async () => {
  let answer = (): void => undefined
  let isStopping = false
  const sink = defineSink({
    type: 'busy',
    summary: 'Delivers a batch when the next one has come.',
    fields: {},
    examples: [],
    batchSize: () => ({ key: 'batchSize', events: 1 }),
    create: () => ({
      limits: { events: 1, bytes: Number.POSITIVE_INFINITY, lingerMs: 0, inFlight: 2, ordered: true },
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
      deliver: () => {
        answer()
        if (isStopping) return undefined
        return new Promise<void>((resolve) => {
          answer = resolve
        })
      },
    }),
  })
  await withAgent(['sinks.k1.type = busy'], [sink], async (source) => {
    const batch = batchOf([createEvent('one')])
    const listsAfter = async (batches: number): Promise<number> => {
      for (let passed = 0; passed < batches; passed++) await source.put(batch)
      // Collects all before it counts.
      return queryObjects(Array, { format: 'count' })
    }
    const before = await listsAfter(1000)
    const more = (await listsAfter(10_000)) - before
    isStopping = true
    answer()
    assert.ok(more < 1000, `${more} lists more after 10,000 batches`)
  })
})
