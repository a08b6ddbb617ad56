// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are what is tested
import { bytesJson, type Case, casesOf } from './case.ts'

/** Keys to set, or to leave out (undefined), over a good configuration. */
type Change = Readonly<Record<string, string | undefined>>

/** Whole configuration files: what Flume keeps of them and what it calls an error. */
export function validationCases(): Case[] {
  const rows = { ...lists, ...sources, ...channels, ...sinks, ...groups, ...agents, ...sizes, ...filters, ...later }
  const changed = Object.entries(rows).map(([name, change]) => [name, {}, bytesJson('file', text(change))] as const)
  const written = Object.entries(files).map(([name, file]) => [name, {}, bytesJson('file', file)] as const)
  return casesOf('validation', [...changed, ...written])
}

const good: Change = {
  'a1.sources': 'r1',
  'a1.channels': 'c1',
  'a1.sinks': 'k1',
  'a1.sources.r1.type': 'seq',
  'a1.sources.r1.channels': 'c1',
  'a1.channels.c1.type': 'memory',
  'a1.sinks.k1.type': 'logger',
  'a1.sinks.k1.channel': 'c1',
}

const two: Change = {
  'a1.sinks': 'k1 k2',
  'a1.sinks.k2.type': 'null',
  'a1.sinks.k2.channel': 'c1',
}

const grouped: Change = {
  ...two,
  'a1.sinkgroups': 'g1',
  'a1.sinkgroups.g1.sinks': 'k1 k2',
  'a1.sinkgroups.g1.processor.type': 'failover',
}

function text(change: Change): string {
  return Object.entries({ ...good, ...change })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('')
}

const lists: Readonly<Record<string, Change>> = {
  'all is well': {},
  'no channels list': { 'a1.channels': undefined },
  'an empty channels list': { 'a1.channels': '' },
  'no sources list': { 'a1.sources': undefined },
  'no sinks list': { 'a1.sinks': undefined },
  'neither sources nor sinks list': { 'a1.sources': undefined, 'a1.sinks': undefined },
  'only lists': {
    'a1.sources.r1.type': undefined,
    'a1.sources.r1.channels': undefined,
    'a1.channels.c1.type': undefined,
    'a1.sinks.k1.type': undefined,
    'a1.sinks.k1.channel': undefined,
  },
  'commas in a list': { 'a1.sinks': 'k1,k2' },
  'tabs in a list': { ...two, 'a1.sinks': 'k1\tk2' },
  'a name listed twice': { 'a1.sinks': 'k1 k1' },
  'a listed source without properties': { 'a1.sources': 'r1 r2' },
  'a listed channel without properties': { 'a1.channels': 'c1 c2' },
  'a listed sink without properties': { 'a1.sinks': 'k1 k2' },
  'components that no list names': {
    'a1.sources.r2.type': 'seq',
    'a1.channels.c2.type': 'memory',
    'a1.sinks.k2.type': 'null',
  },
  'names in another case': { 'a1.sinks': 'K1' },
  'a section in another case': { 'a1.Sinks': 'k1' },
}

