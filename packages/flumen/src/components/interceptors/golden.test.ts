import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { batchOf, type Interceptor } from '../../core/index.ts'
import { catalogueOf, createForTest, ManualClock } from '../../testing/index.ts'
import standardExtractor from '../extractors/default.ts'
import millis from '../extractors/millis.ts'
import host from './host.ts'
import { canonicalName, localAddress } from './local-host.ts'
import regexExtractor from './regex-extractor.ts'
import regexFilter from './regex-filter.ts'
import removeHeader from './remove-header.ts'
import searchReplace from './search-replace.ts'
import constant from './static.ts'
import timestamp from './timestamp.ts'
import uuid from './uuid.ts'

type Config = Readonly<Record<string, string>>

interface GoldenEvent {
  /** A header may be null in Flume; it counts as none. */
  readonly headers: Readonly<Record<string, string | null>>
  readonly body?: string
  readonly body_b64?: string
}

/** What Apache Flume 1.11 made of one event. `null`: it was dropped. */
type GoldenAnswer = GoldenEvent | { readonly throws: string } | null

/** What Apache Flume 1.11 did; see test/golden/README.md. */
interface Golden {
  readonly case: string
  readonly config: Config
  readonly input: { readonly events: readonly GoldenEvent[] }
  readonly output: { readonly configure_throws?: string; readonly events?: readonly GoldenAnswer[] }
}

/** A case of the folder shared-interceptors. */
interface SharedGolden {
  readonly n: number
  readonly type: string
  readonly config: Config
  readonly in: readonly GoldenEvent[]
  readonly out?: readonly GoldenAnswer[]
  readonly configure_throws?: string
  readonly run_started_ms?: number
}

const trimmed = 'values are trimmed when a configuration is read; what does not come from one is taken as it is'
const replacement = 'a replacement that never works is a problem of the configuration; Flume throws at each match'
const unsupported = 'the expression is refused: it cannot be translated faithfully'
const inAnyCase = 'types are found in any case, so default is found as the documentation of Flume has it'
const shortName = 'uuid is a short name of ours'
const alias = 'header is taken for headerName, as the documentation of Flume has it'

/** Cases where we do something else, with the reason. */
const differences: Readonly<Record<string, string>> = {
  'timestamp preserveExisting= true': trimmed,
  'timestamp preserveExisting= true headerName=when': trimmed,
  'host preserveExisting= true': trimmed,
  'host preserveExisting= true hostHeader=h': trimmed,
  'host preserveExisting= true useIP=false': trimmed,
  'chain with a leading blank': 'names are separated by white space; Flume takes the empty text before it for a name',
  'timestamp header=when': alias,
  'shared 75': alias,
  'shared 114': shortName,
  'shared 115': shortName,
  'shared 52': inAnyCase,
  'regex_extractor type default in lower case': inAnyCase,
  'regex_extractor millis of a null group': 'a group that takes no part leaves out its header; Flume throws',
  'regex_extractor millis with an open quote': 'the pattern is refused; in Flume no text ever fits it as it is meant',
  'chain whose second throws': replacement,
  'search_replace "(a)" by "$"': replacement,
  'search_replace "(a)" by "$2"': replacement,
  'search_replace "(a)" by "$x"': replacement,
  'search_replace "(a)" by "${"': replacement,
  'search_replace "(a)" by "${1}0"': replacement,
  'search_replace "(a)" by "${y}"': replacement,
  'search_replace "(a)" by "\\\\"': replacement,
  'search_replace "\\\\N{LATIN SMALL LETTER A}" by "."': unsupported,
  'search_replace "\\\\X" by "."': unsupported,
}

// The zone in which Flume ran.
process.env.TZ = 'UTC'

const catalogue = catalogueOf(
  timestamp,
  host,
  constant,
  removeHeader,
  uuid,
  searchReplace,
  regexFilter,
  regexExtractor,
  standardExtractor,
  millis,
)
const now = 1_795_225_939_280
const places = new Map<string, string | undefined>()

before(async () => {
  places.set('{now}', String(now))
  places.set('{ip}', await localAddress().catch(() => undefined))
  places.set('{hostname}', await canonicalName().catch(() => undefined))
})

const cases = [
  ...lines<Golden>('interceptors.jsonl'),
  ...lines<SharedGolden>('shared-interceptors/interceptors.jsonl').map(plain),
]

