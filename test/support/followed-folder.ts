import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import taildir from '../../packages/flumen/src/components/sources/taildir/taildir.ts'
import { type Clock, type EventBatch, systemClock } from '../../packages/flumen/src/core/index.ts'
import { parseFlumePositions } from '../../packages/flumen/src/protocols/tail-positions/index.ts'
import { createForTest, type Harness, type HarnessOptions } from '../../packages/flumen/src/testing/harness.ts'

const never = new AbortController().signal

/** A folder with logs, and sources that follow them one after the other. */
export class FollowedFolder {
  readonly folder = fs.mkdtempSync(join(tmpdir(), 'flumen-taildir-'))
  readonly positionFile = join(this.folder, 'state', 'positions.json')
  #stop: (() => Promise<void>) | undefined

  constructor(context: TestContext) {
    context.after(async () => {
      await this.stop()
      fs.rmSync(this.folder, { recursive: true, force: true })
    })
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  append(name: string, text: string | Uint8Array): void {
    fs.appendFileSync(this.path(name), text)
  }

  async start(values: Readonly<Record<string, string>> = {}, options: HarnessOptions = {}): Promise<Harness<'source'>> {
    const source = await createForTest(
      taildir,
      {
        filegroups: 'g',
        'filegroups.g': `${this.folder}/.*\\.log.*`,
        positionFile: this.positionFile,
        ...values,
      },
      options,
    )
    this.#stop = await startPolling(source)
    return source
  }

  /** A run that stores these lines of `a.log`, and stops. */
  async storeOnce(text: string, values: Readonly<Record<string, string>> = {}): Promise<void> {
    this.append('a.log', text)
    const source = await this.start(values)
    await source.stored(text.split('\n').length - 1)
    await this.stop()
  }

  async stop(): Promise<void> {
    await this.#stop?.()
    this.#stop = undefined
  }

  /** Stops; the positions are those that a kill would have left now. */
  async kill(): Promise<void> {
    const folder = dirname(this.positionFile)
    const state = fs.readdirSync(folder).map((name) => [name, fs.readFileSync(join(folder, name))] as const)
    await this.stop()
    for (const [name, bytes] of state) fs.writeFileSync(join(folder, name), bytes)
  }

  /** Flume's view of the positions, by name. */
  positions(): Record<string, number> {
    const positions = parseFlumePositions(fs.readFileSync(this.positionFile, 'utf8')) ?? []
    return Object.fromEntries(positions.map(({ file, pos }) => [file.slice(this.folder.length + 1), pos]))
  }
}

/** So many lines, each with its number. */
export function lines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, line) => `line ${from + line} of a log\n`).join('')
}

/** Time that can be let go by. */
export class HurriedClock implements Clock {
  readonly sleep = systemClock.sleep
  readonly after = systemClock.after
  #ahead = 0

  now(): number {
    return systemClock.now() + this.#ahead
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#ahead
  }

  skip(ms: number): void {
    this.#ahead += ms
  }
}

/** A source that waits in its next put of one line, and in the one after that: nothing is read meanwhile. */
export async function busySource(context: TestContext, count = 100): Promise<BusySource> {
  const bench = new FollowedFolder(context)
  const clock = new HurriedClock()
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const puts = [first.promise, second.promise]
  bench.append('a.log', lines(0, count))
  const onPut = ({ length }: EventBatch): Promise<void> | undefined => (length === 1 ? puts.shift() : undefined)
  const source = await bench.start({}, { clock, onPut })
  await source.stored(count)
  await quietly()
  bench.append('b.log', 'one\n')
  await until(() => source.observed.counts.get('batchesReceived') === 2)
  return { bench, source, clock, goOn: first.resolve, goOnAgain: second.resolve }
}

export interface BusySource {
  readonly bench: FollowedFolder
  readonly source: Harness<'source'>
  readonly clock: HurriedClock
  goOn(): void
  goOnAgain(): void
}

/** Starts a source and polls it. @returns stops it; nothing may have failed until then */
export async function startPolling(source: Harness<'source'>): Promise<() => Promise<void>> {
  await source.instance.start()
  const over = new AbortController()
  const polling = poll(source, over.signal)
  return async () => {
    over.abort()
    await polling
    await source.instance.stop(5000)
    assert.deepEqual(source.observed.failures, [])
  }
}

async function poll({ instance }: Harness<'source'>, signal: AbortSignal): Promise<void> {
  while (instance.kind === 'pollable' && !signal.aborted) {
    try {
      await instance.poll(signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(2, never)
}

/** Long enough for what must not come. */
export const quietly = (): Promise<void> => systemClock.sleep(150, never)

/** Whether this process has the file open. */
export function isFollowed(path: string): boolean {
  return openIn(dirname(path)).includes(path)
}

/** Files of the folder that this process has open. */
export function openIn(folder: string): readonly string[] {
  return fs.readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const path = fs.readlinkSync(`/proc/self/fd/${descriptor}`)
      return dirname(path) === folder ? [path] : []
    } catch {
      return []
    }
  })
}