const sources: Readonly<Record<string, Change>> = {
  'a source without a type': { 'a1.sources.r1.type': undefined, 'a1.sources.r1.batchSize': '1' },
  'a source without channels': { 'a1.sources.r1.channels': undefined },
  'a source with an empty channels value': { 'a1.sources.r1.channels': '' },
  'a source with an unknown channel': { 'a1.sources.r1.channels': 'c9' },
  'a source with a known and an unknown channel': { 'a1.sources.r1.channels': 'c1 c9' },
  'a source with channel in the singular': { 'a1.sources.r1.channels': undefined, 'a1.sources.r1.channel': 'c1' },
  'a source of an unknown type': { 'a1.sources.r1.type': 'nope' },
  'a source of an unknown class': { 'a1.sources.r1.type': 'com.example.Nope' },
  'a source by class name': { 'a1.sources.r1.type': 'org.apache.flume.source.SequenceGeneratorSource' },
  'a source type in another case': { 'a1.sources.r1.type': 'SEQ' },
  'a source of a class that is none': { 'a1.sources.r1.type': 'java.lang.String' },
  'a netcat source without its port': { 'a1.sources.r1.type': 'netcat', 'a1.sources.r1.bind': 'localhost' },
  'a netcat source': { 'a1.sources.r1.type': 'netcat', 'a1.sources.r1.bind': 'localhost', 'a1.sources.r1.port': '1' },
  'an exec source without a command': { 'a1.sources.r1.type': 'exec' },
  'an avro source': { 'a1.sources.r1.type': 'avro', 'a1.sources.r1.bind': 'localhost', 'a1.sources.r1.port': '1' },
  'an interceptor without a type': { 'a1.sources.r1.interceptors': 'i1' },
  'an interceptor of an unknown type': {
    'a1.sources.r1.interceptors': 'i1',
    'a1.sources.r1.interceptors.i1.type': 'nope',
  },
  'an interceptor with a wrong pattern': {
    'a1.sources.r1.interceptors': 'i1',
    'a1.sources.r1.interceptors.i1.type': 'regex_filter',
    'a1.sources.r1.interceptors.i1.regex': '(',
  },
  'a good interceptor': { 'a1.sources.r1.interceptors': 'i1', 'a1.sources.r1.interceptors.i1.type': 'timestamp' },
  'a selector of an unknown type': { 'a1.sources.r1.selector.type': 'nope' },
  'a selector that maps to an unknown channel': {
    'a1.sources.r1.selector.type': 'multiplexing',
    'a1.sources.r1.selector.mapping.x': 'c9',
  },
  'a selector that is good': { 'a1.sources.r1.selector.type': 'multiplexing', 'a1.sources.r1.selector.default': 'c1' },
  'a load_balancing selector': { 'a1.sources.r1.selector.type': 'load_balancing' },
  'a load_balancing selector by class name': {
    'a1.sources.r1.selector.type': 'org.apache.flume.channel.LoadBalancingChannelSelector',
  },
  'a replicating selector by name': { 'a1.sources.r1.selector.type': 'REPLICATING' },
  'a selector with a config class': { 'a1.sources.r1.selector.type': 'x.Y', 'a1.sources.r1.selector.config': 'x.Z' },
  'a source with a config class': { 'a1.sources.r1.type': 'x.Y', 'a1.sources.r1.config': 'x.Z' },
  'a source of the type http': { 'a1.sources.r1.type': 'http', 'a1.sources.r1.port': '1' },
  'a source of the type syslogtcp': { 'a1.sources.r1.type': 'syslogtcp', 'a1.sources.r1.port': '1' },
  'a source of the type syslogudp': { 'a1.sources.r1.type': 'syslogudp', 'a1.sources.r1.port': '1' },
  'a source of the type multiport_syslogtcp': {
    'a1.sources.r1.type': 'multiport_syslogtcp',
    'a1.sources.r1.ports': '1 2',
  },
  'a source of the type netcatudp': { 'a1.sources.r1.type': 'netcatudp', 'a1.sources.r1.port': '1' },
  'a source of the type thrift': {
    'a1.sources.r1.type': 'thrift',
    'a1.sources.r1.bind': 'localhost',
    'a1.sources.r1.port': '1',
  },
  'a source of the type spooldir': { 'a1.sources.r1.type': 'spooldir', 'a1.sources.r1.spoolDir': 'x' },
  'a source of the type stress': { 'a1.sources.r1.type': 'stress' },
  'a source of the type kafka': { 'a1.sources.r1.type': 'kafka' },
  'a replicating selector with an unknown optional channel': { 'a1.sources.r1.selector.optional': 'c9' },
  'a source with an unknown key': { 'a1.sources.r1.nope': 'x' },
  'a source key without a name': { 'a1.sources..type': 'x' },
  'a source key without a key': { 'a1.sources.r1.': 'x' },
  'a source name alone': { 'a1.sources.r1': 'x' },
}

