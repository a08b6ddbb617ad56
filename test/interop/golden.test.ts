import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { flume } from '../../servers/flume.ts'
import { skipUnless } from '../../servers/server.ts'
import type { Case } from './cases/case.ts'
import { askGolden, type GoldenCase, goldenFiles, goldenNames, readGolden } from './golden.ts'
import { liveOracle, type Output, oracle } from './oracle.ts'

describe('golden files', { concurrency: false }, () => {
  for (const name of goldenNames) {
    test(`${name}.jsonl holds the cases of its generator, each with an answer`, () => {
      const golden = readGolden(name)
      for (const { output } of golden) assert.equal(typeof output, 'object')
      assert.deepEqual(golden.map(asked), goldenFiles[name]())
      assert.equal(new Set(golden.map((each) => each.case)).size, golden.length)
    })

    test(`real Flume answers ${name}.jsonl as committed`, async (t) => {
      if (!(await skipUnless(t, flume, oracle))) return
      const golden = readGolden(name)
      for (const [index, answered] of (await askGolden(name)).entries()) {
        const committed = golden[index]!
        let live = answered
        // Flume's penalties are times: on a busy machine a case may have taken a millisecond too long, and a process that
        // has just started is slow.
        const isCommitted = (output: Output): boolean => isDeepStrictEqual(output, committed.output)
        for (let again = 0; again < 3 && !isCommitted(live.output); again++) {
          const outputs = await liveOracle(Array.from({ length: 5 }, () => asked(committed)))
          live = { ...live, output: outputs.find(isCommitted) ?? outputs[0]! }
        }
        assert.deepEqual(live, committed, live.case)
      }
    })
  }
})

function asked({ output: _, ...asked }: GoldenCase): Case {
  return asked
}

test('the oracle refuses a case that it cannot run, by name', async (t) => {
  if (!(await skipUnless(t, flume, oracle))) return
  const wrong = { case: 'wrong one', kind: 'file_roll', config: {}, input: { steps: ['nonsense'] } } as const
  await assert.rejects(liveOracle([wrong]), /Case "wrong one": .*no such step/)
})
