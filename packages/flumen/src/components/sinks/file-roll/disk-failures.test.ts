import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { defineSink } from '../../../component/kit.ts'
import {
  type Bytes,
  batchOf,
  codeOf,
  createEvent,
  type EventBatch,
  type EventSerializer,
  messageOf,
  type Sink,
  verdictOf,
} from '../../../core/index.ts'
import { createForTest, deliveryForTest, type LogLine, ManualClock, settle } from '../../../testing/index.ts'
import { compressions } from './compression.ts'
import { type Files, systemFiles, type WritableFile } from './files.ts'
import { type RollingFileOptions, RollingFileSink } from './rolling-file-sink.ts'

type Operation = keyof Files | keyof WritableFile

/** The file system, with operations that fail, hang, or write only a part, as a test says. */
class FaultyFiles {
  /** What has been asked for, in order. */
  readonly calls: string[] = []
  /** Every call waits for it, or every call of one operation. */
  hanging: Promise<void> | undefined
  hangingOperation: Operation | undefined
  readonly files: Files = this.#wrapped(systemFiles)
  readonly #faults: { readonly operation: Operation; readonly code: string }[] = []
  readonly #partial: number[] = []

  /** The next call of the operation fails with that code (`ENOSPC`); several wait their turn. */
  failNext(operation: Operation, code: string): void {
    this.#faults.push({ operation, code })
  }

  /** The next writes write so many bytes each, and say so. */
  writeOnly(...bytes: readonly number[]): void {
    this.#partial.push(...bytes)
  }

  #wrapped<T extends object>(target: T): T {
    const get = (_target: T, name: string | symbol): unknown =>
      name in target ? (...args: unknown[]) => this.#call(name as Operation, target, args) : undefined
    return new Proxy(target, { get })
  }

  async #call(operation: Operation, target: object, args: unknown[]): Promise<unknown> {
    const work = Reflect.get(target, operation) as (...args: unknown[]) => Promise<unknown>
    this.calls.push(operation)
    if (operation === (this.hangingOperation ?? operation)) await this.hanging
    const most = operation === 'write' ? this.#partial.shift() : undefined
    if (most !== undefined) return work([Buffer.concat(args[0] as Bytes[]).subarray(0, most)], args[1])
    const index = this.#faults.findIndex((fault) => fault.operation === operation)
    const [fault] = index < 0 ? [] : this.#faults.splice(index, 1)
    // A descriptor is gone even where closing it fails.
    const result = fault && operation !== 'close' ? undefined : await work(...args)
    if (fault) throw Object.assign(new Error(`${fault.code}: injected`), { code: fault.code })
    return operation === 'create' ? this.#wrapped(result as WritableFile) : result
  }
}

let directory = ''
let files = new FaultyFiles()
let clock = new ManualClock()
let lines: () => readonly LogLine[] = () => []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'flumen-file-roll-'))
  files = new FaultyFiles()
  clock = new ManualClock()
})

afterEach(() => rmSync(directory, { recursive: true }))

/** Lines of text; `>` at the end of a file. */
const serializer = (): EventSerializer => ({
  reopenable: false,
  begin: () => Buffer.from('<'),
  write: (batch, out) => {
    for (let row = 0; row < batch.length; row++) out(Buffer.from(`${batch.text(row)}\n`))
  },
  flush: () => undefined,
  end: () => Buffer.from('>'),
})

async function startSink(options: Partial<RollingFileOptions> = {}): Promise<Sink> {
  let index = 0
  const all: RollingFileOptions = {
    directory,
    pathManager: { nextName: () => `file-${++index}` },
    createSerializer: async () => serializer(),
    rollInterval: 0,
    rollSize: 0,
    batchSize: 100,
    compression: undefined,
    inUseSuffix: '',
    sync: 'roll',
    createDirectory: true,
    ...options,
  }
  const declaration = defineSink({
    summary: '',
    fields: {},
    examples: [],
    create: (_options, context) => new RollingFileSink(all, context, files.files),
  })
  const { instance, observed } = await createForTest(declaration, {}, { clock })
  await instance.start()
  files.calls.length = 0
  lines = () => observed.lines.filter(({ level }) => level !== 'debug')
  return instance
}

