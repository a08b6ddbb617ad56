import { beforeSink, behindSource, flow, twoSinks } from './parts.ts'

/** A configuration as the guide shows it, and the errors that there are, in order: `key: what is wrong; how to mend it`. */
export interface RefusedExample {
  readonly file: string
  readonly says: readonly RegExp[]
}

export const refusedExamples: Readonly<Record<string, RefusedExample>> = {
  'the first flow, before its components have types': {
    file: `
agent_foo.sources = avro-appserver-src-1
agent_foo.sinks = hdfs-sink-1
agent_foo.channels = mem-channel-1
agent_foo.sources.avro-appserver-src-1.channels = mem-channel-1
agent_foo.sinks.hdfs-sink-1.channel = mem-channel-1
`,
    says: [
      /^agent_foo\.channels: channel mem-channel-1 has no settings; add agent_foo\.channels\.mem-channel-1\.type = /,
      /^agent_foo\.sources\.avro-appserver-src-1\.type: source avro-appserver-src-1 has no type; /,
      /^agent_foo\.sinks\.hdfs-sink-1\.type: sink hdfs-sink-1 has no type; /,
    ],
  },
  'custom source': {
    file: `
a1.sources = r1
a1.channels = c1
a1.sources.r1.type = org.example.MySource
a1.sources.r1.channels = c1
${behindSource}`,
    says: [
      /^a1\.sources\.r1\.type: there is no source of type "org\.example\.MySource"; Java classes do not run here; /,
    ],
  },
  'custom sink': {
    file: `
a1.channels = c1
a1.sinks = k1
a1.sinks.k1.type = org.example.MySink
a1.sinks.k1.channel = c1
${beforeSink}`,
    says: [/^a1\.sinks\.k1\.type: there is no sink of type "org\.example\.MySink"; Java classes do not run here; /],
  },
  'custom channel': {
    file: `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = seq
a1.sources.r1.channels = c1
a1.channels.c1.type = org.example.MyChannel
a1.sinks.k1.type = logger
a1.sinks.k1.channel = c1
`,
    says: [
      /^a1\.channels\.c1\.type: there is no channel of type "org\.example\.MyChannel"; Java classes do not run here; /,
    ],
  },
  'custom channel selector': {
    file: `${flow}
a1.sources.r1.selector.type = org.example.MyChannelSelector
`,
    says: [
      /^a1\.sources\.r1\.selector\.type: there is no channel selector of type "org\.example\.MyChannelSelector"; /,
    ],
  },
  'fan out with optional channels, one of its lines given twice and one channel that there is not': {
    file: `${flow}
a1.sources.r1.selector.type = multiplexing
a1.sources.r1.selector.header = State
a1.sources.r1.selector.mapping.AZ = file-channel-2
a1.sources.r1.selector.mapping.AZ = file-channel-2
a1.sources.r1.selector.default = c1
`,
    says: [/^a1\.sources\.r1\.selector\.mapping\.AZ: file-channel-2 is not among the channels of source r1; /],
  },
  'interceptors without the rest of the agent, as the guide shows them': {
    file: `
a1.sources = r1
a1.sinks = k1
a1.channels = c1
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = host
a1.sinks.k1.filePrefix = FlumeData.%{CollectorHost}.%Y-%m-%d
a1.sinks.k1.channel = c1
`,
    says: [
      /^a1\.channels: channel c1 has no settings; add a1\.channels\.c1\.type = /,
      /^a1\.sources\.r1\.type: source r1 has no type; /,
      /^a1\.sources\.r1\.channels: source r1 has no channel; /,
      /^a1\.sinks\.k1\.type: sink k1 has no type; /,
    ],
  },
  'search and replace interceptor with nothing instead': {
    file: `
a1.sources = avroSrc
a1.channels = c1
a1.sources.avroSrc.type = seq
a1.sources.avroSrc.channels = c1
a1.sources.avroSrc.interceptors = search-replace
a1.sources.avroSrc.interceptors.search-replace.type = search_replace
a1.sources.avroSrc.interceptors.search-replace.searchPattern = ^[A-Za-z0-9_]+
a1.sources.avroSrc.interceptors.search-replace.replaceString =
${behindSource}`,
    says: [/^a1\.sources\.avroSrc\.interceptors\.search-replace\.replaceString: .* has no value, so it is dropped; /],
  },
  "regex extractor by the class of the guide's summary, which is that of the filter": {
    file: `${flow}
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = org.apache.flume.interceptor.RegexFilteringInterceptor$Builder
a1.sources.r1.interceptors.i1.regex = (\\\\d)
a1.sources.r1.interceptors.i1.serializers = s1
a1.sources.r1.interceptors.i1.serializers.s1.name = one
`,
    says: [
      /^a1\.sources\.r1\.interceptors\.i1\.serializers: unknown key; remove it; known here: type, config, regex, excludeEvents$/,
      /^a1\.sources\.r1\.interceptors\.i1\.serializers\.s1\.name: unknown key; /,
    ],
  },
  'load balancing sink processor with the sinks where its table has them': {
    file: `${twoSinks}
a1.sinkgroups = g1
a1.sinkgroups.g1.processor.sinks = k1 k2
a1.sinkgroups.g1.processor.type = load_balance
`,
    says: [/^a1\.sinkgroups\.g1\.processor\.sinks: unknown key; did you mean a1\.sinkgroups\.g1\.sinks\?$/],
  },
  'a source with `channel`, a sink with `channels`': {
    file: `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = seq
a1.sources.r1.channel = c1
a1.channels.c1.type = memory
a1.sinks.k1.type = logger
a1.sinks.k1.channels = c1
`,
    says: [
      /^a1\.sources\.r1\.channel: unknown key; did you mean a1\.sources\.r1\.channels\?$/,
      /^a1\.sinks\.k1\.channels: unknown key; did you mean a1\.sinks\.k1\.channel\?$/,
    ],
  },
  "file_roll with the serializer's key of hdfs": {
    file: `
a1.channels = c1
a1.sinks = k1
a1.sinks.k1.type = file_roll
a1.sinks.k1.channel = c1
a1.sinks.k1.sink.directory = /var/log/flume
a1.sinks.k1.serializer = avro_event
${beforeSink}`,
    says: [/^a1\.sinks\.k1\.serializer: unknown key; did you mean a1\.sinks\.k1\.sink\.serializer\?$/],
  },
  'avro serializer with a schema of its own': {
    file: `
a1.channels = c1
a1.sinks = k1
a1.sinks.k1.type = file_roll
a1.sinks.k1.channel = c1
a1.sinks.k1.sink.directory = /var/log/flume
a1.sinks.k1.sink.serializer = org.apache.flume.sink.hdfs.AvroEventSerializer$Builder
a1.sinks.k1.sink.serializer.compressionCodec = snappy
a1.sinks.k1.sink.serializer.schemaURL = hdfs://namenode/path/to/schema.avsc
${beforeSink}`,
    says: [
      /^a1\.sinks\.k1\.sink\.serializer: .*AvroEventSerializer\$Builder is an event serializer of Flume that this version/,
    ],
  },
  'a batch that is larger than the transactions of its channel': {
    file: `${flow}
a1.sources.r1.batchSize = 101
`,
    says: [/^a1\.sources\.r1\.batchSize: batchSize 101 is larger than transactionCapacity 100 of channel c1; /],
  },
  'a sink group without the type of its processor': {
    file: `${twoSinks}
a1.sinkgroups = g1
a1.sinkgroups.g1.sinks = k1 k2
`,
    says: [/^a1\.sinkgroups\.g1\.processor\.type: group g1 of 2 sinks has no processor\.type; /],
  },
}
