import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { type TestContext, test } from 'node:test'
import { ChannelFullError } from '../../../core/index.ts'
import { createForTest, type Harness, type HarnessOptions, refuse } from '../../../testing/harness.ts'
import { portOf } from '../../../testing/listening.ts'
import { settle } from '../../../testing/manual-clock.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import syslogUdp from './syslog-udp.ts'

const local = { host: '127.0.0.1', port: '0' }

sourceContract(syslogUdp, {
  values: local,
  produce: async (source) => {
    const sender = createSocket('udp4')
    for (const text of ['<13>- h one', '<13>- h two']) await send(sender, portOf(source), text)
    sender.close()
  },
})

function send(sender: Socket, port: number, datagram: string): Promise<void> {
  return new Promise((resolve, reject) =>
    sender.send(datagram, port, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
  )
}

async function running(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Harness<'source'> & { send(...datagrams: readonly string[]): Promise<void> }> {
  const source = await createForTest(syslogUdp, { ...local, ...values }, options)
  await source.instance.start()
  const sender = createSocket('udp4')
  context.after(async () => {
    sender.close()
    await source.instance.stop(0)
  })
  return {
    ...source,
    send: async (...datagrams) => {
      for (const each of datagrams) await send(sender, portOf(source), each)
    },
  }
}

test('a datagram is a message up to its first line feed, however long', async (context) => {
  const source = await running(context)
  await source.send(`<13>- h ${'x'.repeat(60_000)}`, '\n\n<13>- h two\n<13>- h three')
  await source.stored(2)
  assert.deepEqual(source.bodies(), ['x'.repeat(60_000), 'two'])
})

test('a datagram without a message is counted', async (context) => {
  const source = await running(context)
  await source.send('', '\n\n', '<13>- h a')
  await source.stored(1)
  assert.equal(source.observed.counts.get('datagramsEmpty'), 2)
})

test('each message has its sender, by address and by name', async (context) => {
  const source = await running(context, { clientIPHeader: 'ip', clientHostnameHeader: 'name' })
  await source.send('<13>- h a', '<13>- h b')
  await source.stored(2)
  await source.send('<13>- h c')
  await source.stored(3)
  const rows = source.observed.puts.flatMap((batch) => [...batch])
  assert.deepEqual(
    rows.map(({ headers }) => headers.get('ip')),
    ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
  )
  assert.equal(new Set(rows.map(({ headers }) => headers.get('name'))).size, 1)
  assert.notEqual(rows[0]!.headers.get('name') ?? '', '')
})

test('a message that the channel does not take is dropped and counted, those after it are put', async (context) => {
  let puts = 0
  const onPut = (): void => {
    if (puts++ === 0) refuse(new ChannelFullError('no room'))
  }
  const source = await running(context, {}, { onPut })
  await source.send('<13>- h a')
  while (puts === 0) await settle()
  await source.send('<13>- h b', '<13>- h c')
  await source.stored(2)
  assert.deepEqual(source.bodies(), ['b', 'c'])
  assert.equal(source.observed.counts.get('datagramsDropped'), 1)
})

test('what the kernel drops while the process is busy is counted, and nothing else is missing', async (context) => {
  const source = await running(context, { receiveBufferBytes: '4096' })
  const sent = 2000
  // Nothing is read until the other process has sent all of them, and the buffer holds a dozen.
  const program = `const sender = require('node:dgram').createSocket('udp4')
    let left = ${sent}
    for (let index = 0; index < ${sent}; index++) {
      sender.send('<13>- h ' + index, ${portOf(source)}, '127.0.0.1', () => --left === 0 && sender.close())
    }`
  const { status } = spawnSync(process.execPath, ['-e', program])
  assert.equal(status, 0)
  for (let turn = 0; turn < 20; turn++) await settle()
  await source.instance.stop(1000)
  const drops = source.observed.counts.get('kernelDrops') ?? 0
  assert.ok(drops > 0)
  assert.equal(source.bodies().length + drops, sent)
})
