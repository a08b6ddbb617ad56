// Senders of syslog as Debian has them, to the three sources: each line comes once, in order where the transport has one,
// with the headers that its form of message has.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Child } from '../../bench/peers/child.ts'
import { type DebianProgram, type Located, libraryPath, locate, missingProgram } from '../../bench/peers/debian.ts'
import multiport from '../../packages/flumen/src/components/sources/multiport-syslog-tcp/multiport-syslog-tcp.ts'
import syslogTcp from '../../packages/flumen/src/components/sources/syslog-tcp/syslog-tcp.ts'
import syslogUdp from '../../packages/flumen/src/components/sources/syslog-udp/syslog-udp.ts'
import type { Event } from '../../packages/flumen/src/core/index.ts'
import { makeCertificates, missingOpenSsl } from '../../packages/flumen/src/testing/certificates.ts'
import { createForTest, type Harness } from '../../packages/flumen/src/testing/harness.ts'
import { freePort, skipUnless, temporaryDirectory, waitUntil } from '../../servers/server.ts'

interface Job {
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** Of RFC 6587. */
  readonly framing: 'octet-counted' | 'traditional'
  readonly form: 'RFC 3164' | 'RFC 5424'
  readonly port: number
  readonly directory: string
  /** What is sent: a line an event. */
  readonly file: string
}

/** A program that sends the lines of a file. */
interface Sender {
  readonly name: string
  readonly program: DebianProgram
  commandOf(
    located: Located,
    job: Job,
  ): { readonly args: readonly string[]; readonly environment?: Record<string, string> }
}

const lines = 300

const rsyslog: Sender = {
  name: 'rsyslog',
  program: { package: 'rsyslog-openssl', variable: 'RSYSLOGD_OPENSSL', command: 'rsyslogd' },
  commandOf({ root }, { transport, framing, form, port, directory, file }) {
    const template = form === 'RFC 5424' ? 'RSYSLOG_SyslogProtocol23Format' : 'RSYSLOG_TraditionalForwardFormat'
    const secure =
      'StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"'
    const tls = transport === 'tls'
    const at = (name: string): string => join(directory, name)
    writeFileSync(
      at('rsyslog.conf'),
      `global(workDirectory="${directory}" localHostname="sender.example"
  ${tls ? `defaultNetstreamDriverCAFile="${at('authority.pem')}" defaultNetstreamDriverCertFile="${at('client.pem')}" defaultNetstreamDriverKeyFile="${at('client.key')}"` : ''})
module(load="imfile" mode="polling" pollingInterval="1")
input(type="imfile" file="${file}" tag="app[7]:" facility="local3" severity="warning")
action(type="omfwd" target="127.0.0.1" port="${port}" protocol="${transport === 'udp' ? 'udp' : 'tcp'}"
  TCP_Framing="${framing}" template="${template}" ${tls ? secure : ''})
`,
    )
    const modules = root === undefined ? [] : ['-M', globSync(join(root, 'usr/lib/*/rsyslog'))[0]!]
    return {
      args: ['-n', '-f', at('rsyslog.conf'), '-i', at('pid'), ...modules],
      ...(root !== undefined && { environment: { LD_LIBRARY_PATH: libraryPath(root) } }),
    }
  },
}

const syslogNg: Sender = {
  name: 'syslog-ng',
  program: { package: 'syslog-ng-core', variable: 'SYSLOG_NG', command: 'syslog-ng' },
  commandOf({ root }, { transport, framing, form, port, directory, file }) {
    const at = (name: string): string => join(directory, name)
    const tls = `tls(ca-file("${at('authority.pem')}") cert-file("${at('client.pem')}") key-file("${at('client.key')}"))`
    // Its driver "syslog" counts octets over a stream; "network" ends a message with a line feed.
    const driver = framing === 'octet-counted' ? 'syslog' : 'network'
    const flags = form === 'RFC 5424' && driver === 'network' ? 'flags(syslog-protocol)' : ''
    writeFileSync(
      at('syslog-ng.conf'),
      `@version: 3.38
options { keep-hostname(yes); use-dns(no); stats-freq(0); };
source lines { file("${file}" flags(no-parse) program-override("app") default-facility(local3) default-priority(warning)
  host-override("sender.example") follow-freq(0.1)); };
destination there { ${driver}("localhost" port(${port}) transport("${transport}") ${flags} ${transport === 'tls' ? tls : ''}); };
log { source(lines); destination(there); flags(flow-control); };
`,
    )
    const files = [`--control=${at('control')}`, `--persist-file=${at('persist')}`, `--pidfile=${at('pid')}`]
    const modules = root === undefined ? [] : [`--module-path=${globSync(join(root, 'usr/lib/syslog-ng/[0-9]*'))[0]}`]
    return {
      args: ['-F', '-f', at('syslog-ng.conf'), '--no-caps', '--stderr', ...files, ...modules],
      ...(root !== undefined && { environment: { LD_LIBRARY_PATH: libraryPath(root) } }),
    }
  },
}

