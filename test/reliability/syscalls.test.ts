import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Operation } from '../../packages/flumen/src/testing/disk/operations.ts'
import { SimulatedDisk } from '../../packages/flumen/src/testing/disk/simulated-disk.ts'
import { skipUnless } from '../../servers/server.ts'
import { portSteps } from './port-steps.ts'

const strace = {
  name: 'strace',
  missing: async () =>
    spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0 ? undefined : 'it cannot trace a process here',
}

test('the system is asked for what the journal of the simulated disk says, in the same order', async (t) => {
  if (!(await skipUnless(t, strace))) return
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'flumen-syscalls-')))
  t.after(() => rmSync(root, { recursive: true }))
  const disk = new SimulatedDisk({ directories: [root] })
  portSteps(disk, root)
  assert.deepEqual(
    tracedSteps(root),
    disk.journal.map((operation) => described(operation, root)),
  )
})

/** An operation of the journal as the system call that is to make it. */
function described(operation: Operation, root: string): string {
  if (operation.kind === 'mark') return 'mark'
  const path = operation.path.slice(root.length)
  switch (operation.kind) {
    case 'create':
      return `openat ${path} O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0600`
    case 'makeDirectory':
      return `mkdir ${path} 0700`
    case 'write':
      return `write ${path} ${operation.bytes.length} at ${operation.position}`
    case 'truncate':
      return `ftruncate ${path} ${operation.size}`
    case 'sync':
      return `fdatasync ${path}`
    case 'syncDirectory':
      return `fsync ${path}`
    case 'rename':
      return `rename ${path} ${operation.to.slice(root.length)}`
    case 'unlink':
      return `unlink ${path}`
  }
}

/** What a process that takes the steps asks the system to change below `root`. */
function tracedSteps(root: string): string[] {
  const log = join(root, 'trace')
  const calls = ['openat', 'write', 'pwrite64', 'writev', 'pwritev', 'pwritev2', 'ftruncate', 'fallocate', 'fsync']
  const names = [
    'fdatasync',
    'sync_file_range',
    'rename',
    'renameat',
    'renameat2',
    'unlink',
    'unlinkat',
    'mkdir',
    'mkdirat',
  ]
  const { status, stderr } = spawnSync('strace', [
    ...['-f', '-y', '-qq', '-s', '0', '-o', log, '-e', `trace=${[...calls, ...names].join(',')}`],
    ...[process.execPath, '--conditions=flumen-source', join(import.meta.dirname, 'port-steps.ts'), root],
  ])
  assert.equal(status, 0, String(stderr))
  return wholeCalls(readFileSync(log, 'utf8').split('\n')).flatMap((line) => stepOf(line.replaceAll(root, '@')) ?? [])
}

/** A call during which another thread calls too stands in two lines: `1 fsync(3 <unfinished ...>`, `1 <... fsync resumed>) = 0`. */
function wholeCalls(lines: readonly string[]): string[] {
  const begun = new Map<string, string>()
  return lines.flatMap((line) => {
    const pid = line.slice(0, line.indexOf(' '))
    const [start, rest] = line.split(' <unfinished ...>')
    if (rest !== undefined) {
      begun.set(pid, start!)
      return []
    }
    const resumed = /^\d+ +<\.\.\. \w+ resumed>(.*)$/.exec(line)
    return [resumed ? (begun.get(pid) ?? '') + resumed[1] : line]
  })
}

test('a call that another thread cuts in two is one call', () => {
  const lines = ['1 fsync(3<@> <unfinished ...>', '2  mkdir("@/y", 0700) = 0', '1  <... fsync resumed>) = 0']
  assert.deepEqual(wholeCalls(lines).map(stepOf), ['mkdir /y 0700', 'fsync '])
})

/** Undefined for a line that is about another place, failed, or opened a file that was there. */
function stepOf(line: string): string | undefined {
  const call = /^\d+ +(\w+)\((.*)\) += (\d+)(?:<.*>)?$/.exec(line)
  if (!call || !line.includes('@')) return undefined
  const [, name = '', list = '', result = ''] = call
  const path = /^\d+<@([^>]*)>/.exec(list)?.[1]
  const paths = [...list.matchAll(/"@([^"]*)"/g)].map((match) => match[1])
  if (name === 'openat')
    return list.includes('O_CREAT') ? `openat ${paths[0]} ${list.replace(/.*?", /, '')}` : undefined
  // Some machines have only renameat, mkdirat, unlinkat.
  if (paths.length > 0)
    return [name.replace(/at2?$/, ''), ...paths, ...(/, (0\d+)$/.exec(list)?.slice(1) ?? [])].join(' ')
  if (/^p?write/.test(name)) return `write ${path} ${result} at ${/, (\d+)$/.exec(list)?.[1]}`
  return [name, path, ...(/, (\d+)$/.exec(list)?.slice(1) ?? [])].join(' ')
}
