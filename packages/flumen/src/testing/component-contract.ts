import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Catalogue } from '../component/catalogue.ts'
import { type Declaration, type Fields, type Kind, typeNameOf } from '../component/kit.ts'
import { createForTest, type HarnessOptions, readForTest } from './harness.ts'
import { ManualClock } from './manual-clock.ts'

/** Values that a component works with, and its surroundings. */
export interface ComponentCase {
  readonly values?: Readonly<Record<string, string>>
  readonly harness?: HarnessOptions
}

/** The part of a whole key that stands before a component's own: `a1.sources.r1.`. */
const ownPrefix: Readonly<Record<Kind, RegExp>> = {
  source: /^\w+\.sources\.\w+\./,
  channel: /^\w+\.channels\.\w+\./,
  sink: /^\w+\.sinks\.\w+\./,
  interceptor: /^\w+\.sources\.\w+\.interceptors\.\w+\./,
  selector: /^\w+\.sources\.\w+\.selector\./,
  processor: /^\w+\.sinkgroups\.\w+\.processor\./,
  serializer: /^\w+\.sinks\.\w+\.(?:[\w-]+\.)*serializer\./,
  deserializer: /^\w+\.sources\.\w+\.deserializer\./,
  extractor: /^\w+\.sources\.\w+\.interceptors\.\w+\.serializers\.\w+\./,
  pathManager: /^\w+\.sinks\.\w+\.sink\.pathManager\./,
  httpHandler: /^\w+\.sources\.\w+\.handler\./,
  sinkSelector: /^\w+\.sinkgroups\.\w+\.processor\.selector\./,
  monitor: /^\w+\.flumen\.monitoring\./,
}

/**
 * What every component promises, whatever its kind: it is documented, its examples are right, making one changes
 * nothing. Registers tests; the suites of the kinds call it.
 * @param ownBeside the keys that an example may have beside the component's own (its place in another one)
 */
export function componentContract<K extends Kind, F extends Fields>(
  declaration: Declaration<K, F>,
  { values = {}, harness = {} }: ComponentCase = {},
  ownBeside: readonly string[] = [],
): void {
  const name = `${declaration.kind} ${typeNameOf(declaration)}`

  test(`${name} says in one sentence what it does, and of each of its keys what that means`, () => {
    assert.match(declaration.summary, /^\S.{8,}\.$/)
    for (const [key, field] of Object.entries(declaration.fields)) {
      for (const row of field.rows(key)) assert.match(row.doc, /^\S.{3,}\.$/, row.key)
    }
  })

  test(`${name} has examples whose keys it knows and whose values it takes`, async () => {
    assert.notEqual(declaration.examples.length, 0)
    for (const example of declaration.examples) {
      await checkExample(declaration, example, ownBeside, harness.catalogue)
    }
  })

  test(`${name} does nothing to its surroundings when it is made`, async () => {
    const clock = new ManualClock()
    const before = process.getActiveResourcesInfo().length
    const { observed } = await createForTest(declaration, values, { ...harness, clock })
    assert.equal(clock.pending, 0)
    assert.equal(process.getActiveResourcesInfo().length, before)
    assert.deepEqual([observed.lines, observed.failures, observed.puts, observed.counts.size], [[], [], [], 0])
  })
}

async function checkExample<K extends Kind, F extends Fields>(
  declaration: Declaration<K, F>,
  example: string,
  ownBeside: readonly string[],
  catalogue: Catalogue | undefined,
): Promise<void> {
  const own: Record<string, string> = {}
  for (const line of example.split('\n')) {
    const [, key = '', value = ''] = /^\s*([^\s=#]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    assert.notEqual(value, '', `"${line}" is not a line of a configuration`)
    const rest = key.replace(ownPrefix[declaration.kind], '')
    if (rest !== key && rest !== 'type' && !ownBeside.includes(rest)) own[rest] = unescaped(value)
  }
  const { problems, unknown } = await readForTest(declaration, own, catalogue)
  assert.deepEqual(
    problems.all.filter(({ severity }) => severity === 'error'),
    [],
  )
  assert.deepEqual(unknown, [])
}

/** A properties file doubles its backslashes. */
function unescaped(value: string): string {
  return value.replaceAll('\\\\', '\\')
}