function batch(...bodies: readonly string[]): EventBatch {
  return batchOf(bodies.map((body) => createEvent(body)))
}

async function deliver(sink: Sink, ...bodies: readonly string[]): Promise<void> {
  await sink.deliver(batch(...bodies), deliveryForTest())
}

/** A delivery fails in a way that is worth another try, and says why. */
async function fails(sink: Sink, why: RegExp, ...bodies: readonly string[]): Promise<void> {
  await assert.rejects(deliver(sink, ...bodies), (error) => {
    assert.equal(verdictOf(error), 'retry')
    assert.match(messageOf(error), why)
    return true
  })
}

function contents(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(directory)
      .sort()
      .map((name) => [name, readFileSync(join(directory, name), 'latin1')]),
  )
}

/** The disk answers nothing more, or one operation does not, until the returned function is called. */
function hang(operation?: Operation): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  files.hanging = promise
  files.hangingOperation = operation
  return resolve
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settle()
}

test('a write that the system cuts short goes on where it was cut', async () => {
  const sink = await startSink()
  files.writeOnly(1, 5, 1)
  await deliver(sink, 'first', 'second')
  await sink.stop(1000)
  assert.deepEqual(contents(), { 'file-1': '<first\nsecond\n>' })
})

test('a batch that a full disk tears is cut off again, and stands in the file once when there is room', async () => {
  const sink = await startSink()
  await deliver(sink, 'before')
  for (let attempt = 1; attempt <= 3; attempt++) {
    files.writeOnly(9)
    files.failNext('write', 'ENOSPC')
    await fails(sink, /writing to .*file-1 failed: ENOSPC/, 'torn line', 'and more')
    assert.deepEqual(contents(), { 'file-1': '<before\n' })
  }
  await deliver(sink, 'torn line', 'and more')
  await sink.stop(1000)
  assert.deepEqual(contents(), { 'file-1': '<before\ntorn line\nand more\n>' })
})

test('where a torn batch cannot be cut off the file is left, never finished, and said to be torn', async () => {
  const sink = await startSink({ inUseSuffix: '.tmp' })
  await deliver(sink, 'before')
  files.writeOnly(3)
  files.failNext('write', 'EIO')
  files.failNext('truncate', 'EIO')
  await fails(sink, /EIO/, 'torn line')
  await deliver(sink, 'torn line')
  await sink.stop(1000)
  assert.deepEqual(contents(), { 'file-1.tmp': '<before\ntor', 'file-2': '<torn line\n>' })
  assert.deepEqual(
    lines().map(({ level, facts }) => [level, 'wholeBytes' in facts && facts.wholeBytes]),
    [['warn', 8]],
  )
})

test('a first batch that fails leaves no file behind when nothing follows', async () => {
  const sink = await startSink()
  files.failNext('write', 'ENOSPC')
  await fails(sink, /ENOSPC/, 'a')
  await sink.stop(1000)
  assert.deepEqual(contents(), {})
})

test('a file that cannot be made is tried again under the same name', async () => {
  const sink = await startSink()
  for (const code of ['ENOSPC', 'EACCES', 'EMFILE']) {
    files.failNext('create', code)
    await fails(sink, new RegExp(`opening .*file-1 failed: ${code}`), 'a')
  }
  await deliver(sink, 'a')
  await sink.stop(1000)
  assert.deepEqual(contents(), { 'file-1': '<a\n>' })
})

test('a directory that was removed while the sink runs is made again', async () => {
  const sink = await startSink()
  rmSync(directory, { recursive: true })
  await deliver(sink, 'a')
  await sink.stop(1000)
  assert.deepEqual(contents(), { 'file-1': '<a\n>' })
})

