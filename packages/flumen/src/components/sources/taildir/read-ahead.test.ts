import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { test } from 'node:test'
import { FollowedFolder, quietly, until } from '../../../../../../test/support/followed-folder.ts'
import { ReadAhead } from './read-ahead.ts'

const begun = { at: 5, path: '/a.log' }

test('what was read early is given where it was read, once', async (context) => {
  const folder = new FollowedFolder(context)
  folder.append('a.log', 'onetwothree')
  const descriptor = fs.openSync(folder.path('a.log'), 'r')
  const ahead = new ReadAhead()
  const spot = { descriptor, position: 3, length: 3 }
  ahead.begin(spot, begun)
  assert.deepEqual(await ahead.take(spot), { ...begun, chunk: Buffer.from('two') })
  assert.equal(await ahead.take(spot), undefined)
  for (const other of [{ descriptor: descriptor + 1 }, { position: 4 }, { length: 4 }]) {
    ahead.begin(spot, begun)
    assert.equal(await ahead.take({ ...spot, ...other }), undefined, JSON.stringify(other))
    await ahead.end()
    assert.equal(await ahead.take(spot), undefined, 'it was let go')
  }
  ahead.begin(spot, begun)
  ahead.forget()
  assert.equal(await ahead.take(spot), undefined)
  await ahead.end()
  fs.closeSync(descriptor)
})

test('what could not be read early, or not all of it, is none', async (context) => {
  const folder = new FollowedFolder(context)
  folder.append('a.log', 'one')
  const descriptor = fs.openSync(folder.path('a.log'), 'r')
  const ahead = new ReadAhead()
  const long = { descriptor, position: 0, length: 4 }
  ahead.begin(long, begun)
  assert.equal(await ahead.take(long), undefined)
  fs.closeSync(descriptor)
  const closed = { descriptor, position: 0, length: 3 }
  ahead.begin(closed, begun)
  assert.equal(await ahead.take(closed), undefined)
})

test('the end waits for what is under way, and there is never more than one', async (context) => {
  const folder = new FollowedFolder(context)
  folder.append('a.log', 'x'.repeat(1024 ** 2))
  const descriptor = fs.openSync(folder.path('a.log'), 'r')
  const ahead = new ReadAhead()
  const spot = { descriptor, position: 0, length: 1024 ** 2 }
  ahead.begin(spot, begun)
  ahead.forget()
  ahead.begin(spot, begun)
  assert.equal(await ahead.take(spot), undefined, 'nothing was begun beside it')
  let isOver = false
  void ahead.end().then(() => {
    isOver = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  const wasOver = isOver
  await ahead.end()
  assert.equal(wasOver, false)
  ahead.begin(spot, begun)
  assert.equal((await ahead.take(spot))?.chunk.length, 1024 ** 2)
  fs.closeSync(descriptor)
})

/** Lines of 100 bytes, numbered. */
function linesOf(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind} ${index}`.padEnd(99, '.'))
}

test('a long file is read ahead; what was read of content that is replaced meanwhile is not given on', async (context) => {
  const folder = new FollowedFolder(context)
  const old = linesOf('old', 40_000)
  const fresh = linesOf('new', 40_000)
  const early: boolean[] = []
  const { take } = ReadAhead.prototype
  context.mock.method(ReadAhead.prototype, 'take', async function (this: ReadAhead, spot: Parameters<typeof take>[0]) {
    const taken = await take.call(this, spot)
    early.push(taken !== undefined)
    return taken
  })
  const second = Promise.withResolvers<void>()
  context.after(() => second.resolve())
  let puts = 0
  const source = await folder.start({}, { onPut: () => (++puts === 2 ? second.promise : undefined) })
  folder.append('a.log', `${old.join('\n')}\n`)
  await until(() => puts === 2)
  assert.deepEqual(early, [false, true], 'the second piece was read while the first was stored')
  await quietly()
  fs.truncateSync(folder.path('a.log'), 0)
  folder.append('a.log', `${fresh.join('\n')}\n`)
  second.resolve()
  const read = (kind: string): string[] => source.bodies().filter((body) => body.startsWith(kind))
  await until(() => read('new').length === fresh.length)
  const stored = 2 * Math.floor(1024 ** 2 / 100)
  assert.deepEqual(read('old'), old.slice(0, stored), 'two pieces, and not the third, which was read too')
  assert.deepEqual(read('new'), fresh)
})
