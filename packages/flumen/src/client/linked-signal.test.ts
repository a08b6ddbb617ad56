import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { LinkedSignal } from './linked-signal.ts'

test('it is aborted with either source, and leaves nothing on them', () => {
  const [one, two] = [new AbortController(), new AbortController()]
  {
    using linked = new LinkedSignal(one.signal, two.signal)
    assert.equal(linked.signal.aborted, false)
  }
  assert.deepEqual([...getEventListeners(one.signal, 'abort'), ...getEventListeners(two.signal, 'abort')], [])
  using late = new LinkedSignal(one.signal, two.signal)
  two.abort()
  assert.equal(late.signal.aborted, true)
  using never = new LinkedSignal(one.signal, two.signal)
  assert.equal(never.signal.aborted, true)
})
