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
import { bundle } from './bundle.mjs'
import { requireNode, root } from './pinned-node.mjs'

await requireNode()
const dist = join(packageFolder, 'dist')
let failed = false
if (process.argv.includes('--force') || isStale()) await build()

async function build() {
  rmSync(stamp, { force: true })
  run('--conditions=flumen-source', 'scripts/catalogue.ts')
  // What is written from here on is newer than the stamp and makes the next build.
  const begin = new Date()
  run('node_modules/typescript/bin/tsc', '-p', 'packages/flumen/tsconfig.build.json')
  removeStaleOutputs()
  await writeJavaScript()
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

async function writeJavaScript() {
  try {
    await bundle(join(packageFolder, 'src'), dist)
  } catch (error) {
    // What esbuild finds, it has said.
    if (!error.errors) console.error(error)
    failed = true
  }
}

/** What an earlier build wrote: all JavaScript, and the types of sources that are gone. */
function removeStaleOutputs() {
  rmSync(join(dist, '.compile-cache'), { recursive: true, force: true })
  for (const file of filesBelow(dist)) {
    const stem = /^(.*)\.d\.ts$/.exec(relative(dist, file))?.[1]
    const isOld = stem === undefined ? file.endsWith('.js') : !existsSync(join(packageFolder, 'src', `${stem}.ts`))
    if (isOld) rmSync(file)
  }
  removeEmptyFolders(dist)
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
