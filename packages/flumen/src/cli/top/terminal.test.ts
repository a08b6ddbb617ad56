import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { commandVersion, skipUnless, waitUntil } from '../../../../../servers/server.ts'
import { founding, serveReadings } from '../../bin/scripted-agent.ts'

const tmux = {
  name: 'tmux',
  missing: () => Promise.resolve(commandVersion('tmux', '-V') === undefined ? 'there is no tmux here' : undefined),
}

const entry = join(import.meta.dirname, '../../bin/flumen.ts')

/** A shell in a real terminal, 100 by 24, in which commands are typed. */
class TerminalBench {
  readonly #socket: string

  constructor(t: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), 'flumen-tmux-'))
    this.#socket = join(folder, 'socket')
    t.after(() => {
      this.#run('kill-server')
      rmSync(folder, { recursive: true, force: true })
    })
    this.#run('-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', '24', 'PS1="$ " sh')
  }

  top(port: number): void {
    this.line(
      `echo typed before; '${process.execPath}' --conditions=flumen-source '${entry}' top :${port}; echo status $?`,
    )
  }

  line(text: string): void {
    this.#run('send-keys', '-l', text)
    this.keys('Enter')
  }

  keys(...names: readonly string[]): void {
    this.#run('send-keys', ...names)
  }

  resize(columns: number, rows: number): void {
    this.#run('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** Resolves with what is shown as soon as it matches. */
  until(pattern: RegExp): Promise<string> {
    return waitUntil(`the terminal shows ${pattern}`, () => {
      const shown = this.#run('capture-pane', '-p')
      return pattern.test(shown) ? shown : undefined
    })
  }

  /** Alternate screen, cursor, wrapping: `0 1 1` is a shell's. */
  get modes(): string {
    return this.#run('display-message', '-p', '#{alternate_on} #{cursor_flag} #{wrap_flag}').trim()
  }

  /** Id of the process that the shell of the terminal has started. */
  child(): number {
    const shell = this.#run('display-message', '-p', '#{pane_pid}').trim()
    return Number(spawnSync('pgrep', ['-P', shell], { encoding: 'utf8' }).stdout.trim())
  }

  #run(...words: readonly string[]): string {
    return spawnSync('tmux', ['-S', this.#socket, ...words], { encoding: 'utf8' }).stdout
  }
}

test('in a real terminal it shows the flow, takes keys, follows the size, and leaves no trace', async (t) => {
  if (!(await skipUnless(t, tmux))) return
  let seconds = 12
  const port = await serveReadings(t, () => founding(Math.min(15, seconds++)))
  const bench = new TerminalBench(t)
  bench.top(port)
  const shown = await bench.until(/c1 .*\+50\/s, full in 5 s/)
  assert.equal(bench.modes, '1 0 0')
  assert.doesNotMatch(shown, /typed before/)
  assert.match(shown, /every 1 s$/m)
  assert.match(shown, /^─{100}$/m)

  bench.resize(50, 12)
  await bench.until(/^(?=(?:.{0,50}\n){12}$)[\s\S]*full in 5 s[\s\S]* q {2}quit/)
  bench.keys('?')
  await bench.until(/shows how events move/)
  bench.keys('x', 'p')
  await bench.until(/go on/)
  bench.keys('q')
  const after = await bench.until(/status 0/)
  assert.match(after, /typed before/)
  assert.doesNotMatch(after, /SOURCES/)
  assert.equal(bench.modes, '0 1 1')
  bench.line('stty -a')
  await bench.until(/(?<!-)icanon/)
})

test('a signal or Ctrl-C gives the terminal back', async (t) => {
  if (!(await skipUnless(t, tmux))) return
  const port = await serveReadings(t, () => founding())
  for (const [end, status] of [
    ['SIGTERM', 0],
    ['SIGHUP', 129],
    ['C-c', 0],
  ] as const) {
    const bench = new TerminalBench(t)
    bench.top(port)
    await bench.until(/full in 20 s/)
    if (end === 'C-c') bench.keys(end)
    else process.kill(bench.child(), end)
    await bench.until(new RegExp(`status ${status}`))
    assert.equal(bench.modes, '0 1 1')
    bench.line('stty -a')
    await bench.until(/(?<!-)icanon/)
  }
})

test('a reader that goes away ends it quietly', async (t) => {
  const port = await serveReadings(t, () => founding())
  const words = ['--conditions=flumen-source', entry, 'top', `:${port}`, '--interval=0.2']
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = Promise.withResolvers<number | null>()
  child.once('exit', (status) => ended.resolve(status))
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  child.stdout.once('data', () => child.stdout.destroy())
  assert.equal(await ended.promise, 0)
  assert.equal(complaints, '')
})
