import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { test } from 'node:test'
import { FollowedFolder, quietly } from '../../../../../../test/support/followed-folder.ts'

/** Shorter than the time after which everything is looked at anyway. */
const soon = { timeout: 10_000 }

/** As Kubernetes has it: `containers/app.log` leads to `pods/app/0.log`. */
function container(bench: FollowedFolder): { readonly pattern: Record<string, string> } {
  fs.mkdirSync(bench.path('pods/app'), { recursive: true })
  fs.mkdirSync(bench.path('containers'))
  fs.symlinkSync(bench.path('pods/app/0.log'), bench.path('containers/app.log'))
  return { pattern: { 'filegroups.g': `${bench.folder}/containers/.*\\.log` } }
}

test(
  'what comes behind a symbolic link into another folder is read soon, through rotation there',
  soon,
  async (context) => {
    const bench = new FollowedFolder(context)
    const { pattern } = container(bench)
    bench.append('pods/app/0.log', '1\n')
    const source = await bench.start(pattern)
    await source.stored(1)
    bench.append('pods/app/0.log', '2\n')
    await source.stored(2)
    bench.append('pods/app/0.log', '3\n')
    fs.renameSync(bench.path('pods/app/0.log'), bench.path('pods/app/0.log.20260101-000000'))
    bench.append('pods/app/0.log.20260101-000000', '4\n')
    bench.append('pods/app/0.log', '5\n')
    await source.stored(5)
    await quietly()
    assert.deepEqual(source.bodies().toSorted(), ['1', '2', '3', '4', '5'])
  },
)

test('a link that comes later is followed, also one that leads nowhere at first', soon, async (context) => {
  const bench = new FollowedFolder(context)
  fs.mkdirSync(bench.path('containers'))
  const source = await bench.start({ 'filegroups.g': `${bench.folder}/containers/.*\\.log` })
  fs.mkdirSync(bench.path('pods/app'), { recursive: true })
  fs.symlinkSync(bench.path('pods/app/0.log'), bench.path('containers/app.log'))
  await quietly()
  bench.append('pods/app/0.log', '1\n')
  await source.stored(1)
  bench.append('pods/app/0.log', '2\n')
  await source.stored(2)
  assert.deepEqual(source.bodies(), ['1', '2'])
})

test(
  'what was written behind a link before its target was renamed while nobody followed it is read',
  soon,
  async (context) => {
    const bench = new FollowedFolder(context)
    const { pattern } = container(bench)
    bench.append('pods/app/0.log', '1\n')
    const first = await bench.start(pattern)
    await first.stored(1)
    await bench.stop()
    bench.append('pods/app/0.log', '2\n')
    fs.renameSync(bench.path('pods/app/0.log'), bench.path('pods/app/0.log.20260101-000000'))
    bench.append('pods/app/0.log', '3\n')
    const second = await bench.start(pattern)
    await second.stored(2)
    await quietly()
    assert.deepEqual(second.bodies().toSorted(), ['2', '3'])
  },
)

test('a folder that is made again while a file of the old one is open is heard from', soon, async (context) => {
  const bench = new FollowedFolder(context)
  fs.mkdirSync(bench.path('app'))
  bench.append('app/a.log', '1\n')
  const source = await bench.start({ 'filegroups.g': `${bench.folder}/app/.*\\.log` })
  await source.stored(1)
  for (const line of ['2', '3']) {
    fs.rmSync(bench.path('app'), { recursive: true })
    fs.mkdirSync(bench.path('app'))
    bench.append('app/a.log', `${line}\n`)
    await source.stored(Number(line))
  }
  assert.deepEqual(source.bodies(), ['1', '2', '3'])
})

test('folders that are not watched are looked at: lines, rotation, new folders, deleted files', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log', '1\n')
  bench.append('empty.log', '')
  const source = await bench.start({ 'filegroups.g': `${bench.folder}/**/.*\\.log.*`, watch: 'false' })
  await source.stored(1)
  bench.append('a.log', '2\n')
  fs.renameSync(bench.path('a.log'), bench.path('a.log.1'))
  bench.append('a.log', '3\n')
  await source.stored(3)
  fs.mkdirSync(bench.path('later'))
  bench.append('later/b.log', '4\n')
  bench.append('empty.log', '5\n')
  await source.stored(5)
  bench.append('a.log', '6\n')
  fs.unlinkSync(bench.path('a.log'))
  bench.append('a.log', 'another one, 7\n')
  await source.stored(7)
  assert.deepEqual(source.bodies().toSorted(), ['1', '2', '3', '4', '5', '6', 'another one, 7'])
})
