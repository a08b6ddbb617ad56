import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problems } from '../config/problem.ts'
import { settingsOf } from '../testing/agent-harness.ts'
import { catalogue, changed, flow, read, running, runs, says } from '../testing/plan-harness.ts'
import { readPlan } from './plan-reader.ts'

test('a plan has everything that was read, in the order of the lists', async () => {
  const { plan, lines } = await read(
    `${flow}
    a1.sources.r1.interceptors = i2 i1
    a1.sources.r1.interceptors.i1.type = host
    a1.sources.r1.interceptors.i1.header = one
    a1.sources.r1.interceptors.i2.type = HOST
    a1.sources.r1.backoffSleepIncrement = 2s
    a1.sources.r1.timeout = 1.5s
    a1.sources.r1.buffer = 64KiB
    a1.flumen.stopTimeout = 20
    a1.flumen.onFailure = STOP`,
  )
  assert.deepEqual(lines, [])
  const [source] = plan.sources
  assert.deepEqual(
    source?.interceptors.map(({ name, options }) => [name, options.header]),
    [
      ['r1.i2', 'h'],
      ['r1.i1', 'one'],
    ],
  )
  assert.deepEqual([source?.options.timeout, source?.options.buffer], [1500, 65_536])
  assert.deepEqual(source?.retry, { backoffSleepIncrement: 2000, maxBackoffSleep: 5000 })
  assert.deepEqual([source?.selector.declaration.type, source?.selector.name], ['replicating', 'r1.selector'])
  assert.deepEqual([plan.settings.stopTimeout, plan.settings.onFailure], [20_000, 'stop'])
  assert.equal(running(plan), 'r1 | c1 | k1')
})

test('a header that a later interceptor sets in any case is a note on that one', async () => {
  const interceptors = (...keys: string[]): string =>
    [`${flow}\na1.sources.r1.interceptors = i1 i2 i3`, ...keys.map((key) => `a1.sources.r1.interceptors.${key}`)].join(
      '\n',
    )
  const types = ['i1.type = host', 'i2.type = host', 'i3.type = host']
  await says(
    interceptors(...types, 'i2.header = other'),
    'note a1.sources.r1.interceptors.i3: interceptor i3 sets the header h of every event, so what i1 sets is gone; ' +
      'remove one of them, or keep what is there with preserveExisting',
  )
  await says(interceptors(...types, 'i2.header = other', 'i3.keep = true'))
  // One between them that does other things may have used it.
  await says(interceptors(...types, 'i2.header = other', 'i2.keep = true'))
})

test('reading a plan does not change the settings', async () => {
  const settings = settingsOf(changed('a1.source = r1', 'b1.sinks.k1.channel = c1'))
  const before = [...settings]
  await read(settings)
  await read(settings, true)
  assert.deepEqual([...settings], before)
})

test('of several agents in one file only the one that is asked for is looked at', async () => {
  await says(`${flow}\na2.sources = r1\na2.channels = c1\na2.sources.r1.type = nonsense`)
})

test('a name that is no agent of the file is a warning, unless it was meant to be one', async () => {
  await says(
    `${flow}\nweb.sources.r9.type = tcp\nweb.sources.r9.port = 2\nmy.port = 3`,
    'warning web.sources.r9.type: there is no agent web: it has no list of channels; the agent is a1',
  )
  await says(
    changed('web.sources.r1.port = 1').replace('a1.sources.r1.port = 1\n', ''),
    'web.sources.r1.port: there is no agent web; did you mean a1.sources.r1.port?',
  )
})

test('the only setting of a component under a wrong agent is found by the list', async () => {
  await says(
    changed('web.channels.c1.type = memory').replace('a1.channels.c1.type = memory\n', ''),
    'web.channels.c1.type: there is no agent web; did you mean a1.channels.c1.type?',
  )
})

test('an agent without channels, and one without sources and sinks, is told so', async () => {
  await says(
    'a1.flumen.stopTimeout = 1',
    'a1.channels: agent a1 has no channel; add a1.channels = c1',
    'a1.sources: agent a1 has neither a source nor a sink; add a1.sources = r1',
  )
})

