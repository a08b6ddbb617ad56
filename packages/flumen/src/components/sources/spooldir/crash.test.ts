import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

const from = (path: string): string => JSON.stringify(import.meta.resolve(path))

/** Reads the folder until nothing is left; writes what is stored into a file of its own, a put at once. */
const program = `
import { appendFileSync } from 'node:fs'
import { createForTest } from ${from('../../../testing/harness.ts')}
import { catalogueOf } from ${from('../../../testing/catalogue-of.ts')}
import line from ${from('../../deserializers/line.ts')}
import spooldir from ${from('./spooldir.ts')}
const [spoolDir, stored] = process.argv.slice(1)
let rows = 0
const onPut = (batch) => {
  appendFileSync(stored, Array.from(batch, ({ body }) => Buffer.from(body) + '\\n').join('') + '--\\n')
  rows += batch.length
  process.stdout.write(rows + '\\n')
}
const { instance, observed } = await createForTest(spooldir, { spoolDir, pollDelay: '1' }, { catalogue: catalogueOf(line), onPut })
await instance.start()
const signal = new AbortController().signal
do await instance.poll(signal)
while (observed.counts.get('filesWaiting') !== 0)
await instance.stop(1000)
`

/** Runs the program, and kills it when it has stored at least so many rows. @returns whether it came to its end */
async function run(spoolDir: string, stored: string, rows: number): Promise<boolean> {
  const child = spawn(
    process.execPath,
    ['--conditions=flumen-source', '--input-type=module', '-e', program, spoolDir, stored],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const gone = once(child, 'close') as Promise<[number | null]>
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (Number(text.trim().split('\n').at(-1)) >= rows) child.kill('SIGKILL')
  })
  const [status] = await gone
  assert.ok(status === 0 || status === null)
  return status === 0
}

test('kill -9 loses nothing and repeats one put at most, whenever it comes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flumen-spooldir-'))
  try {
    const [spoolDir, stored] = [join(folder, 'spool'), join(folder, 'stored')]
    mkdirSync(spoolDir)
    const lines: string[] = []
    for (let file = 0; file < 12; file++) {
      const own = Array.from({ length: file % 3 === 0 ? 40_000 : 300 }, (_, index) => `file ${file} line ${index}`)
      const text = `${own.join('\n')}\n`
      writeFileSync(
        join(spoolDir, file % 2 === 0 ? `${file}.log` : `${file}.log.gz`),
        file % 2 === 0 ? text : gzipSync(text),
      )
      lines.push(...own)
    }
    let kills = 0
    for (const rows of [1, 12_000, 25_000, 200, 30_000, 1, 42_000, 9000, Number.POSITIVE_INFINITY]) {
      if (!(await run(spoolDir, stored, rows))) kills++
    }
    const puts = readFileSync(stored, 'utf8').split('--\n').slice(0, -1)
    const all = puts.flatMap((put) => put.split('\n').slice(0, -1))
    const most = Math.max(...puts.map((put) => put.split('\n').length - 1))
    assert.ok(kills > 4, `${kills} kills`)
    assert.deepEqual(new Set(all), new Set(lines))
    assert.ok(all.length - lines.length <= kills * most, `${all.length - lines.length} were repeated by ${kills} kills`)
    assert.ok(puts.length - new Set(puts).size <= kills)
    const names = readdirSync(spoolDir).filter((name) => !name.startsWith('.'))
    assert.ok(names.every((name) => name.endsWith('.COMPLETED')))
  } finally {
    rmSync(folder, { recursive: true })
  }
})
