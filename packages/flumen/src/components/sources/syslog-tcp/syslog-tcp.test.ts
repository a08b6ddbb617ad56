import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { ChannelFullError } from '../../../core/index.ts'
import { type Harness, type HarnessOptions, readForTest, refuse } from '../../../testing/harness.ts'
import { portOf, startForTest } from '../../../testing/listening.ts'
import { ManualClock, settle } from '../../../testing/manual-clock.ts'
import { sourceContract } from '../../../testing/source-contract.ts'
import { TcpClient } from '../../../testing/tcp-client.ts'
import syslogTcp from './syslog-tcp.ts'

const local = { host: '127.0.0.1', port: '0' }
const keyStores = join(import.meta.dirname, '../../../../../../test/golden/key-stores')

sourceContract(syslogTcp, {
  values: local,
  produce: async (source) => {
    const client = await TcpClient.connect(portOf(source))
    await client.send('<13>Oct 11 22:14:15 h one\n<14>1 - h two\n')
    client.end()
    await client.lastAnswer()
  },
})

function running(
  context: TestContext,
  values: Readonly<Record<string, string>> = {},
  options: HarnessOptions = {},
): Promise<Harness<'source'>> {
  return startForTest(context, syslogTcp, { ...local, ...values }, options)
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await settle()
}

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'flumen-syslog-'))
  context.after(() => rmSync(path, { recursive: true }))
  return path
}

test('a chunk of many messages is one batch over the chunk', async (context) => {
  const source = await running(context)
  const client = await TcpClient.connect(portOf(source))
  const text = Array.from({ length: 300 }, (_, index) => `<13>Oct 11 22:14:15 h line ${index}\n`).join('')
  await client.send(text)
  await source.stored(300)
  client.destroy()
  assert.equal(source.observed.puts.length, 1)
  assert.equal(source.observed.puts[0]!.parts[0]!.slab.buffer.byteLength, text.length)
})

test('a full channel holds the client back, and nothing is lost', async (context) => {
  let refusals = 0
  const clock = new ManualClock()
  const onPut = (): void => {
    if (refusals++ < 3) refuse(new ChannelFullError('no room'), refusals === 1 ? 1 : 0)
  }
  const source = await running(context, {}, { onPut, clock })
  const client = await TcpClient.connect(portOf(source))
  await client.send('<13>- h a\n<13>- h b\n<13>- h c\n')
  await until(() => refusals === 1)
  await client.send('<13>- h d\n')
  client.end()
  while (source.bodies().length < 3) {
    await clock.advance(1000)
    await settle()
  }
  assert.deepEqual(source.bodies(), ['b', 'c', 'd'])
  await client.lastAnswer()
})

test('what cannot be stored until the source has stopped is counted as lost', async (context) => {
  const onPut = (): never => refuse(new ChannelFullError('no room'))
  const source = await running(context, {}, { onPut })
  const client = await TcpClient.connect(portOf(source))
  await client.send('<13>- h a\n<13>- h b\n<13>- h')
  await until(() => source.observed.lines.some(({ level }) => level === 'warn'))
  await source.instance.stop(50)
  client.destroy()
  assert.equal(source.observed.counts.get('messagesLost'), 2)
})

test('a message that does not end in time closes its connection, an idle connection stays', async (context) => {
  const clock = new ManualClock()
  const source = await running(context, {}, { clock })
  const slow = await TcpClient.connect(portOf(source))
  const idle = await TcpClient.connect(portOf(source))
  await idle.send('<13>- h a\n')
  await slow.send('12 <13>- h')
  await source.stored(1)
  await until(() => clock.pending === 1)
  await clock.advance(61_000)
  await slow.lastAnswer()
  assert.equal(source.observed.counts.get('lineTimeouts'), 1)
  await idle.send('<13>- h b\n')
  await source.stored(2)
  slow.destroy()
  idle.destroy()
  await until(() => source.observed.counts.get('openConnections') === 0)
  assert.equal(source.observed.counts.get('messagesUnterminated'), 1)
})

test('connections over a bound are closed, the others are served', async (context) => {
  const source = await running(context, { maxConnectionsPerAddress: '1' })
  const first = await TcpClient.connect(portOf(source))
  const second = await TcpClient.connect(portOf(source))
  await second.lastAnswer()
  await first.send('<13>- h a\n')
  await source.stored(1)
  assert.equal(source.observed.counts.get('connectionsRefused'), 1)
  first.destroy()
  second.destroy()
})

