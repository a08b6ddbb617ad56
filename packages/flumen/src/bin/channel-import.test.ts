import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type GoldenEvent, golden, goldenChannel, goldenLines } from '../../../../test/support/flume-log-files.ts'
import { FlumeFiles, locateFlume } from '../cli/channel/flume-directories.ts'
import { importEvents } from '../cli/channel/import-run.ts'
import { replayFlumeLog } from '../protocols/flume-log/index.ts'
import { DirectoryLock } from '../storage/directory-lock.ts'
import { readAll } from '../testing/log-bench.ts'
import { channel, contentsOf, openLog } from './channel-bench.ts'
import { CommandBench } from './command-bench.ts'

const remaining = goldenLines<GoldenEvent>('remaining.jsonl')

/** The files that Flume left, in folders of the working directory; without the lock that it had. */
function unpacked(bench: CommandBench, name: string): void {
  for (const [path, bytes] of goldenChannel(name)) {
    const file = join(bench.folder, name, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
}

function configuration(name: string, encryption = ''): string {
  return [
    'a1.channels = c1',
    'a1.channels.c1.type = file',
    `a1.channels.c1.checkpointDir = ${name}/checkpoint`,
    `a1.channels.c1.dataDirs = ${readDirs(name)}`,
    'a1.channels.c1.capacity = 2000',
    encryption,
  ].join('\n')
}

function readDirs(name: string): string {
  return readdirSync(name)
    .filter((each) => each.startsWith('data'))
    .map((each) => `${name}/${each}`)
    .join(',')
}

async function counts(bench: CommandBench, ...line: string[]): Promise<{ imported: number; skipped: number }> {
  const { out, error, status } = await channel(bench, 'import', '--json', ...line)
  assert.equal(status, 0, error)
  const { imported, skipped } = JSON.parse(out)
  return { imported, skipped }
}

async function exported(bench: CommandBench, ...line: string[]): Promise<readonly unknown[]> {
  const { out, error } = await channel(bench, 'export', ...line)
  assert.equal(error, '')
  return out
    .split('\n')
    .slice(0, -1)
    .map((text) => {
      const { position: _, ...event } = JSON.parse(text) as { position: number }
      return event
    })
}

const expected = remaining.map(({ headers, body, body_b64 }) => ({ headers, ...(body_b64 ? { body_b64 } : { body }) }))

function bench(t: TestContext): CommandBench {
  const made = new CommandBench(t)
  for (const name of ['flume.jceks', 'keystore.pass', 'key-0.pass']) copyFileSync(golden(name), name)
  return made
}

const keyOptions = [
  '--key-store',
  'flume.jceks',
  '--key-store-password-file',
  'keystore.pass',
  '--key-password-file',
  'key-0=key-0.pass',
]

describe('flumen channel import', () => {
  for (const name of ['fc-clean', 'fc-kill']) {
    test(`brings what is left in ${name}, in order, and nothing when it is run again`, async (t) => {
      const b = bench(t)
      unpacked(b, name)
      const before = contentsOf(name)
      assert.deepEqual(await counts(b, name, '--from', 'flume', '--to', 'ours'), { imported: 600, skipped: 0 })
      assert.deepEqual(await exported(b, 'ours'), expected)
      assert.deepEqual(await counts(b, name, '--from', 'flume', '--to', 'ours'), { imported: 0, skipped: 600 })
      assert.deepEqual(await exported(b, 'ours'), expected)
      assert.deepEqual(contentsOf(name), before)
      const { out } = await channel(b, 'import', name, '--from', 'flume', '--to', 'ours')
      assert.match(out, /^600 events were left, by its checkpoint and what follows\nimported: 0, into .*\nskipped: 600/)
    })
  }

  test('adds nothing after delivery either, nor without the checkpoints of ours', async (t) => {
    const b = bench(t)
    unpacked(b, 'fc-clean')
    await counts(b, 'fc-clean', '--from', 'flume', '--to', 'ours')
    const log = openLog('ours', { segmentBytes: 1 << 20 })
    log.commit({ bytes: new Uint8Array(0), puts: [], acknowledgements: [{ cursor: 'channel', ranges: [[0, 600]] }] })
    log.close()
    for (const slot of readdirSync('ours/checkpoint')) writeFileSync(join('ours/checkpoint', slot), '')
    assert.deepEqual(await counts(b, 'fc-clean', '--from', 'flume', '--to', 'ours'), { imported: 0, skipped: 600 })
    assert.deepEqual(await exported(b, 'ours'), [])
  })

  test('an encrypted channel takes its keys from the options, and is stored encrypted', async (t) => {
    const b = bench(t)
    unpacked(b, 'fc-enc')
    const refused = await channel(b, 'import', 'fc-enc', '--from', 'flume', '--to', 'ours')
    assert.deepEqual([refused.status, /the key "key-0" is not given/.test(refused.error)], [1, true])
    assert.deepEqual(await counts(b, 'fc-enc', '--from', 'flume', '--to', 'ours', ...keyOptions), {
      imported: 600,
      skipped: 0,
    })
    const stored = Object.values(contentsOf('ours')).join('')
    assert.ok(!stored.includes(remaining[0]!.body))
    assert.deepEqual(await exported(b, 'ours', ...keyOptions), expected)
    assert.equal((await channel(b, 'export', 'ours')).status, 1)
  })

  test('a configuration names the directories and the keys, and ours keeps its events beside the logs of Flume', async (t) => {
    const b = bench(t)
    unpacked(b, 'fc-enc')
    const provider = 'a1.channels.c1.encryption.keyProvider'
    const encryption = [
      'a1.channels.c1.encryption.activeKey = key-0',
      'a1.channels.c1.encryption.cipherProvider = AESCTRNOPADDING',
      `${provider} = JCEKSFILE`,
      `${provider}.keyStoreFile = flume.jceks`,
      `${provider}.keyStorePasswordFile = keystore.pass`,
      `${provider}.keys = key-0`,
      `${provider}.keys.key-0.passwordFile = key-0.pass`,
    ].join('\n')
    writeFileSync('a.conf', configuration('fc-enc', encryption))
    const before = contentsOf('fc-enc')
    assert.deepEqual(await counts(b, '-f', 'a.conf', '--channel', 'c1'), { imported: 600, skipped: 0 })
    assert.deepEqual(await counts(b, '-f', 'a.conf'), { imported: 0, skipped: 600 })
    assert.deepEqual(await exported(b, '-f', 'a.conf'), expected)
    const after = contentsOf('fc-enc')
    for (const [path, content] of Object.entries(before)) assert.equal(after[path], content, path)
  })

  for (const name of ['made-1', 'made-4']) {
    test(`${name}, of several directories and threads at a time, comes whole and once, whatever the order`, async (t) => {
      const b = bench(t)
      unpacked(b, name)
      const folders = locateFlume([name], b.folder)
      const files = new FlumeFiles(folders)
      const replay = replayFlumeLog(files)
      const bodies = [...replay.batches()].flatMap(({ batch }) =>
        Array.from({ length: batch.length }, (_, row) => batch.text(row)),
      )
      files.close()
      assert.ok(bodies.length > 50)
      assert.deepEqual(await counts(b, name, '--from', 'flume', '--to', 'ours'), {
        imported: bodies.length,
        skipped: 0,
      })
      assert.deepEqual(
        ((await exported(b, 'ours')) as { body: string }[]).map(({ body }) => body),
        bodies,
      )
      assert.deepEqual(await counts(b, name, '--from', 'flume', '--to', 'ours'), {
        imported: 0,
        skipped: bodies.length,
      })
      const { out } = await channel(b, 'stat', 'ours', '--json')
      for (const { ranges } of JSON.parse(out).producers) assert.equal(ranges, 1)
    })
  }

  test('goes on where a crash stopped it, after any commit', async (t) => {
    const b = bench(t)
    unpacked(b, 'made-1')
    const files = new FlumeFiles(locateFlume(['made-1'], b.folder))
    const replay = replayFlumeLog(files)
    const all = [...replay.batches()].flatMap(({ batch }) =>
      Array.from({ length: batch.length }, (_, row) => batch.text(row)),
    )
    let log = openLog('ours', { segmentBytes: 1 << 16 })
    let stored = 0
    for (let crash = 1; stored < all.length; crash++) {
      // A log that is not closed is what kill -9 leaves.
      const few = {
        logs: replay.logs,
        size: replay.size,
        pointerAt: (at: number) => replay.pointerAt(at),
        batches: () => replay.batches({ rows: 17 * crash }).take(crash),
      }
      const { imported, skipped } = await importEvents(few, log)
      assert.equal(skipped, Math.min(stored, 17 * crash * crash))
      stored += imported
      log = openLog('ours', { segmentBytes: 1 << 16 })
    }
    assert.deepEqual([...readAll(log).values()], all)
    files.close()
  })

  test('names damaged bytes, brings the rest, and ends with 1', async (t) => {
    const b = bench(t)
    unpacked(b, 'fc-clean')
    const path = 'fc-clean/data/log-1'
    const bytes = readFileSync(path)
    const at = bytes.indexOf(remaining.find(({ body_b64, body }) => !body_b64 && body.length > 8)!.body)
    assert.ok(at > 0)
    bytes[at] = bytes[at]! ^ 0xff
    writeFileSync(path, bytes)
    const { status, out } = await channel(b, 'import', 'fc-clean', '--from', 'flume', '--to', 'ours')
    assert.equal(status, 1)
    assert.match(out, /^damage: .*log-1, bytes \d+ to \d+: /m)
    assert.match(out, /^imported: 599, /m)
    assert.match(out, /^not to be read: 1$/m)
  })

  test('refuses while an agent of ours has the target', async (t) => {
    const b = bench(t)
    unpacked(b, 'fc-clean')
    mkdirSync('ours/data', { recursive: true })
    const lock = await DirectoryLock.acquire(join(b.folder, 'ours/data'), 'agent a1, channel c1')
    const { status, error } = await channel(b, 'import', 'fc-clean', '--from', 'flume', '--to', 'ours')
    lock.release()
    assert.equal(status, 1)
    assert.match(error, /is in use by agent a1, channel c1/)
  })

  test('refuses while Flume has its directories', async (t) => {
    const b = bench(t)
    unpacked(b, 'fc-clean')
    const held = await holdAsJava(t, 'fc-clean/data/in_use.lock')
    if (!held) return
    const { status, error } = await channel(b, 'import', 'fc-clean', '--from', 'flume', '--to', 'ours')
    assert.equal(status, 2)
    assert.match(error, /fc-clean\/data is in use by an agent of Apache Flume/)
  })
})

/** A process with the kind of lock that Java takes. @returns whether there is something here that can take one */
async function holdAsJava(t: TestContext, path: string): Promise<boolean> {
  const script = `import fcntl, sys, time\nf = open(sys.argv[1], 'a')\nfcntl.lockf(f, fcntl.LOCK_EX)\nprint('held', flush=True)\ntime.sleep(60)`
  const child = spawn('python3', ['-c', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  return new Promise((resolve) => {
    child.once('error', () => {
      if (process.env.CI) assert.fail('python3 is needed')
      t.skip('there is no python3')
      resolve(false)
    })
    child.stdout.once('data', () => resolve(true))
  })
}
