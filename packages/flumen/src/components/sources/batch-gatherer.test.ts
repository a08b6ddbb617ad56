import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  batchOf,
  ChannelFullError,
  createEvent,
  type EventBatch,
  PutError,
  type SourceContext,
} from '../../core/index.ts'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import { BatchGatherer } from './batch-gatherer.ts'

const letters = (text: string): EventBatch => batchOf([...text].map((letter) => createEvent(letter)))

interface Setting {
  readonly gatherer: BatchGatherer
  readonly clock: ManualClock
  readonly puts: string[]
  readonly lost: number[]
  readonly over: AbortController
}

function setUp(onPut: () => void | Promise<void> = () => undefined): Setting {
  const clock = new ManualClock()
  const puts: string[] = []
  const lost: number[] = []
  const over = new AbortController()
  const put = (batch: EventBatch): void | Promise<void> => {
    puts.push(Array.from({ length: batch.length }, (_, row) => batch.text(row)).join(''))
    return onPut()
  }
  const context = { clock, put, log: { warn: () => undefined } } as unknown as SourceContext
  const onLost = (events: number): void => void lost.push(events)
  const rules = { batchSize: 3, batchTimeoutMs: 1000, signal: over.signal, onLost }
  return { gatherer: new BatchGatherer(context, rules), clock, puts, lost, over }
}

test('a batch is put when it is full, with all that is there', () => {
  const { gatherer, puts, clock } = setUp()
  void gatherer.add(letters('a'))
  void gatherer.add(letters('b'))
  assert.deepEqual(puts, [])
  void gatherer.add(letters('cdef'))
  assert.deepEqual(puts, ['abcdef'])
  assert.equal(clock.pending, 0)
})

test('a batch that does not fill is put when its time is over', async () => {
  const { gatherer, puts, clock } = setUp()
  await clock.advance(400)
  void gatherer.add(letters('a'))
  await clock.advance(599)
  void gatherer.add(letters('b'))
  assert.deepEqual(puts, [])
  await clock.advance(1)
  assert.deepEqual(puts, ['ab'])
  assert.equal(clock.pending, 0)
})

test('the first event after a quiet spell is put at once', async () => {
  const { gatherer, puts, clock } = setUp()
  await clock.advance(1000)
  void gatherer.add(letters('a'))
  void gatherer.add(letters('b'))
  assert.deepEqual(puts, ['a'])
  void gatherer.flush()
  assert.deepEqual(puts, ['a', 'b'])
})

test('one put at a time: what comes while the timer puts waits for it, in order', async () => {
  const waiting: (() => void)[] = []
  const { gatherer, puts, clock } = setUp(() => new Promise((resolve) => waiting.push(resolve)))
  void gatherer.add(letters('a'))
  await clock.advance(1000)
  assert.deepEqual(puts, ['a'])
  const full = gatherer.add(letters('bcd'))
  await settle()
  assert.deepEqual(puts, ['a'])
  waiting[0]!()
  await settle()
  assert.deepEqual(puts, ['a', 'bcd'])
  waiting[1]!()
  await full
})

test('what cannot be stored any more is told, be it put or still waiting', async () => {
  const { gatherer, clock, lost, over } = setUp(() => {
    throw new PutError(1, new ChannelFullError('no room'))
  })
  const storing = Promise.resolve(gatherer.add(letters('abc')))
  await settle()
  over.abort()
  await assert.rejects(storing, { code: 'STOPPED' })
  void gatherer.add(letters('d'))
  gatherer.close()
  assert.deepEqual(lost, [2, 1])
  assert.equal(clock.pending, 0)
})

test('a put of the timer that is given up is told and rejects nothing', async () => {
  const { gatherer, clock, lost, over } = setUp(() => {
    throw new PutError(0, new ChannelFullError('no room'))
  })
  void gatherer.add(letters('a'))
  await clock.advance(1000)
  over.abort()
  await settle()
  assert.deepEqual(lost, [1])
})
