import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { batchOfOne, EventDeliveryError, type SinkProcessor } from '../../core/index.ts'
import { catalogueOf, createForTest, ManualClock } from '../../testing/index.ts'
import random from '../sink-selectors/random.ts'
import roundRobin from '../sink-selectors/round-robin.ts'
import standard from './default.ts'
import failover from './failover.ts'
import loadBalance from './load-balance.ts'

/** What Apache Flume 1.11 did; see test/golden/README.md. A step is a call of process, or ms that pass. */
interface Golden {
  readonly case: string
  readonly config: Readonly<Record<string, string>>
  readonly input: {
    readonly sinks: readonly { readonly name: string; readonly outcomes: readonly string[] }[]
    readonly steps: readonly ('process' | number)[]
  }
  readonly output: {
    readonly configure_throws?: string
    readonly process?: readonly { readonly called: readonly string[] }[]
  }
}

const order =
  'sinks of equal priority, or of none, go in the order of the group; Flume leaves one out, or orders by hash'
const anError = 'whatever a sink throws, its batch goes to the next one; Flume lets a Java Error out'

/** Cases where we do something else, with the reason. */
const differences: Readonly<Record<string, string>> = {
  'priorities: none, other names': order,
  'priorities: equal ones': order,
  'priorities: a given one that meets an assigned one': order,
  'failover: an Error is let out': anError,
  'round robin: an Error is let out': anError,
  'maxpenalty "1000"': 'a pause of 1 s is over after 1 s; in Flume after 1 s and 1 ms',
  'penalties of 25 failures in a row': "Flume's pauses overflow 32 bits and become negative",
  'one sink': 'a group of one sink works, so that a list can shrink to one',
  'backoff: success does not reset the count':
    'a success shows that the sink is well; in Flume the pause stays long for an hour',
}

const catalogue = catalogueOf(standard, failover, loadBalance, roundRobin, random)
const cases = readFileSync(new URL('../../../../../test/golden/sink-processors.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Golden)

for (const golden of cases) {
  const difference = differences[golden.case]
  test(`as Flume, ${difference ? 'but for a reason' : 'exactly'}: ${golden.case}`, async () => {
    const ours = await calledBy(golden)
    if (difference === undefined) assert.deepEqual(ours, expected(golden))
    else assert.notDeepEqual(ours, expected(golden), 'no difference any more: take it from the list')
  })
}

test('every difference in the list is a case', () => {
  assert.deepEqual(
    Object.keys(differences).filter((name) => !cases.some((golden) => golden.case === name)),
    [],
  )
})

/** Sinks that each call of process tried, or that the configuration is refused. */
async function calledBy({ config, input }: Golden): Promise<unknown> {
  const { type = '', ...values } = config
  const found = await catalogue.find('processor', type, '.')
  if ('message' in found) return 'refused'
  const clock = new ManualClock()
  const sinks = input.sinks.map(({ name }) => name)
  const made = await createForTest(found.declaration, values, { sinks, clock, catalogue }).catch(() => undefined)
  if (!made) return 'refused'
  const outcomes = new Map(input.sinks.map(({ name, outcomes: all }) => [name, [...all]]))
  const called: (readonly string[])[] = []
  for (const step of input.steps) {
    if (typeof step === 'number') await clock.advance(step)
    else called.push(sorted(config, processOnce(made.instance as SinkProcessor, outcomes)))
  }
  return called
}

/** A round, as a runner does it. The last outcome of a sink goes on for ever. */
function processOnce(processor: SinkProcessor, outcomes: ReadonlyMap<string, string[]>): readonly string[] {
  const batch = batchOfOne(Buffer.from('event'))
  const tried = new Set<string>()
  for (;;) {
    const sink = processor.pick(batch, tried)
    if (typeof sink !== 'string') return [...tried]
    tried.add(sink)
    const left = outcomes.get(sink)!
    const outcome = left.length > 1 ? left.shift() : left[0]
    // BACKOFF: the channel was empty. Our sinks are not asked then, so their processor hears nothing.
    if (outcome === 'READY') processor.succeeded(sink)
    if (outcome === 'READY' || outcome === 'BACKOFF') return [...tried]
    processor.failed(sink, new EventDeliveryError(`${sink} failed`))
  }
}

function expected({ config, output }: Golden): unknown {
  if (output.configure_throws !== undefined) return 'refused'
  return output.process?.map(({ called }) => sorted(config, called))
}

/** Flume's answers for random ones are recorded in alphabetic order. */
function sorted({ selector }: Golden['config'], called: readonly string[]): readonly string[] {
  return selector?.toLowerCase() === 'random' ? [...called].sort() : called
}