test('components that no list names are warnings; without the whole list it is an error', async () => {
  await says(
    `${flow}\na1.sinks.k2.type = null\na1.sinks.k2.channel = c1`,
    'warning a1.sinks.k2: sink k2 is defined and not listed, so it does not run; add k2 to a1.sinks',
  )
  await says(
    changed('a1.sinks.k1.type = null').replace('a1.sinks = k1\n', ''),
    'a1.sinks: there is no list a1.sinks, so sink k1 does not run; add a1.sinks = k1',
  )
})

test('a name twice in a list is a warning and one component', async () => {
  const { plan, lines } = await read(changed('a1.sinks = k1 k1'))
  assert.deepEqual(lines, ['warning a1.sinks: k1 stands there more than once; name each once'])
  assert.equal(running(plan), 'r1 | c1 | k1')
})

test('commas between names are one mistake', async () => {
  const sinks = 'a1.sinks.k2.type = null\na1.sinks.k2.channel = c1'
  await says(
    changed('a1.sinks = k1,k2', sinks),
    'a1.sinks: names are separated by white space, not by commas; write a1.sinks = k1 k2',
  )
  const lines = await runs(changed('a1.sinks = k1,k2', sinks), 'r1 | c1 | ')
  assert.match(lines[0]!, /^warning a1\.sinks: names are separated by white space/)
})

test('settings under a misspelt name of a listed component are read as its own', async () => {
  await says(
    changed('a1.sources.rl.port = 1').replace('a1.sources.r1.port = 1\n', ''),
    'a1.sources.rl.port: there is no source rl; did you mean a1.sources.r1.port?',
  )
  await says(
    changed('a1.sinks.r1.port = 1').replace('a1.sources.r1.port = 1\n', ''),
    'a1.sinks.r1.port: r1 is not among the sinks, it is among the sources; did you mean a1.sources.r1.port?',
  )
})

test('a channel whose only line is misspelt is found by those who name it', async () => {
  await says(
    changed('a1.channels.c2.type = memory').replace('a1.channels.c1.type = memory\n', ''),
    'a1.channels.c2.type: there is no channel c2; did you mean a1.channels.c1.type?',
  )
  await says(changed('a1.channels = c2'), 'a1.channels: channel c2 has no settings; did you mean c1?')
})

test('a broken channel is said once, not again by those who use it', async () => {
  await says(
    changed('a1.channels.c1.type = memry'),
    'a1.channels.c1.type: there is no channel of type "memry"; did you mean memory?',
  )
})

test('a source names channels that there are and that are listed', async () => {
  await says(
    changed('a1.sources.r1.channels = c1 c9'),
    'a1.sources.r1.channels: there is no channel c9; did you mean c1?',
  )
  await says(
    changed('a1.sources.r1.channels = c1 c2', 'a1.channels.c2.type = memory'),
    'warning a1.channels.c2: channel c2 is defined and not listed, so it does not run; add c2 to a1.channels',
    'a1.sources.r1.channels: channel c2 is not listed; add c2 to a1.channels',
  )
  await says(
    changed('a1.sources.r1.channels = far.away'),
    'a1.sources.r1.channels: there is no channel far.away; the channels are c1',
  )
})

test('a sink takes from one channel', async () => {
  await says(
    changed('a1.sinks.k1.channel = c1 c2'),
    'a1.sinks.k1.channel: a sink takes from one channel, not from 2; keep one of c1, c2; use one sink a channel',
  )
})

test('interceptors are listed like components', async () => {
  const interceptor = 'a1.sources.r1.interceptors.i1.type = host'
  await says(
    changed('a1.sources.r1.interceptors = i2', interceptor),
    'a1.sources.r1.interceptors: interceptor i2 has no settings; did you mean i1?',
  )
  await says(
    changed(interceptor),
    'warning a1.sources.r1.interceptors.i1: interceptor i1 is defined and not listed, so it does not run; add i1 to a1.sources.r1.interceptors',
  )
  await says(
    changed('a1.sources.r1.interceptors = i1', interceptor, 'a1.sources.r1.interceptors.i1.heder = x'),
    'a1.sources.r1.interceptors.i1.heder: unknown key; did you mean a1.sources.r1.interceptors.i1.header?',
  )
  assert.match(
    (await runs(changed('a1.sources.r1.interceptors = i1'), ' | c1 | k1'))[0]!,
    /interceptor i1 has no settings/,
  )
})

