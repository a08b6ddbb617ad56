import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'

const from = (path: string): string => JSON.stringify(import.meta.resolve(path))

/** Writes numbered lines for ever, and says of each batch how many lines are delivered in all. */
const program = `
import { createForTest } from ${from('../../../testing/harness.ts')}
import { catalogueOf } from ${from('../../../testing/catalogue-of.ts')}
import { batchOf, createEvent } from ${from('../../../core/index.ts')}
import text from ${from('../../serializers/text.ts')}
import defaultPathManager from ${from('../../path-managers/default.ts')}
import fileRoll from ${from('./file-roll.ts')}
const [directory, compression] = process.argv.slice(1)
const values = {
  'sink.directory': directory, 'sink.inUseSuffix': '.tmp', 'sink.rollSize': '10000', 'sink.compression': compression,
  'sink.fsync': 'never',
}
const { instance } = await createForTest(fileRoll, values, { catalogue: catalogueOf(text, defaultPathManager) })
await instance.start()
for (let line = 0; ; line += 100) {
  const events = Array.from({ length: 100 }, (_, index) => createEvent('line ' + (line + index)))
  await instance.deliver(batchOf(events), { attempt: 1, signal: new AbortController().signal })
  process.stdout.write((line + 100) + '\\n')
}
`

/** Kills the writer when it has delivered about so many lines; returns how many it said it had. */
async function killAfter(lines: number, directory: string, compression: string): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--conditions=flumen-source', '--input-type=module', '-e', program, directory, compression],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const gone = once(child, 'close')
  let delivered = 0
  for await (const line of createInterface({ input: child.stdout })) {
    delivered = Number(line)
    if (delivered >= lines) child.kill('SIGKILL')
  }
  await gone
  return delivered
}

function linesOf(bytes: Buffer): string[] {
  assert.equal(bytes.at(-1), 10, 'the file ends within a line')
  return bytes.toString('latin1').slice(0, -1).split('\n')
}

function numberOf(name: string): number {
  return Number(/-(\d+)/.exec(name)![1])
}

for (const compression of ['none', 'gzip']) {
  test(`kill -9 leaves no torn file under a finished name, and no gap (${compression})`, async () => {
    for (const lines of [300, 20_000, 35_000]) {
      const directory = mkdtempSync(join(tmpdir(), 'flumen-crash-'))
      try {
        const delivered = await killAfter(lines, directory, compression)
        const names = readdirSync(directory).sort((one, other) => numberOf(one) - numberOf(other))
        const read = (name: string): Buffer => readFileSync(join(directory, name))
        const finished = names.filter((name) => !name.endsWith('.tmp')).map(read)
        const written = finished.flatMap((bytes) => linesOf(compression === 'gzip' ? gunzipSync(bytes) : bytes))
        if (compression === 'none') {
          // What was acknowledged stands before the end that may be torn.
          const inUse = names.filter((name) => name.endsWith('.tmp')).map(read)
          written.push(...Buffer.concat(inUse).toString('latin1').split('\n').slice(0, -1))
          assert.ok(written.length >= delivered, `${delivered} lines were acknowledged, ${written.length} are there`)
        } else if (lines > 1000) assert.ok(written.length > 0)
        assert.deepEqual(
          written,
          written.map((_, number) => `line ${number}`),
        )
        // One may be about to be finished while the next is written.
        assert.ok(names.filter((name) => name.endsWith('.tmp')).length <= 2)
      } finally {
        rmSync(directory, { recursive: true })
      }
    }
  })
}
