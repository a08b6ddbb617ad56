import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { Problems } from '../packages/flumen/src/config/problem.ts'
import { completeExample } from '../scripts/docs/complete-example.ts'
import { loadDocumented } from '../scripts/docs/documented.ts'
import { configurationSchema } from '../scripts/docs/schema.ts'
import { root, temporaryDirectory } from '../servers/server.ts'
import { fencedBlocks } from './docs/fenced-blocks.ts'
import { runProgram } from './docs/run-program.ts'

interface Tree {
  [key: string]: string | Tree
}

const documented = await loadDocumented()
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, strictTypes: false })
const isValid = ajv.compile(configurationSchema(documented))

test('the schema takes every YAML and JSON configuration of the examples and of the guide', () => {
  const texts = [...exampleFiles(), ...guideBlocks()]
  assert.ok(texts.length > 2)
  for (const { name, text } of texts) check(name, parse(text))
})

test('the schema takes every example of every component, written as maps or with dots', () => {
  for (const { declaration, name } of documented) {
    for (const example of declaration.examples) {
      const settings = [...completeExample(example, new Problems())]
      const values = settings.map(({ key, value }): [string, string] => [key, value])
      for (const depth of [1, 2, 4, 20]) check(`${declaration.kind} ${name}`, nested(values, depth))
    }
  }
})

test('the schema takes aliases in any case, class names, and options of components that it does not know', () => {
  const sinks = {
    k1: { type: 'LOGGER', channel: 'c1', maxBytesToLog: 32 },
    k2: { type: 'org.apache.flume.sink.LoggerSink', channel: 'c1', maxBytesToLog: '${env:BYTES}' },
    k3: { type: './plugins/mine.ts', channel: 'c1', whatever: { it: 'has' } },
  }
  check('sinks', { a1: { sinks } })
  check('dots', { a1: { sinks: 'k1', 'sinks.k1.type': 'logger' }, 'a1.channels.c1.type': 'memory' })
})

test('the schema finds unknown keys, missing types and values out of range', () => {
  const wrong: readonly unknown[] = [
    { a1: { source: {} } },
    { a1: { sinks: { k1: { channel: 'c1' } } } },
    { a1: { sinks: { k1: { type: 'logger', channel: 'c1', maxByteToLog: 1 } } } },
    { a1: { sinks: { k1: { type: 'Logger', channel: 'c1', maxByteToLog: 1 } } } },
    { a1: { sinks: { k1: { type: 'logger', channel: 'c1', maxBytesToLog: -1 } } } },
    { a1: { sinks: { k1: { type: 'file_roll', channel: 'c1', sink: { direktory: '/tmp' } } } } },
    { a1: { sources: { r1: { type: 'netcat', bind: 'localhost', port: 70000, channels: ['c1'] } } } },
    { a1: { sources: { r1: { type: 'netcat', bind: 'localhost', channels: ['c1'] } } } },
    { a1: { sources: { r1: { type: 'netcat', bind: 'h', port: 1, channels: [], interceptors: { i1: {} } } } } },
    { a1: { sinkgroups: { g1: { sinks: ['k1'], processor: { type: 'failover', priorities: {} } } } } },
    { a1: { flumen: { stopTimout: 1 } } },
    ['a1'],
  ]
  for (const each of wrong) assert.ok(!isValid(each), JSON.stringify(each))
})

test('the schema tells an editor what each key and each type means', () => {
  const schema = configurationSchema(documented) as { $defs: Record<string, unknown> }
  const text = JSON.stringify(schema.$defs['sink.logger'])
  assert.match(text, /Bytes of the body that are shown/)
  assert.match(JSON.stringify(schema.$defs.sink), /"const":"logger","description":"Writes each event/)
})

test('a JSON configuration may name its schema, as editors want it, and flumen check says nothing to that', async () => {
  using folder = temporaryDirectory('schema')
  const a1 = {
    sources: { r1: { type: 'seq', channels: ['c1'] } },
    channels: { c1: { type: 'memory' } },
    sinks: { k1: { type: 'null', channel: 'c1' } },
  }
  const configuration = { $schema: './flumen.schema.json', a1 }
  check('$schema', configuration)
  writeFileSync(join(folder.path, 'flow.json'), JSON.stringify(configuration))
  const end = await runProgram(join(root, 'bin/flumen'), ['check', 'flow.json'], { cwd: folder.path, limitMs: 60_000 })
  assert.equal(end.status, 0, end.output)
  assert.doesNotMatch(end.output, /schema/)
})

function check(name: string, value: unknown): void {
  assert.ok(isValid(value), `${name}: ${ajv.errorsText(isValid.errors)}\n${JSON.stringify(value, undefined, 1)}`)
}

/** Settings as maps for the first keys, and with dots below; a key that has a value and keys below it stays with dots. */
function nested(values: readonly (readonly [string, string])[], depth: number): Tree {
  const tree: Tree = {}
  const keys = values.map(([key]) => key)
  for (const [key, value] of values) {
    let map = tree
    let rest = key
    for (let level = 0; level < depth && rest.includes('.'); level++) {
      const path = key.slice(0, key.length - rest.length) + rest.split('.')[0]
      if (keys.includes(path)) break
      const [part = ''] = rest.split('.')
      const next = map[part] ?? {}
      assert.ok(typeof next === 'object')
      map[part] = next
      map = next
      rest = rest.slice(part.length + 1)
    }
    map[rest] = value
  }
  return tree
}

function exampleFiles(): { name: string; text: string }[] {
  const names = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => /\.ya?ml$/.test(name) && !name.includes('node_modules'))
    .map((name) => ({ name, text: readFileSync(join(root, 'examples', name), 'utf8') }))
}

function guideBlocks(): { name: string; text: string }[] {
  const names = readdirSync(join(root, 'docs/guide')).filter((name) => name.endsWith('.md'))
  const pages = names.map((name) => join(root, 'docs/guide', name))
  return [join(root, 'README.md'), ...pages].flatMap((page) =>
    fencedBlocks(readFileSync(page, 'utf8'))
      .filter(({ language, words }) => ['yaml', 'json'].includes(language) && !words.has('bad') && !words.has('other'))
      .map(({ text, line }) => ({ name: `${page}:${line}`, text })),
  )
}