const channels: Readonly<Record<string, Change>> = {
  'a channel without a type': { 'a1.channels.c1.type': undefined, 'a1.channels.c1.capacity': '100' },
  'a channel of an unknown type': { 'a1.channels.c1.type': 'nope' },
  'a channel of an unknown class': { 'a1.channels.c1.type': 'com.example.Nope' },
  'a channel by class name': { 'a1.channels.c1.type': 'org.apache.flume.channel.MemoryChannel' },
  'a channel type in another case': { 'a1.channels.c1.type': 'MEMORY' },
  'a channel with capacity below transactionCapacity': { 'a1.channels.c1.capacity': '50' },
  'a channel with a capacity that is no number': { 'a1.channels.c1.capacity': 'x' },
  'a channel of the type spillablememory': { 'a1.channels.c1.type': 'spillablememory' },
  'a channel of the type file': { 'a1.channels.c1.type': 'file' },
  'a file channel with a capacity that is no number': {
    'a1.channels.c1.type': 'file',
    'a1.channels.c1.capacity': 'x',
  },
  'a channel of the type kafka': { 'a1.channels.c1.type': 'kafka' },
  'a channel with a config class': { 'a1.channels.c1.type': 'x.Y', 'a1.channels.c1.config': 'x.Z' },
  'a second good channel beside a bad one': {
    'a1.channels': 'c1 c2',
    'a1.channels.c1.capacity': '50',
    'a1.channels.c2.type': 'memory',
    'a1.sources.r1.channels': 'c1 c2',
  },
  'a channel that nothing uses': { 'a1.channels': 'c1 c2', 'a1.channels.c2.type': 'memory' },
  'a channel with only a source': {
    'a1.channels': 'c1 c2',
    'a1.channels.c2.type': 'memory',
    'a1.sources.r1.channels': 'c1 c2',
  },
  'a channel with only a sink': {
    'a1.channels': 'c1 c2',
    'a1.channels.c2.type': 'memory',
    'a1.sinks.k1.channel': 'c2',
  },
}

const sinks: Readonly<Record<string, Change>> = {
  'a sink without a type': { 'a1.sinks.k1.type': undefined },
  'a sink without a channel': { 'a1.sinks.k1.channel': undefined },
  'a sink with channels in the plural': { 'a1.sinks.k1.channel': undefined, 'a1.sinks.k1.channels': 'c1' },
  'a sink with an unknown channel': { 'a1.sinks.k1.channel': 'c9' },
  'a sink with two channels': {
    'a1.channels': 'c1 c2',
    'a1.channels.c2.type': 'memory',
    'a1.sinks.k1.channel': 'c1 c2',
  },
  'a sink of an unknown type': { 'a1.sinks.k1.type': 'nope' },
  'a sink of the type kafka': { 'a1.sinks.k1.type': 'kafka' },
  'a sink of the type elasticsearch': { 'a1.sinks.k1.type': 'elasticsearch' },
  'a sink of an unknown class': { 'a1.sinks.k1.type': 'com.example.Nope' },
  'a sink by class name': { 'a1.sinks.k1.type': 'org.apache.flume.sink.LoggerSink' },
  'a sink type in another case': { 'a1.sinks.k1.type': 'Logger' },
  'a file_roll sink without a directory': { 'a1.sinks.k1.type': 'file_roll' },
  'an avro sink without a host': { 'a1.sinks.k1.type': 'avro' },
  'an http sink without an endpoint': { 'a1.sinks.k1.type': 'http' },
  'a thrift sink': { 'a1.sinks.k1.type': 'thrift', 'a1.sinks.k1.hostname': 'localhost', 'a1.sinks.k1.port': '1' },
  'an irc sink': {
    'a1.sinks.k1.type': 'irc',
    'a1.sinks.k1.hostname': 'localhost',
    'a1.sinks.k1.nick': 'n',
    'a1.sinks.k1.chan': 'c',
  },
  'a logger sink with a size that is no number': { 'a1.sinks.k1.maxBytesToLog': 'x' },
  'a bad sink beside a good one': { ...two, 'a1.sinks.k2.type': 'file_roll' },
  'a sink with an unknown key': { 'a1.sinks.k1.nope': 'x' },
}

