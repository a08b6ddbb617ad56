import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createForTest, ManualClock, pathManagerContract } from '../../testing/index.ts'
import defaultPathManager from './default.ts'

pathManagerContract(defaultPathManager)
pathManagerContract(defaultPathManager, { values: { prefix: 'logs/x-', extension: 'log' } })

test('default counts up from 1 after the time at which it was made', async () => {
  const clock = new ManualClock(1357872222123)
  const { instance } = await createForTest(defaultPathManager, {}, { clock })
  await clock.advance(5000)
  assert.deepEqual(
    [instance.nextName(clock.now()), instance.nextName(clock.now())],
    ['1357872222123-1', '1357872222123-2'],
  )
})

test('default puts a prefix before and an extension with its dot behind, both as they are written', async () => {
  const { instance } = await createForTest(
    defaultPathManager,
    { prefix: '%{host}-', extension: '.log' },
    { clock: new ManualClock(5) },
  )
  assert.equal(instance.nextName(0), '%{host}-5-1..log')
})
