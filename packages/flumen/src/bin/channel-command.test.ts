import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { DirectoryLock } from '../storage/directory-lock.ts'
import { LoadedKeys } from '../storage/encryption/key-provider.ts'
import { SegmentCiphers } from '../storage/encryption/segment-ciphers.ts'
import { groupOf, readAll } from '../testing/log-bench.ts'
import { acknowledge, channel, contentsOf, flip, makeChannel, openLog, segment, textOf } from './channel-bench.ts'
import { CommandBench } from './command-bench.ts'

const masterKey = new Uint8Array(32).fill(5)

function ciphers(): SegmentCiphers {
  return new SegmentCiphers(new LoadedKeys('k1', new Map([['k1', masterKey]])))
}

interface Finding {
  readonly kind: string
  readonly file: string
  readonly from: number
  readonly to: number
  readonly position: number
  readonly events: number
}

async function findings(bench: CommandBench, ...line: string[]): Promise<readonly Finding[]> {
  const { out, status } = await channel(bench, 'verify', '--json', ...line)
  const { findings: found, ok } = JSON.parse(out) as { findings: Finding[]; ok: boolean }
  assert.equal(ok, found.length === 0)
  assert.equal(status, ok ? 0 : 1)
  return found
}

function exported(out: string): readonly { position: number; body: string }[] {
  return out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { position: number; body: string })
}

describe('flumen channel stat', () => {
  test('says what waits, how old it is and who has the directory, and changes nothing', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('c1', 60, 5, { now: () => 1000 })
    acknowledge('c1', 0, 7)
    const before = contentsOf('c1')
    const { status, out } = await channel(bench, 'stat', 'c1', '--json')
    assert.equal(status, 0)
    const said = JSON.parse(out)
    assert.deepEqual(said.cursors, [{ name: 'channel', waiting: 53, next: 7 }])
    assert.deepEqual([said.firstPosition, said.nextPosition, said.heldBy, said.damages], [7, 60, null, []])
    assert.equal(said.oldestArrivedAt, 1)
    assert.equal(said.checkpoint.isStop, true)
    assert.deepEqual(contentsOf('c1'), before)
    const lock = await DirectoryLock.acquire(join(bench.folder, 'c1/data'), 'agent a1, channel c1')
    const text = await channel(bench, 'stat', 'c1')
    lock.release()
    assert.match(text.out, /waiting +53 events of cursor channel, next position 7\n/)
    assert.match(text.out, new RegExp(`in use +.*agent a1, channel c1, process ${process.pid}`))
  })

  test('takes the data directory alone and finds the checkpoint beside it', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('c1', 10)
    const { out } = await channel(bench, 'stat', 'c1/data', '--json')
    assert.deepEqual(JSON.parse(out).checkpointDirectories, [join(bench.folder, 'c1/checkpoint')])
  })

  test('names producers and keys', async (t) => {
    const bench = new CommandBench(t)
    const log = openLog('c1', { ciphers: ciphers() })
    const group = groupOf([['a', 'b']])
    log.commit({ ...group, puts: group.puts.map((put) => ({ ...put, origin: { producer: 'p1', first: 3, last: 9 } })) })
    log.close()
    const { out } = await channel(bench, 'stat', 'c1', '--json')
    const said = JSON.parse(out)
    assert.deepEqual(said.producers, [{ name: 'p1', stored: 7, ranges: 1, end: 10 }])
    assert.deepEqual(said.keys, [{ name: 'k1', segments: 1 }])
  })
})

