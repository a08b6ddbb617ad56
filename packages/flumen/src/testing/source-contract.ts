import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declaration, type Fields, typeNameOf } from '../component/kit.ts'
import {
  ChannelFullError,
  type Clock,
  type EventBatch,
  messageOf,
  type Source,
  systemClock,
  verdictOf,
} from '../core/index.ts'
import { type ComponentCase, componentContract } from './component-contract.ts'
import { createForTest, type Harness, type HarnessOptions, readForTest, refuse } from './harness.ts'
import { ManualClock, settle } from './manual-clock.ts'

export interface SourceCase extends ComponentCase {
  /**
   * Makes a source that runs put a few events: sends lines to its port, feeds its stream. Called again until one is
   * stored. Nothing to do for a source that makes events by itself; a pollable one is polled by the contract.
   */
  produce?(source: Harness<'source'>): void | Promise<void>
}

const stopMs = 5000
const never = new AbortController().signal

/** What every source promises; registers tests. A poll that does not end when its signal is aborted hangs them. */
export function sourceContract<F extends Fields>(declaration: Declaration<'source', F>, given: SourceCase = {}): void {
  const name = `source ${typeNameOf(declaration)}`
  const make = (options: HarnessOptions = {}): Promise<Harness<'source'>> =>
    createForTest(declaration, given.values, { ...given.harness, ...options })
  componentContract(declaration, given)

  test(`${name} names options that it has where it says what it listens on and how large its puts are`, async () => {
    const { read } = await readForTest(declaration, given.values ?? {}, given.harness?.catalogue)
    const size = declaration.batchSize?.(read)
    for (const { key } of [...(declaration.listens?.(read) ?? []), ...(size ? [size] : [])]) {
      assert.ok(key in declaration.fields, key)
    }
  })

  test(`${name} may be stopped before it was started, and as often as one likes`, async () => {
    const clock = new ManualClock()
    const { instance } = await make({ clock })
    await Promise.all([instance.stop(stopMs), instance.stop(stopMs)])
    assert.equal(clock.pending, 0)
  })

  test(`${name} leaves nothing behind when it has stopped, and starts again as a new instance`, async () => {
    const before = openResources()
    for (let round = 0; round < 2; round++) {
      const clock = new CountingClock()
      const { instance, observed } = await make({ clock })
      await instance.start()
      await Promise.all([instance.stop(stopMs), instance.stop(0)])
      await instance.stop(stopMs)
      assert.deepEqual(observed.failures, [])
      assert.equal(clock.pending, 0)
    }
    await settle()
    assert.deepEqual(openResources(), before)
  })

  test(`${name} puts events that stay as they were put`, async () => {
    const copies: string[][] = []
    const source = await make({ onPut: (batch) => void copies.push(bodiesOf(batch)) })
    await run(source, given)
    const { puts, failures } = source.observed
    assert.deepEqual(puts.map(bodiesOf), copies)
    assert.deepEqual(failures, [])
    assert.ok(puts.every(({ length }) => length > 0))
    const slabs = puts.flatMap(({ parts }) => parts.map(({ slab }) => slab))
    assert.ok(
      slabs.every(({ buffer }) => buffer !== pool),
      'a slab is a piece of the pool of Buffer',
    )
  })

  test(`${name} bears a channel that is full for a while`, async () => {
    let refusals = 0
    const source = await make({
      onPut: () => {
        if (refusals++ < 2) refuse(new ChannelFullError('no room'))
      },
    })
    await run(source, given)
    assert.ok(refusals > 2)
    assert.deepEqual(source.observed.failures, [])
  })

  test(`${name} bears puts that answer later`, async () => {
    const source = await make({ onPut: () => systemClock.sleep(1, never) })
    await run(source, given)
    assert.deepEqual(source.observed.failures, [])
  })
}

const pool = Buffer.from('a').buffer

/** Starts it, lets it put until something is stored, stops it. */
async function run(source: Harness<'source'>, { produce }: SourceCase): Promise<void> {
  const over = new AbortController()
  await source.instance.start()
  const polling = poll(source.instance, over.signal)
  try {
    while (source.observed.puts.length === 0) {
      await produce?.(source)
      await systemClock.sleep(5, never)
    }
  } finally {
    over.abort()
    await polling
    await source.instance.stop(stopMs)
  }
}

async function poll(source: Source, signal: AbortSignal): Promise<void> {
  while (source.kind === 'pollable' && !signal.aborted) {
    try {
      await source.poll(signal)
    } catch (error) {
      assert.equal(verdictOf(error), 'retry', messageOf(error))
    }
    await settle()
  }
}

function bodiesOf(batch: EventBatch): string[] {
  return Array.from({ length: batch.length }, (_, row) => Buffer.from(batch.body(row)).toString('latin1'))
}

/** What the process holds open, but for what comes and goes by itself. */
function openResources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((resource) => !/^(?:Immediate|Timeout|FSReqPromise|FSReqCallback)$/.test(resource))
    .sort()
}

/** The system's time; knows how many of its timers are set. */
class CountingClock implements Clock {
  pending = 0
  readonly now = systemClock.now
  readonly monotonic = systemClock.monotonic

  after(ms: number, callback: () => void): () => void {
    let isSet = true
    this.pending++
    const unset = (): void => {
      if (isSet) this.pending--
      isSet = false
    }
    const cancel = systemClock.after(ms, () => {
      unset()
      callback()
    })
    return () => {
      unset()
      cancel()
    }
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.pending++
    try {
      await systemClock.sleep(ms, signal)
    } finally {
      this.pending--
    }
  }
}
