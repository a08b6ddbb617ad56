import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { LinkedList } from './linked-list.ts'

const run = promisify(execFile)

test('what is removed is gone, and what is left stands in the order in which it came', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant('add' as const), fc.nat(100))), (steps) => {
      const list = new LinkedList<number>()
      let expected: { readonly value: number; readonly link: ReturnType<typeof list.add> }[] = []
      for (const [value, step] of steps.entries()) {
        if (step === 'add') expected.push({ value, link: list.add(value) })
        else if (expected.length > 0) {
          const { link } = expected[step % expected.length]!
          list.remove(link)
          expected = expected.filter((each) => each.link !== link)
        }
        assert.deepEqual(
          [...list],
          expected.map((each) => each.value),
        )
        assert.equal(list.size, expected.length)
        assert.equal(list.first, expected[0]?.value)
      }
    }),
  )
})

/** Passes 256 MiB through, four pieces under way at a time, and says how much of it was not collected at the worst. */
const program = (begin: string): string => `
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { LinkedList } from ${JSON.stringify(import.meta.resolve('./linked-list.ts'))}
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
const [set, list, ends] = [new Set(), new LinkedList(), []]
let most = 0
for (let piece = 0; piece < 1024; piece++) {
  const value = { bytes: Buffer.allocUnsafeSlow(256 * 1024) }
  ${begin}
  if (ends.length > 4) ends.shift()()
  if (piece % 16 === 0) {
    collect({ type: 'minor', execution: 'sync' })
    // What is under way now is old after two, as it may be by chance at any time.
    if (piece === 64) collect({ type: 'minor', execution: 'sync' })
    most = Math.max(most, process.memoryUsage().arrayBuffers)
  }
  if (piece % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
}
console.log(most)
`

async function mostWaiting(begin: string): Promise<number> {
  const args = ['--conditions=flumen-source', '--input-type=module', '--eval', program(begin)]
  return Number((await run(process.execPath, args)).stdout)
}

test('what has passed through dies young, which it does not where it passes through a Set', async () => {
  const mebibyte = 1024 ** 2
  const [list, set] = await Promise.all([
    mostWaiting('const link = list.add(value); ends.push(() => list.remove(link))'),
    mostWaiting('set.add(value); ends.push(() => set.delete(value))'),
  ])
  assert.ok(set >= 32 * mebibyte, `with a Set: ${set} bytes; the list is not needed any more`)
  assert.ok(list <= 16 * mebibyte, `${list} bytes`)
})