describe('flumen channel verify', () => {
  test('ends with 0 on a whole channel, stopped or left by a crash, and changes nothing', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('c1', 200)
    openLog('c1').commit(groupOf([['one more']]))
    const before = contentsOf('c1')
    assert.deepEqual(await findings(bench, 'c1'), [])
    assert.match((await channel(bench, 'verify', 'c1')).out, /, 201 events, .*: no damage\n$/)
    assert.deepEqual(contentsOf('c1'), before)
  })

  test('names the file, the bytes and the events of a damaged record in any segment', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('c1', 200)
    flip(segment('c1', 2), 6000)
    const [found, ...more] = await findings(bench, 'c1')
    assert.ok(found)
    assert.deepEqual(more, [])
    assert.equal(found.file, join(bench.folder, segment('c1', 2)))
    assert.ok(found.from <= 6000 && found.to > 6000 && found.to - found.from < 1000)
    assert.equal(found.events, 5)
    const gone = await channel(bench, 'export', 'c1')
    assert.equal(gone.status, 1)
    const positions = exported(gone.out).map(({ position }) => position)
    assert.deepEqual(
      Array.from({ length: 200 }, (_, at) => at).filter((at) => !positions.includes(at)),
      [0, 1, 2, 3, 4].map((row) => found.position + row),
    )
  })

  test('damage of what is delivered already costs nothing, and is told all the same', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('c1', 200)
    const log = openLog('c1', { segmentBytes: 1 << 20 })
    log.commit(groupOf([], [{ cursor: 'channel', ranges: [[1, 200]] }]))
    log.close()
    flip(segment('c1', 1), 4096 + 1500)
    const [found] = await findings(bench, 'c1')
    assert.equal(found?.events, 0)
    assert.equal(found?.file, join(bench.folder, segment('c1', 1)))
  })

  test('finds a missing segment, a truncated one, a foreign one, a damaged head and damaged checkpoints', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('whole', 200)
    makeChannel('other', 100)
    const made = (name: string, work: () => void): Promise<readonly Finding[]> => {
      cpSync('whole', name, { recursive: true })
      work()
      return findings(bench, name)
    }
    const missing = await made('a', () => rmSync(segment('a', 2)))
    assert.equal(missing.length, 1)
    assert.equal(missing[0]?.kind, 'missing')
    assert.ok((missing[0]?.events ?? 0) > 5)
    const truncated = await made('b', () => truncateSync(segment('b', 2), 6000))
    assert.deepEqual(
      truncated.map(({ kind }) => kind),
      ['tail'],
    )
    assert.ok(truncated[0]!.from < 6000 && truncated[0]!.to > 6000)
    assert.equal(truncated[0]?.events, 10)
    const foreign = await made('c', () => cpSync(segment('other', 1), segment('c', 99)))
    assert.deepEqual(
      foreign.map(({ kind, events }) => [kind, events]),
      [['file', 0]],
    )
    const head = await made('d', () => flip(segment('d', 2), 20))
    assert.deepEqual(
      head.map(({ kind, events }) => [kind, events]),
      [['head', 0]],
    )
    const slots = await made('e', () => flip('e/checkpoint/checkpoint-b', 70))
    assert.deepEqual(
      slots.map(({ kind, events }) => [kind, events]),
      [['checkpoint', 0]],
    )
  })

  test('reads contents only with their keys, and says when it could not', async (t) => {
    const bench = new CommandBench(t, { 'k1.hex': Buffer.from(masterKey).toString('hex') })
    makeChannel('c1', 20, 5, { ciphers: ciphers() })
    assert.match((await channel(bench, 'verify', 'c1')).out, /^contents that are enciphered with "k1" were not read/)
    const { out, status } = await channel(bench, 'verify', 'c1', '--key-file', 'k1=k1.hex')
    assert.equal(status, 0)
    assert.doesNotMatch(out, /not read/)
    writeFileSync('k1.hex', 'ff'.repeat(32))
    const wrong = await channel(bench, 'verify', 'c1', '--key-file', 'k1=k1.hex', '--json')
    assert.deepEqual(new Set(JSON.parse(wrong.out).findings.map(({ kind }: Finding) => kind)), new Set(['content']))
  })

  test('reports no damage while the channel is written, delivered and its segments are used again', async (t) => {
    const bench = new CommandBench(t)
    const writer = new Worker(new URL('channel-writer.ts', import.meta.url), { workerData: join(bench.folder, 'c1') })
    await once(writer, 'message')
    let seen = 0
    for (let round = 0; round < 15; round++) {
      assert.deepEqual(await findings(bench, 'c1'), [], `round ${round}`)
      const { out, status, error } = await channel(bench, 'export', 'c1')
      assert.deepEqual([status, error], [0, ''])
      // The writer may just have delivered all there was.
      seen += exported(out).length
      assert.deepEqual(JSON.parse((await channel(bench, 'stat', 'c1', '--json')).out).damages, [])
    }
    assert.ok(seen > 0)
    await writer.terminate()
  })
})

