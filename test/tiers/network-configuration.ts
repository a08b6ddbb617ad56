import { join } from 'node:path'
import { root } from '../../servers/server.ts'
import { servedPort } from './namespaces.ts'

export const batch = 100
/** Of a connection and of an answer, ms. */
export const timeoutMs = 2000
/** How long a sink of a group that failed is left alone, ms; the first time and all others. */
export const penaltyMs = 2000

export type Processor = 'none' | 'failover' | 'load_balance'

export interface Target {
  readonly host: string
  readonly port: number
}

export interface EdgeSettings {
  readonly directory: string
  readonly port: number
  readonly targets: readonly Target[]
  readonly processor: Processor
  readonly timeoutMs: number
}

/** Lines with an answer each → the targets. */
export function edgeConfiguration(settings: EdgeSettings): string {
  const { directory, port, targets, processor } = settings
  const sinks = targets.map((_, index) => `k${index}`)
  const extractor = 'a1.sources.r1.interceptors.i1'
  return [
    'a1.sources = r1',
    `a1.sinks = ${sinks.join(' ')}`,
    'a1.sources.r1.type = netcat',
    'a1.sources.r1.bind = 127.0.0.1',
    `a1.sources.r1.port = ${port}`,
    'a1.sources.r1.channels = c1',
    'a1.sources.r1.interceptors = i1',
    `${extractor}.type = regex_extractor`,
    `${extractor}.regex = ^p(\\\\d+) (\\\\d+)`,
    `${extractor}.serializers = s1 s2`,
    `${extractor}.serializers.s1.name = producer`,
    `${extractor}.serializers.s2.name = number`,
    ...fileChannel(directory),
    ...groupOf(processor, sinks),
    ...targets.flatMap((target, index) => avroSink(`k${index}`, target, settings.timeoutMs)),
    '',
  ].join('\n')
}

/** Avro → a ledger. */
export function collectorConfiguration(directory: string, ledger: string): string {
  return [
    ...avroSource(directory),
    'a1.sinks = k1',
    `a1.sinks.k1.type = ${join(root, 'test/reliability/ledger-sink.ts')}`,
    `a1.sinks.k1.path = ${ledger}`,
    'a1.sinks.k1.channel = c1',
    'a1.sinks.k1.backoffSleepIncrement = 200',
    'a1.sinks.k1.maxBackoffSleep = 1000',
    '',
  ].join('\n')
}

/** Avro → Avro. */
export function middleConfiguration(directory: string, target: Target): string {
  return [...avroSource(directory), 'a1.sinks = k1', ...avroSink('k1', target, timeoutMs), ''].join('\n')
}

function avroSource(directory: string): string[] {
  return [
    'a1.sources = r1',
    'a1.sources.r1.type = avro',
    'a1.sources.r1.bind = 0.0.0.0',
    `a1.sources.r1.port = ${servedPort}`,
    'a1.sources.r1.channels = c1',
    ...fileChannel(directory),
  ]
}

function avroSink(name: string, target: Target, limitMs: number): string[] {
  return [
    'type = avro',
    'channel = c1',
    `hostname = ${target.host}`,
    `port = ${target.port}`,
    `batch-size = ${batch}`,
    `connect-timeout = ${limitMs}`,
    `request-timeout = ${limitMs}`,
    'backoffSleepIncrement = 200',
    'maxBackoffSleep = 1000',
  ].map((setting) => `a1.sinks.${name}.${setting}`)
}

function groupOf(processor: Processor, sinks: readonly string[]): string[] {
  if (processor === 'none') return []
  const group = 'a1.sinkgroups.g1'
  const settings = {
    failover: [
      ...sinks.map((sink, index) => `${group}.processor.priority.${sink} = ${sinks.length - index}`),
      `${group}.processor.maxpenalty = ${penaltyMs}`,
    ],
    load_balance: [`${group}.processor.backoff = true`, `${group}.processor.selector.maxTimeOut = ${penaltyMs}`],
  }
  return [
    'a1.sinkgroups = g1',
    `${group}.sinks = ${sinks.join(' ')}`,
    `${group}.processor.type = ${processor}`,
    ...settings[processor],
  ]
}

function fileChannel(directory: string): string[] {
  return [
    'a1.channels = c1',
    'a1.channels.c1.type = file',
    'a1.channels.c1.capacity = 10000000',
    `a1.channels.c1.dataDirs = ${join(directory, 'data')}`,
    `a1.channels.c1.checkpointDir = ${join(directory, 'checkpoint')}`,
    'a1.channels.c1.checkpointInterval = 1000',
    'a1.channels.c1.minimumRequiredSpace = 1048576',
  ]
}