type Way = Pick<Job, 'transport' | 'framing' | 'form'>

/** syslog-ng has no octet counting of RFC 3164 messages. */
const ways: readonly { readonly sender: Sender; readonly way: Way }[] = [rsyslog, syslogNg].flatMap((sender) =>
  (['udp', 'tcp', 'tls'] as const).flatMap((transport) =>
    (['RFC 3164', 'RFC 5424'] as const).flatMap((form) =>
      (['octet-counted', 'traditional'] as const)
        .filter(
          (framing) =>
            !(framing === 'octet-counted' && (transport === 'udp' || (sender === syslogNg && form === 'RFC 3164'))),
        )
        .map((framing) => ({ sender, way: { transport, framing, form } })),
    ),
  ),
)

for (const { sender, way } of ways) {
  const { transport, framing, form } = way
  test(`${sender.name} sends ${form} over ${transport}, ${framing}`, { timeout: 120_000 }, async (t) => {
    if (!(await skipUnless(t, { name: sender.name, missing: () => missingProgram(sender.program) }))) return
    if (transport === 'tls' && !(await skipUnless(t, { name: 'openssl', missing: async () => missingOpenSsl() })))
      return
    const events = await received(t, sender, way, transport === 'udp' ? 'syslogudp' : 'syslogtcp')
    checkEvents(events, form)
  })
}

test('multiport_syslogtcp takes what rsyslog sends', { timeout: 120_000 }, async (t) => {
  if (!(await skipUnless(t, { name: 'rsyslog', missing: () => missingProgram(rsyslog.program) }))) return
  const way = { transport: 'tcp', framing: 'octet-counted', form: 'RFC 5424' } as const
  const events = await received(t, rsyslog, way, 'multiport_syslogtcp')
  assert.equal(events[0]!.headers.get('Priority'), '156')
  assert.equal(events[0]!.headers.get('Version'), '1')
  assert.equal(events[0]!.headers.get('flume.syslog.status'), undefined)
})

