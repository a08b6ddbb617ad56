import { behindSource, drained } from './parts.ts'

/** By the part of the guide: one file, or several that are read in order. */
export const flowExamples: Readonly<Record<string, string | readonly string[]>> = {
  'a simple example': `
# example.conf: one agent
a1.sources = r1
a1.sinks = k1
a1.channels = c1
a1.sources.r1.type = netcat
a1.sources.r1.bind = localhost
a1.sources.r1.port = 44444
a1.sinks.k1.type = logger
a1.channels.c1.type = memory
a1.channels.c1.capacity = 1000
a1.channels.c1.transactionCapacity = 100
a1.sources.r1.channels = c1
a1.sinks.k1.channel = c1
`,
  'a port from the environment': `
a1.sources = r1
a1.channels = c1
a1.sources.r1.type = netcat
a1.sources.r1.bind = 0.0.0.0
a1.sources.r1.port = \${env:NC_PORT}
a1.sources.r1.channels = c1
${behindSource}`,
  'a port from a system property': `
a1.sources = r1
a1.channels = c1
a1.sources.r1.type = netcat
a1.sources.r1.bind = 0.0.0.0
a1.sources.r1.port = \${sys:NC_PORT}
a1.sources.r1.channels = c1
${behindSource}`,
  'a port from a second file': [
    `
a1.sources = r1
a1.channels = c1
a1.sources.r1.type = netcat
a1.sources.r1.bind = 0.0.0.0
a1.sources.r1.port = \${NC_PORT}
a1.sources.r1.channels = c1
${behindSource}`,
    'NC_PORT = 44444\n',
  ],
  'several flows in an agent': `
agent_foo.sources = netcat-AppSrv-source1 exec-tail-source2
agent_foo.sinks = file-Cluster1-sink1 null-forward-sink2
agent_foo.channels = mem-channel-1 mem-channel-2
agent_foo.sources.netcat-AppSrv-source1.channels = mem-channel-1
agent_foo.sinks.file-Cluster1-sink1.channel = mem-channel-1
agent_foo.sources.exec-tail-source2.channels = mem-channel-2
agent_foo.sinks.null-forward-sink2.channel = mem-channel-2
agent_foo.sources.netcat-AppSrv-source1.type = netcat
agent_foo.sources.netcat-AppSrv-source1.bind = localhost
agent_foo.sources.netcat-AppSrv-source1.port = 10000
agent_foo.sources.exec-tail-source2.type = exec
agent_foo.sources.exec-tail-source2.command = tail -F /var/log/secure
agent_foo.channels.mem-channel-1.type = memory
agent_foo.channels.mem-channel-1.capacity = 1000
agent_foo.channels.mem-channel-1.transactionCapacity = 100
agent_foo.channels.mem-channel-2.type = memory
agent_foo.sinks.file-Cluster1-sink1.type = file_roll
agent_foo.sinks.file-Cluster1-sink1.sink.directory = /var/log/flume
agent_foo.sinks.null-forward-sink2.type = null
`,
  'two agents in one file': `
weblog.sources = web-source
weblog.sinks = web-sink
weblog.channels = web-channel
weblog.sources.web-source.type = netcat
weblog.sources.web-source.bind = 10.1.1.100
weblog.sources.web-source.port = 10000
weblog.sources.web-source.channels = web-channel
weblog.channels.web-channel.type = memory
weblog.sinks.web-sink.type = logger
weblog.sinks.web-sink.channel = web-channel
store.sources = collection-source
store.sinks = file-sink
store.channels = mem-channel
store.sources.collection-source.type = netcat
store.sources.collection-source.bind = 10.1.1.100
store.sources.collection-source.port = 10000
store.sources.collection-source.channels = mem-channel
store.channels.mem-channel.type = memory
store.sinks.file-sink.type = file_roll
store.sinks.file-sink.sink.directory = /var/log/flume
store.sinks.file-sink.channel = mem-channel
`,
  'fan out, replicating': `
agent_foo.sources = source1
agent_foo.channels = channel1 channel2
agent_foo.sources.source1.type = seq
agent_foo.sources.source1.channels = channel1 channel2
agent_foo.sources.source1.selector.type = replicating
${drained('agent_foo', 'channel1', 'channel2')}`,
  'fan out, multiplexing': `
agent_foo.sources = AppSrv-source1
agent_foo.channels = mem-channel-1 file-channel-2
agent_foo.sources.AppSrv-source1.type = seq
agent_foo.sources.AppSrv-source1.channels = mem-channel-1 file-channel-2
agent_foo.sources.AppSrv-source1.selector.type = multiplexing
agent_foo.sources.AppSrv-source1.selector.header = State
agent_foo.sources.AppSrv-source1.selector.mapping.CA = mem-channel-1
agent_foo.sources.AppSrv-source1.selector.mapping.AZ = file-channel-2
agent_foo.sources.AppSrv-source1.selector.mapping.NY = mem-channel-1 file-channel-2
agent_foo.sources.AppSrv-source1.selector.default = mem-channel-1
${drained('agent_foo', 'mem-channel-1', 'file-channel-2')}`,
  'fan out, multiplexing with optional channels': `
agent_foo.sources = AppSrv-source1
agent_foo.channels = mem-channel-1 file-channel-2
agent_foo.sources.AppSrv-source1.type = seq
agent_foo.sources.AppSrv-source1.channels = mem-channel-1 file-channel-2
agent_foo.sources.AppSrv-source1.selector.type = multiplexing
agent_foo.sources.AppSrv-source1.selector.header = State
agent_foo.sources.AppSrv-source1.selector.mapping.CA = mem-channel-1
agent_foo.sources.AppSrv-source1.selector.mapping.AZ = file-channel-2
agent_foo.sources.AppSrv-source1.selector.mapping.NY = mem-channel-1 file-channel-2
agent_foo.sources.AppSrv-source1.selector.optional.CA = mem-channel-1 file-channel-2
agent_foo.sources.AppSrv-source1.selector.default = mem-channel-1
${drained('agent_foo', 'mem-channel-1', 'file-channel-2')}`,
  'exec source, tail': `
a1.sources = r1
a1.channels = c1
a1.sources.r1.type = exec
a1.sources.r1.command = tail -F /var/log/secure
a1.sources.r1.channels = c1
${behindSource}`,
  'exec source, a loop of a shell': `
a1.sources = tailsource-1
a1.channels = c1
a1.sources.tailsource-1.type = exec
a1.sources.tailsource-1.shell = /bin/bash -c
a1.sources.tailsource-1.command = for i in /path/*.txt; do cat $i; done
a1.sources.tailsource-1.channels = c1
${behindSource}`,
  'exec source, every property at its default': `
a1.sources = r1
a1.channels = c1
a1.sources.r1.type = exec
a1.sources.r1.command = tail -F /var/log/secure
a1.sources.r1.restartThrottle = 10000
a1.sources.r1.restart = false
a1.sources.r1.logStdErr = false
a1.sources.r1.batchSize = 20
a1.sources.r1.batchTimeout = 3000
a1.sources.r1.channels = c1
${behindSource}`,
  'netcat source': `
a1.sources = r1
a1.channels = c1
a1.sources.r1.type = netcat
a1.sources.r1.bind = 0.0.0.0
a1.sources.r1.port = 6666
a1.sources.r1.max-line-length = 512
a1.sources.r1.ack-every-event = true
a1.sources.r1.channels = c1
${behindSource}`,
  'netcatudp source': `
a1.sources = r1
a1.channels = c1
a1.sources.r1.type = netcatudp
a1.sources.r1.bind = 0.0.0.0
a1.sources.r1.port = 6666
a1.sources.r1.remoteAddressHeader = from
a1.sources.r1.channels = c1
${behindSource}`,
  'sequence generator source': `
a1.sources = r1
a1.channels = c1
a1.sources.r1.type = seq
a1.sources.r1.batchSize = 1
a1.sources.r1.channels = c1
${behindSource}`,
  'stress source': `
a1.sources = stresssource-1
a1.channels = memoryChannel-1
a1.sources.stresssource-1.type = org.apache.flume.source.StressSource
a1.sources.stresssource-1.size = 10240
a1.sources.stresssource-1.maxTotalEvents = 1000000
a1.sources.stresssource-1.maxSuccessfulEvents = -1
a1.sources.stresssource-1.batchSize = 1
a1.sources.stresssource-1.maxEventsPerSecond = 0
a1.sources.stresssource-1.channels = memoryChannel-1
${drained('a1', 'memoryChannel-1')}`,
}
