import type { Flow } from './peer.ts'

/** What a channel may hold, about; Flume counts events only, and has 512 MB. */
const channelBytes = 64 * 1024 * 1024

/** Events of a durable channel; Flume's defaults. */
export const fileChannelLimits = { capacity: 1_000_000, transactionCapacity: 10_000 } as const

/** One configuration for Apache Flume and for Flumen: both get the same text, with `{directory}` for their own. */
export function configurationOf(flow: Flow, ports: readonly (number | string)[]): string {
  const text = flow.shape === 'routed' ? routed(flow, ports[0]!) : sideBySide(flow, ports)
  return `${text.join('\n')}\n`
}

interface FileChannelOptions {
  readonly checkpointDir: string
  readonly dataDirs: string
  readonly capacity: number
  readonly transactionCapacity: number
}

/** The options of a file channel with its data in a directory. */
export function fileChannelOptions(directory: string): FileChannelOptions {
  return { checkpointDir: `${directory}/checkpoint`, dataDirs: `${directory}/data`, ...fileChannelLimits }
}

/** Throws events away, and says nothing of it. */
const nothing = `a1.sinks.k1.type = null
a1.sinks.k1.batchSize = 1000
a1.sinks.k1.logEveryNEvents = 1000000000`

interface OneFlow {
  /** Type of the source, which listens on `{port}`, and more of its options. */
  readonly source: string
  readonly sourceOptions?: string
  /** Lines; a null sink without it. */
  readonly sink?: string
  readonly channel?: Flow['channel']
  /** Of a memory channel, events. */
  readonly capacity?: number
}

/** A source, a channel and a sink: r1, c1 and k1. */
export function oneFlow({
  source,
  sourceOptions,
  sink = nothing,
  channel = 'memory',
  capacity = 100_000,
}: OneFlow): string {
  const lines = [
    'a1.sources = r1',
    'a1.channels = c1',
    'a1.sinks = k1',
    `a1.sources.r1.type = ${source}`,
    'a1.sources.r1.bind = 127.0.0.1',
    'a1.sources.r1.port = {port}',
    ...(sourceOptions === undefined ? [] : [sourceOptions]),
    'a1.sources.r1.channels = c1',
    ...(channel === 'file' ? fileChannel('c1') : memoryChannel('c1', capacity, 1000)),
    'a1.sinks.k1.channel = c1',
    sink,
  ]
  return `${lines.join('\n')}\n`
}

/** From netcat with acknowledgements. */
export function answeringConfiguration(sink: string, channel: Flow['channel'] = 'memory'): string {
  return oneFlow({ source: 'netcat', sink, channel, capacity: 10_000 })
}

function sideBySide(flow: Flow, ports: readonly (number | string)[]): string[] {
  const numbers = ports.map((_, index) => index + 1)
  const names = (letter: string): string => numbers.map((number) => `${letter}${number}`).join(' ')
  return [
    ...[`a1.sources = ${names('r')}`, `a1.channels = ${names('c')}`, `a1.sinks = ${names('k')}`],
    ...numbers.flatMap((number, index) => [
      ...source(`r${number}`, ports[index]!, flow),
      `a1.sources.r${number}.channels = c${number}`,
      ...staticHeaders(`r${number}`, flow.headers),
      ...channelAndSink(number, flow, flow.lines),
    ]),
  ]
}

