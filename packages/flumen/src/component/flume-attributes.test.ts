import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { builtInComponents } from '../components/catalogue.generated.ts'
import type { MetricReading } from '../core/index.ts'
import { channelReading, readingForTest, sinkReading, sourceReading } from '../testing/index.ts'
import { Catalogue } from './catalogue.ts'
import { flumeAttributes } from './flume-attributes.ts'
import type { Declaration } from './kit.ts'

const golden = join(import.meta.dirname, '../../../../test/golden/metrics')
const catalogue = new Catalogue(builtInComponents)

/** Types that Flume's own answers show and that are not built in yet; whoever builds one takes it out of this list. */
const toCome = new Set<string>()

test('every type that Flume counts has the members that Flume shows, all of them text', async () => {
  const missing = new Set<string>()
  const seen = new Set<string>()
  for (const { key, type, members } of theirs()) {
    const [kind = '', name = ''] = key.split('.')
    const entry = catalogue.entry(kind.toLowerCase() as 'source', type)
    if (!entry) {
      missing.add(`${kind} ${type}`)
      continue
    }
    seen.add(`${kind} ${type}`)
    const { metrics = [] } = (await entry.load()).default as Declaration
    const readings = metrics.map((metric): MetricReading => ({ metric, value: 0 }))
    const ours = attributesOf(kind, name, type, readings)
    assert.deepEqual(Object.keys(ours).sort(), Object.keys(members).sort(), key)
    assert.equal(ours.Type, members.Type)
    for (const value of [...Object.values(ours), ...Object.values(members)]) assert.equal(typeof value, 'string')
  }
  assert.deepEqual([...missing].sort(), [...toCome].sort())
  assert.deepEqual([...seen].sort(), [
    'CHANNEL file',
    'CHANNEL memory',
    'CHANNEL spillablememory',
    'SINK avro',
    'SINK file_roll',
    'SINK thrift',
    'SOURCE avro',
    'SOURCE exec',
    'SOURCE http',
    'SOURCE multiport_syslogtcp',
    'SOURCE seq',
    'SOURCE spooldir',
    'SOURCE syslogtcp',
    'SOURCE syslogudp',
    'SOURCE taildir',
    'SOURCE thrift',
  ])
})

test('the numbers come from the accounts', () => {
  const attributes = flumeAttributes(readingForTest())
  assert.deepEqual([...attributes.keys()], ['SOURCE.r1', 'CHANNEL.c1', 'SINK.k1'])
  const source = attributes.get('SOURCE.r1')!
  assert.deepEqual(
    [source.EventReceivedCount, source.EventAcceptedCount, source.ChannelWriteFail, source.StartTime, source.StopTime],
    ['12', '11', '1', '1700000000004', '0'],
  )
  const channel = attributes.get('CHANNEL.c1')!
  assert.deepEqual(
    [channel.ChannelSize, channel.ChannelCapacity, channel.ChannelFillPercentage, channel.EventPutAttemptCount],
    ['1', '8', '12.5', '12'],
  )
  assert.deepEqual(
    [channel.EventPutSuccessCount, channel.EventTakeAttemptCount, channel.EventTakeSuccessCount],
    ['10', '7', '9'],
  )
  const sink = attributes.get('SINK.k1')!
  assert.deepEqual(
    [sink.EventDrainAttemptCount, sink.EventDrainSuccessCount, sink.EventWriteFail, sink.BatchCompleteCount],
    ['12', '9', '1', '1'],
  )
})

test('a metric that names an attribute of Flume supplies it', () => {
  const metric = { name: 'open', kind: 'gauge', doc: 'x', flume: 'OpenConnectionCount' } as const
  const extra = { name: 'timer', kind: 'counter', unit: 'ms', doc: 'x', flume: 'KafkaCommitTimer' } as const
  const isOpen = { name: 'open', kind: 'gauge', doc: 'x', flume: 'Open' } as const
  const { OpenConnectionCount, KafkaCommitTimer, Open } = attributesOf('SOURCE', 'r1', 'netcat', [
    { metric, value: 3 },
    { metric: extra, value: 17 },
    { metric: isOpen, value: 1 },
  ])
  assert.deepEqual([OpenConnectionCount, KafkaCommitTimer, Open], ['3', '17', 'true'])
})

test('the fill of a channel is written as Java writes a double', () => {
  const fill = (size: number, capacity: number): string =>
    flumeAttributes(readingForTest({ channels: [channelReading({ size, capacity })] })).get('CHANNEL.c1')!
      .ChannelFillPercentage!
  assert.deepEqual(
    [fill(0, 100), fill(2, 2), fill(1, 8), fill(1, 3), fill(0, 0)],
    ['0.0', '100.0', '12.5', '33.33333333333333', '1.7976931348623157E308'],
  )
  assert.deepEqual(
    [fill(1, 2 ** 20), fill(1, 100_000), fill(2 ** 30, 1)],
    ['9.5367431640625E-5', '0.001', '1.073741824E11'],
  )
})

test('seq receives nothing, as in Flume, and counts batches only where they have several events', () => {
  const counts = (received: number, puts: number): readonly (string | undefined)[] => {
    const { account } = sourceReading()
    const source = sourceReading({ type: 'seq', account: { ...account, received, refused: 0 }, puts })
    const seq = flumeAttributes(readingForTest({ sources: [source] })).get('SOURCE.r1')!
    return [seq.EventReceivedCount, seq.EventAcceptedCount, seq.AppendBatchAcceptedCount]
  }
  assert.deepEqual(counts(5, 5), ['0', '5', '0'])
  assert.deepEqual(counts(50, 5), ['0', '50', '5'])
})

test('StopTime is when a component stopped, and 0 while it runs or has failed', () => {
  const stopTime = (state: 'running' | 'failed' | 'stopped'): string | undefined =>
    flumeAttributes(readingForTest({ sinks: [sinkReading({ state, since: 77 })] })).get('SINK.k1')!.StopTime
  assert.deepEqual([stopTime('running'), stopTime('failed'), stopTime('stopped')], ['0', '0', '77'])
})

function attributesOf(kind: string, name: string, type: string, metrics: readonly MetricReading[]) {
  const reading = readingForTest({
    sources: kind === 'SOURCE' ? [sourceReading({ name, type, metrics })] : [],
    channels: kind === 'CHANNEL' ? [channelReading({ name, type, metrics })] : [],
    sinks: kind === 'SINK' ? [sinkReading({ name, type, metrics })] : [],
  })
  return flumeAttributes(reading).get(`${kind}.${name}`)!
}

interface Theirs {
  readonly key: string
  readonly type: string
  readonly members: Readonly<Record<string, string>>
}

function theirs(): readonly Theirs[] {
  const files = { 'metrics-1.json': 'g.conf', 'metrics-2.json': 'g.conf', 'metrics-all-types.json': 'all.conf' }
  return Object.entries(files).flatMap(([file, configuration]) => {
    const text = readFileSync(join(golden, configuration), 'utf8')
    const metrics = JSON.parse(readFileSync(join(golden, file), 'utf8')) as Record<string, Theirs['members']>
    return Object.entries(metrics).map(([key, members]) => {
      const [kind = '', name = ''] = key.split('.')
      const type = new RegExp(`^a1\\.${kind.toLowerCase()}s\\.${name}\\.type=(.*)$`, 'm').exec(text)![1]!
      return { key, type: type.toLowerCase(), members }
    })
  })
}
