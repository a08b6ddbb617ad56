import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answered, founding } from '../../bin/scripted-agent.ts'
import { Catalogue } from '../../component/catalogue.ts'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import { CapturedIo } from '../captured-io.ts'
import type { Terminal } from '../io.ts'
import { showLive } from './live.ts'
import type { Reading } from './reading.ts'
import { targetOf } from './target.ts'

/** A terminal that a test types on. */
class ScriptedTerminal implements Terminal {
  columns = 100
  rows = 24
  type: (typed: string) => void = () => undefined
  resized: () => void = () => undefined
  /** What was entered and not left. */
  readonly entered: string[] = []
  left = ''

  size(): { columns: number; rows: number } {
    return { columns: this.columns, rows: this.rows }
  }

  onResize(handler: () => void): () => void {
    this.resized = handler
    return () => {
      this.resized = () => undefined
    }
  }

  onKeys(handler: (typed: string) => void): () => void {
    this.type = handler
    return () => {
      this.type = () => undefined
    }
  }

  enter(enter: string, leave: string): () => void {
    this.entered.push(enter)
    return () => {
      this.entered.pop()
      this.left += leave
    }
  }
}

class LiveBench {
  readonly clock = new ManualClock()
  readonly terminal = new ScriptedTerminal()
  readonly io: CapturedIo
  readonly status: Promise<number>
  asked = 0
  answer: () => Promise<Reading> = () => Promise.resolve(answered(founding(this.asked)))

  constructor(environment: Readonly<Record<string, string>> = {}) {
    const catalogue = new Catalogue([], () => Promise.reject(new Error('none here')))
    this.io = new CapturedIo({ catalogue, cwd: '/', clock: this.clock, isTTY: true, environment })
    const ask = (): Promise<Reading> => {
      this.asked++
      return this.answer()
    }
    const target = targetOf('host:1')!
    this.status = showLive({ io: this.io, target, intervalMs: 1000, ask }, this.terminal, answered(founding()))
    this.status.catch(() => undefined)
  }

