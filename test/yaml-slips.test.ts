import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Catalogue } from '../packages/flumen/src/component/catalogue.ts'
import { readPlan } from '../packages/flumen/src/component/plan-reader.ts'
import { builtInComponents } from '../packages/flumen/src/components/catalogue.generated.ts'
import { type Problem, Problems } from '../packages/flumen/src/config/problem.ts'
import { readYaml } from '../packages/flumen/src/config/yaml-reader.ts'

const good = `a1:
  sources:
    r1:
      type: netcat
      bind: localhost
      port: 44444
      channels: [c1]
      interceptors:
        i1:
          type: host
          hostHeader: machine
      selector:
        type: multiplexing
        header: state
        mapping: {CZ: c1}
        default: c1
  channels:
    c1:
      type: memory
      capacity: 1000
  sinks:
    k1:
      type: file_roll
      channel: c1
      sink:
        directory: /var/log/flumen
        serializer: {type: text, appendNewline: false}
    k2: {type: logger, channel: c1}
  sinkgroups:
    g1:
      sinks: [k1, k2]
      processor: {type: failover, priority: {k1: 1, k2: 2}}
`

/** What is written wrong, how, and the one error: `key: message; fix`. */
const slips: readonly (readonly [right: string, wrong: string, says: RegExp])[] = [
  ['sources:', 'source:', /^a1\.source: there is no section source; did you mean a1\.sources\?$/],
  ['sources:', 'banana:', /^a1\.banana: there is no section banana; did you mean a1\.sources\?$/],
  ['channels:\n    c1', 'chanels:\n    c1', /^a1\.chanels: .* did you mean a1\.channels\?$/],
  ['sinks:\n', 'snks:\n', /^a1\.snks: .* did you mean a1\.sinks\?$/],
  ['sinkgroups', 'sinkgroup', /^a1\.sinkgroup: .* did you mean a1\.sinkgroups\?$/],
  ['type: netcat', 'typ: netcat', /^a1\.sources\.r1\.typ: unknown key; did you mean a1\.sources\.r1\.type\?$/],
  ['netcat', 'netcta', /^a1\.sources\.r1\.type: .* did you mean netcat\?$/],
  ['channels: [c1]', 'channel: [c1]', /^a1\.sources\.r1\.channel: .* did you mean a1\.sources\.r1\.channels\?$/],
  ['channels: [c1]', 'channels: [c2]', /^a1\.sources\.r1\.channels: there is no channel c2; did you mean c1\?$/],
  ['interceptors', 'interceptor', /^a1\.sources\.r1\.interceptor: .* did you mean a1\.sources\.r1\.interceptors\?$/],
  ['hostHeader', 'hostHeder', /^a1\.sources\.r1\.interceptors\.i1\.hostHeder: .*i1\.hostHeader\?$/],
  ['type: host', 'type: hots', /^a1\.sources\.r1\.interceptors\.i1\.type: .* did you mean host\?$/],
  ['selector', 'selektor', /^a1\.sources\.r1\.selektor: unknown key; did you mean a1\.sources\.r1\.selector\?$/],
  [
    'header: state',
    'heder: state',
    /^a1\.sources\.r1\.selector\.heder: .* did you mean a1\.sources\.r1\.selector\.header\?$/,
  ],
  ['mapping', 'maping', /^a1\.sources\.r1\.selector\.maping: .* did you mean a1\.sources\.r1\.selector\.mapping\?$/],
  ['default: c1', 'default: c2', /^a1\.sources\.r1\.selector\.default: c2 is not among .* did you mean c1\?$/],
  ['capacity', 'capasity', /^a1\.channels\.c1\.capasity: .* did you mean a1\.channels\.c1\.capacity\?$/],
  [
    'channel: c1\n      sink',
    'channels: c1\n      sink',
    /^a1\.sinks\.k1\.channels: .* did you mean a1\.sinks\.k1\.channel\?$/,
  ],
  ['sink:\n', 'snk:\n', /^a1\.sinks\.k1\.snk: unknown key; did you mean a1\.sinks\.k1\.sink\?$/],
  ['directory', 'directroy', /^a1\.sinks\.k1\.sink\.directroy: .* did you mean a1\.sinks\.k1\.sink\.directory\?$/],
  ['serializer', 'serialiser', /^a1\.sinks\.k1\.sink\.serialiser: .* did you mean a1\.sinks\.k1\.sink\.serializer\?$/],
  ['type: text', 'type: txt', /^a1\.sinks\.k1\.sink\.serializer\.type: .* did you mean text\?$/],
  ['appendNewline', 'appendNewlin', /^a1\.sinks\.k1\.sink\.serializer\.appendNewlin: .*appendNewline\?$/],
  ['sinks: [', 'sink: [', /^a1\.sinkgroups\.g1\.sink: unknown key; did you mean a1\.sinkgroups\.g1\.sinks\?$/],
  ['[k1, k2]', '[k1, k3]', /^a1\.sinkgroups\.g1\.sinks: there is no sink k3; did you mean k2\?$/],
  ['processor', 'procesor', /^a1\.sinkgroups\.g1\.procesor: .* did you mean a1\.sinkgroups\.g1\.processor\?$/],
  ['type: failover', 'typ: failover', /^a1\.sinkgroups\.g1\.processor\.typ: .*g1\.processor\.type\?$/],
  ['failover', 'failovr', /^a1\.sinkgroups\.g1\.processor\.type: .* did you mean failover\?$/],
  ['priority', 'prority', /^a1\.sinkgroups\.g1\.processor\.prority: .*g1\.processor\.priority\?$/],
  ['k2: 2', 'k3: 2', /^a1\.sinkgroups\.g1\.processor\.priority\.k3: .* did you mean k2\?$/],
]

/** Errors and warnings; what can be lost is a note. */
async function problemsOf(text: string): Promise<readonly Problem[]> {
  const problems = new Problems()
  const settings = await readYaml(text, 'flume.yaml', problems)
  await readPlan(settings, 'a1', problems, { catalogue: new Catalogue(builtInComponents) })
  return problems.all.filter(({ severity }) => severity !== 'note')
}

test('the configuration in YAML has no problem, only notes', async () => {
  assert.deepEqual(await problemsOf(good), [])
})

for (const [right, wrong, says] of slips) {
  const shown = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
  test(`in YAML, ${shown(wrong)} for ${shown(right)} is one line, at its place`, async () => {
    assert.ok(good.includes(right))
    const problems = await problemsOf(good.replace(right, wrong))
    assert.equal(problems.length, 1, JSON.stringify(problems))
    const [{ place, key, message, fix } = assert.fail()] = problems
    assert.match(`${key}: ${message}; ${fix}`, says)
    const line = good.slice(0, good.indexOf(right)).split('\n').length
    assert.deepEqual([place.file, place.line], ['flume.yaml', line])
  })
}
