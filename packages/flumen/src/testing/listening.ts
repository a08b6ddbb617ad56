import type { TestContext } from 'node:test'
import type { Declaration, Fields } from '../component/kit.ts'
import { createForTest, type Harness, type HarnessOptions } from './harness.ts'

/** The port that a source listens on, as it has logged it last. */
export function portOf({ observed }: Harness<'source'>): number {
  const line = observed.lines.findLast(({ message }) => message === 'Listening.')
  return Number(/:(\d+)$/.exec(String(line!.facts.address))![1])
}

/** A source that runs until the test ends. */
export async function startForTest<F extends Fields>(
  context: TestContext,
  declaration: Declaration<'source', F>,
  values: Readonly<Record<string, string>>,
  options: HarnessOptions = {},
): Promise<Harness<'source'>> {
  const source = await createForTest(declaration, values, options)
  await source.instance.start()
  context.after(() => source.instance.stop(0))
  return source
}
