import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { flume } from '../../servers/flume.ts'
import { skipUnless } from '../../servers/server.ts'
import type { Case } from './cases/case.ts'
import { askGolden, type GoldenCase, goldenFiles, goldenNames, readGolden } from './golden.ts'
import { liveOracle, oracle } from './oracle.ts'

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
      for (const [index, live] of (await askGolden(name)).entries()) assert.deepEqual(live, golden[index], live.case)
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
