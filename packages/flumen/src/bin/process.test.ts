import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CapturedOutput } from '../cli/captured-io.ts'
import { founding, freePort, TextClient } from './command-bench.ts'

/** A program of this package in a process of its own. */
class Program {
  readonly stderr = new CapturedOutput()
  readonly stdout = new CapturedOutput()
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly #ended: Promise<unknown[]>

  constructor(
    t: TestContext,
    folder: string,
    line: readonly string[],
    { program = 'flumen', node = [] as string[] } = {},
  ) {
    const entry = join(import.meta.dirname, `${program}.ts`)
    const words = [...node, '--conditions=flumen-source', entry, ...line]
    this.child = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#ended = once(this.child, 'close')
    this.child.stdout.on('data', (chunk: Buffer) => this.stdout.write(chunk.toString()))
    this.child.stderr.on('data', (chunk: Buffer) => this.stderr.write(chunk.toString()))
    t.after(() => this.child.kill('SIGKILL'))
  }

  /** The status; a signal that ended it is its name. */
  async end(): Promise<unknown> {
    const [code, signal] = await this.#ended
    return code ?? signal
  }
}

function folderOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'flumen-process-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const plugin = (body: string): string => `const silent = { async start() {}, async stop() {} }\nexport default {
  summary: 'Written for a test.', fields: {}, examples: [], ${body} }\n`

describe('the process', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} ends a running agent in order, with 0, after what it holds is delivered`, async (t) => {
      const port = await freePort()
      const program = new Program(t, folderOf(t, { 'x.conf': founding(port) }), ['agent', '-n', 'a1', '-f', 'x.conf'])
      await program.stderr.until(/Agent a1 runs/)
      const client = await TextClient.connect(port)
      client.send('one\ntwo\n')
      await client.until(/OK\nOK\n/)
      program.child.kill(signal)
      assert.equal(await program.end(), 0)
      client.close()
      assert.match(program.stderr.text, /Agent stopped\. agent=a1 received=2 delivered=2\n$/)
      assert.equal(program.stdout.text, '')
    })
  }

  test('a second SIGINT a little later ends it at once, and with 1 as events are left', async (t) => {
    const port = await freePort()
    const folder = folderOf(t, {
      'x.conf': founding(port).replace('logger', './stuck.mjs'),
      'stuck.mjs': plugin(`kind: 'sink', type: 'stuck', create: () => ({
        ...silent, limits: { events: 1, bytes: 1e6, lingerMs: 0, inFlight: 1, ordered: true },
        deliver: () => new Promise(() => undefined) })`),
    })
    const program = new Program(t, folder, ['agent', '-f', 'x.conf', '-Dflumen.stopTimeout=1h'])
    await program.stderr.until(/Agent a1 runs/)
    const client = await TextClient.connect(port)
    client.send('stays\n')
    await client.until(/OK\n/)
    program.child.kill('SIGINT')
    await program.stderr.until(/Stopping; the same signal again stops at once\./)
    await sleep(600)
    program.child.kill('SIGINT')
    assert.equal(await program.end(), 1)
    client.close()
    assert.match(program.stderr.text, /Stopped at once\. agent=a1 left=1\n$/)
  })

  test('an error that nobody catches fails the component it came from; the process and other flows live on', async (t) => {
    const port = await freePort()
    const config = founding(port)
      .replace('sources = r1', 'sources = r1 r2 r3')
      .concat('a1.sources.r2.type = ./throws.mjs\na1.sources.r2.channels = c1\na1.flumen.restartDelay = 1 h\n')
      .concat('a1.sources.r3.type = ./rejects.mjs\na1.sources.r3.channels = c1\n')
    const source = (
      later: string,
    ): string => `kind: 'source', type: 'x', create: () => ({ ...silent, kind: 'event-driven',
      async start() { setTimeout(() => { ${later} }, 1) } })`
    const folder = folderOf(t, {
      'x.conf': config,
      'throws.mjs': plugin(source(`throw new Error('out of a timer')`)),
      'rejects.mjs': plugin(source(`Promise.reject(new Error('out of a promise'))`)),
    })
    const program = new Program(t, folder, ['agent', '-f', 'x.conf'])
    await program.stderr.until(/Component failed\. component="source r2" error="out of a timer"/)
    await program.stderr.until(/Component failed\. component="source r3" error="out of a promise"/)
    await program.stderr.until(
      /Nobody caught this error\. component="source r2" error="out of a timer" thrownAt=".*throws\.mjs:4:\d+\)?"/,
    )
    const client = await TextClient.connect(port)
    client.send('still here\n')
    await client.until(/OK\n/)
    client.close()
    program.child.kill('SIGTERM')
    assert.equal(await program.end(), 0, program.stderr.text)
  })

  test('a pipe whose reader goes away ends with 0 and says nothing', async (t) => {
    const program = new Program(t, folderOf(t, {}), ['pipe', 'seq', '!', 'stdout'])
    await program.stdout.until(/^0\n1\n2\n/)
    program.child.stdout.destroy()
    assert.equal(await program.end(), 0)
    assert.equal(program.stderr.text, '')
  })

  test('a pipe of a source that ends writes every event and nothing else to its output', async (t) => {
    const program = new Program(t, folderOf(t, {}), ['pipe', 'seq totalEvents=20000 ! stdout'])
    assert.equal(await program.end(), 0)
    assert.equal(program.stdout.text, Array.from({ length: 20_000 }, (_, index) => `${index}\n`).join(''))
    assert.equal(program.stderr.text, '')
  })

  test('a filter passes standard input on byte for byte, and ends with it', (t) => {
    const input = Buffer.from([...Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => byte !== 13), 10])
    const words = ['--conditions=flumen-source', join(import.meta.dirname, 'flumen.ts'), 'pipe', 'stdin ! console']
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { input, cwd: folderOf(t, {}) })
    assert.deepEqual([status, stderr.toString()], [0, ''])
    assert.deepEqual(stdout, input)
  })

  test('a configuration with errors ends it with 2, a port in use with 1', async (t) => {
    const port = await freePort()
    const folder = folderOf(t, { 'x.conf': founding(port), 'bad.conf': founding(port).replace('r1.port', 'r1.prot') })
    const first = new Program(t, folder, ['agent', '-f', 'x.conf'])
    await first.stderr.until(/Agent a1 runs/)
    const second = new Program(t, folder, ['agent', '-n', 'a1', '-f', 'x.conf'], { program: 'flume-ng' })
    assert.equal(await second.end(), 1)
    assert.match(second.stderr.text, /cannot start: source r1: .*in use/)
    const bad = new Program(t, folder, ['agent', '-f', 'bad.conf'])
    assert.equal(await bad.end(), 2)
    first.child.kill('SIGTERM')
    assert.equal(await first.end(), 0)
  })

  test('under an old Node.js it says in one line what is needed', async (t) => {
    const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`
    const node = ['--import', `data:text/javascript,${encodeURIComponent(old)}`]
    const program = new Program(t, folderOf(t, {}), ['version'], { node })
    assert.equal(await program.end(), 2)
    assert.match(program.stderr.text, /^flumen needs Node\.js 24 or newer, and this is 20\.20\.2; .*\n$/)
    assert.equal(program.stdout.text, '')
  })
})