for (const golden of cases) {
  const difference = differences[golden.case]
  test(`as Flume, ${difference ? 'but for a reason' : 'exactly'}: ${golden.case}`, async () => {
    const ours = await answersTo(golden)
    if (difference === undefined) assert.deepEqual(ours, expected(golden))
    else assert.notDeepEqual(ours, expected(golden), 'no difference any more: take it from the list')
  })
}

test('every case has a name of its own, and every difference in the list is a case', () => {
  const names = new Set(cases.map((golden) => golden.case))
  assert.equal(names.size, cases.length)
  assert.deepEqual(
    Object.keys(differences).filter((name) => !names.has(name)),
    [],
  )
})

/** What becomes of each event, or that the configuration is refused. */
async function answersTo({ config, input }: Golden): Promise<unknown> {
  const chain = await chainOf(config)
  return chain ? input.events.map((event) => answerTo(event, chain)) : 'refused'
}

function answerTo({ headers, ...event }: GoldenEvent, chain: readonly Interceptor[]): unknown {
  let batch = batchOf([{ headers: new Map(Object.entries(known(headers))), body: bodyOf(event) }])
  let rejected = false
  for (const interceptor of chain) {
    batch = interceptor.intercept(batch, () => {
      rejected = true
    })
  }
  if (batch.length === 0) return rejected ? 'rejected' : null
  const answer = {
    headers: withoutIds(Object.fromEntries(batch.headers(0))),
    body: Buffer.from(batch.body(0)).toString('base64'),
  }
  return rejected ? ['both rejected and kept', answer] : answer
}

/** One interceptor, or those of an active list; undefined: the configuration is refused. */
async function chainOf(config: Config): Promise<readonly Interceptor[] | undefined> {
  if (config.interceptors === undefined) {
    const one = await interceptorOf(config)
    return one && [one]
  }
  const chain: Interceptor[] = []
  for (const name of config.interceptors.split(/\s+/).filter((word) => word !== '')) {
    const prefix = `interceptors.${name}.`
    const own = Object.entries(config).filter(([key]) => key.startsWith(prefix))
    const one = await interceptorOf(Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])))
    if (!one) return undefined
    chain.push(one)
  }
  return chain
}

async function interceptorOf({ type = '', ...values }: Config): Promise<Interceptor | undefined> {
  const found = await catalogue.find('interceptor', type, '.')
  if ('message' in found) return undefined
  const options = { catalogue, clock: new ManualClock(now) }
  const made = await createForTest(found.declaration, values, options).catch(() => undefined)
  const interceptor = made?.instance as Interceptor | undefined
  await interceptor?.start?.()
  return interceptor
}

function expected({ output }: Golden): unknown {
  if (output.configure_throws !== undefined) return 'refused'
  return output.events?.map((event) => {
    if (event === null) return null
    if ('throws' in event) return 'rejected'
    return { headers: withoutIds(inPlace(known(event.headers))), body: bodyOf(event).toString('base64') }
  })
}

function known(headers: GoldenEvent['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
}

/** The values of this machine; one whose name stands for nothing has none. */
function inPlace(headers: Record<string, string>): Record<string, string> {
  const entries = Object.entries(headers).map(
    ([name, value]) => [name, places.has(value) ? places.get(value) : value] as const,
  )
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function withoutIds(headers: Record<string, string>): Record<string, string> {
  const id = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace(id, '{uuid}')]))
}

function bodyOf({ body, body_b64 }: Omit<GoldenEvent, 'headers'>): Buffer {
  return body_b64 === undefined ? Buffer.from(body ?? '') : Buffer.from(body_b64, 'base64')
}

function lines<T>(name: string): T[] {
  return readFileSync(new URL(`../../../../../test/golden/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}

/** A shared case in the form of the others. */
function plain(golden: SharedGolden): Golden {
  const values: Readonly<Record<string, string>> = {
    [String(golden.run_started_ms)]: '{now}',
    '127.0.0.1': '{ip}',
    localhost: '{hostname}',
  }
  const events = golden.out?.map((event) => {
    if (event === null || 'throws' in event) return event
    const isPlaced = golden.type === 'timestamp' || golden.type === 'host'
    const headers = Object.entries(event.headers).map(([name, value]) => [
      name,
      isPlaced ? (values[value ?? ''] ?? value) : value,
    ])
    return { ...event, headers: Object.fromEntries(headers) as GoldenEvent['headers'] }
  })
  return {
    case: `shared ${golden.n}`,
    config: { type: golden.type, ...golden.config },
    input: { events: golden.in },
    output: {
      ...(golden.configure_throws !== undefined && { configure_throws: golden.configure_throws }),
      ...(events && { events }),
    },
  }
}
