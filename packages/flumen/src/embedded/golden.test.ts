import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { codeOf } from '../core/index.ts'
import { EmbeddedAgent, type EmbeddedProperties } from './index.ts'

/** What Apache Flume 1.11 did; see test/golden/README.md. */
interface Golden {
  readonly case: string
  readonly config: EmbeddedProperties
  readonly input: { readonly name: string; readonly steps: readonly string[] }
  readonly output: { readonly steps: readonly (null | { readonly throws: string })[] }
}

/** Our codes for Flume's exceptions; an event that never fits is one that cannot be delivered, too. */
const codes: Readonly<Record<string, readonly string[]>> = {
  'org.apache.flume.FlumeException': ['CONFIGURATION'],
  'org.apache.flume.EventDeliveryException': ['EVENT_DELIVERY', 'EVENT_REJECTED'],
  'java.lang.IllegalStateException': ['LIFECYCLE'],
}

/** Cases where we do something else, with the reason. */
const differences: Readonly<Record<string, string>> = {
  'a blank before the name in sinks': 'blanks around names do no harm',
  'one sink under load_balance': 'a group of one sink works, so that a list can shrink to one',
  'unknown option of the sink': 'an unknown key is an error',
  'unknown option of the channel': 'an unknown key is an error',
  'a start after the stop': 'a stopped agent can be started again',
}

const path = join(import.meta.dirname, '../../../../test/golden/embedded-agent.jsonl')
const cases = readFileSync(path, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden)

for (const { case: name, config, input, output } of cases) {
  const isOther = name in differences
  test(`${name}: ${isOther ? 'not as Flume' : 'as Flume'}`, async () => {
    const quiet = (): void => undefined
    await using agent = new EmbeddedAgent(input.name, { log: { debug: quiet, info: quiet, warn: quiet, error: quiet } })
    const answers: (string | null)[] = []
    for (const step of input.steps) answers.push(await answerTo(agent, config, step))
    const fits = output.steps.every((expected, index) => isAs(expected, answers[index]!))
    assert.equal(fits, !isOther, JSON.stringify({ answers, flume: output.steps }))
  })
}

test('every difference is one of a case', () => {
  const names = new Set(cases.map((each) => each.case))
  for (const name of Object.keys(differences)) assert.ok(names.has(name), name)
})

function isAs(expected: null | { readonly throws: string }, answer: string | null): boolean {
  return expected === null ? answer === null : codes[expected.throws]!.includes(answer ?? '')
}

async function answerTo(agent: EmbeddedAgent, config: EmbeddedProperties, step: string): Promise<string | null> {
  const [word, count = '0'] = step.split(' ')
  try {
    if (word === 'configure') await agent.configure({ ...config, 'flumen.stopTimeout': 0 })
    else if (word === 'start') await agent.start()
    else if (word === 'stop') await agent.stop()
    else await agent.putAll(Array.from({ length: Number(count) }, () => new Uint8Array(1)))
    return null
  } catch (error) {
    return codeOf(error)
  }
}