const groups: Readonly<Record<string, Change>> = {
  'a failover group': grouped,
  'a load_balance group': { ...grouped, 'a1.sinkgroups.g1.processor.type': 'load_balance' },
  'a group without a processor type': { ...grouped, 'a1.sinkgroups.g1.processor.type': undefined },
  'a default group of one': {
    ...grouped,
    'a1.sinkgroups.g1.sinks': 'k1',
    'a1.sinkgroups.g1.processor.type': 'default',
  },
  'a default group of two': { ...grouped, 'a1.sinkgroups.g1.processor.type': 'default' },
  'a load_balance group of one': {
    ...grouped,
    'a1.sinkgroups.g1.sinks': 'k1',
    'a1.sinkgroups.g1.processor.type': 'load_balance',
  },
  'a group of an unknown processor type': { ...grouped, 'a1.sinkgroups.g1.processor.type': 'nope' },
  'a group by processor class': {
    ...grouped,
    'a1.sinkgroups.g1.processor.type': 'org.apache.flume.sink.FailoverSinkProcessor',
  },
  'a group with an unknown sink': { ...grouped, 'a1.sinkgroups.g1.sinks': 'k1 k2 k9' },
  'a group of unknown sinks only': { ...grouped, 'a1.sinkgroups.g1.sinks': 'k8 k9' },
  'a group without sinks': { ...grouped, 'a1.sinkgroups.g1.sinks': undefined },
  'a group without properties': { ...two, 'a1.sinkgroups': 'g1' },
  'a group that no list names': { ...grouped, 'a1.sinkgroups': undefined },
  'a group of one sink, the other alone': { ...grouped, 'a1.sinkgroups.g1.sinks': 'k1' },
  'a group with a sink that fails to configure': { ...grouped, 'a1.sinks.k2.type': 'file_roll' },
  'a group with a sink of an unknown channel': { ...grouped, 'a1.sinks.k2.channel': 'c9' },
  'a group with commas': { ...grouped, 'a1.sinkgroups.g1.sinks': 'k1,k2' },
  'a tab in the groups list': { ...grouped, 'a1.sinkgroups': 'g1\tg2' },
  'a group named like a sink': {
    ...two,
    'a1.sinkgroups': 'k1',
    'a1.sinkgroups.k1.sinks': 'k2',
    'a1.sinkgroups.k1.processor.type': 'failover',
  },
  'a group over sinks of two channels': {
    ...grouped,
    'a1.channels': 'c1 c2',
    'a1.channels.c2.type': 'memory',
    'a1.sinks.k2.channel': 'c2',
  },
}

const agents: Readonly<Record<string, Change>> = {
  'a second agent': {
    'a2.sources': 'r1',
    'a2.channels': 'c1',
    'a2.sources.r1.type': 'seq',
    'a2.sources.r1.channels': 'c1',
    'a2.channels.c1.type': 'memory',
  },
  'a second agent that is invalid': { 'a2.sources': 'r1' },
  'a key without a dot': { nope: 'x' },
  'a key that begins with a dot': { '.sources': 'r1' },
  'a key that ends with the dot': { 'a1.': 'x' },
  'an unknown section': { 'a1.nope': 'x', 'a1.nope.x.y': 'z' },
  'an empty value': { 'a1.sinks.k1.maxBytesToLog': '' },
  'an empty type': { 'a1.sinks.k1.type': '' },
  'a placeholder that is not resolved': { 'a1.sinks.k1.x': '${nope}' },
  'a type from a placeholder': { 'a1.sinks.k1.type': '${missing:-null}' },
}