test('rsyslog sends with RELP, and what was not answered comes again after a break', {
  timeout: 120_000,
}, async (t) => {
  if (!(await skipUnless(t, { name: 'rsyslog', missing: () => missingProgram(relp) }))) return
  const home = temporaryDirectory('syslog-relp')
  t.after(() => home[Symbol.dispose]())
  const port = await freePort()
  const start = async (): Promise<Harness<'source'>> => {
    const source = await createForTest(syslogTcp, { host: '127.0.0.1', port: String(port), framing: 'relp' })
    await source.instance.start()
    t.after(() => source.instance.stop(0))
    return source
  }
  const first = await start()
  const located = await locate(relp)
  const file = join(home.path, 'lines.log')
  writeFileSync(file, '')
  const child = await Child.start({
    command: located.command,
    directory: home.path,
    ports: [],
    ...relpCommand(located, home.path, file, port),
  })
  t.after(() => child.stop())
  let written = 0
  const write = (count: number): void => {
    for (let index = 0; index < count; index++) appendFileSync(file, `line ${written++} ünï\n`)
  }
  const linesOf = (...sources: readonly Harness<'source'>[]): Set<string> =>
    new Set(sources.flatMap((source) => source.bodies()).flatMap((body) => /line \d+/.exec(body) ?? []))
  write(200)
  await waitUntil('the first lines have come', () => linesOf(first).size >= 200 || undefined)
  write(200)
  await first.instance.stop(1000)
  write(200)
  const second = await start()
  await waitUntil('all lines have come', () => linesOf(first, second).size >= 600 || undefined, 60_000).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}\n${linesOf(first, second).size} lines came\n${child.output}`)
    },
  )
  assert.equal(first.observed.counts.get('protocolErrors') ?? 0, 0)
  assert.equal(second.observed.puts[0]!.header(0, 'Facility'), '19')
})

const relp: DebianProgram = { package: 'rsyslog-relp', variable: 'RSYSLOGD_RELP', command: 'rsyslogd' }

function relpCommand(
  { root }: Located,
  directory: string,
  file: string,
  port: number,
): { readonly args: readonly string[]; readonly environment?: Record<string, string> } {
  const configuration = join(directory, 'rsyslog.conf')
  writeFileSync(
    configuration,
    `global(workDirectory="${directory}" localHostname="sender.example")
module(load="imfile" mode="polling" pollingInterval="1")
module(load="omrelp")
input(type="imfile" file="${file}" tag="app[7]:" facility="local3" severity="warning")
action(type="omrelp" target="127.0.0.1" port="${port}" template="RSYSLOG_TraditionalForwardFormat"
  action.resumeRetryCount="-1" action.resumeInterval="1")
`,
  )
  const modules = root === undefined ? [] : ['-M', globSync(join(root, 'usr/lib/*/rsyslog'))[0]!]
  return {
    args: ['-n', '-f', configuration, '-i', join(directory, 'pid'), ...modules],
    ...(root !== undefined && { environment: { LD_LIBRARY_PATH: libraryPath(root) } }),
  }
}

test('logger sends RFC 3164 and RFC 5424 datagrams', async (t) => {
  if (!(await skipUnless(t, { name: 'logger', missing: async () => missingLogger() }))) return
  for (const form of ['--rfc3164', '--rfc5424=notq']) {
    const source = await createForTest(syslogUdp, { host: '127.0.0.1', port: '0', structuredData: 'true' })
    await source.instance.start()
    t.after(() => source.instance.stop(0))
    const port = String(portOf(source.observed.lines))
    const args = ['--udp', '--server', '127.0.0.1', '--port', port, '--tag', 'app', '-p', 'local3.warning', form]
    assert.equal(spawnSync('logger', [...args, 'hello world']).status, 0)
    await source.stored(1)
    const event = source.observed.puts[0]!.event(0)
    assert.equal(Buffer.from(event.body).toString(), form === '--rfc3164' ? 'app: hello world' : 'hello world')
    assert.deepEqual([event.headers.get('Facility'), event.headers.get('Severity')], ['19', '4'])
    assert.ok(Math.abs(Number(event.headers.get('timestamp')) - Date.now()) < 3_600_000)
  }
})

const declarations = { syslogtcp: syslogTcp, multiport_syslogtcp: multiport, syslogudp: syslogUdp } as const

/** What a source stores of the lines that a sender is started to send. */
async function received(
  t: TestContext,
  sender: Sender,
  way: Way,
  type: keyof typeof declarations,
): Promise<readonly Event[]> {
  const home = temporaryDirectory('syslog-client')
  t.after(() => home[Symbol.dispose]())
  const directory = home.path
  const file = join(directory, 'lines.log')
  writeFileSync(file, Array.from({ length: lines }, (_, index) => `line ${index} ünï "q" ]\n`).join(''))
  if (way.transport === 'tls') makeCertificates(directory, 'authority', 'localhost', 'client')
  const secure = {
    ssl: 'true',
    certificate: join(directory, 'localhost.pem'),
    certificateKey: join(directory, 'localhost.key'),
    clientAuthorities: join(directory, 'authority.pem'),
  }
  const values = {
    host: '127.0.0.1',
    [type === 'multiport_syslogtcp' ? 'ports' : 'port']: '0',
    structuredData: 'true',
    ...(way.transport === 'tls' && secure),
  }
  const source = await createForTest<'source', typeof syslogTcp.fields>(declarations[type] as typeof syslogTcp, values)
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  const located = await locate(sender.program)
  const job = { ...way, port: portOf(source.observed.lines), directory, file }
  const child = await Child.start({
    command: located.command,
    directory,
    ports: [],
    ...sender.commandOf(located, job),
  })
  t.after(() => child.stop())
  const own = (): Event[] => source.observed.puts.flatMap((batch) => [...batch]).filter(isOwn)
  await waitUntil(`${sender.name} has sent ${lines} lines`, () => {
    if (child.hasEnded) throw new Error(child.output)
    return own().length >= lines || undefined
  }).catch((error: unknown) => {
    throw new Error(
      `${String(error)}\n${own().length} lines came\n${child.output}\n${JSON.stringify(source.observed.lines)}`,
    )
  })
  await child.stop()
  return own()
}

/** The programs say something of themselves too. */
function isOwn({ body }: Event): boolean {
  return Buffer.from(body).includes('ünï')
}

function checkEvents(events: readonly Event[], form: Job['form']): void {
  const bodies = events.map(({ body }) => Buffer.from(body).toString())
  const numbers = bodies.map((body) => Number(/line (\d+) ünï "q" \]$/.exec(body)?.[1]))
  assert.deepEqual(
    numbers,
    Array.from({ length: lines }, (_, index) => index),
    bodies[0],
  )
  for (const { headers } of events) {
    assert.deepEqual([headers.get('Facility'), headers.get('Severity'), headers.get('priority')], ['19', '4', '156'])
    assert.equal(headers.get('flume.syslog.status'), undefined)
    assert.equal(headers.get('host'), 'sender.example')
    assert.ok(Math.abs(Number(headers.get('timestamp')) - Date.now()) < 3_600_000, headers.get('timestamp'))
    assert.equal(headers.get('version'), form === 'RFC 5424' ? '1' : undefined)
    if (form === 'RFC 5424') assert.equal(headers.get('appName'), 'app')
  }
  if (form === 'RFC 3164') assert.match(bodies[0]!, /^app(\[7\])?: line 0 /)
  else assert.match(bodies[0]!, /^line 0 /)
}

function portOf(
  observed: readonly { readonly message: string; readonly facts: Readonly<Record<string, unknown>> }[],
): number {
  const { address } = observed.find(({ message }) => message === 'Listening.')!.facts
  return Number(/:(\d+)$/.exec(String(address))![1])
}

function missingLogger(): string | undefined {
  return existsSync('/usr/bin/logger') ? undefined : 'there is no /usr/bin/logger'
}
