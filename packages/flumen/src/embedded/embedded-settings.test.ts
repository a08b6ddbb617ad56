import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problems } from '../config/problem.ts'
import { printProblem } from '../config/problem-text.ts'
import { type EmbeddedProperties, embeddedSettings } from './embedded-settings.ts'
import { EmbeddedAgent } from './index.ts'

const sound = {
  'channel.type': 'memory',
  sinks: 'k1',
  'k1.type': 'avro',
  'k1.hostname': 'localhost',
  'k1.port': '4141',
  'processor.type': 'default',
}
const second = { sinks: 'k1 k2', 'k2.type': 'avro', 'k2.hostname': 'localhost', 'k2.port': '4142' }

test('the parts have the names that Flume gives them, without the blanks of the agent, and sinks keep theirs', () => {
  const problems = new Problems()
  const settings = embeddedSettings('my app', { ...sound, 'source.interceptors': 'i1' }, false, problems)
  assert.deepEqual(problems.all, [])
  assert.deepEqual(
    Object.fromEntries(Array.from(settings, ({ key, value }) => [key.replace('embedded-agent.', ''), value])),
    {
      sources: 'source-myapp',
      'sources.source-myapp.type': 'embedded',
      'sources.source-myapp.channels': 'channel-myapp',
      'sources.source-myapp.interceptors': 'i1',
      channels: 'channel-myapp',
      'channels.channel-myapp.type': 'memory',
      sinks: 'k1',
      'sinks.k1.type': 'avro',
      'sinks.k1.hostname': 'localhost',
      'sinks.k1.port': '4141',
      'sinks.k1.channel': 'channel-myapp',
      sinkgroups: 'sink-group-myapp',
      'sinkgroups.sink-group-myapp.sinks': 'k1',
      'sinkgroups.sink-group-myapp.processor.type': 'default',
    },
  )
})

test('what Flume takes is taken', async () => {
  const cases: readonly EmbeddedProperties[] = [
    sound,
    { ...sound, 'channel.type': 'MeMoRy' },
    { ...sound, 'channel.type': ' memory ' },
    {
      ...sound,
      'channel.type': 'file',
      'channel.checkpointDir': 'unused/checkpoint',
      'channel.dataDirs': 'unused/data',
    },
    { ...sound, 'source.type': 'EMBEDDED' },
    { ...sound, 'source.type': 'org.apache.flume.agent.embedded.EmbeddedSource' },
    { ...sound, ...second, 'processor.type': 'FAILOVER', 'processor.priority.k1': '1', 'processor.priority.k2': '2' },
    { ...sound, ...second, 'processor.type': 'load_balance', 'processor.backoff': true, 'k2.port': 4142 },
    { ...sound, 'source.interceptors': 'i1', 'source.interceptors.i1.type': 'static' },
    { ...sound, 'source.selector.type': 'replicating' },
    { ...sound, sinks: ' k1 ' },
    { ...without(sound, 'k1'), ...renamed('k1', 'sinks'), sinks: 'sinks' },
  ]
  for (const properties of cases) {
    const agent = new EmbeddedAgent('app')
    await agent.configure(properties)
    assert.equal(agent.state, 'STOPPED')
  }
})

test('what Flume refuses is refused, with the key that was written and what to write', async () => {
  const cases: readonly (readonly [EmbeddedProperties, string])[] = [
    [without(sound, 'channel'), 'channel.type: channel.type is needed; add channel.type = memory'],
    [
      { ...sound, 'channel.type': 'org.apache.flume.channel.MemoryChannel' },
      'channel.type: an embedded agent cannot have the type org.apache.flume.channel.MemoryChannel here; write one of memory, file, or give the agent the option anyType',
    ],
    [
      { ...sound, 'channel.type': 'memroy' },
      'channel.type: an embedded agent cannot have the type memroy here; did you mean memory?',
    ],
    [without(sound, 'sinks'), 'sinks: no sink is named; add sinks = k1'],
    [{ ...sound, sinks: '' }, 'sinks: no sink is named; add sinks = k1'],
    [without(sound, 'k1.type'), 'k1.type: k1.type is needed; add k1.type = avro'],
    [
      { ...sound, 'k1.type': 'thrift' },
      'k1.type: an embedded agent cannot have the type thrift here; write avro, or give the agent the option anyType',
    ],
    [without(sound, 'processor'), 'processor.type: processor.type is needed; add processor.type = default'],
    [
      { ...sound, 'processor.type': 'org.apache.flume.sink.DefaultSinkProcessor' },
      'processor.type: an embedded agent cannot have the type org.apache.flume.sink.DefaultSinkProcessor here; write one of default, failover, load_balance, or give the agent the option anyType',
    ],
    [
      { ...sound, 'source.type': 'netcat' },
      'source.type: an embedded agent cannot have the type netcat here; write one of embedded, org.apache.flume.agent.embedded.EmbeddedSource',
    ],
    [
      { ...sound, ...renamed('k1', 'Source'), sinks: 'k1 Source' },
      'sinks: a sink cannot be called Source; call it k2; source, channel, processor are taken by other keys',
    ],
    [
      { ...sound, ...second, sinks: 'k1, k2', 'processor.type': 'failover' },
      'sinks: names are separated by blanks, not by commas; write sinks = k1 k2',
    ],
    [{ ...sound, sinks: 'k1 k1' }, 'sinks: k1 stands there more than once; name each sink once'],
    [
      { ...sound, colour: 'red' },
      'colour: unknown key; known are source.type, channel.type, sinks, processor.type, source.*, channel.*, processor.*, k1.*, flumen.*',
    ],
    [{ ...sound, 'k7.type': 'avro' }, 'k7.type: there is no sink k7 in sinks; add it: sinks = k1 k7'],
    [
      { ...sound, 'other.type': 'avro', 'other.port': 1 },
      'other.type: there is no sink other in sinks; add it: sinks = k1 other',
    ],
    [{ ...sound, 'source.channels': 'c1' }, "source.channels: the source's channel is always channel-app; remove it"],
    [without(sound, 'k1.hostname'), 'k1.hostname: k1.hostname is needed; add k1.hostname = …'],
    [
      { ...sound, ...second },
      'processor.type: default is for 1 sink, group sink-group-app has 2; write failover or load_balance',
    ],
    [{ ...sound, 'source.interceptors': 'i1', 'source.interceptors.i1.type': 'nope' }, ''],
    [{ ...sound, 'channel.transactionCapacity': '5', 'k1.batch-size': '10' }, ''],
  ]
  for (const [properties, line] of cases) {
    const error = await problemOf(new EmbeddedAgent('app').configure(properties))
    if (line === '') assert.match(error, /^embedded agent app: (?:processor|source|channel|k1)\./)
    else assert.equal(error, `embedded agent app: ${line}`)
    assert.doesNotMatch(error, /embedded-agent|sinkgroups|channels\./)
  }
})