test('a selector names channels of its source; Flume goes on without optional ones', async () => {
  const text = changed('a1.sources.r1.selector.optional = c9 c1 c8')
  await says(
    text,
    'a1.sources.r1.selector.optional: c9 is not among the channels of source r1; did you mean c1?',
    'a1.sources.r1.selector.optional: c8 is not among the channels of source r1; did you mean c1?',
  )
  const { plan } = await read(text, true)
  assert.deepEqual(plan.sources[0]?.selector.options.optional, ['c1'])
})

test('two components on one port are a problem; a lenient start runs the first', async () => {
  const second = 'a1.sources.r2.type = tcp\na1.sources.r2.port = 1\na1.sources.r2.channels = c1'
  const text = changed('a1.sources = r1 r2', 'a1.sources.r1.bind = 127.0.0.1', second)
  await says(text, 'a1.sources.r2.port: tcp port 1 is also used by a1.sources.r1; give one of them another one')
  await runs(text, 'r1 | c1 | k1')
})

test('a batch that is larger than a transaction is a problem; a lenient start drops who has it', async () => {
  const source = changed('a1.sources.r1.batch = 101')
  const fix = 'set a1.channels.c1.transactionCapacity to at least 101, or lower batch'
  await says(source, `a1.sources.r1.batch: batch 101 is larger than transactionCapacity 100 of channel c1; ${fix}`)
  await runs(source, ' | c1 | k1')
  const sink = changed('a1.sinks.k1.type = file', 'a1.sinks.k1.directory = x', 'a1.sinks.k1.batch = 101')
  await says(sink, `a1.sinks.k1.batch: batch 101 is larger than transactionCapacity 100 of channel c1; ${fix}`)
  await runs(sink, 'r1 | c1 | ')
  await says(changed('a1.sources.r1.batch = 100'))
  await says(changed('a1.channels.c1.transactionCapacity = 50', 'a1.sources.r1.batch = 50'))
})

test('a channel that nothing uses and a sink that gets nothing are problems, a channel that fills up is a warning', async () => {
  const second = 'a1.channels.c2.type = memory'
  await says(
    changed('a1.channels = c1 c2', second),
    'a1.channels.c2: no source and no sink uses channel c2; remove it from a1.channels, or name it in a source',
  )
  await says(
    changed('a1.channels = c1 c2', second, 'a1.sinks.k1.channel = c2'),
    'warning a1.channels.c1: no sink takes from channel c1, so it fills up; add a sink with channel = c1',
    'a1.sinks.k1: no source feeds channel c2, so sink k1 never gets an event; name c2 in the channels of a source',
  )
  await runs(changed('a1.channels = c1 c2', second), 'r1 | c1 | k1')
})

test('a sink without a source makes sense where its channel may hold events from before', async () => {
  const noSource =
    'a1.channels = c1\na1.sinks = k1\na1.sinks.k1.type = null\na1.sinks.k1.channel = c1\na1.channels.c1.type = '
  await says(`${noSource}log`)
  assert.match((await read(`${noSource}memory`)).lines.join(), /no source feeds channel c1/)
})

test('in a program, channels that no source feeds and no sink drains are no problem', async () => {
  const problems = new Problems()
  const text =
    'a1.channels = c1 c2\na1.channels.c1.type = memory\na1.channels.c2.type = memory\na1.sinks = k1\na1.sinks.k1.type = null\na1.sinks.k1.channel = c1'
  for (const each of [text, text.replaceAll(/a1\.sinks.*\n?/g, '')]) {
    const plan = await readPlan(settingsOf(each), 'a1', problems, { catalogue, isEmbedded: true })
    assert.deepEqual(problems.all, [])
    assert.equal(plan.channels.length, 2)
  }
})

test('a source that can lose says so in a note', async () => {
  const { plan, lines } = await read(changed('a1.sources.r1.ack = false'))
  assert.deepEqual(lines, [
    'note a1.sources.r1: nobody knows what was stored; see docs/guide/concepts.md, "What can be lost"',
  ])
  assert.equal(running(plan), 'r1 | c1 | k1')
})

