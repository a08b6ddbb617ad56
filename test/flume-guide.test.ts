// Configurations of our own with the keys and values that Flume's user guide shows, for the components that this version
// has. What the guide leaves out (the other half of a flow) is added, so that each is a whole agent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Catalogue } from '../packages/flumen/src/component/catalogue.ts'
import { agentsOf, readPlan } from '../packages/flumen/src/component/plan-reader.ts'
import { loadPlugin } from '../packages/flumen/src/component/plugins.ts'
import { builtInComponents } from '../packages/flumen/src/components/catalogue.generated.ts'
import { type Problem, Problems } from '../packages/flumen/src/config/problem.ts'
import { readProperties } from '../packages/flumen/src/config/properties-reader.ts'
import type { Settings } from '../packages/flumen/src/config/settings.ts'
import { substitute } from '../packages/flumen/src/config/substitution.ts'
import { componentExamples } from './flume-guide/component-examples.ts'
import { flowExamples } from './flume-guide/flow-examples.ts'
import { refusedExamples } from './flume-guide/refused.ts'

const catalogue = new Catalogue(builtInComponents, loadPlugin)

for (const [title, files] of Object.entries({ ...flowExamples, ...componentExamples })) {
  test(`Flume's guide, ${title}: starts without an error or a warning`, async () => {
    const problems = await check(files)
    assert.deepEqual(
      problems.filter(({ severity }) => severity !== 'note'),
      [],
    )
  })
}

for (const [title, { file, says }] of Object.entries(refusedExamples)) {
  test(`Flume's guide, ${title}: is refused and says why`, async () => {
    const problems = await check(file)
    const errors = problems.filter(({ severity }) => severity === 'error')
    const lines = errors.map(({ key, message, fix }) => `${key}: ${message}; ${fix}`)
    assert.equal(lines.length, says.length, lines.join('\n'))
    for (const [index, expected] of says.entries()) assert.match(lines[index]!, expected)
  })
}

test("Flume's guide: its exec source has a note that it can lose events", async () => {
  const problems = await check(flowExamples['exec source, tail']!)
  const notes = problems.filter(({ key }) => key === 'a1.sources.r1')
  assert.deepEqual(
    notes.map(({ severity }) => severity),
    ['note'],
  )
})

/** All that is found in one agent of some files, which are read in order. */
async function check(files: string | readonly string[]): Promise<readonly Problem[]> {
  const problems = new Problems()
  const [first, ...others] = [files].flat().map((text) => readProperties(text, 'flume.conf', problems))
  for (const other of others) first!.merge(other)
  const settings = resolved(first!, problems)
  for (const agent of agentsOf(settings)) await readPlan(settings, agent, problems, { catalogue })
  return problems.all
}

/** With the variables that the guide's examples name. */
function resolved(settings: Settings, problems: Problems): Settings {
  const sources = {
    environment: { NC_PORT: '44444' },
    systemProperties: new Map([['NC_PORT', '44444']]),
    now: new Date(0),
    formatDate: () => assert.fail('no example asks for a date'),
    readFile: () => assert.fail('no example asks for a file'),
  }
  return substitute(settings, sources, problems)
}
