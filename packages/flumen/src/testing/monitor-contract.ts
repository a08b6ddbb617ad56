import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declaration, type Fields, typeNameOf } from '../component/kit.ts'
import { type ComponentCase, componentContract } from './component-contract.ts'
import { createForTest } from './harness.ts'
import { readingForTest } from './reading.ts'

/** What every monitor promises; registers tests. */
export function monitorContract<F extends Fields>(
  declaration: Declaration<'monitor', F>,
  given: ComponentCase = {},
): void {
  const name = `monitor ${typeNameOf(declaration)}`
  componentContract(declaration, given)

  test(`${name} stops before it was started, and twice`, async () => {
    const { instance } = await createForTest(declaration, given.values, given.harness)
    await instance.stop(1000)
    await instance.stop(1000)
  })

  test(`${name} leaves nothing behind when it stops`, async () => {
    const before = process.getActiveResourcesInfo()
    const { instance, observed } = await createForTest(declaration, given.values, given.harness)
    await instance.start()
    await Promise.all([instance.stop(1000), instance.stop(1000)])
    let left = more(before)
    for (let turn = 0; turn < 100 && left.length > 0; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      left = more(before)
    }
    assert.deepEqual(left, [])
    assert.deepEqual(observed.failures, [])
  })

  test(`${name} starts and stops beside an agent that has nothing in it`, async () => {
    const read = () => readingForTest({ sources: [], channels: [], sinks: [], state: 'stopped' })
    const { instance, observed } = await createForTest(declaration, given.values, { ...given.harness, read })
    await instance.start()
    await instance.stop(1000)
    assert.deepEqual(observed.failures, [])
  })
}

/** What holds the process now and did not before. */
function more(before: readonly string[]): readonly string[] {
  const known = [...before]
  return process.getActiveResourcesInfo().filter((each) => {
    const index = known.indexOf(each)
    if (index >= 0) known.splice(index, 1)
    return index < 0
  })
}
