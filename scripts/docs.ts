// Writes docs/reference from the declarations. With --check it only says what is not up to date.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { reference } from './docs/reference.ts'

const folder = join(import.meta.dirname, '../docs/reference')
const isCheck = process.argv.includes('--check')
const wanted = await reference()
const present = new Set(filesOf(folder))
for (const [path, text] of wanted) {
  if (present.has(path) && readFileSync(join(folder, path), 'utf8') === text) continue
  if (isCheck) complain(path, present.has(path) ? 'is not up to date' : 'is missing')
  else write(path, text)
}
for (const path of present) {
  if (wanted.has(path)) continue
  if (isCheck) complain(path, 'belongs to nothing any more')
  else rmSync(join(folder, path))
}
if (process.exitCode) console.error('npm run docs writes them.')

function complain(path: string, what: string): void {
  console.error(`docs/reference/${path} ${what}`)
  process.exitCode = 1
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

function filesOf(parent: string): string[] {
  try {
    return readdirSync(parent, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(parent, join(entry.parentPath, entry.name)))
  } catch {
    return []
  }
}
