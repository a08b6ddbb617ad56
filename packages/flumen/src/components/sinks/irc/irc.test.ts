import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import {
  batchOf,
  codeOf,
  createEvent,
  type EventBatch,
  messageOf,
  retryAfterOf,
  verdictOf,
} from '../../../core/index.ts'
import { makeCertificates, missingOpenSsl } from '../../../testing/certificates.ts'
import {
  createForTest,
  deliveryForTest,
  type Harness,
  type HarnessOptions,
  ManualClock,
  readForTest,
  settle,
  sinkContract,
} from '../../../testing/index.ts'
import irc from './irc.ts'
import { IrcPeer } from './irc-peer-for-test.ts'

const shared = await IrcPeer.start()
after(() => shared.stop())

// What a message can hold is not what the samples have, so the suite does not compare it.
sinkContract(irc, { values: shared.values })
sinkContract(irc, { values: { ...shared.values, splitlines: 'true', batchSize: '100' } })

interface Pair {
  readonly peer: IrcPeer
  readonly sink: Harness<'sink'>
}

async function pairOf(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
  prepare: (peer: IrcPeer) => void = () => undefined,
): Promise<Pair> {
  const peer = await IrcPeer.start()
  prepare(peer)
  const sink = await createForTest(irc, { ...peer.values, ...values }, options)
  await sink.instance.start()
  context.after(async () => {
    await sink.instance.stop(0)
    await peer.stop()
  })
  return { peer, sink }
}

function batchOfText(...bodies: readonly string[]): EventBatch {
  return batchOf(bodies.map((body) => createEvent(body)))
}

const say = async ({ sink }: Pair, ...bodies: readonly string[]): Promise<unknown> =>
  sink.instance.deliver(batchOfText(...bodies), deliveryForTest())

/** Of a failed delivery: what is said, and how long to wait. */
async function failureOf(
  pair: Pair,
  ...bodies: readonly string[]
): Promise<readonly [message: string, pause: number | undefined]> {
  try {
    await say(pair, ...bodies)
  } catch (error) {
    assert.equal(verdictOf(error), 'retry')
    return [messageOf(error), retryAfterOf(error)]
  }
  throw new Error('it was delivered')
}

test('it registers, joins, says an event and asks whether it was read', async (context) => {
  const pair = await pairOf(context, { password: 'se cret', user: 'agent', name: 'An Agent' })
  await say(pair, 'hello')
  await say(pair, 'again')
  assert.deepEqual(pair.peer.lines, [
    'PASS :se cret',
    'NICK flume',
    'USER agent 0 * :An Agent',
    'JOIN #logs',
    'PRIVMSG #logs :hello',
    'PING :flumen-1',
    'PRIVMSG #logs :again',
    'PING :flumen-2',
  ])
  const { counts } = pair.sink.observed
  assert.deepEqual([counts.get('connectionsCreated'), counts.get('messagesSent')], [1, 2])
  await pair.sink.instance.stop(1000)
  assert.equal(pair.peer.lines.at(-1), 'QUIT :the agent stops')
})

test('without a user and a name it is called as its nick', async (context) => {
  const pair = await pairOf(context)
  await say(pair, 'hello')
  assert.deepEqual(pair.peer.lines.slice(0, 2), ['NICK flume', 'USER flume 0 * :flume'])
})

test('lines are messages of their own where that is wanted, and else spaces stand for their ends', async (context) => {
  const text = 'first\r\nsecond\n\nQUIT :now'
  const joined = await pairOf(context)
  await say(joined, text)
  assert.deepEqual(joined.peer.said, ['#logs first second QUIT :now'])
  const split = await pairOf(context, { splitlines: 'true' })
  await say(split, text)
  assert.deepEqual(split.peer.said, ['#logs first ', '#logs second', '#logs QUIT :now'])
  const bars = await pairOf(context, { splitlines: 'true', splitchars: '\\s*[|;]\\s*' })
  await say(bars, 'a | b;;c\nd|')
  assert.deepEqual(bars.peer.said, ['#logs a', '#logs b', '#logs c d'])
})

