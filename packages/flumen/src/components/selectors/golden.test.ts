import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { batchOf, type ChannelSelector, createEvent, type EventBatch } from '../../core/index.ts'
import { catalogueOf, createForTest } from '../../testing/index.ts'
import loadBalancing from './load-balancing.ts'
import multiplexing from './multiplexing.ts'
import replicating from './replicating.ts'

/** What Apache Flume 1.11 did; see test/golden/README.md. */
interface Golden {
  readonly case: string
  readonly config: Readonly<Record<string, string>>
  readonly input: {
    readonly channels: readonly string[]
    readonly events: readonly { readonly headers: Record<string, string>; readonly body: string }[]
  }
  readonly output: {
    readonly configure_throws?: string
    readonly routes?: readonly {
      readonly required?: readonly (string | null)[]
      readonly optional?: readonly (string | null)[]
    }[]
  }
}

/** Cases where we do something else, with the reason. */
const differences: Readonly<Record<string, string>> = {
  'a blank type': 'the reader of a configuration knows what a type that is not said means',
  'an empty type': 'the reader of a configuration knows what a type that is not said means',
  'replicating optional " c4"':
    'Flume takes the text before the blank for a channel without a name and fails on every put',
  'replicating optional "nope"': 'an unknown channel is a problem of the configuration; in Flume every put fails',
  'replicating optional "c4 nope"': 'an unknown channel is a problem of the configuration; in Flume every put fails',
  'replicating optional "c4,c2"': 'an unknown channel is a problem of the configuration; in Flume every put fails',
  'replicating optional "C4"': 'an unknown channel is a problem of the configuration; in Flume every put fails',
  'multiplexing names a channel twice': 'Flume stores the event twice in the channel',
  'multiplexing, optional the same channel twice': 'Flume stores the event twice in the channel',
  'multiplexing, optional the required channel twice': 'Flume stores the event twice in the channel',
  'multiplexing with two blanks between': 'a list is separated by white space, as every other list of a configuration',
  'multiplexing with a tab between': 'a list is separated by white space, as every other list of a configuration',
  'load_balancing over no channel':
    'a source without channels is a problem of the configuration; Flume fails on every put',
}

const catalogue = catalogueOf(replicating, multiplexing, loadBalancing)
const cases = readFileSync(new URL('../../../../../test/golden/selectors.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Golden)

for (const golden of cases) {
  const difference = differences[golden.case]
  test(`as Flume, ${difference ? 'but for a reason' : 'exactly'}: ${golden.case}`, async () => {
    const ours = await routesOf(golden)
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

/** Channels of each event, sorted, or that the configuration is refused. */
async function routesOf({ config, input }: Golden): Promise<unknown> {
  const { type = 'replicating', ...values } = config
  const found = await catalogue.find('selector', type, '.')
  if ('message' in found) return 'refused'
  const { channels, events } = input
  const selector = await createForTest(found.declaration, values, { channels }).catch(() => undefined)
  if (!selector) return 'refused'
  const batch = batchOf(events.map(({ body, headers }) => createEvent(body, headers)))
  return channelsOfRows(selector.instance as ChannelSelector, batch, channels)
}

function channelsOfRows(selector: ChannelSelector, batch: EventBatch, channels: readonly string[]): unknown {
  const rows = Array.from({ length: batch.length }, () => ({ required: [] as string[], optional: [] as string[] }))
  for (const { channel, required, rows: some } of selector.select(batch)) {
    for (const row of some ?? rows.keys()) rows[row]![required ? 'required' : 'optional'].push(channels[channel]!)
  }
  return rows.map(({ required, optional }) => ({ required: required.sort(), optional: optional.sort() }))
}

function expected({ output }: Golden): unknown {
  if (output.configure_throws !== undefined) return 'refused'
  return output.routes?.map(({ required, optional }) => ({
    required: required?.toSorted(),
    optional: optional?.toSorted(),
  }))
}
