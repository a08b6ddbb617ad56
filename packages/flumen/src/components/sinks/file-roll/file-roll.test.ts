import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { commandVersion, skipUnless } from '../../../../../../servers/server.ts'
import { type Bytes, batchOf, createEvent, type Event, messageOf, type Sink } from '../../../core/index.ts'
import {
  catalogueOf,
  createForTest,
  deliveryForTest,
  type Harness,
  ManualClock,
  readForTest,
  settle,
  sinkContract,
} from '../../../testing/index.ts'
import defaultPathManager from '../../path-managers/default.ts'
import rolltime from '../../path-managers/rolltime.ts'
import avroEvent from '../../serializers/avro-event.ts'
import headerAndText from '../../serializers/header-and-text.ts'
import text from '../../serializers/text.ts'
import fileRoll from './file-roll.ts'

type Values = Readonly<Record<string, string>>

const catalogue = catalogueOf(text, headerAndText, avroEvent, defaultPathManager, rolltime)
const now = Date.UTC(2026, 10, 21, 4, 5, 6, 789)
let directory = ''
let clock = new ManualClock(now)

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'flumen-file-roll-'))
  clock = new ManualClock(now)
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const plain: Values = { 'sink.serializer.appendNewline': 'false' }

for (const values of [
  plain,
  { ...plain, 'sink.fsync': 'batch', 'sink.inUseSuffix': '.tmp', 'sink.rollSize': '1000' },
  { ...plain, 'sink.fsync': 'never', 'sink.compression': 'gzip', 'sink.pathManager': 'ROLLTIME' },
]) {
  sinkContract(fileRoll, {
    values: { ...values, 'sink.directory': join(tmpdir(), 'flumen-file-roll-unused') },
    harness: { catalogue },
    destination: () => ({
      values: { 'sink.directory': join(directory, 'out') },
      arrived: () => joined(join(directory, 'out')),
    }),
    failing: () => ({
      values: { 'sink.directory': join(directory, 'out') },
      arrived: () => joined(join(directory, 'out')),
      fail: async () => {
        rmdirSync(join(directory, 'out'))
        writeFileSync(join(directory, 'out'), 'a file in the place of the directory')
      },
      mend: async () => rmSync(join(directory, 'out')),
    }),
  })
}

/** The content of all files in the order of their numbers, decompressed. */
function joined(folder: string): Bytes {
  return Buffer.concat(namesIn(folder).map((name) => contentOf(join(folder, name))))
}

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder).sort((one, other) => numberIn(one) - numberIn(other))
}

function numberIn(name: string): number {
  return Number(/-(\d+)(?:\.\D*)?$/.exec(name)?.[1])
}

function contentOf(path: string): Buffer {
  return path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)
}

/** File names to contents. */
function contents(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    namesIn(directory).map((name) => [name, contentOf(join(directory, name)).toString('latin1')]),
  )
}

async function start(values: Values = {}): Promise<Harness<'sink'>> {
  const harness = await createForTest(fileRoll, { 'sink.directory': directory, ...values }, { catalogue, clock })
  await harness.instance.start()
  return harness
}

async function deliver(sink: Sink, ...events: readonly (string | Event)[]): Promise<void> {
  const batch = batchOf(events.map((event) => (typeof event === 'string' ? createEvent(event) : event)))
  await sink.deliver(batch, deliveryForTest())
}

