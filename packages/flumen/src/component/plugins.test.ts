import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { EventRejectedError } from '../core/index.ts'
import { createForTest } from '../testing/harness.ts'
import type { PluginMissing } from './catalogue.ts'
import type { Declaration, Kind } from './kit.ts'
import { loadPlugin } from './plugins.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'flumen-plugins-')))
after(() => rmSync(folder, { recursive: true }))

/** Writes a file of the configuration's folder. */
function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

async function load(kind: Kind, type: string): Promise<Declaration> {
  const found = await loadPlugin(kind, type, folder)
  return 'declaration' in found ? found.declaration : assert.fail(`${found.message}; ${found.fix}`)
}

async function problem(kind: Kind, type: string, directory = folder): Promise<PluginMissing> {
  const found = await loadPlugin(kind, type, directory)
  return 'message' in found ? found : assert.fail('it was loaded')
}

async function said(kind: Kind, type: string): Promise<string> {
  const { message, fix } = await problem(kind, type)
  assert.doesNotMatch(`${message}${fix}`, /\n/)
  return `${message}; ${fix}`.replaceAll(folder, 'FOLDER')
}

const body = `{ summary: 'Hides words.', fields: { word: field.string({ default: 'x', doc: 'A word.' }) }, examples: [],
  create: ({ word }) => ({ intercept: (batch) => batch, word }) }`

test('a plugin in TypeScript beside the configuration is found, and its fields work as those of a built-in one', async () => {
  write(
    'plugins/redact.ts',
    `import { defineInterceptor, field } from 'flumen'\nconst n: number = 1\nvoid n\nexport default defineInterceptor(${body})`,
  )
  const declaration = await load('interceptor', './plugins/redact.ts')
  assert.deepEqual([declaration.kind, declaration.summary], ['interceptor', 'Hides words.'])
  const { instance } = await createForTest(declaration, { word: 'secret' })
  assert.equal((instance as unknown as { word: string }).word, 'secret')
})

test('a plugin is found by its whole path, and above the folder of the configuration', async () => {
  write('above.js', `import { defineInterceptor, field } from 'flumen'\nexport default defineInterceptor(${body})`)
  const declaration = await load('interceptor', join(folder, 'above.js'))
  assert.equal(
    ((await loadPlugin('interceptor', '../above.js', join(folder, 'plugins'))) as { declaration: unknown }).declaration,
    declaration,
  )
})

test('what a plugin imports from flumen is the running agent: its classes are the same', async () => {
  write(
    'identity.ts',
    `import { EventRejectedError, defineSink } from 'flumen'
     import { createForTest } from 'flumen/testing'
     const sink = defineSink({ summary: 'S.', fields: {}, examples: [], create: () => undefined as never })
     export default Object.assign(sink, { EventRejectedError, createForTest })`,
  )
  const declaration = (await load('sink', './identity.ts')) as unknown as Record<string, unknown>
  assert.equal(declaration.EventRejectedError, EventRejectedError)
  assert.equal(declaration.createForTest, createForTest)
})

test('a package in JavaScript is found by its name and by what it exports', async () => {
  write(
    'node_modules/my-package/package.json',
    '{"type":"module","exports":{".":{"import":"./main.js"},"./redact":"./sub/r.js"}}',
  )
  write(
    'node_modules/my-package/main.js',
    `import { defineInterceptor, field } from 'flumen'\nexport default defineInterceptor(${body})`,
  )
  write(
    'node_modules/my-package/sub/r.js',
    `import { defineInterceptor, field } from 'flumen'\nexport default defineInterceptor(${body.replace('Hides', 'Shows')})`,
  )
  assert.equal((await load('interceptor', 'my-package')).summary, 'Hides words.')
  assert.equal((await load('interceptor', 'my-package/redact')).summary, 'Shows words.')
  assert.match(
    await said('interceptor', 'my-package/secret'),
    /^my-package\/secret cannot be loaded: Package subpath .*; name one of the paths that its package\.json exports$/,
  )
})

test('a package with a scope and one in CommonJS are found', async () => {
  write('node_modules/@scope/redact/package.json', '{"main":"r.js"}')
  write(
    'node_modules/@scope/redact/r.js',
    `const { defineInterceptor, field } = require('flumen')\nmodule.exports = defineInterceptor(${body})`,
  )
  write(
    'compiled.cjs',
    `exports.__esModule = true\nconst { defineInterceptor, field } = require('flumen')\nexports.default = defineInterceptor(${body})`,
  )
  assert.equal((await load('interceptor', '@scope/redact')).kind, 'interceptor')
  assert.equal((await load('interceptor', './compiled.cjs')).kind, 'interceptor')
})

test('a package that is not there for the configuration is looked for in the working directory', async () => {
  write('other/flume.conf', '')
  const before = process.cwd()
  process.chdir(folder)
  try {
    const found = await loadPlugin('interceptor', 'my-package', join(folder, '..'))
    assert.ok('declaration' in found)
  } finally {
    process.chdir(before)
  }
})

