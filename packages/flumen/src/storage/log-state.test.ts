import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogState } from './log-state.ts'

function stateWith(acknowledged: Record<string, readonly (readonly [number, number])[]>): LogState {
  const state = new LogState()
  for (const [cursor, ranges] of Object.entries(acknowledged)) state.acknowledge(cursor, ranges)
  return state
}

test('what is needed of a range begins and ends with positions that some cursor has not acknowledged', () => {
  const state = stateWith({
    one: [
      [0, 5],
      [8, 9],
      [12, 20],
    ],
    two: [
      [0, 6],
      [7, 20],
    ],
  })
  assert.deepEqual(state.needed(4, 20), { position: 5, until: 12, events: 6 })
  assert.deepEqual(state.needed(6, 9), { position: 6, until: 8, events: 2 })
  assert.deepEqual(state.needed(18, 25), { position: 20, until: 25, events: 5 })
})

test('nothing is needed of what all cursors have', () => {
  const state = stateWith({ one: [[0, 9]], two: [[0, 20]] })
  assert.deepEqual(state.needed(3, 9), { position: 3, until: 3, events: 0 })
})
