import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  BatchTooLargeError,
  batchOf,
  ChannelFullError,
  createEvent,
  type EventBatch,
  PutError,
  type SourceContext,
  StoppedError,
  TransactionError,
} from '../../core/index.ts'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import { putUntilStored } from './put-until-stored.ts'

interface Scripted {
  readonly context: SourceContext
  readonly clock: ManualClock
  /** What each put was asked to store. */
  readonly puts: string[]
  readonly rejected: string[]
  readonly warnings: string[]
}

const bodies = (batch: EventBatch): string => Array.from({ length: batch.length }, (_, row) => batch.text(row)).join('')
const letters = (text: string): EventBatch => batchOf([...text].map((letter) => createEvent(letter)))
const full = (stored = 0): PutError => new PutError(stored, new ChannelFullError('no room'))

/** A context whose puts fail with what the script says, one after the other, and then store. */
function scripted(...failures: readonly (PutError | (() => Promise<void>))[]): Scripted {
  const clock = new ManualClock()
  const puts: string[] = []
  const rejected: string[] = []
  const warnings: string[] = []
  const script = [...failures]
  const context = {
    clock,
    log: { warn: (message: string) => warnings.push(message) },
    put(batch: EventBatch): void | Promise<void> {
      puts.push(bodies(batch))
      const next = script.shift()
      if (typeof next === 'function') return next()
      if (next) throw next
    },
    reject: (batch: EventBatch, reason: string) => rejected.push(`${bodies(batch)}: ${reason}`),
  }
  return { context: context as unknown as SourceContext, clock, puts, rejected, warnings }
}

const life = (): AbortController => new AbortController()

test('what is stored at once is answered without a promise', () => {
  const { context, puts } = scripted()
  assert.equal(putUntilStored(context, letters('ab'), life().signal), undefined)
  assert.deepEqual(puts, ['ab'])
})

test('a put that stores later is waited for', async () => {
  const { context, puts } = scripted(() => Promise.resolve())
  await putUntilStored(context, letters('ab'), life().signal)
  assert.deepEqual(puts, ['ab'])
})

test('what is refused for now is put again after growing pauses, from the first row that is not stored', async () => {
  const { context, clock, puts, warnings } = scripted(full(), full(), full(1), () => Promise.reject(full(1)), full())
  const storing = Promise.resolve(putUntilStored(context, letters('abcd'), life().signal))
  await clock.advance(99)
  assert.deepEqual(puts, ['abcd'])
  await clock.advance(1)
  assert.deepEqual(puts, ['abcd', 'abcd'])
  await clock.advance(199)
  assert.equal(puts.length, 2)
  await clock.advance(1)
  assert.deepEqual(puts.slice(2), ['abcd'])
  await clock.advance(100)
  assert.deepEqual(puts.slice(3), ['bcd'])
  await clock.advance(100)
  assert.deepEqual(puts.slice(4), ['cd'])
  await clock.advance(200)
  await storing
  assert.deepEqual(puts.slice(5), ['cd'])
  assert.equal(warnings.length, 5)
  assert.equal(clock.pending, 0)
})

test('a pause is never longer than two seconds, unless the channel asks for more', async () => {
  const slow = new PutError(0, new ChannelFullError('no room'))
  Object.assign(slow, { retryAfterMs: 60_000 })
  const { context, clock, puts } = scripted(...Array.from({ length: 7 }, () => full()), slow)
  void putUntilStored(context, letters('a'), life().signal)
  await clock.advance(100 + 200 + 400 + 800 + 1600 + 2000 + 2000)
  assert.equal(puts.length, 8)
  await clock.advance(59_999)
  assert.equal(puts.length, 8)
  await clock.advance(1)
  assert.equal(puts.length, 9)
})

test('a row that is refused for good goes to the dead letters, and the rest goes on without a pause', async () => {
  const tooLarge = (stored: number): PutError => new PutError(stored, new BatchTooLargeError('too large'))
  const { context, clock, puts, rejected } = scripted(tooLarge(1), tooLarge(1))
  await putUntilStored(context, letters('abcd'), life().signal)
  assert.deepEqual(puts, ['abcd', 'cd'])
  assert.deepEqual(rejected, ['b: too large', 'd: too large'])
  assert.equal(clock.pending, 0)
})

test('a failure that is fatal is thrown', async () => {
  const { context } = scripted(
    new PutError(1, new BatchTooLargeError('too large')),
    new PutError(1, new TransactionError('broken')),
  )
  const storing = Promise.resolve(putUntilStored(context, letters('abcd'), life().signal))
  await assert.rejects(storing, { verdict: 'fatal', code: 'TRANSACTION', stored: 3 })
})

test('it is given up when the signal is aborted, and leaves no timer', async () => {
  const { context, clock, puts } = scripted(full(1), full())
  const stopped = life()
  const storing = Promise.resolve(putUntilStored(context, letters('ab'), stopped.signal))
  await settle()
  stopped.abort()
  await assert.rejects(storing, { code: StoppedError.code, stored: 1 })
  assert.deepEqual(puts, ['ab'])
  assert.equal(clock.pending, 0)
})

test('a put that the runtime stops is tried again as long as the source itself goes on', async () => {
  const { context, clock, puts } = scripted(new PutError(0, new StoppedError('stopped')))
  const storing = Promise.resolve(putUntilStored(context, letters('a'), life().signal))
  await clock.advance(100)
  await storing
  assert.deepEqual(puts, ['a', 'a'])
})
