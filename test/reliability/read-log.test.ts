import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Log } from '../../packages/flumen/src/storage/log.ts'
import { SimulatedDisk } from '../../packages/flumen/src/testing/disk/simulated-disk.ts'
import { logOptions, readAll } from '../../packages/flumen/src/testing/log-bench.ts'
import { history } from '../../packages/flumen/src/testing/log-history.ts'

const program = join(import.meta.dirname, 'read_log.py')
const golden = join(import.meta.dirname, '../golden/log-v1/plain')
const hasPython = spawnSync('python3', ['--version']).status === 0
const skip = hasPython || process.env.CI ? false : 'python3 is not there'

test('a reader that was written from the page alone finds what is left of a golden directory', { skip }, () => {
  const left = readFileSync(join(golden, 'left.jsonl'), 'utf8')
  assert.equal(read(join(golden, 'data'), join(golden, 'checkpoint')), left)
  assert.equal(read(join(golden, 'data')), left)
})

test('it finds what the log finds, after restarts, failed syncs and a full disk', { skip }, (context) => {
  for (let seed = 1; seed <= 20; seed++) {
    const disk = new SimulatedDisk({ directories: ['/data', '/checkpoint'] })
    history(disk, seed, {})
    disk.settle()
    const folder = folderOf(context, disk)
    const lines = read(join(folder, 'data'), join(folder, 'checkpoint')).split('\n').filter(Boolean)
    const found = new Map(lines.map((line): [number, string] => eventOf(line)))
    assert.deepEqual(found, readAll(Log.open(logOptions(disk))), `seed ${seed}`)
  }
})

function read(...directories: string[]): string {
  const { status, stderr, stdout } = spawnSync('python3', [program, ...directories], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  })
  assert.equal(status, 0, stderr)
  return stdout
}

function eventOf(line: string): [number, string] {
  const { position, body_b64 } = JSON.parse(line) as { position: number; body_b64: string }
  return [position, Buffer.from(body_b64, 'base64').toString()]
}

function folderOf(context: TestContext, disk: SimulatedDisk): string {
  const folder = mkdtempSync(join(tmpdir(), 'flumen-read-log-'))
  context.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['data', 'checkpoint']) mkdirSync(join(folder, name))
  for (const path of disk.files()) writeFileSync(join(folder, path), disk.read(path))
  return folder
}