describe('flumen channel export', () => {
  test('writes waiting events as JSON lines, or from a position, or so many, or delivered ones too', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('c1', 20)
    const log = openLog('c1', { segmentBytes: 1 << 20 })
    log.commit(
      groupOf(
        [],
        [
          {
            cursor: 'channel',
            ranges: [
              [0, 3],
              [5, 7],
            ],
          },
        ],
      ),
    )
    log.close()
    const positions = async (...line: string[]): Promise<readonly number[]> => {
      const { out, status } = await channel(bench, 'export', 'c1', ...line)
      assert.equal(status, 0)
      for (const { position, body } of exported(out)) assert.equal(body, textOf(position))
      return exported(out).map(({ position }) => position)
    }
    const all = Array.from({ length: 20 }, (_, at) => at)
    assert.deepEqual(
      await positions(),
      all.filter((at) => at >= 7 || at === 3 || at === 4),
    )
    assert.deepEqual(await positions('--from', '4', '--limit', '3'), [4, 7, 8])
    assert.deepEqual(await positions('--all'), all)
    assert.deepEqual(await positions('--limit', '0'), [])
  })

  test('writes bodies or an Avro container to a file that was not there', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('c1', 3)
    assert.equal((await channel(bench, 'export', 'c1', '--format', 'text', '--to', 'a.txt')).status, 0)
    assert.equal(readFileSync('a.txt', 'utf8'), [0, 1, 2].map((n) => `${textOf(n)}\n`).join(''))
    const again = await channel(bench, 'export', 'c1', '--to', 'a.txt')
    assert.deepEqual([again.status, /EEXIST/.test(again.error)], [1, true])
    assert.equal((await channel(bench, 'export', 'c1', '--format', 'avro', '--to', 'a.avro')).status, 0)
    assert.equal(readFileSync('a.avro').subarray(0, 4).toString('latin1'), 'Obj\x01')
    assert.ok(readFileSync('a.avro').includes(textOf(2)))
  })

  test('gives a body that is no UTF-8 in base64', async (t) => {
    const bench = new CommandBench(t)
    const log = openLog('c1')
    const group = groupOf([['xyz']])
    const at = Buffer.from(group.bytes).indexOf('xyz')
    group.bytes[at] = 0xff
    log.commit(group)
    log.close()
    const { out } = await channel(bench, 'export', 'c1')
    assert.deepEqual(JSON.parse(out), {
      position: 0,
      headers: {},
      body_b64: Buffer.from([0xff, 0x79, 0x7a]).toString('base64'),
    })
  })
})

describe('flumen channel repair', () => {
  test('saves damaged bytes, mends, and gives the rest to the next start, once for each damage', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('c1', 200)
    const path = segment('c1', 2)
    flip(path, 6000)
    const damaged = readFileSync(path)
    const [found] = await findings(bench, 'c1')
    assert.ok(found)
    const before = contentsOf('c1')
    const dry = await channel(bench, 'repair', 'c1', '--dry-run')
    assert.equal(dry.status, 1)
    assert.match(dry.out, /^would: copy bytes /m)
    assert.deepEqual(contentsOf('c1'), before)
    const { status, out } = await channel(bench, 'repair', 'c1')
    assert.equal(status, 0)
    assert.match(out, /done: write an empty record over bytes/)
    const copy = `c1/data/quarantine/events-0000000002.log.${found.from}-${found.to - 1}`
    assert.deepEqual(readFileSync(copy), damaged.subarray(found.from, found.to))
    assert.deepEqual(await findings(bench, 'c1'), [])
    const log = openLog('c1')
    const left = [...readAll(log).values()]
    assert.deepEqual(log.recovery.damages, [])
    assert.deepEqual(log.takeDamages(), [])
    log.close()
    assert.equal(left.length, 195)
    assert.ok(!left.includes(textOf(found.position)))
    assert.equal((await channel(bench, 'repair', 'c1')).out, 'there is no damage; nothing was changed\n')
  })

  test('mends whatever verify finds', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('whole', 200)
    makeChannel('other', 100)
    const kinds: Readonly<Record<string, () => void>> = {
      missing: () => rmSync(segment('missing', 2)),
      truncated: () => truncateSync(segment('truncated', 2), 6000),
      foreign: () => cpSync(segment('other', 1), segment('foreign', 99)),
      head: () => flip(segment('head', 2), 20),
      slots: () => flip('slots/checkpoint/checkpoint-b', 70),
      torn: () => flip(segment('torn', lastOf('torn')), 4096 + 700),
      much: () => {
        const bytes = readFileSync(segment('much', 2))
        writeFileSync(segment('much', 2), bytes.fill(0xa5, 4500, 7700))
      },
    }
    for (const [name, damage] of Object.entries(kinds)) {
      cpSync('whole', name, { recursive: true })
      damage()
      const found = await findings(bench, name)
      assert.ok(found.length > 0, name)
      const { status, out } = await channel(bench, 'repair', name)
      assert.equal(status, 0, `${name}: ${out}`)
      assert.deepEqual(await findings(bench, name), [], name)
      const log = openLog(name)
      const texts = [...readAll(log).values()]
      assert.deepEqual(log.takeDamages(), [], name)
      log.close()
      const cost = found.reduce((sum, { events }) => sum + events, 0)
      assert.equal(texts.length, 200 - cost, name)
      assert.ok(texts.every((text, at) => at === 0 || Number(/\d+/.exec(text)) > Number(/\d+/.exec(texts[at - 1]!))))
    }
  })

  test('refuses a directory that is in use, and says by whom', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('c1', 10)
    const lock = await DirectoryLock.acquire(join(bench.folder, 'c1/data'), 'agent a1, channel c1')
    const { status, error } = await channel(bench, 'repair', 'c1')
    lock.release()
    assert.equal(status, 1)
    assert.match(error, /is in use by agent a1, channel c1, process \d+ on .*; stop it first/)
  })

  test('leaves records alone whose checksum is right: the key may be the wrong one', async (t) => {
    const bench = new CommandBench(t, { 'k1.hex': 'ff'.repeat(32) })
    makeChannel('c1', 20, 5, { ciphers: ciphers() })
    const bytes = readFileSync(segment('c1', 1))
    const { status, out } = await channel(bench, 'repair', 'c1', '--key-file', 'k1=k1.hex')
    assert.equal(status, 1)
    assert.match(out, /leave .*: its checksum is right/)
    assert.ok(readFileSync(segment('c1', 1)).equals(bytes))
    assert.equal((await channel(bench, 'repair', 'c1')).status, 1)
  })
})