test('bytes are on the disk before a batch is acknowledged, if that is asked for, and so is the name', async () => {
  const sink = await startSink({ sync: 'batch' })
  await deliver(sink, 'a')
  assert.deepEqual(files.calls, ['create', 'syncDirectory', 'write', 'sync'])
  await sink.stop(1000)
  assert.deepEqual(files.calls.slice(4), ['write', 'sync', 'close', 'syncDirectory'])
})

test('a file is synced before it gets its name, and the name after it, unless that is not asked for', async () => {
  const roll = await startSink({ sync: 'roll', inUseSuffix: '.tmp' })
  await deliver(roll, 'a')
  await roll.stop(1000)
  assert.deepEqual(files.calls, ['create', 'exists', 'write', 'write', 'sync', 'close', 'rename', 'syncDirectory'])
  const never = await startSink({ sync: 'never', pathManager: { nextName: () => 'other' } })
  await deliver(never, 'a')
  await never.stop(1000)
  assert.deepEqual(files.calls, ['create', 'write', 'write', 'close'])
})

test('batches in flight together share a write and a sync, in order', async () => {
  const sink = await startSink({ sync: 'batch' })
  const bodies = Array.from({ length: sink.limits.inFlight }, (_, index) => `batch ${index}`)
  await Promise.all(bodies.map((body) => deliver(sink, body)))
  assert.ok(files.calls.filter((call) => call === 'sync').length <= 2, files.calls.join(' '))
  await sink.stop(1000)
  assert.deepEqual(contents(), { 'file-1': `<${bodies.join('\n')}\n>` })
})

test('a batch whose sync failed is not in that file any more, and the file is not trusted again', async () => {
  const sink = await startSink({ sync: 'batch', inUseSuffix: '.tmp' })
  await deliver(sink, 'synced')
  files.failNext('sync', 'EIO')
  await fails(sink, /syncing .*file-1.tmp failed: EIO/, 'not synced')
  await deliver(sink, 'not synced')
  await sink.stop(1000)
  assert.deepEqual(contents(), { 'file-1.tmp': '<synced\n', 'file-2': '<not synced\n>' })
})

test('what was in flight behind a batch that failed fails too, so that order holds', async () => {
  const sink = await startSink({ sync: 'batch' })
  files.failNext('write', 'EIO')
  const results = await Promise.allSettled(['a', 'b', 'c'].map((body) => deliver(sink, body)))
  assert.deepEqual(new Set(results.map(({ status }) => status)), new Set(['rejected']))
  for (const body of ['a', 'b', 'c']) await deliver(sink, body)
  await sink.stop(1000)
  assert.deepEqual(contents(), { 'file-1': '<a\nb\nc\n>' })
})

test('a file that cannot be finished keeps its name and is told; the next one is not held up', async () => {
  for (const [operation, code] of [
    ['sync', 'EIO'],
    ['close', 'EIO'],
    ['rename', 'EACCES'],
  ] as const) {
    const sink = await startSink({ inUseSuffix: '.tmp', rollSize: 1 })
    files.failNext(operation, code)
    await deliver(sink, 'a')
    await deliver(sink, 'b')
    await sink.stop(1000)
    assert.deepEqual(contents(), { 'file-1.tmp': '<a\n>', 'file-2': '<b\n>' })
    assert.deepEqual(
      lines().map(({ level }) => level),
      ['error'],
    )
    for (const name of readdirSync(directory)) rmSync(join(directory, name))
  }
})

test('an end that cannot be written whole is cut off, so that the events before it stay readable', async () => {
  const sink = await startSink({
    createSerializer: async () => ({ ...serializer(), end: () => Buffer.from('the end') }),
  })
  await deliver(sink, 'a')
  files.writeOnly(3)
  files.failNext('write', 'ENOSPC')
  await sink.stop(1000)
  assert.deepEqual(contents(), { 'file-1': '<a\n' })
})

