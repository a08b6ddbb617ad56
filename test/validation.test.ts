import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Catalogue } from '../packages/flumen/src/component/catalogue.ts'
import type { AgentPlan } from '../packages/flumen/src/component/plan.ts'
import { readPlan } from '../packages/flumen/src/component/plan-reader.ts'
import { builtInComponents } from '../packages/flumen/src/components/catalogue.generated.ts'
import { Problems } from '../packages/flumen/src/config/problem.ts'
import { readProperties } from '../packages/flumen/src/config/properties-reader.ts'
import { substitute } from '../packages/flumen/src/config/substitution.ts'
import { type GoldenCase, readGolden } from './interop/golden.ts'
import { oracleEnvironment } from './interop/oracle.ts'

/** What runs, by name, sorted. A runner is a sink that is alone, or a group. */
interface Running {
  readonly sources: readonly string[]
  readonly channels: readonly string[]
  readonly runners: readonly string[]
}

const nothing: Running = { sources: [], channels: [], runners: [] }

/** Where a strict start refuses what Flume runs without a word, and why. */
const refused: Readonly<Record<string, string>> = {
  'a source with a known and an unknown channel': 'events would be missing in a channel that nobody notices',
  'a replicating selector with an unknown optional channel': 'Flume fails for that channel at each event',
  'a source with an unknown key': 'an unknown key is a misspelt one more often than not',
  'a channel with only a sink': 'the sink can never get an event',
  'a sink with an unknown key': 'an unknown key is a misspelt one more often than not',
  'a group over sinks of two channels': 'the channel of the sink that is not picked fills up',
  'a placeholder that is not resolved': 'its text would be taken as the value',
  'a filter gives a type': 'config filters come in a later version',
  'a filter does not know the key': 'config filters come in a later version',
  'a filter of an unknown type': 'config filters come in a later version',
  'an empty file': 'there is no agent in it',
  'comments only': 'there is no agent in it',
}

/** Where a lenient start runs something else than Flume, what it runs, and why. */
const different: Readonly<Record<string, readonly [why: string, ours: Running]>> = {
  ...sameFor('Flume starts nothing at all for one unknown type; here only that component is dropped', {
    'a source of an unknown type': running('', 'c1', 'k1'),
    'a source of an unknown class': running('', 'c1', 'k1'),
    'a source of a class that is none': running('', 'c1', 'k1'),
    'a source of the type kafka': running('', 'c1', 'k1'),
    'a channel of an unknown type': nothing,
    'a channel of an unknown class': nothing,
    'a channel of the type kafka': nothing,
    'a sink of an unknown type': running('r1', 'c1', ''),
    'a sink of the type kafka': running('r1', 'c1', ''),
    'a sink of an unknown class': running('r1', 'c1', ''),
    'a filter that no list names': running('r1', 'c1', ''),
  }),
  ...sameFor('transactionCapacity follows the capacity where only that is set', {
    'a channel with capacity below transactionCapacity': running('r1', 'c1', 'k1'),
    'a second good channel beside a bad one': running('r1', 'c1 c2', 'k1'),
  }),
  ...sameFor("the load_balancing selector works as Flume's guide says", {
    'a load_balancing selector': running('r1', 'c1', 'k1'),
    'a load_balancing selector by class name': running('r1', 'c1', 'k1'),
  }),
  'a source of the type stress': ['the stress source has an alias', running('r1', 'c1', 'k1')],
  'a load_balance group of one': ['one sink is a group too', running('r1', 'c1', 'g1 k2')],
  'a group without sinks': ['Flume ends with an exception for the whole file', running('r1', 'c1', 'k1 k2')],
  'a group with a sink that fails to configure': [
    'Flume starts nothing at all; here the group goes on with its other sink',
    running('r1', 'c1', 'g1'),
  ],
  'a tab in the groups list': ['any white space separates names, as in all other lists', running('r1', 'c1', 'g1')],
  'a group named like a sink': ['Flume forgets the sink', running('r1', 'c1', 'k1 k1')],
  'a group over sinks of two channels': [
    'a group takes from one channel; the other sink runs alone',
    running('r1', 'c1 c2', 'g1 k2'),
  ],
  'a filter gives a type': ['config filters come in a later version', running('r1', 'c1', '')],
}

const catalogue = new Catalogue(builtInComponents)
const cases = readGolden('validation')
/** A component of Flume that this version does not have; one that Flume itself does not find counts as unknown. */
const later = cases.filter((each) => /^a1\.\w+\.\w+\.type = elasticsearch$/m.test(fileOf(each)))

test('so many cases wait for components of later versions, each of which says so', async () => {
  assert.equal(later.length, 1)
  for (const each of later) {
    const problems = new Problems()
    await planOf(each, problems, false)
    const said = problems.all.filter(({ message }) => message.endsWith('this version of Flumen does not have yet'))
    assert.equal(said.length, 1, each.case)
  }
})

