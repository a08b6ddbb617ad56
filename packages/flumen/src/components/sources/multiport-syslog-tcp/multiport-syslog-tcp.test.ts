import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createForTest, type Harness, readForTest } from '../../../testing/harness.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import multiport from './multiport-syslog-tcp.ts'

const local = { host: '127.0.0.1', ports: '0 0' }

sourceContract(multiport, {
  values: local,
  produce: async (source) => {
    for (const port of portsOf(source)) {
      const client = await TcpClient.connect(port)
      await client.send('<13>Oct 11 22:14:15 h one\n\n<14>1 - h two\n')
      client.end()
      await client.lastAnswer()
    }
  },
})

function portsOf({ observed }: Harness<'source'>): readonly number[] {
  return observed.lines
    .filter(({ message }) => message === 'Listening.')
    .map(({ facts }) => Number(/:(\d+)$/.exec(String(facts.address))![1]))
}

test('each port has its header, and a put has at most as many events as a batch', async (context) => {
  const source = await createForTest(multiport, { ...local, portHeader: 'port', batchSize: '2' })
  await source.instance.start()
  context.after(() => source.instance.stop(0))
  const ports = portsOf(source)
  for (const port of ports) {
    const client = await TcpClient.connect(port)
    await client.send('<13>- h a\n<13>- h b\n\n<13>- h c\n')
    client.end()
    await client.lastAnswer()
    client.destroy()
  }
  await source.stored(6)
  assert.deepEqual(
    source.observed.puts.map((batch) => [batch.length, batch.header(0, 'port')]),
    ports.flatMap((port) => [
      [2, String(port)],
      [1, String(port)],
    ]),
  )
})

test('a message that cannot be understood takes no other one with it', async (context) => {
  const source = await createForTest(multiport, { ...local, ports: '0' })
  await source.instance.start()
  context.after(() => source.instance.stop(0))
  const client = await TcpClient.connect(portsOf(source)[0]!)
  await client.send('<13>- h a\n\n<13>1 2003-99-99T22:14:15.1Z h b\n<13>1 2003-10-11T22:14:15.1 h c\n<13>- h d\n')
  await source.stored(4)
  client.destroy()
  assert.deepEqual(
    source.bodies().map((body) => body.at(-1)),
    ['a', 'b', 'c', 'd'],
  )
})

test('what Flume counts as failures of reading and of processing is counted', async (context) => {
  const source = await createForTest(multiport, { ...local, ports: '0' })
  await source.instance.start()
  context.after(() => source.instance.stop(0))
  const client = await TcpClient.connect(portsOf(source)[0]!)
  await client.send('no priority\n<13>- h a\n')
  await source.stored(2)
  client.destroy()
  const counted = new Map(multiport.metrics?.map(({ flume, name }) => [flume, source.observed.counts.get(name)]))
  assert.equal(counted.get('EventReadFail'), 1)
  assert.ok(counted.has('GenericProcessingFail'))
})

test('a port that cannot be had is no start, and no other port stays open', async () => {
  const first = await createForTest(multiport, { ...local, ports: '0' })
  await first.instance.start()
  const [taken] = portsOf(first)
  const second = await createForTest(multiport, { ...local, ports: `0 ${taken}` })
  await assert.rejects(second.instance.start(), /is in use by this process itself/)
  await assert.rejects(TcpClient.connect(portsOf(second)[0]!), /ECONNREFUSED/)
  await first.instance.stop(0)
})

test('ports and character sets are checked', async () => {
  const keysOf = async (values: Readonly<Record<string, string>>): Promise<string[]> =>
    (await readForTest(multiport, values)).problems.all.map(({ key, severity }) => `${severity} ${key}`)
  assert.deepEqual(await keysOf({ ports: '1 x' }), ['error ports'])
  assert.deepEqual(await keysOf({ ports: '5 5' }), ['error ports'])
  assert.deepEqual(await keysOf({ ports: '5', 'charset.port.5': 'utf-9' }), ['error charset.port.5'])
  assert.deepEqual(await keysOf({ ports: '5', 'charset.default': 'UTF-16' }), ['error charset.default'])
})
