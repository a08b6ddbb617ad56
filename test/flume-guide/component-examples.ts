import { beforeSink, behindSource, drained, flow, twoSinks } from './parts.ts'

/** By the part of the guide: sinks, channels, selectors, processors, serializers, interceptors. */
export const componentExamples: Readonly<Record<string, string>> = {
  'logger sink': `
a1.channels = c1
a1.sinks = k1
a1.sinks.k1.type = logger
a1.sinks.k1.maxBytesToLog = 16
a1.sinks.k1.channel = c1
${beforeSink}`,
  'file_roll sink': `
a1.channels = c1
a1.sinks = k1
a1.sinks.k1.type = file_roll
a1.sinks.k1.channel = c1
a1.sinks.k1.sink.directory = /var/log/flume
${beforeSink}`,
  'file_roll sink, every property': `
a1.channels = c1
a1.sinks = k1
a1.sinks.k1.type = file_roll
a1.sinks.k1.channel = c1
a1.sinks.k1.sink.directory = /var/log/flume
a1.sinks.k1.sink.pathManager = DEFAULT
a1.sinks.k1.sink.pathManager.extension = log
a1.sinks.k1.sink.pathManager.prefix = web-
a1.sinks.k1.sink.rollInterval = 30
a1.sinks.k1.sink.serializer = TEXT
a1.sinks.k1.sink.batchSize = 100
${beforeSink}`,
  'null sink': `
a1.channels = c1
a1.sinks = k1
a1.sinks.k1.type = null
a1.sinks.k1.batchSize = 100
a1.sinks.k1.channel = c1
${beforeSink}`,
  'memory channel': `
a1.channels.c1.capacity = 10000
a1.channels.c1.transactionCapacity = 10000
a1.channels.c1.byteCapacityBufferPercentage = 20
a1.channels.c1.byteCapacity = 800000
a1.channels.c1.keep-alive = 3
${flow}`,
  'pseudo transaction channel': `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = seq
a1.sources.r1.channels = c1
a1.channels.c1.type = org.apache.flume.channel.PseudoTxnMemoryChannel
a1.channels.c1.capacity = 50
a1.channels.c1.keep-alive = 3
a1.sinks.k1.type = logger
a1.sinks.k1.channel = c1
`,
  'replicating selector': `
a1.sources = r1
a1.channels = c1 c2 c3
a1.sources.r1.type = seq
a1.sources.r1.selector.type = replicating
a1.sources.r1.channels = c1 c2 c3
a1.sources.r1.selector.optional = c3
${drained('a1', 'c1', 'c2', 'c3')}`,
  'load balancing selector': `
a1.sources = r1
a1.channels = c1 c2 c3 c4
a1.sources.r1.type = seq
a1.sources.r1.channels = c1 c2 c3 c4
a1.sources.r1.selector.type = load_balancing
a1.sources.r1.selector.policy = round_robin
${drained('a1', 'c1', 'c2', 'c3', 'c4')}`,
  'multiplexing selector': `
a1.sources = r1
a1.channels = c1 c2 c3 c4
a1.sources.r1.type = seq
a1.sources.r1.channels = c1 c2 c3 c4
a1.sources.r1.selector.type = multiplexing
a1.sources.r1.selector.header = state
a1.sources.r1.selector.mapping.CZ = c1
a1.sources.r1.selector.mapping.US = c2 c3
a1.sources.r1.selector.default = c4
${drained('a1', 'c1', 'c2', 'c3', 'c4')}`,
  'sink group': `${twoSinks}
a1.sinkgroups = g1
a1.sinkgroups.g1.sinks = k1 k2
a1.sinkgroups.g1.processor.type = load_balance
`,
  'default sink processor': `${twoSinks}
a1.sinkgroups = g1
a1.sinkgroups.g1.sinks = k1
a1.sinkgroups.g1.processor.type = default
`,
  'failover sink processor': `${twoSinks}
a1.sinkgroups = g1
a1.sinkgroups.g1.sinks = k1 k2
a1.sinkgroups.g1.processor.type = failover
a1.sinkgroups.g1.processor.priority.k1 = 5
a1.sinkgroups.g1.processor.priority.k2 = 10
a1.sinkgroups.g1.processor.maxpenalty = 10000
`,
  'load balancing sink processor': `${twoSinks}
a1.sinkgroups = g1
a1.sinkgroups.g1.sinks = k1 k2
a1.sinkgroups.g1.processor.type = load_balance
a1.sinkgroups.g1.processor.backoff = true
a1.sinkgroups.g1.processor.selector = random
a1.sinkgroups.g1.processor.selector.maxTimeOut = 30000
`,
  'body text serializer': `
a1.channels = c1
a1.sinks = k1
a1.sinks.k1.type = file_roll
a1.sinks.k1.channel = c1
a1.sinks.k1.sink.directory = /var/log/flume
a1.sinks.k1.sink.serializer = text
a1.sinks.k1.sink.serializer.appendNewline = false
${beforeSink}`,
  'avro event serializer': `
a1.channels = c1
a1.sinks = k1
a1.sinks.k1.type = file_roll
a1.sinks.k1.channel = c1
a1.sinks.k1.sink.directory = /var/log/flume
a1.sinks.k1.sink.serializer = avro_event
a1.sinks.k1.sink.serializer.syncIntervalBytes = 2048000
a1.sinks.k1.sink.serializer.compressionCodec = snappy
${beforeSink}`,
  'interceptors by class name': `${flow}
a1.sources.r1.interceptors = i1 i2
a1.sources.r1.interceptors.i1.type = org.apache.flume.interceptor.HostInterceptor$Builder
a1.sources.r1.interceptors.i1.preserveExisting = false
a1.sources.r1.interceptors.i1.hostHeader = hostname
a1.sources.r1.interceptors.i2.type = org.apache.flume.interceptor.TimestampInterceptor$Builder
`,
  'timestamp interceptor': `${flow}
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = timestamp
a1.sources.r1.interceptors.i1.headerName = timestamp
a1.sources.r1.interceptors.i1.preserveExisting = false
`,
  'timestamp interceptor with the key of its text': `${flow}
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = timestamp
a1.sources.r1.interceptors.i1.header = timestamp
`,
  'host interceptor': `${flow}
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = host
a1.sources.r1.interceptors.i1.useIP = true
`,
  'static interceptor': `${flow}
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = static
a1.sources.r1.interceptors.i1.key = datacenter
a1.sources.r1.interceptors.i1.value = NEW_YORK
a1.sources.r1.interceptors.i1.preserveExisting = true
`,
  'remove header interceptor': `${flow}
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = remove_header
a1.sources.r1.interceptors.i1.withName = one
a1.sources.r1.interceptors.i1.fromList = two, three
a1.sources.r1.interceptors.i1.fromListSeparator = \\\\s*,\\\\s*
a1.sources.r1.interceptors.i1.matching = x-.*
`,
  'UUID interceptor': `${flow}
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = org.apache.flume.sink.solr.morphline.UUIDInterceptor$Builder
a1.sources.r1.interceptors.i1.headerName = id
a1.sources.r1.interceptors.i1.preserveExisting = true
a1.sources.r1.interceptors.i1.prefix = web-
`,
  'search and replace interceptor with groups': `
a1.sources = avroSrc
a1.channels = c1
a1.sources.avroSrc.type = seq
a1.sources.avroSrc.channels = c1
a1.sources.avroSrc.interceptors = search-replace
a1.sources.avroSrc.interceptors.search-replace.type = search_replace
a1.sources.avroSrc.interceptors.search-replace.searchPattern = The quick brown ([a-z]+) jumped over the lazy ([a-z]+)
a1.sources.avroSrc.interceptors.search-replace.replaceString = The hungry $2 ate the careless $1
a1.sources.avroSrc.interceptors.search-replace.charset = UTF-8
${behindSource}`,
  'regex filtering interceptor': `${flow}
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = regex_filter
a1.sources.r1.interceptors.i1.regex = .*
a1.sources.r1.interceptors.i1.excludeEvents = false
`,
  'regex extractor interceptor, example 1': `${flow}
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = regex_extractor
a1.sources.r1.interceptors.i1.regex = (\\\\d):(\\\\d):(\\\\d)
a1.sources.r1.interceptors.i1.serializers = s1 s2 s3
a1.sources.r1.interceptors.i1.serializers.s1.name = one
a1.sources.r1.interceptors.i1.serializers.s2.name = two
a1.sources.r1.interceptors.i1.serializers.s3.name = three
`,
  'regex extractor interceptor, example 2': `${flow}
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = regex_extractor
a1.sources.r1.interceptors.i1.regex = ^(?:\\\\n)?(\\\\d\\\\d\\\\d\\\\d-\\\\d\\\\d-\\\\d\\\\d\\\\s\\\\d\\\\d:\\\\d\\\\d)
a1.sources.r1.interceptors.i1.serializers = s1
a1.sources.r1.interceptors.i1.serializers.s1.type = org.apache.flume.interceptor.RegexExtractorInterceptorMillisSerializer
a1.sources.r1.interceptors.i1.serializers.s1.name = timestamp
a1.sources.r1.interceptors.i1.serializers.s1.pattern = yyyy-MM-dd HH:mm
`,
  'regex extractor interceptor, the types of its table': `${flow}
a1.sources.r1.interceptors = i1
a1.sources.r1.interceptors.i1.type = regex_extractor
a1.sources.r1.interceptors.i1.regex = (\\\\w+) (\\\\w+)
a1.sources.r1.interceptors.i1.serializers = s1 s2
a1.sources.r1.interceptors.i1.serializers.s1.type = default
a1.sources.r1.interceptors.i1.serializers.s1.name = first
a1.sources.r1.interceptors.i1.serializers.s2.type = org.apache.flume.interceptor.RegexExtractorInterceptorPassThroughSerializer
a1.sources.r1.interceptors.i1.serializers.s2.name = second
`,
}