test('TypeScript in an installed package cannot run, which is said', async () => {
  write('node_modules/typed/package.json', '{"type":"module","exports":"./i.ts"}')
  write('node_modules/typed/i.ts', 'export default 1 as number')
  assert.match(
    await said('sink', 'typed'),
    /^typed cannot be loaded: .*; an installed package must hold JavaScript; TypeScript runs by path or from a workspace link$/,
  )
})

test('TypeScript that cannot be erased is said with its place', async () => {
  write('enum.ts', '\nexport enum Colour { Red }\nexport default 1')
  assert.match(
    await said('sink', './enum.ts'),
    /^\.\/enum\.ts cannot be loaded: .* in FOLDER\/enum\.ts:2; use erasable TypeScript only/,
  )
})

test('a mistake in the syntax is said with its place', async () => {
  write('syntax.ts', 'export const a = 1\n\nexport default {a: }')
  assert.match(
    await said('sink', './syntax.ts'),
    /cannot be loaded: .* in FOLDER\/syntax\.ts:3; mend the syntax there$/,
  )
  write('syntax.js', 'export default {a: }')
  assert.match(await said('sink', './syntax.js'), /^\.\/syntax\.js cannot be loaded: Unexpected token/)
})

test('a plugin that throws when it is loaded is a problem in one line', async () => {
  write('throws.ts', 'throw new Error("no\\n  licence")')
  assert.equal(await said('sink', './throws.ts'), './throws.ts cannot be loaded: no licence; mend it and start again')
  write('strange.ts', 'throw null')
  assert.match(await said('sink', './strange.ts'), /^\.\/strange\.ts cannot be loaded: /)
})

test('what a plugin imports and is not there is not confused with the plugin', async () => {
  write('needy.ts', 'import "nothing-here"\nexport default 1')
  assert.match(
    await said('sink', './needy.ts'),
    /Cannot find package 'nothing-here'.*; install what it imports beside it, or mend the path in it$/,
  )
  write('broken.ts', 'import "./gone.ts"\nexport default 1')
  assert.match(
    await said('sink', './broken.ts'),
    /^\.\/broken\.ts cannot be loaded: Cannot find module 'FOLDER\/gone\.ts'/,
  )
})

test('a file that is not there suggests one that is', async () => {
  assert.equal(
    await said('interceptor', './plugins/redcat.ts'),
    'there is no file FOLDER/plugins/redcat.ts; did you mean ./plugins/redact.ts?',
  )
  assert.equal(
    await said('interceptor', './plugins/redact'),
    'there is no file FOLDER/plugins/redact; did you mean ./plugins/redact.ts?',
  )
  assert.equal(
    await said('sink', './banana/x.ts'),
    'there is no file FOLDER/banana/x.ts; check the path; it is relative to FOLDER',
  )
})

test('a file without the beginning of a path is told from a package', async () => {
  assert.equal(
    await said('interceptor', 'plugins/redact.ts'),
    'there is no package plugins/redact.ts, but a file; write ./plugins/redact.ts',
  )
})

test('a package that is not there is absent, and so is a module of Node', async () => {
  for (const name of ['not-installed', '@not/installed', 'not-installed/sub', 'fs', 'node:fs', 'stream/promises']) {
    const { message, isAbsent } = await problem('sink', name)
    assert.equal(message.replaceAll(folder, 'FOLDER'), `there is no package ${name} for FOLDER`)
    assert.equal(isAbsent, true)
  }
})

test('a folder and a file of another sort cannot be loaded', async () => {
  assert.match(await said('sink', './plugins'), /; name a file of that folder$/)
  write('plugin.txt', '')
  assert.match(await said('sink', './plugin.txt'), /; a plugin is a \.ts, \.mts, \.cts, \.js, \.mjs or \.cjs file$/)
})

test('a component of another kind is refused', async () => {
  assert.equal(
    await said('sink', './plugins/redact.ts'),
    './plugins/redact.ts is an interceptor, not a sink; name a sink here',
  )
})

test('a default export that is no whole declaration is refused', async () => {
  const wanted = (name: string): string =>
    `./${name} has no component as its default export; write: export default defineSink({ … })`
  for (const [name, text] of Object.entries({
    'none.ts': 'export const sink = 1',
    'number.ts': 'export default 1',
    'null.ts': 'export default null',
    'unkind.ts': 'export default { kind: "toString", create() {}, fields: {}, summary: "", examples: [] }',
    'uncreated.ts': 'export default { kind: "sink", fields: {}, summary: "", examples: [] }',
  })) {
    write(name, text)
    assert.equal(await said('sink', `./${name}`), wanted(name))
  }
  write('field.ts', 'export default { kind: "sink", create() {}, fields: { a: 1 }, summary: "", examples: [] }')
  assert.equal(
    await said('sink', './field.ts'),
    'field a of ./field.ts is no field; make it with field.string({ … }) and the like',
  )
  write('bare.ts', 'export default { kind: "sink", create() {} }')
  assert.match(await said('sink', './bare.ts'), /^\.\/bare\.ts lacks fields, summary or examples; /)
})
