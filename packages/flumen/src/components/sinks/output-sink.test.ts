import assert from 'node:assert/strict'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'node:test'
import {
  batchOf,
  batchOfRows,
  codeOf,
  createEvent,
  type EventBatch,
  type EventSerializer,
  verdictOf,
} from '../../core/index.ts'
import { deliveryForTest, ManualClock, settle } from '../../testing/index.ts'
import { OutputSink } from './output-sink.ts'
import { FileOutput, StreamOutput } from './standard-output.ts'

/** Bodies, with something before, between batches and after them. */
const serializer = (): EventSerializer => ({
  reopenable: false,
  begin: () => Buffer.from('<'),
  write: (batch, out) => {
    for (const { body } of batch) out(body)
  },
  flush: () => Buffer.from('|'),
  end: () => Buffer.from('>'),
})

function sinkTo(stream: NodeJS.WritableStream, clock = new ManualClock()): OutputSink {
  return new OutputSink(serializer(), 100, clock, () => new StreamOutput(stream))
}

const one = batchOf([createEvent('one')])

test('what a sink writes stands between the begin and the end of its serializer', async () => {
  const stream = new PassThrough()
  const sink = sinkTo(stream)
  await sink.start()
  await sink.deliver(one, deliveryForTest())
  await sink.deliver(batchOf([createEvent('two'), createEvent('three')]), deliveryForTest())
  await sink.stop(1000)
  let written = ''
  for (let chunk: unknown = stream.read(); chunk !== null; chunk = stream.read()) written += String(chunk)
  assert.equal(written, '<one|twothree|>')
})

test('a delivery is over when the stream has passed its bytes on, not before', async () => {
  const passOn: (() => void)[] = []
  const stream = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => passOn.push(done) })
  const sink = sinkTo(stream)
  await sink.start()
  let delivered = false
  const delivery = sink.deliver(one, deliveryForTest()).then(() => {
    delivered = true
  })
  for (let piece = 0; piece < 3; piece++) {
    await settle()
    assert.deepEqual([delivered, passOn.length], [false, 1])
    passOn.shift()!()
  }
  await delivery
  const stopped = sink.stop(1000)
  await settle()
  passOn.shift()!()
  await stopped
})

test('a reader that goes away is the end of the sink, under a code of its own', async () => {
  for (const code of ['EPIPE', 'ERR_STREAM_DESTROYED']) {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) })
    const sink = sinkTo(stream)
    await sink.start()
    for (let attempt = 1; attempt <= 2; attempt++) {
      await assert.rejects(sink.deliver(one, deliveryForTest()), (error) => {
        assert.deepEqual([codeOf(error), verdictOf(error)], ['OUTPUT_CLOSED', 'fatal'])
        return true
      })
    }
    await sink.stop(1000)
  }
})

test('any other failure of the stream is told with a verdict to try again, and is then the end of the stream', async () => {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
  })
  const sink = sinkTo(stream)
  await sink.start()
  await assert.rejects(sink.deliver(one, deliveryForTest()), (error) => {
    assert.deepEqual([codeOf(error), verdictOf(error)], ['EVENT_DELIVERY', 'retry'])
    return true
  })
  await settle()
  await assert.rejects(sink.deliver(one, deliveryForTest()), { code: 'OUTPUT_CLOSED' })
  await sink.stop(1000)
})

test('a reader that is stuck holds up neither an abort nor a stop', async () => {
  const clock = new ManualClock()
  const passOn: (() => void)[] = []
  const stream = new Writable({ write: (_chunk, _encoding, done) => passOn.push(done) })
  const sink = sinkTo(stream, clock)
  await sink.start()
  const stop = new AbortController()
  const delivery = assert.rejects(sink.deliver(one, deliveryForTest(stop.signal)), {
    code: 'STOPPED',
    maybeDelivered: true,
  })
  await settle()
  stop.abort()
  await delivery
  const stopped = sink.stop(500)
  await clock.advance(500)
  await stopped
  assert.equal(clock.pending, 0)
  while (passOn.length > 0) {
    passOn.shift()!()
    await settle()
  }
  assert.equal(stream.listenerCount('error'), 0)
})

test('a reader that goes away after the sink has let go of it harms nobody', async () => {
  const clock = new ManualClock()
  let fail: (error: Error) => void = () => undefined
  const stream = new Writable({
    write: (_chunk, _encoding, done) => {
      fail = done
    },
  })
  const sink = sinkTo(stream, clock)
  await sink.start()
  const stop = new AbortController()
  const delivery = assert.rejects(sink.deliver(one, deliveryForTest(stop.signal)), { code: 'STOPPED' })
  await settle()
  stop.abort()
  await delivery
  const stopped = sink.stop(500)
  await clock.advance(500)
  await stopped
  // Without a listener this would be an uncaught exception.
  fail(Object.assign(new Error('EPIPE'), { code: 'EPIPE' }))
  await settle()
  assert.ok(stream.destroyed)
})

test('the stream belongs to others: it is not ended, and no listener stays at it', async () => {
  const stream = new PassThrough()
  const before = stream.listenerCount('error')
  const sink = sinkTo(stream)
  await sink.start()
  await sink.deliver(one, deliveryForTest())
  await sink.stop(1000)
  await settle()
  assert.deepEqual([stream.writableEnded, stream.destroyed, stream.listenerCount('error')], [false, false, before])
})

test('a sink that does not run takes nothing', async () => {
  const sink = sinkTo(new PassThrough())
  await assert.rejects(sink.deliver(one, deliveryForTest()), { code: 'STOPPED' })
  await sink.start()
  await sink.stop(1000)
  await assert.rejects(sink.deliver(one, deliveryForTest()), { code: 'STOPPED' })
})

test('a file gets every byte of every chunk', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'flumen-output-'))
  try {
    const path = join(directory, 'out')
    const output = new FileOutput(openSync(path, 'w'))
    const sink = new OutputSink(serializer(), 100, new ManualClock(), () => output)
    await sink.start()
    const slab = Buffer.alloc(3_000_000, 'lines of text; ')
    const batch: EventBatch = batchOfRows(slab, [0, 1_000_000], [1_000_000, 3_000_000])
    await sink.deliver(batch, deliveryForTest())
    await sink.stop(1000)
    assert.ok(readFileSync(path).equals(Buffer.concat([Buffer.from('<'), slab, Buffer.from('|>')])))
  } finally {
    rmSync(directory, { recursive: true })
  }
})