test('a long text is several messages that everybody gets whole, and no more than may be', async (context) => {
  const pair = await pairOf(context, { maxMessages: '3' })
  await say(pair, 'é'.repeat(500))
  const { said } = pair.peer
  assert.equal(said.map((each) => each.slice('#logs '.length)).join(''), 'é'.repeat(500))
  for (const each of said) assert.ok(Buffer.byteLength(`:flume!@ PRIVMSG ${each}:\r\n`) + 63 + 11 <= 512)
  assert.equal(said.length, 3)
  assert.equal(pair.sink.observed.counts.get('eventsCut'), undefined)
  await say(pair, 'x'.repeat(10_000))
  assert.equal(pair.peer.said.length, 6)
  assert.equal(pair.sink.observed.counts.get('eventsCut'), 1)
})

test('an event without text is passed over', async (context) => {
  const pair = await pairOf(context, { batchSize: '10' })
  await say(pair, '', ' \r\n', 'text')
  await say(pair, '')
  assert.deepEqual(pair.peer.said, ['#logs text'])
})

test('messages may have pauses between them', async (context) => {
  const clock = new ManualClock()
  const pair = await pairOf(context, { batchSize: '10', messageInterval: '700' }, { clock })
  const saying = say(pair, 'a', 'b', 'c')
  while (pair.peer.said.length < 1) await settle()
  await clock.advance(699)
  await settle()
  assert.equal(pair.peer.said.length, 1)
  await clock.advance(1)
  while (pair.peer.said.length < 2) await settle()
  await clock.advance(700)
  await saying
  assert.equal(pair.peer.said.length, 3)
})

test('a nick that is in use is tried with something after it, and a last time the sink gives up', async (context) => {
  const two = await pairOf(context, {}, {}, (peer) => peer.takenNicks.add('flume').add('flume_'))
  await say(two, 'hello')
  assert.deepEqual(
    two.peer.lines.filter((line) => line.startsWith('NICK')),
    ['NICK flume', 'NICK flume_', 'NICK flume__'],
  )
  const all = await pairOf(context, {}, {}, (peer) => {
    for (const nick of ['flume', 'flume_', 'flume__', 'flume1', 'flume2', 'flume3']) peer.takenNicks.add(nick)
  })
  assert.match((await failureOf(all, 'hello'))[0], /no nick is to be had, like flume: .*in use/)
})

