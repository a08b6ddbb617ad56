import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { messageOf } from '../core/index.ts'
import { FromFiles } from './from-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'flumen-from-files-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0

function fileOf(text: string): string {
  const path = join(folder, `file-${files++}`)
  writeFileSync(path, text)
  return path
}

const broken = (error: unknown): never => assert.fail(String(error))

test('a changed file is read again, whichever it is, but looked at once a second', async () => {
  const paths = [fileOf('a'), fileOf('b')] as const
  const text = async (): Promise<string> => paths.map((path) => readFileSync(path, 'utf8')).join('')
  const both = await FromFiles.load(paths, text)
  await both.look(500, broken)
  assert.equal(both.value, 'ab')
  writeFileSync(paths[1], 'c')
  assert.equal(both.look(1499, broken), undefined)
  assert.equal(both.value, 'ab')
  await both.look(1500, broken)
  assert.equal(both.value, 'ac')
})

test('files that have not changed are not read again', async () => {
  let reads = 0
  const once = await FromFiles.load([fileOf('a')], async () => reads++)
  for (let second = 0; second < 5; second++) await once.look(second * 1000, broken)
  assert.equal(reads, 1)
})

test('a file of the same size in the place of another is a change', async () => {
  const [path, other] = [fileOf('a'), fileOf('b')]
  const one = await FromFiles.load([path], async () => readFileSync(path, 'utf8'))
  renameSync(other, path)
  await one.look(0, broken)
  assert.equal(one.value, 'b')
})

test('what nothing can be made of leaves what there was, and is told once a change', async () => {
  const path = fileOf('1')
  const told: string[] = []
  const tell = (error: unknown): unknown => told.push(messageOf(error))
  const number = await FromFiles.load([path], async () => {
    const text = readFileSync(path, 'utf8')
    if (!/^\d+$/.test(text)) throw new Error(`no number: ${text}`)
    return text
  })
  writeFileSync(path, 'x')
  for (let second = 0; second < 4; second++) await number.look(second * 1000, tell)
  assert.deepEqual([number.value, told], ['1', [`${path}: no number: x`]])
  rmSync(path)
  for (let second = 4; second < 8; second++) await number.look(second * 1000, tell)
  assert.match(told[1]!, /ENOENT/)
  assert.deepEqual([number.value, told.length], ['1', 2])
  writeFileSync(path, '22')
  await number.look(8000, tell)
  assert.deepEqual([number.value, told.length], ['22', 2])
})

test('what changes while it is read is read again', async () => {
  const path = fileOf('old')
  const one = await FromFiles.load([path], async () => {
    const text = readFileSync(path, 'utf8')
    if (text === 'old') writeFileSync(path, 'newer')
    return text
  })
  assert.equal(one.value, 'old')
  await one.look(0, broken)
  assert.equal(one.value, 'newer')
})

test('those who look at the same time share one look', async () => {
  const path = fileOf('a')
  let reads = 0
  const one = await FromFiles.load([path], async () => reads++)
  writeFileSync(path, 'bb')
  const [first, second] = [one.look(0, broken), one.look(0, broken)]
  assert.equal(first, second)
  await first
  assert.equal(reads, 2)
})

test('what cannot be made at first is an error', async () => {
  await assert.rejects(
    FromFiles.load([join(folder, 'none')], () => Promise.reject(new Error('none'))),
    /none/,
  )
})