test('invalid and cut messages are counted', async (context) => {
  const source = await running(context, { eventSize: '20' })
  const client = await TcpClient.connect(portOf(source))
  await client.send('<13>- h a long text that is cut\nno priority\n')
  await source.stored(3)
  client.destroy()
  assert.deepEqual([source.observed.counts.get('messagesInvalid'), source.observed.counts.get('messagesCut')], [2, 1])
})

test('messages come over a Unix socket, which nobody else can take', async (context) => {
  const socketPath = join(folder(context), 'log')
  const source = await running(context, { socketPath, clientIPHeader: 'client' })
  await assert.rejects(running(context, { socketPath }), /in use by another process/)
  const client = connect(socketPath)
  client.end('<13>- h a\n')
  await source.stored(1)
  assert.equal(source.observed.puts[0]!.header(0, 'client'), '')
  writeFileSync(`${socketPath}2`, '')
  await assert.rejects(running(context, { socketPath: `${socketPath}2` }), /is no socket/)
})

async function secure(port: number, options = {}): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    socket.once('secureConnect', resolve)
    socket.once('close', () => resolve())
  })
  return socket
}

test('messages come over TLS with a key store of Java, and who does not speak it is closed and counted', async (context) => {
  const keystore = join(keyStores, 'modern.p12')
  const source = await running(context, { ssl: 'true', keystore, 'keystore-password': 'storePassword' })
  const socket = await secure(portOf(source))
  assert.match(String(socket.getProtocol()), /^TLSv1\.[23]$/)
  socket.end('18 <13>- h over TLS\r\n<13>- h line\n')
  await source.stored(2)
  assert.deepEqual(source.bodies(), ['over TLS\r', 'line'])
  const plain = await TcpClient.connect(portOf(source))
  await plain.send('<13>- h plain\n')
  await plain.lastAnswer()
  plain.destroy()
  await until(() => source.observed.counts.get('tlsFailures') === 1)
  await until(() => source.observed.counts.get('openConnections') === 0)
  const old = await secure(portOf(source), { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })
  assert.equal(old.getProtocol() === 'TLSv1.1' && old.authorized, false)
  await until(() => source.observed.counts.get('tlsFailures') === 2)
  assert.equal(source.bodies().length, 2)
})

