import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  checkFlumeLog,
  type FlumeLogFile,
  type FlumeLogReplay,
  type FlumeLogSource,
  type IntegrityCounts,
  type LogDamage,
  replayFlumeLog,
} from '../../packages/flumen/src/protocols/flume-log/index.ts'
import { readKeyStore } from '../../packages/flumen/src/protocols/key-stores/key-store.ts'
import { flume, flumeClassPath, smallJava } from '../../servers/flume.ts'
import { skipUnless, temporaryDirectory } from '../../servers/server.ts'
import { golden, goldenChannel, memorySource } from '../support/flume-log-files.ts'

/** What `FileChannelDirectories.java` tells of a channel: numbers of events. */
interface Made {
  readonly seed: number
  readonly encrypted: boolean
  /** Nothing was in flight at any checkpoint. */
  readonly calm: boolean
  /** Puts that were committed and not taken for good, in ascending order. */
  readonly truth: readonly number[]
  /** What Flume took. */
  readonly fromCheckpoint: readonly number[]
  readonly fromLogs: readonly number[]
}

const run = promisify(execFile)
const program = join(import.meta.dirname, 'java', 'FileChannelDirectories.java')
const keyFiles = ['flume.jceks', 'keystore.pass', 'key-0.pass'].map((name) => fileURLToPath(golden(name)))
const [store, storePassword, keyPassword] = keyFiles.map((path) => readFileSync(path))
const key = readKeyStore(store!, String(storePassword).trim()).secretKey('key-0', String(keyPassword).trim()).bytes

async function makeChannels(folder: string, seeds: readonly number[]): Promise<readonly Made[]> {
  const java = ['-cp', await flumeClassPath(), program, folder, ...keyFiles, ...seeds.map(String)]
  const { stdout } = await run('java', [...smallJava, '-Dfile.encoding=UTF-8', ...java], { maxBuffer: 2 ** 28 })
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as Made)
}

function diskSource(folder: string): FlumeLogSource {
  const files = readdirSync(folder).flatMap((directory) =>
    readdirSync(join(folder, directory)).map((name): FlumeLogFile => {
      const role = directory.startsWith('data') ? 'data' : directory === 'backup' ? 'backup' : 'checkpoint'
      return { role, directory, name, size: statSync(join(folder, directory, name)).size }
    }),
  )
  return {
    files,
    read({ directory, name }, offset, length) {
      const bytes = new Uint8Array(length)
      const file = openSync(join(folder, directory, name), 'r')
      const count = readSync(file, bytes, 0, length, offset)
      closeSync(file)
      return bytes.subarray(0, count)
    },
  }
}

function replayed(folder: string, useCheckpoint: boolean): { replay: FlumeLogReplay; events: readonly number[] } {
  const report = ({ file, message }: LogDamage): void => assert.fail(`${file.name}: ${message}`)
  const replay = replayFlumeLog(diskSource(folder), { keys: () => key, useCheckpoint, capacity: 2000, report })
  const events: number[] = []
  for (const { batch } of replay.batches())
    for (let row = 0; row < batch.length; row++) {
      const event = Number.parseInt(batch.text(row), 10)
      assert.equal(batch.text(row), `${event}:${'x'.repeat((event * 37) % 200)}`)
      assert.deepEqual(Object.fromEntries(batch.headers(row)), event % 3 === 0 ? {} : { n: String(event), ü: '' })
      events.push(event)
    }
  return { replay, events }
}

function ascending(events: readonly number[]): readonly number[] {
  return [...events].sort((one, other) => one - other)
}

test('of channels that Flume made by chance we find what Flume takes', async (t) => {
  if (!(await skipUnless(t, flume))) return
  using home = temporaryDirectory('file-channel')
  const seeds = [0, 1, 2, 3, 4, 5, 6, 7]
  const ways = new Set<string>()
  for (const { seed, calm, truth, fromCheckpoint, fromLogs } of await makeChannels(home.path, seeds)) {
    const folder = join(home.path, String(seed), 'left')
    const logs = replayed(folder, false)
    assert.deepEqual(logs.events, fromLogs, `seed ${seed} from its logs`)
    const fast = replayed(folder, true)
    ways.add(fast.replay.way)
    assert.notEqual(fast.replay.way, 'full', fast.replay.notes.join())
    assert.deepEqual(ascending(fast.events), truth, `seed ${seed} from its checkpoint`)
    // What was in flight at a checkpoint Flume gives out in the order of a hash table, and sometimes twice.
    if (calm) assert.deepEqual(fast.events, fromCheckpoint, `seed ${seed} from its checkpoint, in order`)
    else assert.deepEqual(ascending([...new Set(fromCheckpoint)].filter((event) => truth.includes(event))), truth)
  }
  assert.deepEqual([...ways].sort(), ['backup', 'checkpoint'])
})

test("what the integrity walk says to write is what Flume's tool writes", async (t) => {
  if (!(await skipUnless(t, flume))) return
  using home = temporaryDirectory('integrity')
  const contents = goldenChannel('made-1')
  mkdirSync(join(home.path, 'data0'))
  const damaged = [...contents].filter(([path]) => path.startsWith('data0/'))
  for (const [path, bytes] of damaged) {
    if (/log-\d+$/.test(path)) spoil(bytes)
    writeFileSync(join(home.path, path), bytes)
  }
  const main = 'org.apache.flume.tools.FlumeToolsMain'
  const tool = ['-cp', await flumeClassPath(), main, 'FCINTEGRITYTOOL', '-l', join(home.path, 'data0')]
  const { stdout } = await run('java', [...smallJava, ...tool])
  const source = memorySource(new Map(damaged))
  const total = { files: 0, records: 0, puts: 0, valid: 0, invalid: 0, corrupt: 0 }
  for (const file of source.files.filter(({ name }) => /log-\d+$/.test(name))) {
    const log = contents.get(`data0/${file.name}`)!
    const walk = checkFlumeLog(source, file)
    let step: IteratorResult<unknown, IntegrityCounts> = walk.next()
    for (const { repair } of checkFlumeLog(source, file)) log.set(repair!.bytes, repair!.offset)
    while (!step.done) step = walk.next()
    const { records, puts, valid, invalid, corrupt } = step.value
    total.files++
    for (const [name, count] of Object.entries({ records, puts, valid, invalid, corrupt }))
      total[name as keyof typeof total] += count
    assert.deepEqual(readFileSync(join(home.path, 'data0', file.name)).equals(log), true, file.name)
  }
  assert.ok(total.corrupt > 10)
  const summary = Object.fromEntries(
    stdout.matchAll(/Number of (.*?) = (\d+)/g).map(([, name, count]) => [name, Number(count)]),
  )
  assert.deepEqual(
    [summary['Events in the Channel'], summary['Put Events Processed'], summary['Valid Put Events']],
    [total.records + total.files, total.puts, total.valid],
  )
  assert.deepEqual([summary['Invalid Put Events'], summary['Corrupt Events']], [total.invalid, total.corrupt])
})

/** Every tenth body of many letters loses one. */
function spoil(log: Uint8Array): void {
  const bytes = Buffer.from(log.buffer, log.byteOffset, log.length)
  let count = 0
  for (let at = bytes.indexOf('xxxxxxxxxxxxxxx'); at >= 0; at = bytes.indexOf('xxxxxxxxxxxxxxx', at + 250))
    if (count++ % 10 === 0) bytes.write('y', at + 3)
}
