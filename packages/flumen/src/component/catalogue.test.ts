import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entryOf } from '../testing/agent-harness.ts'
import { Catalogue, type Found, type PluginLoader } from './catalogue.ts'
import {
  type Declaration,
  defineChannel,
  defineInterceptor,
  defineSink,
  defineSource,
  type Kind,
  kinds,
} from './kit.ts'

const unused = (): never => assert.fail('nothing is made in this test')
const common = { summary: 'An example.', fields: {}, examples: [], create: unused }

const netcat = defineSource({
  ...common,
  type: 'netcat',
  aliases: ['nc', 'TCP'],
  className: 'org.apache.flume.source.NetcatSource',
})
const logger = defineSink({ ...common, type: 'logger', className: ['org.example.LoggerSink', 'org.example.Logger'] })
const pseudo = defineChannel({ ...common, className: 'org.apache.flume.channel.PseudoTxnMemoryChannel' })
const host = defineInterceptor({
  ...common,
  type: 'host',
  className: 'org.apache.flume.interceptor.HostInterceptor$Builder',
})
const declarations: readonly Declaration[] = [netcat, logger, pseudo, host]
const catalogue = new Catalogue(declarations.map(entryOf))

async function found(kind: Kind, type: string): Promise<unknown> {
  return ((await catalogue.find(kind, type, '/')) as Found).declaration
}

async function missing(kind: Kind, type: string, from: Catalogue = catalogue): Promise<string> {
  const answer = await from.find(kind, type, '/')
  return 'message' in answer ? `${answer.message}; ${answer.fix}` : assert.fail('it was found')
}

test('a component is found by its type and its aliases in any case, and by its class names exactly', async () => {
  for (const type of ['netcat', 'NETCAT', 'NetCat', 'nc', 'tcp', 'org.apache.flume.source.NetcatSource']) {
    assert.equal(await found('source', type), netcat, type)
  }
  for (const type of ['org.example.LoggerSink', 'org.example.Logger']) assert.equal(await found('sink', type), logger)
  assert.equal(await found('channel', 'org.apache.flume.channel.PseudoTxnMemoryChannel'), pseudo)
  assert.match(await missing('source', 'org.apache.flume.source.netcatsource'), /did you mean org\..*NetcatSource\?/)
})

test('a type is one of its kind', async () => {
  assert.match(await missing('sink', 'netcat'), /^there is no sink of type "netcat"; /)
})

test('a misspelt type suggests the nearest, of aliases and class names alike', async () => {
  assert.equal(await missing('source', 'netcta'), 'there is no source of type "netcta"; did you mean netcat?')
  assert.match(await missing('sink', 'org.example.LogerSink'), /did you mean org\.example\.LoggerSink\?$/)
  assert.match(
    await missing('interceptor', 'org.apache.flume.interceptor.HostInterceptor'),
    /HostInterceptor\$Builder\?$/,
  )
})

test('a type like no other gets the list of what there is', async () => {
  assert.equal(
    await missing('source', 'banana'),
    'there is no source of type "banana"; the sources are netcat; a plugin is named by path (./…) or package',
  )
  assert.match(
    await missing('channel', 'banana'),
    /the channels are org\.apache\.flume\.channel\.PseudoTxnMemoryChannel;/,
  )
  assert.match(await missing('serializer', 'banana'), /this version has no event serializers;/)
})

test('a Java class of nobody we know cannot run', async () => {
  assert.match(
    await missing('sink', 'com.example.KafkaesqueSink'),
    /; Java classes do not run here; write the sink as a/,
  )
  assert.match(await missing('interceptor', 'com.example.Mine$Builder'), /; Java classes do not run here; /)
})

test('components of Flume that are still to come are known by name and by class', async () => {
  for (const [kind, type] of [
    ['source', 'JMS'],
    ['source', 'org.apache.flume.source.kafka.KafkaSource'],
    ['sink', 'hdfs'],
    ['channel', 'org.apache.flume.channel.kafka.KafkaChannel'],
  ] as const) {
    const message = await missing(kind, type)
    assert.match(message, /is a \w+ of Flume that this version of Flumen does not have yet; /)
    assert.ok(message.startsWith(type))
  }
  assert.match(
    await missing('interceptor', 'morphline'),
    /^morphline is an interceptor of Flume that this version of Flumen does not have yet/,
  )
  assert.match(await missing('sink', 'hdsf'), /did you mean hdfs, which comes in a later version\?$/)
})

test('only what is asked for is loaded', async () => {
  const loaded: string[] = []
  const entries = declarations.map((declaration) => ({
    ...entryOf(declaration),
    load: () => {
      loaded.push(declaration.type ?? '')
      return Promise.resolve({ default: declaration })
    },
  }))
  const lazy = new Catalogue(entries)
  assert.deepEqual(lazy.names('source'), ['netcat'])
  assert.equal(lazy.entry('sink', 'Logger')?.summary, 'An example.')
  assert.deepEqual(loaded, [])
  await lazy.find('sink', 'logger', '/')
  assert.deepEqual(loaded, ['logger'])
  assert.equal(await lazy.fieldsOf('sink', 'logger'), logger.fields)
  assert.equal(await lazy.fieldsOf('sink', 'nope'), undefined)
})

test('a built-in component that does not load is a problem and not an exception', async () => {
  const broken = { ...entryOf(logger), load: () => Promise.reject(new Error('no native part')) }
  assert.equal(
    await missing('sink', 'logger', new Catalogue([broken])),
    'logger cannot be loaded: no native part; install again',
  )
})

test('paths and packages are loaded, built-in names and class names are not', async () => {
  const asked: string[] = []
  const loader: PluginLoader = (_kind, type) => {
    asked.push(type)
    return Promise.resolve({ message: 'absent', fix: '', isAbsent: true })
  }
  const withPlugins = new Catalogue(declarations.map(entryOf), loader)
  const types = ['logger', './a.ts', 'a/b', '@s/p', 'a.ts', 'redact', 'hive', 'com.example.A', '../x', '/x/y.js']
  for (const type of types) await withPlugins.find('sink', type, '/')
  assert.deepEqual(asked, ['./a.ts', 'a/b', '@s/p', 'a.ts', 'redact', '../x', '/x/y.js'])
})

test('a package of that name that is no component says so, one that there is not makes the type unknown', async () => {
  const answer = { message: 'redact has no component', fix: 'write one' }
  const loader: PluginLoader = (_kind, type) =>
    Promise.resolve(type === 'redact' ? answer : { ...answer, isAbsent: true })
  const withPlugins = new Catalogue(declarations.map(entryOf), loader)
  assert.equal(await missing('sink', 'redact', withPlugins), 'redact has no component; write one')
  assert.match(await missing('sink', 'other', withPlugins), /^there is no sink of type "other"/)
})

test('a catalogue without plugins says that it has none', async () => {
  for (const kind of kinds) assert.match(await missing(kind, './x.ts'), /^\.\/x\.ts cannot be loaded here/)
})
