import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { installOnce } from './install-once.ts'
import { startProcess } from './process.ts'
import { freePort, keptDirectory, skipUnless, temporaryDirectory, waitUntil } from './server.ts'

const noSkip = process.env.FLUMEN_NO_SKIP
afterEach(() => {
  if (noSkip === undefined) delete process.env.FLUMEN_NO_SKIP
  else process.env.FLUMEN_NO_SKIP = noSkip
})

const absent = { name: 'absent', missing: async () => 'it is not on the PATH' }

test('free ports are below the ephemeral range and given out once', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort))
  assert.equal(new Set(ports).size, ports.length)
  assert.ok(ports.every((port) => port >= 10_000 && port < 32_768))
})

test('a wait that passes its deadline says what was awaited and why it was not yet', async () => {
  const ask = () => {
    throw new Error('refused')
  }
  await assert.rejects(waitUntil('the server answers', ask, 1), (error: Error) => {
    assert.match(error.message, /the server answers/)
    assert.match(String(error.cause), /refused/)
    return true
  })
})

test('a missing server skips with its reason, and fails where skipping is forbidden', async () => {
  const reasons: (string | undefined)[] = []
  const t = { skip: (reason?: string) => reasons.push(reason) }
  delete process.env.FLUMEN_NO_SKIP
  assert.equal(await skipUnless(t, absent), false)
  assert.deepEqual(reasons, ['without absent: it is not on the PATH'])
  process.env.FLUMEN_NO_SKIP = '1'
  await assert.rejects(skipUnless(t, absent), /absent is needed here: it is not on the PATH/)
})

test('an installation runs once for a version, also when asked at the same time, and again for another', async () => {
  using folder = temporaryDirectory('install')
  let runs = 0
  const install = (version: string) =>
    installOnce(
      folder.path,
      version,
      () => true,
      async () => void runs++,
    )
  await Promise.all([install('1'), install('1'), install('1')])
  assert.equal(runs, 1)
  await install('2')
  assert.equal(runs, 2)
})

test('the lock of an installer that is gone is taken over', async () => {
  using folder = temporaryDirectory('install')
  const { pid } = spawnSync(process.execPath, ['--version'])
  writeFileSync(join(folder.path, 'lock'), String(pid))
  let ran = false
  await installOnce(
    folder.path,
    '1',
    () => true,
    async () => {
      ran = true
    },
  )
  assert.ok(ran)
  assert.ok(!existsSync(join(folder.path, 'lock')))
})

test('a process is stopped by its id, its output stays readable, a kept directory stays', async () => {
  using folder = temporaryDirectory('process')
  const home = keptDirectory(join(folder.path, 'kept'))
  const script = `console.log('up'); require('node:fs').writeFileSync('data', 'x'); setInterval(() => {}, 1000)`
  const running = await startProcess({
    name: 'script',
    command: process.execPath,
    args: ['-e', script],
    home,
    answers: async () => existsSync(join(home.path, 'data')),
  })
  await running.ready()
  await running.stop()
  await running.stop()
  assert.throws(() => process.kill(running.pid, 0), { code: 'ESRCH' })
  assert.equal(running.output(), 'up\n')
  assert.equal(readFileSync(join(home.path, 'data'), 'utf8'), 'x')
})

test('a process that ends before it answers is reported with its output', async () => {
  const running = await startProcess({
    name: 'script',
    command: process.execPath,
    args: ['-e', `console.error('no such option'); process.exit(3)`],
    home: temporaryDirectory('process'),
    answers: async () => false,
  })
  await assert.rejects(running.ready(), /script ended before it answered[\s\S]*no such option/)
  await running.stop()
  assert.ok(!existsSync(running.directory))
})

test('a command that is not there is an error of start', async () => {
  const home = temporaryDirectory('process')
  const started = startProcess({ name: 'x', command: 'no-such-command', args: [], home, answers: async () => true })
  await assert.rejects(started, { code: 'ENOENT' })
  home[Symbol.dispose]()
})
