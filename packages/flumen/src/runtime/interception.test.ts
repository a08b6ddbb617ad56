import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEvent, type EventBatch, type Interceptor } from '../core/index.ts'
import { batchOfOnePart } from '../testing/index.ts'
import type { DeadLetter } from './dead-letters.ts'
import { Interception } from './interception.ts'

const batchOf = (bodies: readonly string[]): EventBatch => batchOfOnePart(bodies.map((body) => createEvent(body)))
const bodies = (batch: EventBatch): string[] => Array.from(batch, ({ body }) => Buffer.from(body).toString())

function recording(isUneven: boolean): { readonly interceptor: Interceptor; readonly pieces: [number, number][] } {
  const pieces: [number, number][] = []
  const interceptor: Interceptor = {
    isUneven,
    intercept(batch) {
      pieces.push([batch.length, batch.bodyBytes])
      return batch
    },
  }
  return { interceptor, pieces }
}

test('a batch passes whole, and at once, through interceptors whose time does not depend on the bodies', () => {
  const { interceptor, pieces } = recording(false)
  const batch = batchOf(Array.from({ length: 5000 }, (_, row) => `${row}`.repeat(50)))
  assert.equal(new Interception().run([interceptor], batch, []), batch)
  assert.equal(pieces.length, 1)
})

test('where the time depends on the bodies, a piece has at most 512 rows and 64 KiB, or one row', async () => {
  const { interceptor, pieces } = recording(true)
  const lines = ['x'.repeat(100_000), ...Array.from({ length: 1300 }, (_, row) => `${row}`)]
  lines.push(...Array.from({ length: 20 }, () => 'y'.repeat(10_000)))
  const after = await new Interception().run([interceptor], batchOf(lines), [])
  assert.deepEqual(bodies(after), lines)
  assert.ok(
    pieces.every(([rows, bytes]) => rows === 1 || (rows <= 512 && bytes <= 64 * 1024)),
    JSON.stringify(pieces),
  )
  assert.deepEqual(pieces[0], [1, 100_000])
  assert.ok(pieces.length < 12, JSON.stringify(pieces))
})

test('of a batch in pieces the rejected rows are known, and the rest stays in order', async () => {
  const interceptor: Interceptor = {
    isUneven: true,
    intercept(batch, reject) {
      const kept: number[] = []
      for (let row = 0; row < batch.length; row++) {
        if (batch.text(row).endsWith('7')) reject(row, 'seven')
        else kept.push(row)
      }
      return batch.select(Uint32Array.from(kept))
    },
  }
  const lines = Array.from({ length: 2000 }, (_, row) => `${row}`)
  const letters: DeadLetter[] = []
  const after = await new Interception().run([interceptor], batchOf(lines), letters)
  const isSeven = (line: string): boolean => line.endsWith('7')
  assert.deepEqual(
    bodies(after),
    lines.filter((line) => !isSeven(line)),
  )
  assert.deepEqual(
    letters.map(({ batch, row }) => batch.text(row)),
    lines.filter(isSeven),
  )
})

test('an event loop with a timer lives through a flood of bodies that are slow to look at', async () => {
  const slow: Interceptor = {
    isUneven: true,
    intercept(batch) {
      const until = performance.now() + batch.length * 2
      while (performance.now() < until);
      return batch
    },
  }
  let breaths = 0
  const breathing = setInterval(() => breaths++, 1)
  await new Interception().run([slow], batchOf(Array.from({ length: 60 }, () => 'z'.repeat(20_000))), [])
  clearInterval(breathing)
  assert.ok(breaths >= 5, `${breaths}`)
})
