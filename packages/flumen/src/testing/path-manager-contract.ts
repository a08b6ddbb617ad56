import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declaration, type Fields, typeNameOf } from '../component/kit.ts'
import { type ComponentCase, componentContract } from './component-contract.ts'
import { createForTest } from './harness.ts'
import { ManualClock } from './manual-clock.ts'

/** What every path manager promises; registers tests. */
export function pathManagerContract<F extends Fields>(
  declaration: Declaration<'pathManager', F>,
  given: ComponentCase = {},
): void {
  const name = `path manager ${typeNameOf(declaration)}`
  componentContract(declaration, given)

  test(`${name} never gives a name twice, however fast it is asked`, async () => {
    const clock = new ManualClock()
    const { instance } = await createForTest(declaration, given.values, { ...given.harness, clock })
    const names: string[] = []
    for (const ms of [0, 0, 1, 999, 1000, 60_000]) {
      await clock.advance(ms)
      for (let times = 0; times < 3; times++) names.push(instance.nextName(clock.now()))
    }
    assert.deepEqual(names, [...new Set(names)])
  })

  test(`${name} gives names that stay below the directory`, async () => {
    const { instance } = await createForTest(declaration, given.values, given.harness)
    for (let times = 0; times < 3; times++)
      assert.match(instance.nextName(Date.now()), /^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[^\0]+$/)
  })
}