/** Lets the work that a timer began come to its end: it does real I/O. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settle()
}

test('files are named after the time at which the sink was made, and numbered', async () => {
  const { instance } = await start({
    'sink.rollSize': '1',
    'sink.pathManager.prefix': 'log-',
    'sink.pathManager.extension': 'txt',
  })
  await deliver(instance, 'a')
  await clock.advance(5000)
  await deliver(instance, 'b')
  await instance.stop(1000)
  assert.deepEqual(contents(), { [`log-${now}-1.txt`]: 'a\n', [`log-${now}-2.txt`]: 'b\n' })
})

test('a prefix may name a folder, which is made', async () => {
  const { instance } = await start({ 'sink.pathManager.prefix': 'sub/x-' })
  await deliver(instance, 'a')
  await instance.stop(1000)
  assert.deepEqual(readdirSync(join(directory, 'sub')), [`x-${now}-1`])
})

test('a file is finished when its interval is over, though no event comes', async () => {
  const { instance } = await start({ 'sink.rollInterval': '30', 'sink.inUseSuffix': '.tmp' })
  await clock.advance(10_000)
  await deliver(instance, 'a')
  await clock.advance(19_999)
  assert.deepEqual(readdirSync(directory), [`${now}-1.tmp`])
  await clock.advance(1)
  await until(() => readdirSync(directory).includes(`${now}-1`))
  assert.deepEqual(contents(), { [`${now}-1`]: 'a\n' })
  await instance.stop(1000)
})

test('intervals without an event leave no file', async () => {
  const { instance } = await start({ 'sink.rollInterval': '1' })
  await clock.advance(10_500)
  await deliver(instance, 'a')
  await clock.advance(500)
  await clock.advance(10_000)
  await deliver(instance, 'b')
  await instance.stop(1000)
  assert.deepEqual(contents(), { [`${now}-1`]: 'a\n', [`${now}-2`]: 'b\n' })
})

test('intervals of 0 and less never end a file', async () => {
  for (const interval of ['0', '-1']) {
    const { instance } = await start({ 'sink.rollInterval': interval, 'sink.pathManager.prefix': interval })
    await deliver(instance, 'a')
    await clock.advance(1_000_000)
    await deliver(instance, 'b')
    await instance.stop(1000)
    assert.equal(clock.pending, 0)
  }
  assert.deepEqual(Object.values(contents()), ['a\nb\n', 'a\nb\n'])
})

test('a wall clock that jumps neither ends a file early nor late', async () => {
  const { instance } = await start({ 'sink.rollInterval': '10' })
  for (const [jump, body] of [
    [86_400_000, 'a'],
    [-172_800_000, 'b'],
  ] as const) {
    await deliver(instance, body, 'first')
    clock.jump(jump)
    await clock.advance(9_999)
    await deliver(instance, 'last')
    await clock.advance(1)
  }
  await instance.stop(1000)
  assert.deepEqual(Object.values(contents()), ['a\nfirst\nlast\n', 'b\nfirst\nlast\n'])
})

test('a file is finished as soon as it holds the roll size; its last batch stays whole', async () => {
  const { instance } = await start({ 'sink.rollSize': '10', 'sink.inUseSuffix': '.tmp' })
  await deliver(instance, 'four')
  assert.deepEqual(Object.keys(contents()), [`${now}-1.tmp`])
  await deliver(instance, 'four', 'and more')
  await until(() => readdirSync(directory).includes(`${now}-1`))
  await deliver(instance, 'next')
  await instance.stop(1000)
  assert.deepEqual(contents(), { [`${now}-1`]: 'four\nfour\nand more\n', [`${now}-2`]: 'next\n' })
})

test('a file that is there is passed over, in use or finished, and never written to', async () => {
  const taken = { [`${now}-1`]: 'mine', [`${now}-2.tmp`]: 'another agent is at it' }
  for (const [name, content] of Object.entries(taken)) writeFileSync(join(directory, name), content)
  const { instance } = await start({ 'sink.inUseSuffix': '.tmp' })
  await deliver(instance, 'a')
  await instance.stop(1000)
  assert.deepEqual(contents(), { ...taken, [`${now}-3`]: 'a\n' })
})

test('two sinks that name their files alike never get the same file', async () => {
  const sinks = await Promise.all([1, 2, 3].map(() => start({ 'sink.inUseSuffix': '.tmp', 'sink.rollSize': '1' })))
  const bodies = Array.from({ length: 20 }, (_, index) => `event ${index}`)
  await Promise.all(
    sinks.map(async ({ instance }) => {
      for (const body of bodies) await deliver(instance, body)
    }),
  )
  for (const { instance } of sinks) await instance.stop(1000)
  assert.deepEqual(
    Object.values(contents()).sort(),
    [...bodies, ...bodies, ...bodies].map((body) => `${body}\n`).sort(),
  )
})

test('a batch of no events makes no file', async () => {
  const { instance } = await start()
  await deliver(instance)
  await instance.stop(1000)
  assert.deepEqual(contents(), {})
})

test('a directory that is not there is made with its parents, or is what keeps the sink from starting', async () => {
  const missing = join(directory, 'a', 'b')
  const { instance } = await start({ 'sink.directory': missing })
  await instance.stop(1000)
  assert.deepEqual(readdirSync(missing), [])
  await assert.rejects(start({ 'sink.directory': join(directory, 'c'), 'sink.createDirectory': 'false' }), {
    code: 'COMPONENT_FAILED',
    message: `files cannot be made in the directory ${join(directory, 'c')}`,
  })
  writeFileSync(join(directory, 'file'), '')
  for (const inTheWay of [join(directory, 'file'), join(directory, 'file', 'below')]) {
    await assert.rejects(start({ 'sink.directory': inTheWay }), { code: 'COMPONENT_FAILED' })
  }
})

test('the size in use, the roll by size and the suffix are checked', async () => {
  for (const [key, value] of [
    ['sink.inUseSuffix', '/tmp'],
    ['sink.rollSize', '-1'],
    ['sink.batchSize', '0'],
    ['sink.rollInterval', 'x'],
    ['sink.serializer.compressionCodec', 'xz'],
  ] as const) {
    const values = { 'sink.directory': directory, 'sink.serializer': 'avro_event', [key]: value }
    const { problems } = await readForTest(fileRoll, values, catalogue)
    assert.deepEqual([key, problems.all.map((problem) => problem.key)], [key, [key]])
  }
})

/** A tool that reads what was compressed. */
function commandLine(name: string): Parameters<typeof skipUnless>[1] {
  return { name, missing: async () => (commandVersion(name, '--version') ? undefined : `${name} is not on the PATH`) }
}

