import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { root, temporaryDirectory } from '../servers/server.ts'
import { fencedBlocks } from './docs/fenced-blocks.ts'
import { runProgram } from './docs/run-program.ts'

// What a newcomer does who follows "A component in one file" of CONTRIBUTING.md, in a copy of the sources.
const home = temporaryDirectory('newcomer')
const copy = home.path
const added = fencedBlocks(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')).flatMap(({ values, text }) => {
  const file = values.get('file')
  return file === undefined ? [] : [{ file, text }]
})
const copied = ['bin', 'docs', 'packages', 'scripts', '.gitignore', 'LICENSE', 'NOTICE', 'README.md', 'biome.json']
const manifests = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.base.json']
let changed: readonly string[] = []

before(async () => {
  for (const name of [...copied, ...manifests])
    cpSync(join(root, name), join(copy, name), { recursive: true, preserveTimestamps: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  await buildAndDocument()
  const earlier = digests()
  for (const { file, text } of added) writeFileSync(join(copy, file), text)
  await buildAndDocument()
  const later = digests()
  changed = [...later.keys()].filter((file) => earlier.get(file) !== later.get(file)).sort()
})
after(() => home[Symbol.dispose]())

test('a sink is one file and its test, and only what is generated changes with it', () => {
  assert.deepEqual(
    added.map(({ file }) => file),
    ['packages/flumen/src/components/sinks/tally.ts', 'packages/flumen/src/components/sinks/tally.test.ts'],
  )
  assert.deepEqual(changed, [
    'docs/reference/README.md',
    'docs/reference/aliases.md',
    'docs/reference/flumen.schema.json',
    'docs/reference/sinks/README.md',
    'docs/reference/sinks/tally.md',
    'packages/flumen/src/components/catalogue.generated.ts',
    'packages/flumen/src/components/configuration.generated.ts',
    'packages/flumen/src/components/sinks/tally.test.ts',
    'packages/flumen/src/components/sinks/tally.ts',
  ])
})

test('the new sink is in the help, the reference, the table of aliases and the schema', async () => {
  const help = await flumen('help', 'sinks')
  assert.match(help.output, /^ +tally +Counts events and bytes, and logs the sums when it stops\.$/m)
  assert.match((await flumen('help', 'sink', 'tally')).output, /label +string +\(needed\) +Stands before the sums\./)
  assert.match(
    read('docs/reference/sinks/tally.md'),
    /\| \*\*`label`\*\* \| string \| – \| Stands before the sums\. \|/,
  )
  assert.match(read('docs/reference/sinks/README.md'), /\[`tally`\]\(tally\.md\)/)
  assert.match(read('docs/reference/aliases.md'), /\| sink \| `tally` \|/)
  const schema = JSON.parse(read('docs/reference/flumen.schema.json')) as {
    $defs: Record<string, { required: string[] }>
  }
  assert.deepEqual(schema.$defs['sink.tally']!.required, ['label'])
  assert.deepEqual(schema, JSON.parse(read('packages/flumen/dist/schema/flumen.schema.json')))
})

test('the new sink runs, and its options are checked like those of any other', async () => {
  const end = await flumen('pipe', 'seq', 'totalEvents=3', '!', 'tally', 'label=now')
  assert.equal(end.status, 0, end.errors)
  const slip = await flumen('pipe', 'seq', 'totalEvents=3', '!', 'tally', 'lable=now')
  assert.equal(slip.status, 2)
  assert.match(slip.errors, /did you mean .*label/)
})

test('the test and the lint of the new sink pass', async () => {
  const files = added.map(({ file }) => file)
  const tests = await node('scripts/test.mjs', files[1]!)
  assert.equal(tests.status, 0, tests.output)
  assert.match(tests.output, /pass [1-9]/)
  const layers = await node('scripts/layers.ts')
  assert.doesNotMatch(layers.errors, /tally/)
  const biome = await runProgram('node_modules/.bin/biome', ['check', '--error-on-warnings', ...files], options())
  assert.equal(biome.status, 0, biome.errors)
})

test('a build without a change writes nothing, one after a source was removed leaves nothing of it', async () => {
  const outputs = (): string[] =>
    readdirSync(join(copy, 'packages/flumen/dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\btally\b.*\.(js|d\.ts)$/.test(name),
    )
  const stamp = join(copy, 'packages/flumen/dist/.stamp')
  const built = statSync(stamp).mtimeMs
  await node('scripts/build.mjs')
  assert.equal(statSync(stamp).mtimeMs, built)
  assert.equal(outputs().length, 2, `${outputs()}`)
  for (const { file } of added) rmSync(join(copy, file))
  const end = await node('scripts/build.mjs')
  assert.equal(end.status, 0, end.output + end.errors)
  assert.deepEqual(outputs(), [])
  assert.doesNotMatch(read('packages/flumen/src/components/catalogue.generated.ts'), /tally/)
})

async function buildAndDocument(): Promise<void> {
  for (const script of ['scripts/build.mjs', 'scripts/docs.ts']) {
    const end = await node('--conditions=flumen-source', script)
    assert.equal(end.status, 0, `${script}\n${end.output}${end.errors}`)
  }
}

function flumen(...args: readonly string[]): ReturnType<typeof runProgram> {
  return runProgram(join(copy, 'bin/flumen'), args, options())
}

function node(...args: readonly string[]): ReturnType<typeof runProgram> {
  return runProgram(process.execPath, args, options())
}

function options(): Parameters<typeof runProgram>[2] {
  return { cwd: copy, limitMs: 180_000 }
}

function read(file: string): string {
  return readFileSync(join(copy, file), 'utf8')
}

function digests(): ReadonlyMap<string, string> {
  const files = ['docs', 'packages', 'scripts'].flatMap((folder) =>
    readdirSync(join(copy, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('/dist'))
      .map((entry) => join(entry.parentPath, entry.name)),
  )
  const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')
  return new Map(files.map((file) => [relative(copy, file), digest(file)]))
}