const sizes: Readonly<Record<string, Change>> = {
  'a source batch above transactionCapacity': { 'a1.sources.r1.batchSize': '101' },
  'a source batch equal to transactionCapacity': { 'a1.sources.r1.batchSize': '100' },
  'a source batch above that of one of two channels': {
    'a1.channels': 'c1 c2',
    'a1.channels.c2.type': 'memory',
    'a1.channels.c2.transactionCapacity': '10',
    'a1.sources.r1.channels': 'c1 c2',
    'a1.sources.r1.batchSize': '50',
  },
  'a sink batch above transactionCapacity': { 'a1.sinks.k1.type': 'null', 'a1.sinks.k1.batchSize': '101' },
  'a sink batch equal to transactionCapacity': { 'a1.sinks.k1.type': 'null', 'a1.sinks.k1.batchSize': '100' },
  'a file_roll batch above transactionCapacity': {
    'a1.sinks.k1.type': 'file_roll',
    'a1.sinks.k1.sink.directory': 'x',
    'a1.channels.c1.transactionCapacity': '50',
  },
  'a null sink with a batch of 0': { 'a1.sinks.k1.type': 'null', 'a1.sinks.k1.batchSize': '0' },
  'an avro sink batch above transactionCapacity': {
    'a1.sinks.k1.type': 'avro',
    'a1.sinks.k1.hostname': 'localhost',
    'a1.sinks.k1.port': '1',
    'a1.sinks.k1.batch-size': '101',
  },
}

const environment = { 'a1.configfilters': 'f1', 'a1.configfilters.f1.type': 'env' }

const filters: Readonly<Record<string, Change>> = {
  'a filter gives a type': { ...environment, 'a1.sinks.k1.type': "${f1['FLUMEN_SINK_TYPE']}" },
  'a filter does not know the key': { ...environment, 'a1.sinks.k1.x': "${f1['NOPE']}" },
  'a filter of an unknown type': { ...environment, 'a1.configfilters.f1.type': 'nope' },
  'a filter without properties': { 'a1.configfilters': 'f1' },
  'a filter without a type': { 'a1.configfilters': 'f1', 'a1.configfilters.f1.x': 'y' },
  'a filter that no list names': { 'a1.configfilters.f1.type': 'env', 'a1.sinks.k1.type': "${f1['FLUMEN_SINK_TYPE']}" },
}

/** Where phases meet: a source keeps only channels that were configured. */
const later: Readonly<Record<string, Change>> = {
  'the only channel fails to configure': {
    'a1.channels.c1.capacity': 'x',
    'a1.channels.c1.transactionCapacity': '1000',
  },
  'the source fails, the sink stays': { 'a1.sources.r1.type': 'exec' },
  'the sink fails, the source stays': { 'a1.sinks.k1.type': 'file_roll' },
  'source and sink fail, the channel goes': { 'a1.sources.r1.type': 'exec', 'a1.sinks.k1.type': 'file_roll' },
  'a source named like a sink': {
    'a1.sources': 'x',
    'a1.sources.x.type': 'seq',
    'a1.sources.x.channels': 'c1',
    'a1.sinks': 'x',
    'a1.sinks.x.type': 'null',
    'a1.sinks.x.channel': 'c1',
  },
}

const files: Readonly<Record<string, string>> = {
  'an empty file': '',
  'comments only': '# nothing\n! at all\n',
  'Windows line ends': text({}).replaceAll('\n', '\r\n'),
  'blanks around everything': text({})
    .split('\n')
    .map((line) => ` ${line.replace('=', ' : ')}\t `)
    .join('\n'),
  'lists over several lines': text({ ...two, 'a1.sinks': 'k1 \\\n    k2' }),
  'a list given twice': `${text({})}a1.sinks = k2\n`,
  'the guide’s first example': `# example.conf: A single-node Flume configuration

# Name the components on this agent
a1.sources = r1
a1.sinks = k1
a1.channels = c1

# Describe/configure the source
a1.sources.r1.type = netcat
a1.sources.r1.bind = localhost
a1.sources.r1.port = 44444

# Describe the sink
a1.sinks.k1.type = logger

# Use a channel which buffers events in memory
a1.channels.c1.type = memory
a1.channels.c1.capacity = 1000
a1.channels.c1.transactionCapacity = 100

# Bind the source and sink to the channel
a1.sources.r1.channels = c1
a1.sinks.k1.channel = c1
`,
}
