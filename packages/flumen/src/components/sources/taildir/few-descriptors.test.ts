import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { FollowedFolder, isFollowed, openIn, quietly, until } from '../../../../../../test/support/followed-folder.ts'
import { type EventBatch, type SourceContext, systemClock } from '../../../core/index.ts'
import type { Harness } from '../../../testing/harness.ts'
import { Copies } from './copies.ts'
import { factsOf } from './descriptors.ts'
import type { Discovery } from './discovery.ts'
import type { FileGroup } from './file-groups.ts'
import { Reader } from './reader.ts'
import { TailSet } from './tail-set.ts'
import { beginning, TailedFile } from './tailed-file.ts'

/** What reading does with more open files than there may be. */
class Bench {
  readonly set = new TailSet(systemClock)
  readonly reader: Reader
  readonly #folder = fs.mkdtempSync(join(tmpdir(), 'flumen-few-'))

  constructor(context: TestContext) {
    const source = { clock: systemClock } as SourceContext
    const limits = { maxOpenFiles: 1, idleTimeout: 60_000, maxLines: 10, maxLineLength: 1000, joinTimeout: 0 }
    const forms = { longLines: 'split', inputCharset: undefined, joining: undefined } as const
    const headers = { byteOffsetHeader: false, fileHeader: false, fileHeaderKey: 'file' }
    const copies = new Copies(source, this.set)
    this.reader = new Reader({ ...limits, ...forms, ...headers }, source, this.set, {} as Discovery, copies)
    context.after(async () => {
      for (const file of this.set.opened) await file.close()
      fs.rmSync(this.#folder, { recursive: true })
    })
  }

  path(name: string): string {
    return join(this.#folder, name)
  }

  /** A file of one line, open as it was found. */
  async find(name: string): Promise<TailedFile> {
    const path = this.path(name)
    fs.writeFileSync(path, `${name}\n`)
    const facts = await factsOf(path)
    assert.ok(facts)
    const group = { headers: new Map() } as unknown as FileGroup
    const file = new TailedFile(facts, path, group, beginning, systemClock.monotonic(), this.set.opened)
    file.see(facts, file.foundAt)
    assert.ok(await file.open(path))
    return file
  }
}

test('a file at which finding still looks is not closed by reading', async (context) => {
  const bench = new Bench(context)
  const found = await bench.find('found')
  bench.set.add(await bench.find('followed'))
  await bench.reader.gather(new AbortController().signal)
  assert.ok(found.descriptor !== undefined)
  bench.set.add(found)
  bench.set.add(await bench.find('another'))
  await bench.reader.gather(new AbortController().signal)
  assert.equal(found.descriptor, undefined)
})

test('of files that wait for their turn one that was deleted is not closed, but read', async (context) => {
  const bench = new Bench(context)
  const deleted = await bench.find('deleted')
  bench.set.add(deleted)
  bench.set.add(await bench.find('named'))
  fs.unlinkSync(deleted.path)
  const pieces = await bench.reader.gather(new AbortController().signal)
  assert.deepEqual(
    pieces.map(({ chunk }) => String(chunk)),
    ['deleted\n'],
  )
})

test('a file that was open and is not read is not taken for one that is, whatever size was seen before', async (context) => {
  const bench = new Bench(context)
  const file = await bench.find('a')
  file.size = 0
  assert.equal(file.isRead, false)
})

test('what was seen of a closed file and truncated away unread is counted when no copy was found', async (context) => {
  const bench = new Bench(context)
  const file = await bench.find('seen')
  file.size = 100
  bench.set.add(file)
  bench.set.retire(file, 'cut')
  assert.deepEqual(
    bench.set.ended.all.map(({ unread }) => unread),
    [100],
  )
})

test('what was known of a file that was let go is known of it again, and of no other one with its inode number', async (context) => {
  const bench = new Bench(context)
  const { set } = bench
  const file = await bench.find('a')
  const { device, inode } = file
  file.bornNs = 1n
  const recalled = (bornNs: bigint): boolean => {
    set.add(file)
    set.retire(file, 'gone')
    return set.recall({ device, inode, bornNs }) !== undefined
  }
  assert.deepEqual([recalled(1n), recalled(0n), recalled(2n)], [true, true, false])
  assert.equal(set.recall(file), undefined)
})

/** A source that has read and closed `a.log`, and reads nothing more until `goOn` is called. */
async function closedAndHeld(
  bench: FollowedFolder,
  values: Readonly<Record<string, string>> = {},
): Promise<{ source: Harness<'source'>; goOn(): void }> {
  const put = Promise.withResolvers<void>()
  const onPut = ({ length }: EventBatch): Promise<void> | undefined => (length === 2 ? put.promise : undefined)
  const source = await bench.start({ idleTimeout: '20', ...values }, { onPut })
  bench.append('a.log', '1\n')
  await source.stored(1)
  await until(() => !isFollowed(bench.path('a.log')))
  bench.append('b.log', '2\n3\n')
  await until(() => source.observed.counts.get('batchesReceived') === 2)
  return { source, goOn: put.resolve }
}

/** What the source has said of a file. */
function saysOf(
  { observed }: Harness<'source'>,
  path: string,
): readonly (Readonly<Record<string, unknown>> | undefined)[] {
  return observed.lines.flatMap(({ facts }) => (facts?.file === path ? [facts] : []))
}

test('what was written into a closed file after a truncation is read under a name of no group', async (context) => {
  const bench = new FollowedFolder(context)
  const { source, goOn } = await closedAndHeld(bench)
  fs.truncateSync(bench.path('a.log'))
  bench.append('a.log', 'after it\n')
  fs.renameSync(bench.path('a.log'), bench.path('other'))
  await until(() => isFollowed(bench.path('other')))
  goOn()
  await source.stored(4)
  assert.deepEqual(source.bodies(), ['1', '2', '3', 'after it'])
})

test('a file with the name and the inode number of one that was closed and deleted is read under a name of no group', async (context) => {
  const bench = new FollowedFolder(context)
  const { source, goOn } = await closedAndHeld(bench)
  const { ino } = fs.statSync(bench.path('a.log'))
  fs.unlinkSync(bench.path('a.log'))
  bench.append('a.log', 'another one\n')
  if (fs.statSync(bench.path('a.log')).ino !== ino) context.diagnostic('the inode number was not used again')
  await until(() => isFollowed(bench.path('a.log')))
  fs.renameSync(bench.path('a.log'), bench.path('other'))
  await quietly()
  goOn()
  await source.stored(4)
  assert.deepEqual(source.bodies(), ['1', '2', '3', 'another one'])
})

test('a file with the inode number of one that was deleted is not followed from where that was read to, where there is no room to open it', async (context) => {
  const bench = new FollowedFolder(context)
  const { source, goOn } = await closedAndHeld(bench, { maxOpenFiles: '1' })
  const { ino } = fs.statSync(bench.path('a.log'))
  for (let file = 0; openIn(bench.folder).length < 65; file++) {
    bench.append(`${file}.log`, 'no end of line')
    await until(() => saysOf(source, bench.path(`${file}.log`)).length > 0)
  }
  fs.unlinkSync(bench.path('a.log'))
  await until(() => saysOf(source, bench.path('a.log')).length === 2)
  bench.append('c.log', 'other\n')
  if (fs.statSync(bench.path('c.log')).ino !== ino) context.diagnostic('the inode number was not used again')
  await until(() => saysOf(source, bench.path('c.log')).length > 0)
  const isOpen = isFollowed(bench.path('c.log'))
  const [{ from } = {}] = saysOf(source, bench.path('c.log'))
  goOn()
  await until(() => source.bodies().includes('other'))
  assert.deepEqual([isOpen, from], [false, 0])
})