test('unknown keys suggest what was meant, or say what is known', async () => {
  await says(
    changed('a1.sources.r1.banana = 1', 'a1.sinks.k1.batch = 5', 'a1.flumen.onFailur = stop'),
    'a1.sources.r1.banana: unknown key; remove it; known here: type, config, channels, interceptors, interceptors.*, selector.*, backoffSleepIncrement, maxBackoffSleep, bind, port, batch, timeout, buffer, ack',
    'a1.sinks.k1.batch: unknown key; remove it; known here: type, config, channel, backoffSleepIncrement, maxBackoffSleep',
    'a1.flumen.onFailur: unknown key; did you mean a1.flumen.onFailure?',
  )
  await says(
    `${flow}\na1.nonsense.x = 1\na1.sources.r1 = tcp\na1. = 1`,
    'a1.nonsense.x: there is no section nonsense; the sections are sources, channels, sinks, sinkgroups, configfilters, flumen',
    'a1.sources.r1: no key stands after a1.sources.r1; write a1.sources.r1.KEY = tcp',
    'a1.: a key ends with its dot; write what 1 is for',
  )
})

test('in a lenient start an unknown key is a warning and nothing is dropped', async () => {
  const lines = await runs(changed('a1.sinks.k1.nope = 5', 'a1.nope = 1'), 'r1 | c1 | k1')
  assert.deepEqual(lines, [
    'warning a1.sinks.k1.nope: unknown key; remove it; known here: type, config, channel, backoffSleepIncrement, maxBackoffSleep',
    'warning a1.nope: there is no section nope; the sections are sources, channels, sinks, sinkgroups, configfilters, flumen',
  ])
})

test('a lenient start drops what has an error, and says what goes with it', async () => {
  assert.deepEqual(await runs(changed('a1.channels.c1.transactionCapacity = x'), ' |  | '), [
    'a1.channels.c1.transactionCapacity: "x" is not a whole number; write a whole number',
    'a1.sources.r1: none of the channels of source r1 works, so it does not run; mend what is said about its parts',
    'a1.sinks.k1: the channel of sink k1 does not work, so it does not run; mend what is said about its parts',
  ])
})

test('maps of YAML, JSON or a program are lists, and a misspelt name in them is one line', async () => {
  const settings = settingsOf(
    changed('a1.source.r1.interceptors.i1.type = host')
      .replaceAll('a1.sources.', 'a1.source.')
      .replaceAll(/a1\.\w+ = .*\n/g, ''),
  )
  for (const [key, names] of [
    ['a1', 'source channels sinks'],
    ['a1.source', 'r1'],
    ['a1.source.r1', 'type port channels interceptors'],
    ['a1.source.r1.interceptors', 'i1'],
    ['a1.channels', 'c1'],
    ['a1.sinks', 'k1'],
  ] as const) {
    settings.imply(key, names.split(' '))
  }
  const { plan, lines } = await read(settings)
  assert.deepEqual(lines, ['a1.source: there is no section source; did you mean a1.sources?'])
  assert.equal(plan.sources[0]?.interceptors.length, 1)
})

test('a declaration that throws while it is checked is a problem of its component', async () => {
  await says(
    changed('a1.sinks.k1.type = angry'),
    'a1.sinks.k1: its declaration failed while it was checked: as a plugin may; mend the component',
  )
})

test('config filters are refused; a lenient start goes on without them', async () => {
  const text = `${flow}\na1.configfilters = f1\na1.configfilters.f1.type = env`
  const line = `a1.configfilters: config filters come in a later version; use \${env:NAME} or \${file:PATH} instead`
  await says(text, line)
  assert.deepEqual(await runs(text, 'r1 | c1 | k1'), [`warning ${line}`])
})

test('a file of nothing but mistakes is checked in bounded time', async () => {
  const lines: string[] = []
  for (let index = 0; index < 3000; index++) {
    lines.push(
      `a1.sources.s${index}.typ = x`,
      `a1.s${index}.x.y = 1`,
      `b${index}.sinks.k1.x = 1`,
      `a1.channels.c1.k${index} = 1`,
    )
  }
  const listed = Array.from({ length: 3000 }, (_, index) => `z${index}`).join(' ')
  const { lines: said } = await read(`${changed(`a1.sources = ${listed}`)}\n${lines.join('\n')}`)
  assert.ok(said.length > 9000)
  assert.ok(said.every((line) => line.length < 2000))
})
