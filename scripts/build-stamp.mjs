// Tells whether packages/flumen/dist is what its sources make. Works under any Node.js from 18 on. The stamp is also
// what bin/ looks at: `find packages/flumen/src -newer packages/flumen/dist/.stamp` finds a changed source.
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './pinned-node.mjs'

export const packageFolder = join(root, 'packages/flumen')
export const stamp = join(packageFolder, 'dist/.stamp')

const alsoSources = [
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'LICENSE',
  'NOTICE',
  'README.md',
  'packages/flumen/package.json',
  'packages/flumen/tsconfig.build.json',
  'scripts/build.mjs',
  'scripts/bundle.mjs',
  'scripts/catalogue.ts',
]

/** All that a build is made of, as paths from the root. Tests are not. */
export function sources() {
  const folder = join(packageFolder, 'src')
  const found = filesBelow(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  const schema = filesBelow(join(root, 'scripts/docs')).filter((file) => file.endsWith('.ts'))
  return [...found, ...schema, ...alsoSources.map((file) => join(root, file))]
    .map((file) => relative(root, file))
    .sort()
}

/** Whether a source was changed, added or removed since the build; also when there is none. */
export function isStale() {
  let built
  try {
    built = { list: readFileSync(stamp, 'utf8'), at: statSync(stamp).mtimeMs }
  } catch {
    return true
  }
  const list = sources()
  return built.list !== text(list) || list.some((file) => changedAt(file) > built.at)
}

/** @param at when the build began to read its sources */
export function writeStamp(at) {
  mkdirSync(join(packageFolder, 'dist'), { recursive: true })
  writeFileSync(stamp, text(sources()))
  utimesSync(stamp, at, at)
}

export function filesBelow(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return filesBelow(path)
      return entry.isFile() ? [path] : []
    })
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
}

function text(list) {
  return `${list.join('\n')}\n`
}

function changedAt(file) {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
