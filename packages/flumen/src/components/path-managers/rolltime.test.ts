import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createForTest, pathManagerContract } from '../../testing/index.ts'
import rolltime from './rolltime.ts'

pathManagerContract(rolltime)
pathManagerContract(rolltime, { values: { prefix: 'x-', extension: 'log' } })

/** A time of the local zone: the test holds in every zone. */
const second = new Date(2026, 0, 2, 3, 4, 5).getTime()

test('rolltime names files after the local second, and counts within it', async () => {
  const { instance } = await createForTest(rolltime, { prefix: 'x-', extension: 'log' })
  const times = [second, second + 999, second + 1000, second + 1000]
  assert.deepEqual(
    times.map((time) => instance.nextName(time)),
    ['x-20260102030405-1.log', 'x-20260102030405-2.log', 'x-20260102030406-1.log', 'x-20260102030406-2.log'],
  )
})