for (const [compression, tool, extension] of [
  ['gzip', 'gzip', '.gz'],
  ['zstd', 'zstd', '.zst'],
] as const) {
  test(`files of ${compression} are read by the real ${tool}, though every batch is compressed for itself`, async (t) => {
    if (!(await skipUnless(t, commandLine(tool)))) return
    const { instance } = await start({ 'sink.compression': compression, 'sink.pathManager.extension': 'log' })
    const bodies = Array.from({ length: 50 }, (_, index) => `line ${index} ${'abc '.repeat(index)}`)
    for (const body of bodies) await deliver(instance, body)
    const path = join(directory, `${now}-1.log${extension}`)
    // What is acknowledged can be read before the file is finished.
    assert.equal(String(execFileSync(tool, ['-dc', path])), bodies.map((body) => `${body}\n`).join(''))
    await instance.stop(1000)
    execFileSync(tool, ['-t', path], { stdio: 'pipe' })
    assert.equal(String(execFileSync(tool, ['-dc', path])), bodies.map((body) => `${body}\n`).join(''))
  })
}

test('on a disk that really is full batches are refused whole, and come in when there is room again', async (t) => {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory])
  const missing = mounted.status === 0 ? undefined : 'a file system cannot be mounted here; that needs root'
  if (!(await skipUnless(t, { name: 'a small disk', missing: async () => missing }))) return
  try {
    const { instance: sink } = await start({ 'sink.directory': join(directory, 'out') })
    const filler = join(directory, 'filler')
    writeFileSync(filler, Buffer.alloc(100_000))
    const line = (number: number): string => `${number} ${'x'.repeat(700)}`
    const written: string[] = []
    let refused = 0
    for (let number = 0; number < 300; number += 10) {
      const bodies = Array.from({ length: 10 }, (_, index) => line(number + index))
      await deliver(sink, ...bodies).catch(async (error: unknown) => {
        assert.match(messageOf(error), /ENOSPC/)
        refused++
        rmSync(filler, { force: true })
        await deliver(sink, ...bodies)
      })
      written.push(...bodies)
    }
    await sink.stop(1000)
    assert.ok(refused >= 1)
    assert.equal(
      readFileSync(join(directory, 'out', `${now}-1`), 'latin1'),
      written.map((text) => `${text}\n`).join(''),
    )
  } finally {
    spawnSync('umount', ['-l', directory])
  }
})
