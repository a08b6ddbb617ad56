// Builds what is published: the alias table, packages/flumen/dist (JavaScript and types), the JSON Schema, the texts
// that go with a package. `npm ci` runs it. Does nothing where no source has changed; --force builds all the same.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { filesBelow, isStale, packageFolder, stamp, writeStamp } from './build-stamp.mjs'
import { requireNode, root } from './pinned-node.mjs'

await requireNode()
const dist = join(packageFolder, 'dist')
let failed = false
if (process.argv.includes('--force') || isStale()) build()

function build() {
  rmSync(stamp, { force: true })
  run('--conditions=flumen-source', 'scripts/catalogue.ts')
  // What is written from here on is newer than the stamp and makes the next build.
  const begin = new Date()
  run('node_modules/typescript/bin/tsc', '-p', 'packages/flumen/tsconfig.build.json')
  removeStaleOutputs()
  renameDynamicImports()
  makeExecutable()
  run('--conditions=flumen-source', 'scripts/docs/write-schema.ts', join(dist, 'schema'))
  for (const name of ['LICENSE', 'NOTICE', 'README.md']) {
    if (existsSync(join(root, name))) copyFileSync(join(root, name), join(packageFolder, name))
  }
  if (failed) process.exitCode = 1
  else writeStamp(begin)
}

/** A step that fails makes the build fail at its end: tsc writes JavaScript also where a type is wrong. */
function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  if (status === 0) return
  console.error(`build: ${args.find((arg) => !arg.startsWith('-'))} failed`)
  failed = true
}

/** tsc leaves what it once wrote for a source that is gone. */
function removeStaleOutputs() {
  for (const file of filesBelow(dist)) {
    const path = relative(dist, file)
    const stem = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(path)?.[1]
    if (stem === undefined || existsSync(join(packageFolder, 'src', `${stem}.ts`))) continue
    rmSync(file)
  }
  removeEmptyFolders(dist)
}

/** tsc 6.0 renames `.ts` to `.js` in every import but an `import()` inside `export default …`, where declarations have theirs. */
function renameDynamicImports() {
  for (const file of filesBelow(dist).filter((path) => path.endsWith('.js'))) {
    const text = readFileSync(file, 'utf8')
    const renamed = text.replaceAll(/\bimport\((['"])(\.[^'"]+)\.ts\1\)/g, 'import($1$2.js$1)')
    if (renamed !== text) writeFileSync(file, renamed)
  }
}

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const path = join(folder, entry.name)
    removeEmptyFolders(path)
    if (readdirSync(path).length === 0) rmdirSync(path)
  }
}

/** The commands that package.json names. */
function makeExecutable() {
  const { bin } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  for (const file of Object.values(bin).map((path) => join(packageFolder, path))) {
    if (!existsSync(file)) continue
    const text = readFileSync(file, 'utf8')
    if (!text.startsWith('#!')) writeFileSync(file, `#!/usr/bin/env node\n${text}`)
    chmodSync(file, 0o755)
  }
}
