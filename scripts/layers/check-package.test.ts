import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { checkPackage } from './check-package.ts'
import { cyclesOf } from './cycles.ts'
import { joints, layers } from './rules.ts'

const declaration = 'export default defineSink({})\n'

test('a package whose folders keep to the table has no findings', () => {
  const findings = check({
    'core/event.ts': "import { once } from 'node:events'\nimport type { X } from './part.ts'\n",
    'core/part.ts': 'export {}\n',
    'config/reader.ts': "import { parse } from 'yaml'\nimport { x } from '../core/event.ts'\n",
    'components/sinks/lines.ts': "import { x } from '../../core/event.ts'\n",
    'components/sinks/logger.ts': `import { lines } from './lines.ts'\n${declaration}`,
    'components/sinks/roll/roll.ts': `import { files } from './files.ts'\nimport { l } from '../lines.ts'\n${declaration}`,
    'components/sinks/roll/files.ts': 'export {}\n',
    'components/catalogue.generated.ts': "export const load = () => import('./sinks/logger.ts')\n",
    'core/event.test.ts': "import fc from 'fast-check'\nimport { x } from '../components/sinks/logger.ts'\n",
    'exports.ts': "export * from './core/event.ts'\n",
    'index.ts': "import './components/catalogue.generated.ts'\nimport './runtime/agent.ts'\nimport './exports.ts'\n",
    'bin/flumen.ts': "import '../components/catalogue.generated.ts'\nimport '../cli/run.ts'\n",
    'cli/run.ts': "import '../runtime/agent.ts'\n",
    'runtime/agent.ts': "import '../component/kit.ts'\n",
    'component/kit.ts': 'export {}\n',
  })
  assert.deepEqual(findings, [])
})

test('each kind of import that is against the rules is found at its line', () => {
  const cases: readonly (readonly [file: string, importLine: string, message: RegExp])[] = [
    ['core/a.ts', "import '../config/x.ts'", /^core may not import config \(it may import nothing\)$/],
    ['runtime/a.ts', "const x = import('../components/sinks/logger.ts')", /^runtime may not import components/],
    ['cli/a.ts', "import type { X } from '../components/catalogue.generated.ts'", /^cli may not import components/],
    ['component/a.ts', "type X = import('../runtime/agent.ts').Agent", /^component may not import runtime/],
    [
      'exports.ts',
      "import './components/catalogue.generated.ts'",
      /^only index.ts and bin( and [\w/.]+)* may import components$/,
    ],
    ['config/a.ts', "export * from '../index.ts'", /^config may not import index.ts: entry files/],
    ['odd/a.ts', "import '../core/x.ts'", /^odd is not in the table of layers/],
    ['core/a.ts', "import '../../../other.ts'", /outside src/],
    ['core/a.ts', "import './a.test.ts'", /is a test/],
    ['core/a.ts', "import 'fast-check'", /^the package fast-check is not in the dependencies/],
    ['core/a.ts', "import '@scope/name/deep'", /^the package @scope\/name is not in/],
    ['core/a.ts', "import 'fs/promises'", /^write node:fs\/promises$/],
    ['core/a.test.ts', "import 'left-out'", /^the package left-out is not in/],
    ['components/sinks/a.ts', "import './logger.ts'", /^one component never imports another/],
    ['components/sinks/a.ts', "import './roll/files.ts'", /belongs to the component components\/sinks\/roll\/roll.ts/],
    ['components/sinks/a.ts', "import '../catalogue.generated.ts'", /^a component may not import/],
  ]
  for (const [file, line, message] of cases) {
    const findings = check({
      'components/sinks/logger.ts': declaration,
      'components/sinks/roll/roll.ts': declaration,
      'components/sinks/roll/files.ts': 'export {}\n',
      [file]: `// A comment with import '../config/never.ts'\n\n${line}\n`,
    })
    assert.deepEqual(
      findings.map((each) => [each.file, each.line]),
      [[`packages/p/src/${file}`, 3]],
      line,
    )
    assert.match(findings[0]!.message, message)
  }
})

test('a source that is too long is found, a long test is not', () => {
  const long = '// line\n'.repeat(401)
  const findings = check({ 'core/a.ts': long, 'core/a.test.ts': long, 'components/catalogue.generated.ts': long })
  assert.deepEqual(
    findings.map(({ file, message }) => [file, message]),
    [['packages/p/src/core/a.ts', '401 lines; 400 are the most: divide it']],
  )
})

test('folders that import each other are found as a cycle', () => {
  const findings = check({ 'config/a.ts': "import '../core/b.ts'\n", 'core/b.ts': "import '../config/a.ts'\n" })
  assert.equal(findings.length, 2)
  assert.match(findings[1]!.message, /^folders import each other: config -> core -> config$/)
})

test('the table of layers has no cycle and no folder that it does not know', () => {
  const graph = new Map(Object.entries(layers).map(([name, imports]) => [name, new Set(imports)]))
  assert.deepEqual(cyclesOf(graph), [])
  for (const name of Object.values(layers).flat()) assert.ok(name in layers, name)
  for (const joint of joints) assert.ok(!(joint in layers), joint)
})

function check(files: Readonly<Record<string, string>>): ReturnType<typeof checkPackage> {
  const root = mkdtempSync(join(tmpdir(), 'flumen-layers-'))
  try {
    const dependencies = { yaml: '1' }
    write(join(root, 'package.json'), JSON.stringify({ workspaces: [], devDependencies: { 'fast-check': '1' } }))
    write(join(root, 'packages/p/package.json'), JSON.stringify({ name: 'p', dependencies }))
    for (const [file, text] of Object.entries(files)) write(join(root, 'packages/p/src', file), text)
    return checkPackage(join(root, 'packages/p'), root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