function routed(flow: Flow, port: number | string): string[] {
  const values = Object.keys(flow.routes)
  const numbers = values.map((_, index) => index + 1)
  const interceptors = 'a1.sources.r1.interceptors'
  return [
    'a1.sources = r1',
    `a1.channels = ${numbers.map((number) => `c${number}`).join(' ')}`,
    `a1.sinks = ${numbers.map((number) => `k${number}`).join(' ')}`,
    ...source('r1', port, flow),
    `a1.sources.r1.channels = ${numbers.map((number) => `c${number}`).join(' ')}`,
    `${interceptors} = time host centre filter class`,
    `${interceptors}.time.type = timestamp`,
    `${interceptors}.host.type = host`,
    `${interceptors}.centre.type = static`,
    `${interceptors}.centre.key = centre`,
    `${interceptors}.centre.value = north`,
    `${interceptors}.filter.type = regex_filter`,
    `${interceptors}.filter.regex = "GET /health\\\\s`,
    `${interceptors}.filter.excludeEvents = true`,
    `${interceptors}.class.type = regex_extractor`,
    `${interceptors}.class.regex = HTTP/1\\\\.1" ([2-5])`,
    `${interceptors}.class.serializers = s1`,
    `${interceptors}.class.serializers.s1.name = class`,
    'a1.sources.r1.selector.type = multiplexing',
    'a1.sources.r1.selector.header = class',
    ...values.map((value, index) => `a1.sources.r1.selector.mapping.${value} = c${index + 1}`),
    ...values.flatMap((value, index) => channelAndSink(index + 1, flow, flow.routes[value]!)),
  ]
}

function source(name: string, port: number | string, { lineLength, shape }: Flow): string[] {
  if (shape === 'syslog') {
    return [
      `a1.sources.${name}.type = syslogtcp`,
      `a1.sources.${name}.host = 127.0.0.1`,
      `a1.sources.${name}.port = ${port}`,
    ]
  }
  return [
    `a1.sources.${name}.type = netcat`,
    `a1.sources.${name}.bind = 127.0.0.1`,
    `a1.sources.${name}.port = ${port}`,
    `a1.sources.${name}.ack-every-event = false`,
    `a1.sources.${name}.max-line-length = ${lineLength + 12}`,
  ]
}

function staticHeaders(name: string, count: number): string[] {
  if (count === 0) return []
  const numbers = Array.from({ length: count }, (_, index) => index + 1)
  return [
    `a1.sources.${name}.interceptors = ${numbers.map((number) => `i${number}`).join(' ')}`,
    ...numbers.flatMap((number) => [
      `a1.sources.${name}.interceptors.i${number}.type = static`,
      `a1.sources.${name}.interceptors.i${number}.key = header${number}`,
      `a1.sources.${name}.interceptors.i${number}.value = value-${number}`,
    ]),
  ]
}

function channelAndSink(number: number, flow: Flow, logEvery: number): string[] {
  const { batchSize, lineLength, channel } = flow
  const transaction = Math.max(1000, batchSize)
  const capacity = Math.max(transaction, Math.min(transaction * 10, Math.ceil(channelBytes / lineLength)))
  return [
    ...(channel === 'file' ? fileChannel(`c${number}`) : memoryChannel(`c${number}`, capacity, transaction)),
    `a1.sinks.k${number}.channel = c${number}`,
    ...(flow.shape === 'syslog' ? fileRoll(`k${number}`, batchSize) : nullSink(`k${number}`, batchSize, logEvery)),
  ]
}

function nullSink(name: string, batchSize: number, logEvery: number): string[] {
  return [
    `a1.sinks.${name}.type = null`,
    `a1.sinks.${name}.batchSize = ${batchSize}`,
    `a1.sinks.${name}.logEveryNEvents = ${logEvery}`,
  ]
}

/** One file, in a folder that a `TextFolder` has made. */
function fileRoll(name: string, batchSize: number): string[] {
  return [
    `a1.sinks.${name}.type = file_roll`,
    `a1.sinks.${name}.sink.directory = {directory}/out`,
    `a1.sinks.${name}.sink.rollInterval = 0`,
    `a1.sinks.${name}.sink.batchSize = ${batchSize}`,
  ]
}

function memoryChannel(name: string, capacity: number, transaction: number): string[] {
  return [
    `a1.channels.${name}.type = memory`,
    `a1.channels.${name}.capacity = ${capacity}`,
    `a1.channels.${name}.transactionCapacity = ${transaction}`,
  ]
}

function fileChannel(name: string): string[] {
  const options = Object.entries(fileChannelOptions(`{directory}/${name}`))
  return [`a1.channels.${name}.type = file`, ...options.map(([key, value]) => `a1.channels.${name}.${key} = ${value}`)]
}