test('an unknown key of a part is refused with what it may have meant, or with the keys that there are', async () => {
  const near = await problemOf(new EmbeddedAgent('app').configure({ ...sound, 'channel.capcity': '10' }))
  assert.equal(near, 'embedded agent app: channel.capcity: unknown key; did you mean channel.capacity?')
  const far = await problemOf(new EmbeddedAgent('app').configure({ ...sound, 'k1.colour': 'red' }))
  assert.match(far, /^embedded agent app: k1\.colour: unknown key; remove it; known here: .*batch-size/)
  const section = await problemOf(
    new EmbeddedAgent('app').configure({ ...without(sound, 'channel'), 'chanel.type': 'file' }),
  )
  assert.equal(section, 'embedded agent app: chanel.type: unknown key; did you mean channel.type?')
})

test('all problems are told at once, a line each', async () => {
  const error = await problemOf(new EmbeddedAgent('app').configure({ sinks: 'k1', 'k1.type': 'hdfs' }))
  assert.equal(error.split('\n').length, 3)
})

test('a name with a dot, or none, is refused', async () => {
  assert.match(await problemOf(new EmbeddedAgent('a.b').configure(sound)), /has a dot, as a key has; call it a-b$/)
  assert.match(await problemOf(new EmbeddedAgent(' ').configure(sound)), /the agent has no name; give it one$/)
})

test('a channel that is given to a sink is said to do nothing, as in Flume it does nothing', async () => {
  const warnings: string[] = []
  const quiet = (): void => undefined
  const log = { debug: quiet, info: quiet, warn: (message: string) => warnings.push(message), error: quiet }
  await new EmbeddedAgent('app', { log }).configure({ ...sound, 'k1.channel': 'c1' })
  assert.deepEqual(warnings, [
    "embedded agent app: warning: k1.channel: the sink's channel is always channel-app; remove it",
  ])
})

test('any type of a channel and a sink is taken where the program says so, and still no other source', async () => {
  const properties = { ...sound, 'channel.type': 'spillablememory', 'k1.type': 'thrift' }
  await new EmbeddedAgent('app', { anyType: true }).configure(properties)
  const error = await problemOf(
    new EmbeddedAgent('app', { anyType: true }).configure({ ...sound, 'source.type': 'seq' }),
  )
  assert.match(error, /source\.type: an embedded agent cannot have the type seq here/)
})

test('an agent without properties is told what it needs', () => {
  const problems = new Problems()
  embeddedSettings('app', {}, false, problems)
  assert.deepEqual(problems.all.map(printProblem), [
    'embedded agent app: channel.type: channel.type is needed; add channel.type = memory',
    'embedded agent app: sinks: no sink is named; add sinks = k1, and k1.type = avro',
    'embedded agent app: processor.type: processor.type is needed; add processor.type = default',
  ])
})

async function problemOf(configured: Promise<void>): Promise<string> {
  try {
    await configured
  } catch (error) {
    assert.equal((error as { readonly code?: string }).code, 'CONFIGURATION')
    return (error as Error).message
  }
  return assert.fail('it was taken')
}

/** Without a key, or without all keys of a part. */
function without(properties: EmbeddedProperties, left: string): EmbeddedProperties {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => key !== left && !key.startsWith(`${left}.`)))
}

function renamed(sink: string, name: string): EmbeddedProperties {
  const own = Object.entries<string>(sound).filter(([key]) => key.startsWith(`${sink}.`))
  return Object.fromEntries(own.map(([key, value]) => [`${name}${key.slice(sink.length)}`, value]))
}