test('protocols and cipher suites are chosen by the names of Java', async (context) => {
  const source = await running(context, {
    ssl: 'true',
    keystore: join(keyStores, 'modern.p12'),
    'keystore-password': 'storePassword',
    'exclude-protocols': 'SSLv3 TLSv1.3',
    'include-cipher-suites':
      'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 ' +
      'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    'exclude-cipher-suites': 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  })
  const socket = await secure(portOf(source))
  assert.equal(socket.getProtocol(), 'TLSv1.2')
  assert.match(socket.getCipher().name, /^ECDHE-(RSA|ECDSA)-AES256-GCM-SHA384$/)
  socket.destroy()
})

test('a key store that cannot be opened is no start', async (context) => {
  const keystore = join(keyStores, 'modern.p12')
  const open = (values: Readonly<Record<string, string>>) => running(context, { ssl: 'true', ...values })
  await assert.rejects(open({ keystore, 'keystore-password': 'wrong' }), /TLS cannot be set up/)
  await assert.rejects(open({ keystore: '/nowhere', 'keystore-password': 'x' }), /TLS cannot be set up/)
})

test('what is missing or makes no sense is a problem', async () => {
  const keysOf = async (values: Readonly<Record<string, string>>): Promise<string[]> =>
    (await readForTest(syslogTcp, values)).problems.all.map(({ key, severity }) => `${severity} ${key}`)
  assert.deepEqual(await keysOf({}), ['error port'])
  assert.deepEqual(await keysOf({ port: '1', ssl: 'true' }), ['error keystore'])
  assert.deepEqual(await keysOf({ port: '1', keepFields: 'hostnam' }), ['warning keepFields'])
  assert.deepEqual(await keysOf({ port: '1', 'format.regex': 'x', 'format.dateFormat': 'yyyy-bb' }), ['error format'])
  assert.deepEqual(await keysOf({ port: '1', ssl: 'true', certificate: 'x' }), ['error certificate'])
})

const open = '1 open 14 relp_version=0\n'
const relp = (transaction: number, message: string): string => `${transaction} syslog ${message.length} ${message}\n`

test('a client of RELP is answered when its messages are stored, and not before', async (context) => {
  let isFull = true
  const clock = new ManualClock()
  const onPut = (): void => {
    if (isFull) refuse(new ChannelFullError('no room'))
  }
  const source = await running(context, { framing: 'relp' }, { onPut, clock })
  const client = await TcpClient.connect(portOf(source))
  await client.send(open + relp(2, '<13>- h a') + relp(3, '<13>- h b\nc'))
  await until(() => source.observed.lines.some(({ level }) => level === 'warn'))
  isFull = false
  assert.equal(source.bodies().length, 0)
  while (source.bodies().length < 2) {
    await clock.advance(1000)
    await settle()
  }
  await client.send('4 close 0\n')
  client.end()
  const said = await client.lastAnswer()
  assert.match(said, /^1 rsp 58 200 OK\n[\s\S]*\n2 rsp 6 200 OK\n3 rsp 6 200 OK\n4 rsp 0\n0 serverclose 0\n$/)
  assert.deepEqual(source.bodies(), ['a', 'b\nc'])
})

test('a stop tells clients of RELP, and who has no answer has not lost anything', async (context) => {
  const onPut = (): never => refuse(new ChannelFullError('no room'))
  const source = await running(context, { framing: 'relp' })
  const client = await TcpClient.connect(portOf(source))
  await client.send(`${open}${relp(2, '<13>- h ab')}3 syslog 9 <13>- h`)
  await source.stored(1)
  await source.instance.stop(1000)
  assert.match(await client.lastAnswer(), /\n2 rsp 6 200 OK\n0 serverclose 0\n$/)
  const full = await running(context, { framing: 'relp' }, { onPut })
  const waiting = await TcpClient.connect(portOf(full))
  await waiting.send(open + relp(2, '<13>- h ab'))
  await until(() => full.observed.lines.some(({ level }) => level === 'warn'))
  await full.instance.stop(20)
  assert.doesNotMatch(await waiting.lastAnswer(), /2 rsp/)
  assert.equal(full.observed.counts.get('messagesLost') ?? 0, 0)
})

test('who does not speak RELP is closed and counted, with what came before stored', async (context) => {
  const source = await running(context, { framing: 'relp' })
  const client = await TcpClient.connect(portOf(source))
  await client.send(`${open}${relp(2, '<13>- h ab')}<13>- h a line\n`)
  assert.match(await client.lastAnswer(), /2 rsp 6 200 OK\n/)
  assert.deepEqual(source.bodies(), ['ab'])
  assert.equal(source.observed.counts.get('protocolErrors'), 1)
  await until(() => source.observed.counts.get('openConnections') === 0)
})

const logger = '/usr/bin/logger'

for (const [form, more, expected] of [
  ['RFC 5424', ['--rfc5424=notq', '--msgid', 'ID1'], /^tag - ID1 \[[^\]]+\] hello world$|^tag - ID1 - hello world$/],
  ['RFC 3164', ['--rfc3164'], /^tag: hello world$/],
  ['RFC 5424 with a length', ['--rfc5424', '--octet-count'], /hello world$/],
] as const) {
  test(`logger of util-linux is understood: ${form}`, async (context) => {
    const source = await running(context)
    const args = ['--tcp', '--server', '127.0.0.1', '--port', String(portOf(source)), '--tag', 'tag', '-p', 'user.info']
    const child = spawn(logger, [...args, ...more, 'hello world'], { stdio: 'ignore' })
    const missing = await Promise.race([once(child, 'error').then(() => true), once(child, 'exit').then(() => false)])
    if (missing) return context.skip('logger is not installed')
    await source.stored(1)
    const [batch] = source.observed.puts
    assert.deepEqual([batch!.header(0, 'Facility'), batch!.header(0, 'Severity')], ['1', '6'])
    assert.equal(batch!.header(0, 'flume.syslog.status'), undefined)
    assert.ok(Math.abs(Number(batch!.header(0, 'timestamp')) - Date.now()) < 3_600_000)
    assert.match(batch!.text(0), expected)
  })
}
