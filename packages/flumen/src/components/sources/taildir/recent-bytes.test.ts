import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fingerprintBytes } from '../../../protocols/tail-positions/index.ts'
import { lineEndAt, RecentBytes } from './recent-bytes.ts'

const mostEnds = 64
/** Where a line ends within these, it is known however many puts came since it was asked last. */
const certainBytes = 8 * 1024 - fingerprintBytes

/** Behind each line. */
function endsOf(content: Buffer): readonly number[] {
  return [...content.keys()].filter((at) => content[at] === 0x0a).map((at) => at + 1)
}

test('the last ends of lines are known however the lines came, also those of another run', () => {
  const lines = fc.array(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.nat(40)), { maxLength: 40 })
  const next = fc.constantFrom('same run', 'asked', 'later run', 'run of one who knew none')
  fc.assert(
    fc.property(fc.array(fc.tuple(lines, next), { maxLength: 12 }), (puts) => {
      let recent = new RecentBytes()
      let content = Buffer.alloc(0)
      let known: readonly number[] = []
      for (const [lengths, then] of puts) {
        const stored = Buffer.from(lengths.map((length) => `${'x'.repeat(length)}\n`).join(''))
        recent.add(stored, content.length + stored.length, content.subarray(-fingerprintBytes))
        known = [...known, ...endsOf(stored).map((end) => content.length + end)].slice(-mostEnds)
        content = Buffer.concat([content, stored])
        if (then === 'same run') continue
        const { ends } = recent
        const certain = known.filter((end) => end >= content.length - certainBytes)
        // Some of those that one did not know stand in the bytes before.
        assert.ok(ends.length >= certain.length && ends.length <= mostEnds)
        known = known.slice(-ends.length)
        for (const { pos, digest } of ends) {
          assert.equal(lineEndAt(pos, content.subarray(Math.max(0, pos - fingerprintBytes), pos)).digest, digest)
        }
        assert.deepEqual(
          ends.map(({ pos }) => pos),
          endsOf(content).slice(-ends.length || content.length),
        )
        if (then !== 'asked') recent = new RecentBytes(then === 'later run' ? ends : [])
        if (then === 'run of one who knew none') known = []
      }
    }),
    { numRuns: 500 },
  )
})

test('what comes in bulk, or has been quiet, has no ends of lines', () => {
  const recent = new RecentBytes()
  const line = Buffer.from('one line\n')
  recent.add(line, 9, Buffer.alloc(0))
  assert.deepEqual(
    recent.ends.map(({ pos }) => pos),
    [9],
  )
  recent.add(Buffer.alloc(100_000, line), 100_009, line)
  assert.equal(recent.ends.length, 0)
  recent.add(line, 100_018, line)
  assert.equal(recent.ends.at(-1)?.pos, 100_018)
  recent.clear()
  assert.deepEqual([recent.ends.length, recent.bytes.length], [0, 0])
})
