import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { skipUnless, temporaryDirectory } from '../../servers/server.ts'
import { strace } from '../reliability/faults.ts'

test('positions that are saved are on the disk before their name leads to them, and the name before the save ends', async (t) => {
  if (!(await skipUnless(t, strace))) return
  using home = temporaryDirectory('positions')
  const folder = realpathSync(home.path)
  const files = ['positions.json.flumen', 'positions.json']
  const paths = [folder, ...files.flatMap((name) => [join(folder, name), join(folder, `${name}.tmp`)])]
  const log = join(folder, 'trace')
  const what = ['-e', 'trace=openat,write,pwrite64,fdatasync,fsync,rename', ...paths.flatMap((path) => ['-P', path])]
  const driver = join(import.meta.dirname, 'position-driver.ts')
  const program = [process.execPath, '--conditions=flumen-source', driver, join(folder, 'positions.json')]
  // With one thread, and what is not about these paths left out, no line is cut in two by another one.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1' }
  const { status, stderr } = spawnSync('strace', ['-f', '-y', '-qq', '-o', log, ...what, ...program], { env })
  assert.equal(status, 0, String(stderr))
  const calls = readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => stepOf(line, folder))
  const saved = files.flatMap((name) => [
    `create ${name}.tmp`,
    `write ${name}.tmp`,
    `sync ${name}.tmp`,
    `rename ${name}`,
    'sync .',
  ])
  assert.deepEqual(calls, [...saved, ...saved])
})

/** A call that changes something, in short. */
function stepOf(line: string, folder: string): string[] {
  const call = /^\d+ +(\w+)\((.*)\) += [^-]/.exec(line)
  if (!call) return []
  const [, name, given = ''] = call
  const path = given.includes(`${folder}/`)
    ? /\/(positions\.json[.\w]*)/.exec(given.slice(given.lastIndexOf(folder)))?.[1]
    : '.'
  if (name === 'openat') return given.includes('O_CREAT') ? [`create ${path}`] : []
  if (name === 'rename') return [`rename ${path}`]
  if (name === 'fdatasync' || name === 'fsync') return [`sync ${path}`]
  return [`write ${path}`]
}
