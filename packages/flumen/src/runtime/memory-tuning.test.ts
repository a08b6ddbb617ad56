import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const mebibyte = 1024 ** 2

/** Keeps 100,000 objects, some of them each turn of the loop, as one who accepts connections. */
const program = (prelude: string): string => `
import { getHeapSpaceStatistics } from 'node:v8'
${prelude}
const kept = []
for (let turn = 0; turn < 1000; turn++) {
  for (let index = 0; index < 100; index++) kept.push({ index, more: new Array(50).fill(index) })
  await new Promise((resolve) => setImmediate(resolve))
}
console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size)
`

async function youngBytes(prelude: string): Promise<number> {
  const args = ['--conditions=flumen-source', '--input-type=module', '--eval', program(prelude)]
  return Number((await run(process.execPath, args)).stdout)
}

test('the young generation of an agent stays small though much that is made lives on', async () => {
  const module = JSON.stringify(import.meta.resolve('./memory-tuning.ts'))
  const [tuned, usual] = await Promise.all([
    youngBytes(`import { tuneMemory } from ${module}\ntuneMemory()`),
    youngBytes(''),
  ])
  assert.ok(usual >= 32 * mebibyte, `V8 by itself: ${usual} bytes; the comparison says nothing any more`)
  assert.ok(tuned <= 16 * mebibyte, `${tuned} bytes`)
})
