import { type Case, casesOf } from './case.ts'

type Config = Readonly<Record<string, string | undefined>>

/** Properties that Flume takes and refuses, and calls in right and wrong orders. Nobody listens at the sinks' port. */
export function embeddedAgentCases(): Case[] {
  return casesOf('embedded_agent', [
    ...propertyRows.map(
      ([name, changes]) => [name, changed(sound, changes), { name: 'my app', steps: ['configure'] }] as const,
    ),
    ...scriptRows.map(([name, steps]) => [name, changed(sound, small), { name: 'my app', steps }] as const),
  ])
}

const sound: Config = {
  'channel.type': 'memory',
  sinks: 'k1',
  'k1.type': 'avro',
  'k1.hostname': '127.0.0.1',
  'k1.port': '1',
  'processor.type': 'default',
}

/** Room for two events. */
const small: Config = {
  'channel.capacity': '2',
  'channel.transactionCapacity': '2',
  'channel.keep-alive': '0',
  'k1.batch-size': '2',
}

const second: Config = { sinks: 'k1 k2', 'k2.type': 'avro', 'k2.hostname': '127.0.0.1', 'k2.port': '1' }

/** What differs from sound properties; undefined: the key is not there. */
const propertyRows: readonly (readonly [name: string, changes: Config])[] = [
  ['sound', {}],
  ['no channel type', { 'channel.type': undefined }],
  ['channel type in another case', { 'channel.type': 'MeMoRy' }],
  ['channel type with blanks', { 'channel.type': ' memory ' }],
  ['channel type as a class', { 'channel.type': 'org.apache.flume.channel.MemoryChannel' }],
  ['spillable channel', { 'channel.type': 'spillablememory' }],
  ['jdbc channel', { 'channel.type': 'jdbc' }],
  ['no sinks', { sinks: undefined }],
  ['no name in sinks', { sinks: '' }],
  ['a blank before the name in sinks', { sinks: ' k1' }],
  ['a blank behind the name in sinks', { sinks: 'k1 ' }],
  ['tabs between sinks', { ...second, sinks: 'k1 \t k2', 'processor.type': 'failover' }],
  ['a comma between sinks', { ...second, sinks: 'k1,k2', 'processor.type': 'failover' }],
  ['no sink type', { 'k1.type': undefined }],
  ['thrift sink', { 'k1.type': 'thrift' }],
  ['logger sink', { 'k1.type': 'logger' }],
  ['sink type in another case', { 'k1.type': 'AVRO' }],
  ['sink type as a class', { 'k1.type': 'org.apache.flume.sink.AvroSink' }],
  ['no host', { 'k1.hostname': undefined }],
  ['no processor type', { 'processor.type': undefined }],
  ['processor type in another case', { 'processor.type': 'Default' }],
  ['processor type as a class', { 'processor.type': 'org.apache.flume.sink.DefaultSinkProcessor' }],
  ['unknown processor type', { 'processor.type': 'random' }],
  ['two sinks under default', second],
  ['two sinks under failover', { ...second, 'processor.type': 'failover', 'processor.priority.k1': '2' }],
  ['two sinks under load_balance', { ...second, 'processor.type': 'load_balance' }],
  ['one sink under failover', { 'processor.type': 'failover', 'processor.priority.k1': '2' }],
  ['one sink under load_balance', { 'processor.type': 'load_balance' }],
  ['one sink twice', { sinks: 'k1 k1' }],
  ...['source', 'Channel', 'PROCESSOR'].map(
    (name) => [`a sink called ${name}`, { sinks: `k1 ${name}`, [`${name}.type`]: 'avro' }] as const,
  ),
  [
    'a sink called sinks',
    {
      ...{ sinks: 'sinks', 'k1.type': undefined, 'k1.hostname': undefined, 'k1.port': undefined },
      ...{ 'sinks.type': 'avro', 'sinks.hostname': '127.0.0.1', 'sinks.port': '1' },
    },
  ],
  ['unknown word', { colour: 'red' }],
  ['unknown part', { 'colour.type': 'red' }],
  ['a word that begins like a part', { sources: 'r1' }],
  ['a sink that is not listed', { 'k2.type': 'avro' }],
  ['unknown option of the sink', { 'k1.colour': 'red' }],
  ['unknown option of the channel', { 'channel.colour': 'red' }],
  ['the channel of the sink', { 'k1.channel': 'c1' }],
  ['the channels of the source', { 'source.channels': 'c1' }],
  ['source type', { 'source.type': 'embedded' }],
  ['source type in another case', { 'source.type': 'EMBEDDED' }],
  ['source type as a class', { 'source.type': 'org.apache.flume.agent.embedded.EmbeddedSource' }],
  ['another source type', { 'source.type': 'netcat' }],
  ['an interceptor', { 'source.interceptors': 'i1', 'source.interceptors.i1.type': 'timestamp' }],
  ['an unknown interceptor', { 'source.interceptors': 'i1', 'source.interceptors.i1.type': 'nope' }],
  ['a selector', { 'source.selector.type': 'replicating' }],
  ['an unknown selector', { 'source.selector.type': 'nope' }],
  ['batches larger than a transaction', { 'channel.transactionCapacity': '5', 'k1.batch-size': '10' }],
  ['a number that is none', { 'channel.capacity': 'many' }],
]

const scriptRows: readonly (readonly [name: string, steps: readonly string[]])[] = [
  ['before anything', ['put 1', 'put 0', 'start', 'stop']],
  ['before the start', ['configure', 'configure', 'put 1', 'put 0', 'stop']],
  ['while it runs', ['configure', 'start', 'start', 'configure', 'put 0', 'put 1', 'stop', 'stop']],
  ['after the stop', ['configure', 'start', 'stop', 'put 1', 'stop', 'configure']],
  ['a start after the stop', ['configure', 'start', 'stop', 'start']],
  ['a full channel', ['configure', 'start', 'put 2', 'put 1', 'stop']],
  ['events in a row until it is full', ['configure', 'start', 'put 1', 'put 1', 'put 1', 'stop']],
  ['more events than a transaction may have', ['configure', 'start', 'put 3', 'put 2', 'stop']],
]

function changed(properties: Config, changes: Config): Readonly<Record<string, string>> {
  const pairs = Object.entries({ ...properties, ...changes })
  return Object.fromEntries(pairs.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))
}
