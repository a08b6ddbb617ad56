import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { flumeAttributes } from '../../component/flume-attributes.ts'
import { createForTest, ManualClock, monitorContract, readForTest, readingForTest } from '../../testing/index.ts'
import ganglia from './ganglia.ts'
import { packet30, packets31 } from './ganglia-packets.ts'

monitorContract(ganglia, { values: { hosts: '127.0.0.1:9' } })

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../../test/golden/metrics/ganglia.json'), 'utf8'),
) as Record<'3.1' | '3.0', readonly string[]>

test('packets of Ganglia 3.1 are those of Flume, byte for byte', () => {
  const theirs = golden['3.1'].map((text) => Buffer.from(text, 'base64'))
  const values = theirs.filter((packet) => packet.readInt32BE(0) === 133)
  assert.equal(values.length, 23)
  for (const packet of values) {
    const [host = '', name = '', , , value = ''] = stringsOf(packet, ['string', 'string', 'int', 'string', 'string'])
    const ours = packets31({ hostname: host, name, value })
    assert.deepEqual(ours[1], packet, name)
    assert.ok(
      theirs.some((each) => each.equals(ours[0])),
      name,
    )
  }
})

test('packets of Ganglia 3.0 are those of Flume, byte for byte', () => {
  for (const text of golden['3.0']) {
    const packet = Buffer.from(text, 'base64')
    const [, fullName = '', value = ''] = stringsOf(packet, ['string', 'string', 'string'])
    const [host = '', ...name] = fullName.split('.')
    assert.deepEqual(packet30({ hostname: host, name: name.join('.'), value }), packet, fullName)
  }
})

test('text that is not ASCII is counted in bytes', () => {
  const [, value] = packets31({ hostname: 'h', name: 'flume.SINK.ü.Type', value: 'SINK' })
  assert.deepEqual(stringsOf(value, ['string', 'string']), ['h', 'flume.SINK.ü.Type'])
})

test('every attribute is sent to every host at the start, and again with each period', async (t) => {
  const [one, other] = [await listen(t), await listen(t)]
  const clock = new ManualClock()
  const hosts = `127.0.0.1:${one.port}, localhost:${other.port}`
  const { instance, observed } = await createForTest(ganglia, { hosts, pollFrequency: '30' }, { clock })
  await instance.start()
  t.after(() => instance.stop(0))
  const wanted = [...flumeAttributes(readingForTest())].flatMap(([component, attributes]) =>
    Object.entries(attributes).flatMap(([attribute, value]) =>
      packets31({ hostname: hostname(), name: `flume.${component}.${attribute}`, value }),
    ),
  )
  assert.deepEqual(await one.take(wanted.length), wanted)
  assert.deepEqual(await other.take(wanted.length), wanted)
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve))
  await clock.advance(29_999)
  assert.equal(one.waiting, 0)
  await clock.advance(1)
  assert.deepEqual(await one.take(wanted.length), wanted)
  assert.deepEqual([observed.lines, observed.failures], [[], []])
})

test('a host that is not there is said once and does not keep the others from their metrics', async (t) => {
  const there = await listen(t)
  const clock = new ManualClock()
  const hosts = `nowhere.invalid:8649,127.0.0.1:${there.port}`
  const { instance, observed } = await createForTest(ganglia, { hosts, isGanglia3: 'true' }, { clock })
  await instance.start()
  t.after(() => instance.stop(0))
  for (let poll = 0; poll < 2; poll++) {
    const first = (await there.take(36))[0]!
    assert.equal(first.readInt32BE(0), 0)
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(60_000)
  }
  assert.deepEqual(
    observed.lines.map(({ level, facts }) => [level, facts.target]),
    [['warn', 'nowhere.invalid:8649']],
  )
})

test('hosts without a port are a configuration error that says what to write', async () => {
  for (const hosts of ['gmond1', 'gmond1:', 'a:1,b:70000', 'a b:1', '::1:80']) {
    const { problems } = await readForTest(ganglia, { hosts })
    assert.match(problems.all[0]?.message ?? '', /is not host:port$/, hosts)
  }
  const { problems } = await readForTest(ganglia, { hosts: '[::1]:8649,gmond.example.com:8649 , 10.0.0.1:1' })
  assert.deepEqual(problems.all, [])
})

interface Receiver {
  readonly port: number
  readonly waiting: number
  take(packets: number): Promise<readonly Buffer[]>
}

async function listen(t: TestContext): Promise<Receiver> {
  const socket: Socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  t.after(() => void socket.close())
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const received: Buffer[] = []
  socket.on('message', (packet) => received.push(packet))
  return {
    port: (socket.address() as AddressInfo).port,
    get waiting() {
      return received.length
    },
    take: async (packets) => {
      while (received.length < packets) await once(socket, 'message')
      return received.splice(0, packets)
    },
  }
}

/** The strings of a packet, after its number. */
function stringsOf(packet: Buffer, kinds: readonly ('string' | 'int')[]): readonly (string | undefined)[] {
  let at = 4
  return kinds.map((kind) => {
    const number = packet.readInt32BE(at)
    at += 4
    if (kind === 'int') return undefined
    const text = packet.toString('utf8', at, at + number)
    at += Math.ceil(number / 4) * 4
    return text
  })
}