describe('flumen channel', () => {
  test('finds the directories of a channel in a configuration', async (t) => {
    const configuration = [
      'a1.channels = m1 c1',
      'a1.sources = r1',
      'a1.sinks = k1',
      'a1.channels.m1.type = memory',
      'a1.channels.c1.type = file',
      'a1.channels.c1.checkpointDir = check',
      'a1.channels.c1.dataDirs = one, two',
    ].join('\n')
    const bench = new CommandBench(t, { 'a.conf': configuration })
    const log = openLog('.', {
      dataDirectories: [join(bench.folder, 'one'), join(bench.folder, 'two')],
      checkpointDirectories: [join(bench.folder, 'check')],
    })
    for (let at = 0; at < 200; at++) log.commit(groupOf([[textOf(at)]]))
    log.close()
    const { out, status } = await channel(bench, 'verify', '-f', 'a.conf', '--json')
    assert.deepEqual([status, JSON.parse(out).events], [0, 200])
    const wrong = await channel(bench, 'verify', '-f', 'a.conf', '--channel', 'm1')
    assert.deepEqual([wrong.status, /type memory, which keeps no files/.test(wrong.error)], [2, true])
    assert.equal((await channel(bench, 'verify', 'one', 'two')).status, 0)
  })

  test('a configured channel that has not run yet is told from one that Flume left', async (t) => {
    const lines = ['a1.channels = c1', 'a1.channels.c1.type = file', 'a1.channels.c1.dataDirs = data']
    const bench = new CommandBench(t, { 'a.conf': lines.join('\n') })
    const said = async (): Promise<string> => {
      const { status, error } = await channel(bench, 'stat', '-f', 'a.conf')
      assert.equal(status, 2)
      return error
    }
    assert.match(await said(), /channel a1\.c1 has no segments in .*data: it has not run yet/)
    mkdirSync('data')
    writeFileSync('data/log-1', '')
    assert.match(await said(), /what Apache Flume left; see flumen channel import/)
  })

  test('says what is wrong with its words', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('c1', 1)
    const cases: readonly (readonly [string, RegExp])[] = [
      ['', /what is to be done\? the actions are stat/],
      ['verfy c1', /did you mean verify\?/],
      ['stat', /name the directory of a channel/],
      ['stat nowhere', /nowhere: there is no such directory/],
      ['stat .', /there are no segments/],
      ['stat c1 --dry-run', /--dry-run means nothing to stat/],
      ['export c1 --from x', /--from takes a position: x/],
      ['export c1 --cursor other', /there is no cursor other; those of this channel are channel/],
      ['export c1 --format avro', /name a file with --to/],
      ['verify c1 --key-store x', /--key-store needs --key-store-password-file/],
      ['import c1', /--from flume/],
    ]
    for (const [line, message] of cases) {
      const { status, error } = await channel(bench, ...line.split(' ').filter(Boolean))
      assert.equal(status, 2, line)
      assert.match(error, message, line)
    }
  })

  test('a newer format is refused and not touched', async (t) => {
    const bench = new CommandBench(t)
    makeChannel('c1', 1)
    const path = segment('c1', 1)
    const { crc32 } = await import('node:zlib')
    const bytes = readFileSync(path)
    bytes.writeUInt16LE(9, 8)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 4092)), 4092)
    writeFileSync(path, bytes)
    for (const action of ['stat', 'verify', 'export', 'repair']) {
      const { status, error } = await channel(bench, action, 'c1')
      assert.deepEqual([status, /version 9 of the format/.test(error)], [1, true], action)
    }
    assert.ok(readFileSync(path).equals(bytes))
  })
})

function lastOf(directory: string): number {
  let id = 1
  while (existsSync(segment(directory, id + 1))) id++
  return id
}