  /** What the terminal shows, without colours. */
  get screen(): string {
    const frame = this.io.stdout.text.split('\x1b[H').at(-1)!
    return frame.replaceAll(/\x1b\[[?\d;]*[A-Za-z]/g, '').replaceAll('\r\n', '\n')
  }

  async typed(text: string): Promise<void> {
    this.terminal.type(text)
    await settle()
  }

  get frames(): number {
    return this.io.stdout.text.split('\x1b[H').length - 1
  }
}

describe('the live display', () => {
  test('shows each reading on the alternate screen and gives the terminal back', async () => {
    const bench = new LiveBench()
    await settle()
    assert.match(bench.terminal.entered[0]!, /^\x1b\[\?1049h/)
    assert.match(bench.screen, /\+50\/s, full in 20 s/)
    await bench.clock.advance(2000)
    assert.match(bench.screen, /\+50\/s, full in 18 s/)
    await bench.typed('q')
    assert.equal(await bench.status, 0)
    assert.match(bench.terminal.left, /\x1b\[\?25h\x1b\[\?1049l$/)
    assert.equal(bench.clock.pending, 0)
    assert.equal(bench.io.listeners, 0)
  })

  test('each frame is one synchronised update that clears the rest of every line that does not fill its row', async () => {
    const bench = new LiveBench()
    await settle()
    assert.match(bench.io.stdout.text, /^\x1b\[\?2026h\x1b\[H[\s\S]*\x1b\[\?2026l$/)
    const lines = bench.io.stdout.text.split('\r\n')
    assert.equal(lines.length, 24)
    const filled = lines.filter((line) => !line.includes('\x1b[K'))
    assert.ok(filled.length >= 2 && filled.length < 5)
    for (const line of filled) assert.equal(line.replaceAll(/\x1b\[[?\d;]*[A-Za-z]/g, '').length, 100)
    await bench.typed('q')
  })

  test('Ctrl-C and signals quit as well', async () => {
    for (const end of [
      (each: LiveBench) => each.terminal.type('\x03'),
      (each: LiveBench) => each.io.signal('SIGTERM'),
    ]) {
      const bench = new LiveBench()
      end(bench)
      assert.equal(await bench.status, 0)
      assert.equal(bench.terminal.entered.length, 0)
    }
  })

  test('an unexpected failure gives the terminal back before it is told', async () => {
    const bench = new LiveBench()
    bench.io.throwUncaught(new Error('broken'))
    await assert.rejects(bench.status, /broken/)
    assert.equal(bench.terminal.entered.length, 0)
    const drawing = new LiveBench()
    drawing.terminal.size = () => assert.fail('no size')
    drawing.terminal.resized()
    await assert.rejects(drawing.status, /no size/)
    assert.equal(drawing.terminal.entered.length, 0)
  })

  test('p pauses: nothing is asked and nothing changes until it goes on', async () => {
    const bench = new LiveBench()
    await bench.clock.advance(1000)
    await bench.typed('p')
    const { screen, asked } = bench
    await bench.clock.advance(10_000)
    assert.equal(bench.screen, screen)
    assert.equal(bench.asked, asked)
    assert.match(screen, /paused$/)
    await bench.typed(' ')
    assert.equal(bench.asked, asked + 1)
    assert.doesNotMatch(bench.screen, /paused|no answer/)
    await bench.typed('q')
  })

  test('s sorts in another way each time, ? explains until the next key', async () => {
    const bench = new LiveBench()
    for (const sort of ['busiest first', 'by name', 'problems first']) {
      await bench.typed('s')
      assert.match(bench.screen, new RegExp(`sort: ${sort}`))
    }
    await bench.typed('?')
    assert.match(bench.screen, /shows how events move/)
    await bench.typed('s')
    assert.match(bench.screen, /sort: problems first/)
    await bench.typed('q')
  })

  test('an agent that goes away is waited for, with what was seen last', async () => {
    const bench = new LiveBench()
    await bench.clock.advance(1000)
    const working = bench.answer
    bench.answer = () => Promise.reject(new Error('the connection is refused'))
    await bench.clock.advance(12_000)
    assert.match(bench.screen, /SILENCE {2}no answer for 12 s: the connection is refused/)
    assert.match(bench.screen, /full in 19 s/)
    bench.answer = working
    await bench.clock.advance(1000)
    assert.doesNotMatch(bench.screen, /no answer/)
    await bench.typed('q')
  })

  test('an agent that is slow is not asked again before it has answered', async () => {
    const bench = new LiveBench()
    bench.answer = () => new Promise(() => undefined)
    await bench.clock.advance(5000)
    assert.equal(bench.asked, 1)
    assert.match(bench.screen, /no answer for 5 s: waiting for it/)
    await bench.typed('q')
    assert.equal(await bench.status, 0)
  })

  test('a terminal of another size is drawn anew, and one with the same content is not', async () => {
    const bench = new LiveBench()
    bench.answer = () => Promise.resolve(answered(founding()))
    await bench.clock.advance(1000)
    const { frames } = bench
    await bench.clock.advance(1000)
    assert.equal(bench.frames, frames)
    bench.terminal.columns = 60
    bench.terminal.rows = 10
    bench.terminal.resized()
    await settle()
    assert.equal(bench.frames, frames + 1)
    assert.equal(bench.screen.split('\n').length, 10)
    for (const line of bench.screen.split('\n')) assert.ok(line.length <= 60)
    await bench.typed('q')
  })

  test('there are no colours for who wants none', async () => {
    const bench = new LiveBench({ NO_COLOR: '1' })
    await settle()
    assert.doesNotMatch(bench.io.stdout.text, /\x1b\[[\d;]*m/)
    await bench.typed('q')
  })
})