test('a serializer that fails is not used again: what it still holds must not come twice', async () => {
  let made = 0
  const sink = await startSink({
    createSerializer: async () => {
      const isFirst = made++ === 0
      const held: string[] = []
      return {
        ...serializer(),
        write: (rows) => {
          for (let row = 0; row < rows.length; row++) held.push(rows.text(row))
          if (isFirst && held.includes('bad')) throw new Error('cannot serialize')
        },
        flush: () => Buffer.from(`${held.splice(0).join()};`),
      }
    },
  })
  await deliver(sink, 'a')
  await fails(sink, /cannot serialize/, 'b', 'bad')
  await deliver(sink, 'b', 'bad')
  await sink.stop(1000)
  assert.deepEqual(contents(), { 'file-1': '<a;', 'file-2': '<b,bad;>' })
})

test('a disk that hangs holds up neither an abort nor a stop beyond its deadline', async () => {
  const sink = await startSink()
  const goOn = hang()
  const abort = new AbortController()
  const deliveries = ['a', 'b'].map((body) => sink.deliver(batch(body), deliveryForTest(abort.signal)))
  abort.abort()
  const answers = await Promise.allSettled(deliveries)
  assert.deepEqual(
    answers.map((answer) => answer.status === 'rejected' && [codeOf(answer.reason), answer.reason.maybeDelivered]),
    [
      ['STOPPED', true],
      ['STOPPED', false],
    ],
  )
  const stopped = sink.stop(500)
  await clock.advance(500)
  await stopped
  assert.deepEqual([clock.pending, lines().map(({ level }) => level)], [0, ['warn']])
  goOn()
  await sink.stop(500)
  assert.deepEqual(contents(), { 'file-1': '<a\n>' })
})

test('compressed batches that fail are cut off whole', async () => {
  const sink = await startSink({ compression: compressions.gzip })
  await deliver(sink, 'a')
  files.writeOnly(7)
  files.failNext('write', 'ENOSPC')
  await fails(sink, /ENOSPC/, 'b')
  await deliver(sink, 'b')
  await sink.stop(1000)
  assert.deepEqual(readdirSync(directory), ['file-1.gz'])
  assert.equal(String(gunzipSync(readFileSync(join(directory, 'file-1.gz')))), '<a\nb\n>')
})

test('a delivery that hangs is let go when the time to stop is over', async () => {
  const sink = await startSink()
  const goOn = hang()
  const delivery = assert.rejects(deliver(sink, 'a'), { code: 'STOPPED', maybeDelivered: true })
  const stopped = sink.stop(500)
  await clock.advance(500)
  await Promise.all([delivery, stopped])
  goOn()
  await sink.stop(500)
})

test('what is in flight at a stop comes into the file that the stop finishes', async () => {
  const sink = await startSink({ inUseSuffix: '.tmp' })
  const deliveries = ['a', 'b', 'c'].map((body) => deliver(sink, body))
  await sink.stop(1000)
  await Promise.all(deliveries)
  assert.deepEqual(contents(), { 'file-1': '<a\nb\nc\n>' })
})

test('a file is finished beside the next one, and no third is begun before', async () => {
  const sink = await startSink({ rollSize: 1 })
  const goOn = hang('sync')
  await deliver(sink, 'a')
  const others = [deliver(sink, 'b'), deliver(sink, 'c')]
  await until(() => files.calls.filter((call) => call === 'write').length >= 3)
  // Long enough for a third file to be made, if nothing holds it up.
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(files.calls.filter((call) => call === 'create').length, 2)
  goOn()
  await Promise.all(others)
  await sink.stop(1000)
  assert.deepEqual(contents(), { 'file-1': '<a\n>', 'file-2': '<b\n>', 'file-3': '<c\n>' })
})

test('a batch of no events touches no file', async () => {
  const sink = await startSink()
  await deliver(sink)
  await sink.stop(1000)
  assert.deepEqual(files.calls, [])
})
