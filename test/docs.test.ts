import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { root } from '../servers/server.ts'
import { checkDocument } from './docs/check-document.ts'
import { printsAs } from './docs/expected-output.ts'

const guide = readdirSync(join(root, 'docs/guide')).filter((name) => name.endsWith('.md'))
const pages = ['README.md', 'CONTRIBUTING.md', ...guide.map((name) => `docs/guide/${name}`)]

for (const page of pages) {
  test(`every example of ${page} does what the page says`, async () => {
    assert.deepEqual(await checkDocument(readFileSync(join(root, page), 'utf8')), [])
  })

  test(`every link of ${page} to a file of the repository leads to one`, () => {
    const text = readFileSync(join(root, page), 'utf8').replaceAll(/^(`{3,})[\s\S]*?^\1/gm, '')
    const targets = [...text.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(([, target]) => target!)
    const missing = targets.filter((target) => !existsSync(resolve(join(root, dirname(page)), target)))
    assert.deepEqual(missing, [])
  })
}

const flow = `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = netcat
a1.sources.r1.bind = localhost
a1.sources.r1.port = 44444
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.sinks.k1.type = logger
a1.sinks.k1.channel = c1
`

test('examples that do what they promise are let through', async () => {
  const page = [
    ['properties', flow],
    ['properties fragment', 'a1.sinks.k1.type = logger\na1.sinks.k1.maxBytesToLog = 32'],
    ['properties bad', flow.replace('netcat', 'netcta')],
    ['text', 'example.conf:4:1: a1.sources.r1.type: there is no source of type "netcta"; did you mean netcat?'],
    ['json other', '{"name": "x"}'],
    ['ts file=lib/greet.ts', "export const greet = (name: string): string => 'hello ' + name"],
    [
      'ts run',
      "import { EventBatch } from 'flumen'\nimport { greet } from './lib/greet.ts'\nconsole.log(greet(typeof EventBatch))",
    ],
    ['text', 'hello function'],
    ['sh run status=3', 'flumen version\necho two\necho three\nexit 3'],
    ['text', 'Flumen …\n…\nthree'],
    ['sh', 'this is never run'],
  ]
  assert.deepEqual(await checkDocument(page.map(([info, text]) => fence(info!, text!)).join('\n')), [])
})

test('each way in which an example can be wrong is found at its line', async () => {
  const cases: readonly (readonly [blocks: string, line: number, message: RegExp])[] = [
    [fence('properties', flow.replace('.port', '.prot')), 1, /port/],
    [fence('properties fragment', 'a1.sinks.k1.maxBytesToLog = many'), 1, /maxBytesToLog/],
    [fence('yaml', 'a1: [1'), 1, /status 2/],
    [fence('json', '{"a1": '), 1, /status 2/],
    [fence('properties bad', flow), 1, /ended with status 0/],
    [`${fence('properties bad', flow.replace('netcat', 'x'))}${fence('text', 'another line')}`, 1, /printed status 2/],
    [fence('ts', 'const a = 1\nconst b: string = a\nexport { b }'), 3, /not assignable/],
    [fence('ts run', 'process.exit(1)'), 1, /ended with status 1/],
    [`${fence('sh run', 'echo one')}${fence('text', 'two')}`, 1, /printed status 0\none/],
    [fence('sh run', 'false\ntrue'), 1, /ended with status 1/],
  ]
  for (const [blocks, line, message] of cases) {
    const failures = await checkDocument(blocks)
    assert.equal(failures.length, 1, blocks)
    assert.equal(failures[0]!.line, line, blocks)
    assert.match(failures[0]!.message, message)
  }
})

test('an ellipsis in shown output stands for anything in a line, or for lines', () => {
  assert.ok(printsAs('a … c\n', 'a b c\n'))
  assert.ok(printsAs('a\n…\nd', 'a\nb\nc\nd\n'))
  assert.ok(printsAs('a\n…\nd', 'a\nd\n'))
  assert.ok(!printsAs('a … c', 'a b\nc\n'))
  assert.ok(!printsAs('a.c', 'abc'))
  assert.ok(!printsAs('a', 'a\nb'))
})

function fence(info: string, text: string): string {
  return `\`\`\`${info}\n${text.trim()}\n\`\`\`\n`
}
