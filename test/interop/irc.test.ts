// A real server of IRC takes what our sink says, and tells it to others in the channel.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import irc from '../../packages/flumen/src/components/sinks/irc/irc.ts'
import { IrcLineReader } from '../../packages/flumen/src/components/sinks/irc/irc-line.ts'
import { batchOf, createEvent, type EventBatch, messageOf } from '../../packages/flumen/src/core/index.ts'
import { createForTest, deliveryForTest, TcpClient } from '../../packages/flumen/src/testing/index.ts'
import { ngircd } from '../../servers/ngircd.ts'
import { skipUnless, waitUntil } from '../../servers/server.ts'

/** Somebody in the channel. */
class Listener {
  readonly client: TcpClient
  readonly #lines = new IrcLineReader()
  #read = 0
  readonly heard: (readonly [from: string, text: string])[] = []
  readonly commands = new Set<string>()

  private constructor(client: TcpClient) {
    this.client = client
  }

  static async join(port: number, nick: string, password: string): Promise<Listener> {
    const listener = new Listener(await TcpClient.connect(port))
    await listener.client.send(`PASS ${password}\r\nNICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`)
    await waitUntil(`${nick} is welcome`, () => listener.listen().commands.has('376') || undefined)
    await listener.client.send('JOIN #logs\r\n')
    await waitUntil(`${nick} is in the channel`, () => listener.listen().commands.has('366') || undefined)
    return listener
  }

  listen(): this {
    const { received } = this.client
    for (const { from, command, params } of this.#lines.receive(received.subarray(this.#read))) {
      this.commands.add(command)
      if (command === 'PRIVMSG') this.heard.push([from, params[1] ?? ''])
    }
    this.#read = received.length
    return this
  }

  async hears(messages: number): Promise<void> {
    await waitUntil(`${messages} messages were heard`, () => this.listen().heard.length >= messages || undefined)
  }
}

function batchOfText(...bodies: readonly string[]): EventBatch {
  return batchOf(bodies.map((body) => createEvent(body)))
}

test('ngircd tells others what the sink says, whole and in order, and the sink by another nick where its own is taken', async (t) => {
  if (!(await skipUnless(t, ngircd))) return
  await using server = await ngircd.start({ password: 'secret' })
  await server.ready()
  const port = server.ports.irc!
  const flume = await Listener.join(port, 'flume', 'secret')
  const values = { hostname: '127.0.0.1', port: String(port), nick: 'flume', chan: 'logs' }
  const wrong = await createForTest(irc, { ...values, password: 'wrong' })
  await wrong.instance.start()
  await assert.rejects(
    async () => wrong.instance.deliver(batchOfText('a'), deliveryForTest()),
    (error) => {
      assert.match(messageOf(error), /password/i)
      return true
    },
  )
  await wrong.instance.stop(1000)

  const sink = await createForTest(irc, { ...values, password: 'secret', splitlines: 'true', batchSize: '100' })
  await sink.instance.start()
  t.after(() => sink.instance.stop(0))
  const long = 'naïve 日本語 😀 '.repeat(60).trim()
  await sink.instance.deliver(batchOfText('one', 'two\nthree', long), deliveryForTest())
  await flume.hears(3)
  const pieces = (): string =>
    flume
      .listen()
      .heard.slice(3)
      .map(([, text]) => text)
      .join('')
  await waitUntil('the long text was heard', () => pieces().length === long.length || undefined)
  assert.equal(pieces(), long)
  assert.deepEqual(flume.heard.slice(0, 3), [
    ['flume_', 'one'],
    ['flume_', 'two'],
    ['flume_', 'three'],
  ])

  // A channel that does not take messages from outside and from those without a voice.
  const { length } = flume.heard
  await flume.client.send('MODE #logs +m\r\n')
  await assert.rejects(
    async () => {
      for (let round = 0; round < 100; round++) await sink.instance.deliver(batchOfText('quiet'), deliveryForTest())
    },
    (error) => {
      assert.match(messageOf(error), /the server refuses messages/)
      return true
    },
  )
  await flume.client.send('MODE #logs -m\r\n')
  await waitUntil('the sink is heard again', async () => {
    await sink.instance.deliver(batchOfText('again'), deliveryForTest())
    return true
  })
  await waitUntil('it was heard', () => flume.listen().heard.some(([, text]) => text === 'again') || undefined)
  assert.ok(flume.heard.length > length)

  const [nick] = flume.heard.find(([, text]) => text === 'again')!
  await flume.client.send(`KICK #logs ${nick} :out\r\n`)
  await waitUntil('the sink knows', async () => {
    const { counts } = sink.observed
    await sink.instance.deliver(batchOfText('back'), deliveryForTest())
    return (counts.get('connectionsCreated') ?? 0) >= 3 || undefined
  })
  await waitUntil('it was heard', () => flume.listen().heard.some(([, text]) => text === 'back') || undefined)
  flume.client.destroy()
})