test('what the server refuses is said, and tried again with longer and longer pauses', async (context) => {
  const password = await pairOf(context, { password: 'wrong' }, {}, (peer) => {
    peer.password = 'right'
  })
  assert.match((await failureOf(password, 'a'))[0], /the password is wrong/)
  const join = await pairOf(context, {}, {}, (peer) => {
    peer.refusesJoin = '474'
  })
  const pauses = []
  for (let attempt = 0; attempt < 7; attempt++) {
    const [message, pause] = await failureOf(join, 'a')
    assert.match(message, /the server lets nobody into #logs: #logs Cannot join channel/)
    pauses.push(pause)
  }
  assert.deepEqual(pauses, [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  join.peer.refusesJoin = undefined
  await say(join, 'a')
  join.peer.endConnections()
  await join.peer.stop()
  while (join.sink.observed.counts.get('connectionsFailed') !== 8) await failureOf(join, 'b')
  assert.equal((await failureOf(join, 'b'))[1], 4000, 'the pauses grew anew')
})

test('a message that the server refuses is said again over a new connection', async (context) => {
  const pair = await pairOf(context)
  pair.peer.refusesMessage = '404'
  assert.match((await failureOf(pair, 'hello'))[0], /the server refuses messages: #logs Cannot send to channel/)
  pair.peer.refusesMessage = undefined
  await say(pair, 'hello')
  assert.deepEqual([pair.peer.said, pair.peer.connections], [['#logs hello'], 2])
  assert.equal(pair.sink.observed.counts.get('connectionsClosed'), 1)
})

test('it answers a PING at any time, and comes again after an end and after it was put out', async (context) => {
  const pair = await pairOf(context)
  await say(pair, 'one')
  pair.peer.tell('PING :are you there')
  while (!pair.peer.lines.includes('PONG :are you there')) await settle()
  const ends = [
    () => pair.peer.endConnections(),
    () => pair.peer.tell(':op!o@h KICK #logs Flume :go'),
    () => pair.peer.tell('ERROR :Closing Link'),
    () => pair.peer.tell('x'.repeat(9000)),
  ]
  for (const [index, end] of ends.entries()) {
    end()
    while (pair.peer.openConnections > 0) await settle()
    await say(pair, `after ${index}`)
    assert.equal(pair.peer.connections, index + 2)
  }
  assert.deepEqual(pair.peer.said, ['#logs one', ...ends.map((_, index) => `#logs after ${index}`)])
})

test('a nick that the server changes is its nick from then on', async (context) => {
  const pair = await pairOf(context)
  await say(pair, 'one')
  pair.peer.tell(':flume!u@h NICK :Guest1')
  pair.peer.tell(':op!o@h KICK #logs flume :somebody else')
  pair.peer.tell('PING :read')
  while (!pair.peer.lines.includes('PONG :read')) await settle()
  await say(pair, 'two')
  assert.equal(pair.peer.connections, 1)
  pair.peer.tell(':op!o@h KICK #logs guest1 :go')
  while (pair.peer.openConnections > 0) await settle()
  await say(pair, 'three')
  assert.equal(pair.peer.connections, 2)
})

for (const command of ['USER', 'JOIN', 'PING']) {
  test(`a server that does not answer ${command} is given up after a while, and so is the wait by a stop`, async (context) => {
    const clock = new ManualClock()
    const pair = await pairOf(context, { answerTimeout: '9s' }, { clock }, (peer) => peer.deafTo.add(command))
    const failed = failureOf(pair, 'hello')
    const hasCome = (times: number): boolean =>
      pair.peer.lines.filter((line) => line.startsWith(command)).length === times
    while (!hasCome(1)) await settle()
    await clock.advance(9000)
    assert.match((await failed)[0], /within 9000 ms/)
    assert.equal(clock.pending, 0)
    const stopped = assert.rejects(say(pair, 'hello'), (error) => codeOf(error) === 'STOPPED')
    while (!hasCome(2)) await settle()
    await pair.sink.instance.stop(0)
    await stopped
    assert.equal(clock.pending, 0)
  })
}

test('it speaks TLS', async (context) => {
  if (missingOpenSsl() !== undefined) {
    context.skip('there is no openssl')
    return
  }
  const directory = mkdtempSync(join(tmpdir(), 'flumen-irc-'))
  context.after(() => rmSync(directory, { recursive: true }))
  makeCertificates(directory, 'authority', 'server')
  const file = (name: string): string => join(directory, name)
  const peer = await IrcPeer.start({ cert: readFileSync(file('server.pem')), key: readFileSync(file('server.key')) })
  context.after(() => peer.stop())
  const values = { ...peer.values, ssl: 'true', authorities: file('authority.pem') }
  const { instance } = await createForTest(irc, values)
  await instance.start()
  await instance.deliver(batchOfText('hello'), deliveryForTest())
  await instance.stop(1000)
  assert.deepEqual(peer.said, ['#logs hello'])
})

test("Flume's keys are taken, check says what can be lost, and names that cannot be are refused", async () => {
  const needed = { hostname: 'irc.example.org', nick: 'flume', chan: 'logs' }
  const said = async (values: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const { problems, unknown } = await readForTest(irc, values)
    assert.deepEqual(unknown, [])
    return problems.all.map(({ severity, key, message }) => `${severity} ${key} ${message}`)
  }
  const optional = { password: 'p', user: 'u', name: 'A Name', port: '6668', splitlines: 'true', splitchars: '\n' }
  const [loss, ...others] = await said({ ...needed, ...optional })
  assert.match(loss!, /^note {2}IRC confirms nothing/)
  assert.deepEqual(others, [])
  for (const key of ['hostname', 'nick', 'chan']) {
    const { [key]: _, ...rest } = needed as Record<string, string>
    assert.match((await said(rest))[0]!, new RegExp(`^error ${key} `))
  }
  assert.match((await said({ ...needed, chan: '#logs' }))[0]!, /^warning chan the channel is ##logs/)
  assert.match((await said({ ...needed, chan: 'a b' }))[0]!, /^error chan /)
  assert.match((await said({ ...needed, nick: 'a b' }))[0]!, /^error nick /)
  assert.match((await said({ ...needed, user: 'a@b' }))[0]!, /^error user /)
  const { read } = await readForTest(irc, needed)
  assert.deepEqual([read.port, read.splitlines, read.splitchars.source], [6667, false, '\n'])
})
