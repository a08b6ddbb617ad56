import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Bytes } from '../../core/index.ts'
import { catalogueOf, type HarnessOptions, sinkContract } from '../../testing/index.ts'
import headerAndText from '../serializers/header-and-text.ts'
import text from '../serializers/text.ts'
import { OutputSink } from './output-sink.ts'
import { StreamOutput } from './standard-output.ts'
import stdout from './stdout.ts'

const harness: HarnessOptions = { catalogue: catalogueOf(text, headerAndText) }
const values = { 'serializer.appendNewline': 'false' }

/** In place of the standard output of the tests. */
let output = new Writable()

const toOutput: typeof stdout = {
  ...stdout,
  create: async ({ batchSize, serializer }, context) =>
    new OutputSink(await serializer.create(context), batchSize, context.clock, () => new StreamOutput(output)),
}

sinkContract(toOutput, {
  harness,
  values,
  destination: () => {
    const written: Bytes[] = []
    output = new Writable({
      write(chunk: Bytes, _encoding, done) {
        written.push(chunk)
        done()
      },
    })
    return { arrived: () => Buffer.concat(written) }
  },
})

/** Writes batches of 100 lines to its standard output until it has written all, or cannot; then says so. */
const program = `
import { createForTest } from ${JSON.stringify(import.meta.resolve('../../testing/harness.ts'))}
import { catalogueOf } from ${JSON.stringify(import.meta.resolve('../../testing/catalogue-of.ts'))}
import { batchOf, createEvent, codeOf, verdictOf } from ${JSON.stringify(import.meta.resolve('../../core/index.ts'))}
import text from ${JSON.stringify(import.meta.resolve('../serializers/text.ts'))}
import stdout from ${JSON.stringify(import.meta.resolve('./stdout.ts'))}
const [batches] = process.argv.slice(1).map(Number)
const { instance } = await createForTest(stdout, {}, { catalogue: catalogueOf(text) })
const line = 'x'.repeat(99)
const batch = batchOf(Array.from({ length: 100 }, () => createEvent(line)))
await instance.start()
let delivered = 0
const timer = setTimeout(() => process.stderr.write(delivered + ' of ' + batches + '\\n'), 300)
try {
  for (; delivered < batches; delivered++) {
    await instance.deliver(batch, { attempt: 1, signal: new AbortController().signal })
  }
  process.stderr.write('all\\n')
} catch (error) {
  process.stderr.write(codeOf(error) + ' ' + verdictOf(error) + '\\n')
}
clearTimeout(timer)
await instance.stop(1000)
`
const bytesOfBatch = 10_000

function argumentsFor(batches: number): string[] {
  return ['--conditions=flumen-source', '--input-type=module', '-e', program, String(batches)]
}

function run(batches: number, standardOutput: 'pipe' | number): ChildProcess {
  return spawn(process.execPath, argumentsFor(batches), { stdio: ['ignore', standardOutput, 'pipe'] })
}

test('a reader that goes away ends the sink and nothing else: the process lives on', async () => {
  const child = run(100_000, 'pipe')
  const said = textOf(child.stderr!)
  await once(child.stdout!, 'data')
  child.stdout!.destroy()
  const [status] = (await once(child, 'close')) as [number]
  assert.match(await said, /OUTPUT_CLOSED fatal\n$/)
  assert.equal(status, 0)
})

test('a reader that is slow slows the sink, and gets everything', async () => {
  const batches = 2000
  const child = run(batches, 'pipe')
  const [progress] = (await once(child.stderr!, 'data')) as [Buffer]
  const delivered = Number.parseInt(String(progress), 10)
  assert.ok(delivered * bytesOfBatch < 4 * 1024 * 1024, `${delivered} batches without a reader`)
  let bytes = 0
  child.stdout!.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  await once(child, 'close')
  assert.equal(bytes, batches * bytesOfBatch)
})

test('a file as standard output gets every line', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'flumen-stdout-'))
  try {
    const path = join(directory, 'out')
    const descriptor = openSync(path, 'w')
    const child = run(500, descriptor)
    closeSync(descriptor)
    const said = textOf(child.stderr!)
    await once(child, 'close')
    assert.match(await said, /all\n$/)
    assert.equal(readFileSync(path, 'latin1'), `${'x'.repeat(99)}\n`.repeat(500 * 100))
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('a file that cannot grow is told of: a write that the system cut short is not taken for a whole one', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'flumen-stdout-'))
  try {
    const descriptor = openSync(join(directory, 'out'), 'w')
    // One batch is larger than the limit, and its first write is cut there.
    const limited = `trap '' XFSZ; ulimit -f 8; exec "$0" "$@"`
    const child = spawn('sh', ['-c', limited, process.execPath, ...argumentsFor(1)], {
      stdio: ['ignore', descriptor, 'pipe'],
    })
    closeSync(descriptor)
    const said = textOf(child.stderr!)
    await once(child, 'close')
    assert.match(await said, /EVENT_DELIVERY retry\n$/)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
