import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type ConfigurationFileOptions, readConfigurationFiles } from './configuration-files.ts'
import { Problems } from './problem.ts'

let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flumen-files-'))
})

after(() => rm(folder, { recursive: true }))

test('files are read in order by their endings, and later ones win', async () => {
  const { values, implied, found } = await read({
    'a.conf': 'a1.sources = r1\na1.sources.r1.port = 1\na1.x = 1',
    'b.YML': 'a1: {sources: {r1: {port: 2, host: h}}}',
    'c.json': '{"a1.sources.r1.host": "i", "a1.sinks": {"k1": {}}}',
    'd.yaml.properties': 'a1.x: 2',
    noending: 'a1.y 3',
  })
  assert.deepEqual(values, {
    'a1.sources': 'r1 a.conf:1',
    'a1.sources.r1.port': '2 b.YML:1',
    'a1.x': '2 d.yaml.properties:1',
    'a1.sources.r1.host': 'i c.json:1',
    'a1.y': '3 noending:1',
  })
  assert.deepEqual(implied('a1.sinks'), ['k1'])
  assert.deepEqual(found, [])
})

test('a file that is not there is an error with the file that was meant, and the others are read', async () => {
  await writeFile(join(folder, 'flume-agent.conf'), 'a = 1')
  const { values, found } = await readPaths(['flume-agnet.conf', 'nowhere/x.conf', 'flume-agent.conf', '-'])
  assert.deepEqual(Object.keys(values), ['a'])
  assert.deepEqual(found, [
    `error flume-agnet.conf:0: there is no such file; did you mean ${join(folder, 'flume-agent.conf')}`,
    `error nowhere/x.conf:0: there is no such file; the directory ${join(folder, 'nowhere')} cannot be read, or is not there`,
    'error -:0: there is no such file; see that the path is right',
  ])
})

test('directories, special files, paths through files and impossible paths are errors', async () => {
  await mkdir(join(folder, 'sub'))
  await writeFile(join(folder, 'plain'), '')
  const { found } = await readPaths(['sub', 'plain/x', 'nul\0l', '../../../../../../../../dev/null'])
  assert.deepEqual(
    found.map((text) => text.replace(/^.*?:0: /s, '').split(';')[0]),
    [
      'this is a directory',
      'there is no such file',
      'the file cannot be read (ERR_INVALID_ARG_VALUE)',
      'this is not a regular file',
    ],
  )
})

test('a file above the limit is not read, one at the limit is', async () => {
  const files = { 'exact.conf': 'a = 12345', 'over.conf': 'b = 123456' }
  const { values, found } = await read(files, { maximumBytes: 9 })
  assert.deepEqual(Object.keys(values), ['a'])
  assert.deepEqual(found, [
    'error over.conf:0: the file is larger than 9 bytes; split it, or see whether this is the right file',
  ])
})

test('UTF-8 is read with a byte-order mark or without', async () => {
  const { values } = await read({ 'a.conf': '\uFEFFä = ö', 'b.yaml': '\uFEFFü: 東', 'c.json': '\uFEFF{"é": "è"}' })
  assert.deepEqual(values, { ä: 'ö a.conf:1', ü: '東 b.yaml:1', é: 'è c.json:1' })
})

test('properties in ISO-8859-1 are read as Flume reads them, with an error at the first byte that is not UTF-8', async () => {
  const { values, found } = await read({ 'a.conf': Buffer.from('a = 1\nb = caf\u00e9', 'latin1') })
  assert.deepEqual(values, { a: '1 a.conf:1', b: 'café a.conf:2' })
  assert.deepEqual(found, ['error a.conf:2: the file is not UTF-8; save it in UTF-8'])
  const comment = await read({ 'a.conf': Buffer.from('# caf\u00e9\na = 1', 'latin1') })
  assert.deepEqual(comment.found, ['warning a.conf:1: the file is not UTF-8; save it in UTF-8'])
})

test('other files that are not UTF-8 are not read', async () => {
  const latin = Buffer.from('a: caf\u00e9', 'latin1')
  const utf16 = Buffer.from('\uFEFFa = 1', 'utf16le')
  const { values, found } = await read({ 'a.yaml': latin, 'b.json': latin, 'c.conf': utf16 })
  assert.deepEqual(values, {})
  assert.deepEqual(found, [
    'error a.yaml:1: the file is not UTF-8; save it in UTF-8',
    'error b.json:1: the file is not UTF-8; save it in UTF-8',
    'error c.conf:1: the file is UTF-16, not UTF-8; save it in UTF-8',
  ])
})

async function read(files: Readonly<Record<string, string | Buffer>>, options?: ConfigurationFileOptions) {
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return readPaths(Object.keys(files), options)
}

async function readPaths(names: readonly string[], options?: ConfigurationFileOptions) {
  const problems = new Problems()
  const paths = names.map((name) => join(folder, name))
  const settings = await readConfigurationFiles(paths, problems, options)
  const short = (file: string): string => file.replace(`${folder}/`, '')
  return {
    values: Object.fromEntries(
      [...settings].map(({ key, value, place }) => [key, `${value} ${short(place.file)}:${place.line}`]),
    ),
    implied: (key: string) => settings.implied(key),
    found: problems.all.map(
      ({ severity, place, message, fix }) => `${severity} ${short(place.file)}:${place.line}: ${message}; ${fix}`,
    ),
  }
}
