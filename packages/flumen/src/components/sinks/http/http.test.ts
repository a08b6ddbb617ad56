import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { batchOf, createEvent, type EventBatch, messageOf, retryAfterOf, verdictOf } from '../../../core/index.ts'
import {
  createForTest,
  deliveryForTest,
  type FailingDestination,
  type Harness,
  type HarnessOptions,
  ManualClock,
  readForTest,
  settle,
  sinkContract,
} from '../../../testing/index.ts'
import http from './http.ts'
import { HttpPeer, type PeerScript } from './http-peer-for-test.ts'

const nowhere = { endpoint: 'http://127.0.0.1:1/events' }

async function destination(
  values: Readonly<Record<string, string>>,
  bodyOf: (request: Buffer) => Buffer,
  isAway: boolean,
): Promise<FailingDestination> {
  const peer = await HttpPeer.start()
  return {
    values: { endpoint: peer.endpoint, ...values },
    arrived: () => Buffer.concat(peer.stored.map(bodyOf)),
    fail: async () => {
      if (isAway) await peer.stop()
      else peer.script = () => 503
    },
    mend: async () => {
      if (isAway) await peer.listen()
      else peer.script = () => 200
    },
    remove: () => peer.stop(),
  }
}

const asItIs = (request: Buffer): Buffer => request
sinkContract(http, {
  values: nowhere,
  destination: () => destination({ emptyBodies: 'send' }, asItIs, false),
  failing: () => destination({ emptyBodies: 'send', batchSize: '100' }, asItIs, true),
})
sinkContract(http, {
  values: nowhere,
  destination: () =>
    destination({ emptyBodies: 'send', format: 'text', batchSize: '100', compression: 'zstd' }, withoutOwnLines, false),
})

/** Of the samples' bodies, one ends with a newline of its own. */
function withoutOwnLines(request: Buffer): Buffer {
  const text = request.toString('latin1')
  return Buffer.from(
    text.replaceAll('\n', '').replaceAll('line\r', 'line\r\n').replaceAll('another', 'another\n'),
    'latin1',
  )
}

interface Pair {
  readonly peer: HttpPeer
  readonly sink: Harness<'sink'>
}