for (const each of cases) {
  if (later.includes(each)) continue
  const why = refused[each.case]
  const how =
    why === undefined ? 'has no error in a strict reading if Flume runs it whole' : `is refused, because ${why}`
  test(`validation, ${each.case}: ${how}`, async () => {
    const problems = new Problems()
    await planOf(each, problems, false)
    if (why !== undefined) assert.ok(isWhole(each) && hasNoError(each), 'Flume does not run it whole: no difference')
    if (isWhole(each) && hasNoError(each))
      assert.equal(problems.hasErrors, why !== undefined, JSON.stringify(problems.all))
    if (!isWhole(each))
      assert.ok(
        problems.all.some(({ severity }) => severity !== 'note') || each.case in different,
        'Flume drops something and nothing is said',
      )
  })

  const [reason, ours] = different[each.case] ?? []
  test(`validation, ${each.case}: a lenient start runs ${reason === undefined ? 'what Flume runs' : `something else, because ${reason}`}`, async () => {
    const plan = await planOf(each, new Problems(), true)
    const flume = flumesOf(each)
    if (ours !== undefined) assert.notDeepEqual(ours, flume, 'no difference')
    assert.deepEqual(runningOf(plan), ours ?? flume)
  })
}

test('the lists of differences name cases that there are', () => {
  const names = cases.map((each) => each.case)
  for (const name of [...Object.keys(refused), ...Object.keys(different)]) assert.ok(names.includes(name), name)
})

async function planOf(each: GoldenCase, problems: Problems, lenient: boolean): Promise<AgentPlan> {
  const written = readProperties(fileOf(each), 'flume.conf', problems)
  const sources = {
    environment: oracleEnvironment,
    systemProperties: new Map<string, string>(),
    now: new Date(0),
    formatDate: () => assert.fail('no case asks for a date'),
    readFile: () => assert.fail('no case asks for a file'),
  }
  const settings = substitute(written, sources, problems)
  return readPlan(settings, 'a1', problems, { catalogue, lenient })
}

function fileOf({ input }: GoldenCase): string {
  return (input as { readonly file: string }).file
}

interface FlumesAnswer {
  readonly agents?: Readonly<
    Record<string, { readonly sources: string[]; readonly channels: string[]; readonly sinks: string[] }>
  >
  readonly errors?: readonly unknown[]
  readonly materialized?: Readonly<
    Record<
      string,
      {
        readonly throws?: string
        readonly sources: string[]
        readonly channels: string[]
        readonly sink_runners: string[]
      }
    >
  >
}

/** What Flume runs of agent a1; undefined where it ends with an exception. */
function flumesOf({ output }: GoldenCase): Running | undefined {
  const { materialized } = output as FlumesAnswer
  if (!materialized || materialized.a1?.throws !== undefined) return undefined
  const {
    sources,
    channels,
    sink_runners: runners,
  } = materialized.a1 ?? { sources: [], channels: [], sink_runners: [] }
  return { sources: sources.sort(), channels: channels.sort(), runners: runners.sort() }
}

function hasNoError({ output }: GoldenCase): boolean {
  return (output as FlumesAnswer).errors?.length === 0
}

/** Flume drops nothing that a list of the file names. */
function isWhole(each: GoldenCase): boolean {
  const flume = flumesOf(each)
  const problems = new Problems()
  const settings = readProperties(fileOf(each), 'flume.conf', problems)
  const listed = (list: string): readonly string[] => settings.get(`a1.${list}`)?.value.split(/\s+/) ?? []
  const groups = listed('sinkgroups')
  const grouped = groups.flatMap((group) => settings.get(`a1.sinkgroups.${group}.sinks`)?.value.split(/\s+/) ?? [])
  const runners = [...groups, ...listed('sinks').filter((sink) => !grouped.includes(sink))]
  const named = {
    sources: listed('sources').toSorted(),
    channels: listed('channels').toSorted(),
    runners: runners.sort(),
  }
  return JSON.stringify(named) === JSON.stringify(flume)
}

function runningOf({ sources, channels, groups }: AgentPlan): Running {
  const names = (parts: readonly { readonly name: string }[]): string[] => parts.map(({ name }) => name).sort()
  return { sources: names(sources), channels: names(channels), runners: names(groups) }
}

function running(sources: string, channels: string, runners: string): Running {
  const words = (text: string): string[] => text.split(' ').filter((word) => word !== '')
  return { sources: words(sources), channels: words(channels), runners: words(runners) }
}

function sameFor(why: string, plans: Readonly<Record<string, Running>>): Record<string, readonly [string, Running]> {
  return Object.fromEntries(Object.entries(plans).map(([name, plan]) => [name, [why, plan]]))
}
