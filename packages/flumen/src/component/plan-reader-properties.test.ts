import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { noPlace, Problems } from '../config/problem.ts'
import { Settings } from '../config/settings.ts'
import { catalogue } from '../testing/plan-harness.ts'
import { readPlan } from './plan-reader.ts'

/** Words of configurations, right and wrong ones, so that chance makes whole agents as well as nonsense. */
const agent = fc.constantFrom('a1', 'a1', 'a1', 'a1', 'b1', '', 'web')
const section = fc.constantFrom(
  'sources',
  'channels',
  'sinks',
  'sinkgroups',
  'source',
  'flumen',
  'configfilters',
  'x',
  '',
)
const name = fc.constantFrom('r1', 'c1', 'k1', 'k2', 'g1', 'i1', 'rl', '')
const keys = [
  'type',
  'port',
  'channel',
  'channels',
  'interceptors',
  'selector',
  'sinks',
  'processor',
  'priority',
  'batch',
  'typ',
]
const key = fc.array(fc.constantFrom(...keys, 'r1', 'k1', 'i1', ''), { maxLength: 4 })
const value = fc.constantFrom(
  'tcp',
  'memory',
  'null',
  'file',
  'failover',
  'r1',
  'c1',
  'k1 k2',
  'k1,k2',
  'g1',
  'i1',
  '1',
  '5 s',
  'x',
)

const segments = fc.oneof(
  fc.tuple(agent, section),
  fc.tuple(agent, section, name, key).map(([first, second, third, rest]) => [first, second, third, ...rest]),
  fc.constantFrom(['a1'], ['a1', ''], ['']),
)
const lines = fc.array(fc.tuple(segments, value), { maxLength: 40 })
const implied = fc.array(fc.tuple(segments, fc.array(name, { maxLength: 3 })), { maxLength: 4 })

function settingsFrom(
  pairs: readonly (readonly [readonly string[], string])[],
  lists: readonly (readonly [readonly string[], readonly string[]])[],
): Settings {
  const settings = new Settings()
  for (const [parts, text] of pairs) settings.set({ key: parts.join('.'), value: text, place: noPlace })
  for (const [parts, names] of lists) settings.imply(parts.join('.'), names)
  return settings
}

test('whatever a configuration says, reading it ends, throws nothing and says each thing once', async () => {
  await fc.assert(
    fc.asyncProperty(lines, implied, fc.boolean(), async (pairs, lists, lenient) => {
      const problems = new Problems()
      const plan = await readPlan(settingsFrom(pairs, lists), 'a1', problems, { catalogue, lenient })
      const said = problems.all.map(({ severity, place, ...words }) => JSON.stringify(words))
      assert.equal(new Set(said).size, said.length, said.join('\n'))
      for (const { message, fix } of problems.all) assert.doesNotMatch(`${message}; ${fix}`, /undefined|\n|; $/)
      assert.ok(problems.hasErrors || plan.channels.length > 0)
    }),
    { numRuns: 500 },
  )
})

test('a plan holds together, also a lenient one: channels that are named are there, and a sink runs once', async () => {
  await fc.assert(
    fc.asyncProperty(lines, implied, async (pairs, lists) => {
      const plan = await readPlan(settingsFrom(pairs, lists), 'a1', new Problems(), { catalogue, lenient: true })
      const channels = new Set(plan.channels.map((channel) => channel.name))
      assert.equal(channels.size, plan.channels.length)
      for (const source of plan.sources) {
        assert.ok(source.channels.length > 0)
        for (const channel of source.channels) assert.ok(channels.has(channel))
      }
      const sinks = plan.groups.flatMap((group) => group.sinks)
      assert.equal(new Set(sinks.map((sink) => sink.name)).size, sinks.length)
      for (const group of plan.groups) {
        assert.ok(group.sinks.length > 0 && channels.has(group.channel))
        assert.ok(group.sinks.every((sink) => sink.channel === group.channel))
        assert.ok(group.processor !== undefined || group.sinks.length === 1)
      }
    }),
    { numRuns: 500 },
  )
})