async function pairOf(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Pair> {
  const peer = await HttpPeer.start()
  const sink = await createForTest(http, { endpoint: peer.endpoint, ...values }, options)
  await sink.instance.start()
  context.after(async () => {
    await sink.instance.stop(0)
    await peer.stop()
  })
  return { peer, sink }
}

function batchOfText(...bodies: readonly string[]): EventBatch {
  return batchOf(bodies.map((body) => createEvent(body, { a: '1' })))
}

const three = batchOfText('one', 'two', 'three')
const deliver = async ({ sink }: Pair, batch: EventBatch = three): Promise<unknown> =>
  sink.instance.deliver(batch, deliveryForTest())

test("a request is as that of Flume's sink: a POST of one body, with its headers", async (context) => {
  const pair = await pairOf(context)
  await deliver(pair, batchOfText('a body'))
  const [request] = pair.peer.requests
  assert.deepEqual([request!.method, request!.path, request!.body.toString()], ['POST', '/events', 'a body'])
  const { 'content-type': type, accept, 'content-length': length } = request!.headers
  assert.deepEqual([type, accept, length], ['text/plain', 'text/plain', '6'])
  assert.equal(pair.sink.instance.limits.events, 1)
})

test('headers and authorization are those that are configured', async (context) => {
  const shared = { contentTypeHeader: 'application/x-log', acceptHeader: '*/*', 'headers.X-Tenant': 'shop' }
  const basic = await pairOf(context, { ...shared, username: 'élan', password: 'a:b', 'headers.user-agent': 'ours' })
  await deliver(basic, batchOfText('a'))
  const { headers } = basic.peer.requests[0]!
  assert.deepEqual(
    [headers['content-type'], headers.accept, headers['x-tenant'], headers['user-agent']],
    ['application/x-log', '*/*', 'shop', 'ours'],
  )
  assert.equal(headers.authorization, `Basic ${Buffer.from('élan:a:b').toString('base64')}`)
  const bearer = await pairOf(context, { bearerToken: 'token' })
  await deliver(bearer, batchOfText('a'))
  assert.equal(bearer.peer.requests[0]!.headers.authorization, 'Bearer token')
})

const whole: readonly (readonly [values: Record<string, string>, body: string, type: string])[] = [
  [
    { format: 'json' },
    '[{"headers":{"a":"1"},"body":"one"},{"headers":{"a":"1"},"body":"two"},{"headers":{"a":"1"},"body":"three"}]',
    'application/json',
  ],
  [
    { format: 'ndjson', compression: 'gzip', compressionLevel: '9' },
    '{"headers":{"a":"1"},"body":"one"}\n{"headers":{"a":"1"},"body":"two"}\n{"headers":{"a":"1"},"body":"three"}\n',
    'application/x-ndjson',
  ],
  [{ format: 'text', compression: 'zstd', compressionLevel: '19' }, 'one\ntwo\nthree\n', 'text/plain'],
]
for (const [values, body, type] of whole) {
  test(`a batch is one request with the format ${values.format}`, async (context) => {
    const pair = await pairOf(context, { ...values, batchSize: '100' })
    await deliver(pair)
    assert.deepEqual(pair.peer.bodies, [body])
    const { 'content-type': told, 'content-encoding': coding } = pair.peer.requests[0]!.headers
    assert.deepEqual([told, coding], [type, values.compression])
  })
}

/** Rows that were dead, and rows to be sent again; or the verdict of what was thrown. */
async function outcomeOf(pair: Pair, batch: EventBatch): Promise<unknown> {
  try {
    const outcome = await pair.sink.instance.deliver(batch, deliveryForTest())
    return [(outcome?.rejected ?? []).map(({ row }) => row), [...(outcome?.retry ?? [])]]
  } catch (error) {
    return verdictOf(error)
  }
}

const rules: readonly (readonly [status: number, values: Record<string, string>, outcome: string, pause?: number])[] = [
  [200, {}, 'delivered'],
  [204, { defaultRollback: 'true' }, 'delivered'],
  [200, { 'rollback.200': 'true' }, 'retry'],
  [201, { 'rollback.2XX': 'true' }, 'retry'],
  [201, { 'rollback.2XX': 'true', 'rollback.201': 'false' }, 'delivered'],
  [500, {}, 'retry'],
  [500, { 'rollback.5xx': 'false' }, 'retry'],
  [500, { 'rollback.5XX': 'false' }, 'reject'],
  [500, { defaultRollback: 'false' }, 'reject'],
  [400, { 'rollback.4XX': 'FALSE' }, 'reject'],
  [400, { 'rollback.4XX': 'no' }, 'reject'],
  [404, { 'rollback.4XX': 'false', 'rollback.404': 'True' }, 'retry'],
  [500, { defaultBackoff: 'false' }, 'retry', 0],
  [500, { 'backoff.500': 'false' }, 'retry', 0],
  [302, {}, 'retry'],
  [302, { 'rollback.302': 'false' }, 'delivered'],
]
for (const [status, values, expected, pause] of rules) {
  test(`${status} with ${JSON.stringify(values)}: ${expected}`, async (context) => {
    const pair = await pairOf(context, values)
    pair.peer.script = () => status
    const outcome = await deliver(pair, batchOfText('a')).then(
      () => ({ verdict: 'delivered', pause: undefined }),
      (error: unknown) => ({ verdict: verdictOf(error), pause: retryAfterOf(error) }),
    )
    assert.deepEqual(outcome, { verdict: expected, pause })
  })
}

test("EventDrainSuccessCount goes up as Flume's rules say, and with any success unless they do not", async (context) => {
  const counted = async (status: number, values: Readonly<Record<string, string>>): Promise<number> => {
    const pair = await pairOf(context, values)
    pair.peer.script = () => status
    await outcomeOf(pair, batchOfText('a'))
    return pair.sink.observed.counts.get('eventsCounted') ?? 0
  }
  assert.equal(await counted(200, {}), 1)
  assert.equal(await counted(200, { 'incrementMetrics.200': 'false' }), 0)
  assert.equal(await counted(500, {}), 0)
  assert.equal(await counted(500, { 'incrementMetrics.5XX': 'true' }), 1)
  assert.equal(await counted(500, { defaultIncrementMetrics: 'true' }), 1)
  assert.deepEqual(
    http.metrics?.filter(({ flume }) => flume === 'EventDrainSuccessCount').map(({ name }) => name),
    ['eventsCounted'],
  )
})

test('an answer above 399 without a body follows the rules', async (context) => {
  const pair = await pairOf(context, { 'rollback.4XX': 'false' })
  pair.peer.script = () => ({ status: 404, headers: { 'Content-Length': '0' } })
  assert.equal(await outcomeOf(pair, batchOfText('a')), 'reject')
})

test('a pause that is asked for is kept, also by other batches, up to its bound', async (context) => {
  const clock = new ManualClock()
  const pair = await pairOf(context, { maxRetryAfter: '60' }, { clock })
  const asked = async (retryAfter: string, status = 503): Promise<number | undefined> => {
    pair.peer.script = () => ({ status, headers: { 'Retry-After': retryAfter } })
    try {
      await deliver(pair, batchOfText('a'))
      return undefined
    } catch (error) {
      return retryAfterOf(error)
    }
  }
  assert.equal(await asked('7'), 7000)
  pair.peer.script = () => 200
  await clock.advance(6000)
  const { length } = pair.peer.requests
  await assert.rejects(deliver(pair), (error) => retryAfterOf(error) === 1000)
  assert.equal(pair.peer.requests.length, length)
  await clock.advance(1000)
  await deliver(pair, batchOfText('b'))
  assert.equal(await asked('3600', 429), 60_000)
  await clock.advance(60_000)
  assert.equal(await asked(new Date(clock.now() + 5000).toUTCString()), 5000)
  await clock.advance(5000)
  assert.equal(await asked('soon'), undefined)
})

test('a pause comes before the next request where events are settled and the rules say back off', async (context) => {
  const clock = new ManualClock()
  const pair = await pairOf(context, { 'backoff.200': 'true' }, { clock })
  await deliver(pair, batchOfText('1'))
  for (const pause of [1000, 2000, 3000, 4000, 5000, 5000]) {
    const { length } = pair.peer.requests
    const delivering = deliver(pair, batchOfText('more'))
    await clock.advance(pause - 1)
    assert.equal(pair.peer.requests.length, length)
    await clock.advance(1)
    await delivering
  }
  pair.peer.script = () => 201
  const delivering = deliver(pair, batchOfText('other'))
  await clock.advance(5000)
  await delivering
  await deliver(pair, batchOfText('at once'))
})

test('what comes after a failure in a batch of single requests is sent again, and nothing before it', async (context) => {
  const pair = await pairOf(context, { batchSize: '10', 'rollback.400': 'false' })
  pair.peer.script = ({ body }) => (body.toString() === 'two' ? 400 : body.toString() === 'four' ? 500 : 200)
  assert.deepEqual(await outcomeOf(pair, batchOfText('one', 'two', 'three', 'four', 'five')), [[1], [3, 4]])
  assert.deepEqual(pair.peer.bodies, ['one', 'two', 'three', 'four'])
  assert.equal(await outcomeOf(pair, batchOfText('four', 'five')), 'retry')
})

test('a request of several events that is too large is to be divided, whatever the rules say', async (context) => {
  const pair = await pairOf(context, { batchSize: '10', format: 'json' })
  pair.peer.script = () => 413
  assert.equal(await outcomeOf(pair, three), 'reject')
  assert.equal(await outcomeOf(pair, batchOfText('one')), 'retry')
})

test('an event without a body goes to the dead letters, and an empty request is sent where that is wanted', async (context) => {
  const pair = await pairOf(context, { batchSize: '10' })
  assert.deepEqual(await outcomeOf(pair, batchOfText('', 'two', '')), [[0, 2], []])
  assert.deepEqual(pair.peer.bodies, ['two'])
  const sending = await pairOf(context, { emptyBodies: 'send' })
  assert.deepEqual(await outcomeOf(sending, batchOfText('')), [[], []])
  assert.deepEqual(sending.peer.bodies, [''])
})

test('a body that is not UTF-8 goes to the dead letters with JSON, or is mended', async (context) => {
  const batch = batchOf([createEvent('one'), createEvent(Buffer.from([0x61, 0xff])), createEvent('')])
  const pair = await pairOf(context, { format: 'json', batchSize: '10' })
  assert.deepEqual(await outcomeOf(pair, batch), [[1], []])
  assert.deepEqual(pair.peer.bodies, ['[{"headers":{},"body":"one"},{"headers":{},"body":""}]'])
  assert.deepEqual(await outcomeOf(pair, batch.slice(1, 2)), [[0], []])
  assert.equal(pair.peer.requests.length, 1)
  const mended = await pairOf(context, { format: 'ndjson', batchSize: '10', malformedBodies: 'replace' })
  assert.deepEqual(await outcomeOf(mended, batch.slice(1, 2)), [[], []])
  assert.deepEqual(mended.peer.bodies, ['{"headers":{},"body":"a\ufffd"}\n'])
})

test('307 and 308 are followed to the same place only, and no other redirection is', async (context) => {
  const pair = await pairOf(context)
  const to =
    (status: number, location: string): PeerScript =>
    ({ path }) =>
      path === '/events' ? { status, headers: { Location: location } } : 200
  pair.peer.script = to(307, '/other')
  await deliver(pair, batchOfText('a'))
  assert.deepEqual(
    pair.peer.requests.map(({ method, path, body }) => `${method} ${path} ${body}`),
    ['POST /events a', 'POST /other a'],
  )
  for (const [status, location] of [
    [308, 'http://localhost:1/events'],
    [302, '/other'],
    [307, 'http://['],
  ] as const) {
    pair.peer.script = to(status, location)
    await assert.rejects(deliver(pair, batchOfText('a')), (error) => {
      assert.match(messageOf(error), new RegExp(`answered ${status} .*names another place`))
      return verdictOf(error) === 'retry'
    })
  }
  pair.peer.script = () => ({ status: 307, headers: { Location: '/events' } })
  await assert.rejects(deliver(pair, batchOfText('a')), /answered 307/)
})

test("Flume's keys are taken, and what cannot be is refused with its key", async () => {
  const said = async (values: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const { problems, unknown } = await readForTest(http, { ...nowhere, ...values })
    assert.deepEqual(unknown, [])
    return problems.all.map(({ severity, key }) => `${severity} ${key}`)
  }
  const flumes = {
    connectTimeout: '2000',
    requestTimeout: '2000',
    acceptHeader: 'application/json',
    contentTypeHeader: 'application/json',
    defaultBackoff: 'true',
    defaultRollback: 'true',
    defaultIncrementMetrics: 'false',
    'backoff.4XX': 'false',
    'rollback.4XX': 'false',
    'incrementMetrics.4XX': 'true',
    'backoff.200': 'false',
    'rollback.200': 'false',
    'incrementMetrics.200': 'true',
  }
  assert.deepEqual(await said(flumes), [])
  const cases: readonly (readonly [values: Record<string, string>, said: string])[] = [
    [{ endpoint: 'collector:8080' }, 'error endpoint'],
    [{ endpoint: 'ftp://collector/' }, 'error endpoint'],
    [{ endpoint: 'http://a:b@collector/' }, 'warning endpoint'],
    [{ connectTimeout: '0' }, 'error connectTimeout'],
    [{ requestTimeout: '-1' }, 'error requestTimeout'],
    [{ 'rollback.5xx': 'true' }, 'warning rollback.5xx'],
    [{ 'backoff.503': 'yes' }, 'warning backoff.503'],
    [{ 'rollback.2XX': 'true' }, 'warning rollback.200'],
    [{ 'headers.Content-Length': '1' }, 'error headers.Content-Length'],
    [{ 'headers.a b': '1' }, 'error headers.a b'],
    [{ contentTypeHeader: 'text/日' }, 'error contentTypeHeader'],
    [{ username: 'a' }, 'error username'],
    [{ username: 'a', password: 'b', bearerToken: 'c' }, 'error bearerToken'],
    [{ endpoint: 'http://a/', bearerToken: 'c' }, 'warning endpoint'],
    [{ compression: 'gzip', compressionLevel: '10' }, 'error compressionLevel'],
    [{ endpoint: 'https://a/', 'trust-all-certs': 'true' }, 'warning trust-all-certs'],
  ]
  for (const [values, expected] of cases) assert.deepEqual(await said(values), [expected], JSON.stringify(values))
})

test('no secret stands in what is logged', async (context) => {
  const pair = await pairOf(context, { username: 'user', password: 'hidden' })
  const url = new URL(pair.peer.endpoint)
  const inUrl = `http://user:hidden@${url.host}/events?key=hidden`
  const sink = await createForTest(http, { endpoint: inUrl })
  await sink.instance.start()
  context.after(() => sink.instance.stop(0))
  pair.peer.script = () => 500
  for (const each of [pair.sink, sink]) {
    await assert.rejects(
      async () => each.instance.deliver(batchOfText('a'), deliveryForTest()),
      (error) => {
        assert.doesNotMatch(messageOf(error), /hidden/)
        return true
      },
    )
  }
  const authorization = `Basic ${Buffer.from('user:hidden').toString('base64')}`
  assert.ok(pair.peer.requests.every(({ headers }) => headers.authorization === authorization))
  await settle()
})
