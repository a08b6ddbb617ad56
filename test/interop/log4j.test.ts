// Programs in Java that log through Flume's appender for log4j 1.2, through reload4j, and through log4j 2, to our source.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Event } from '../../packages/flumen/src/core/index.ts'
import { flumeAppenderClassPaths, flumeAppenders, smallJava } from '../../servers/flume.ts'
import { skipUnless, temporaryDirectory } from '../../servers/server.ts'
import { digestInOrder, digestOf } from './client-events.ts'
import { compiledOracle, oracle } from './oracle.ts'
import { ourSource, portOf, sizesOf, taken } from './relay.ts'

const events = 100_000
const prefix = 'flume.client.log4j'
const levels = [5000, 10_000, 20_000, 30_000, 40_000, 50_000]
const levelNames = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
const timeout = 120_000

/** The same as in `java/Log4jAppenders.java`: 0 characters to 5 M. */
function textAt(index: number): string {
  const size = index % 20_000 === 19_999 ? 5 * 1024 * 1024 : index % 97 === 0 ? 0 : (index * 37) % 300
  const text = Buffer.allocUnsafeSlow(size)
  for (let at = 0; at < size; at++) text[at] = 32 + ((at * 31 + index) % 95)
  return `${text.toString('latin1')}${index % 50 === 3 ? 'valué\n\t日本 😀' : ''}`
}

/** What the appender makes of all messages, without their times. All of a list have the logger and level of its first. */
function* expectedEvents(list: number, address: string): Iterable<Event> {
  for (let index = 0; index < events; index++) {
    const first = index - (index % list)
    const headers = new Map([
      [`${prefix}.logger.name`, `org.example.service${first % 5}`],
      [`${prefix}.log.level`, String(levels[first % levels.length])],
      [`${prefix}.message.encoding`, 'UTF8'],
      [`${prefix}.address`, address],
    ])
    yield { headers, body: Buffer.from(`${levelNames[first % levels.length]} ${textAt(index)}`) }
  }
}

/** Takes the times out of the headers; each is of when the program ran. */
function* withoutTimes(all: Iterable<Event>, began: number, header: string): Iterable<Event> {
  for (const { headers: given, body } of all) {
    const headers = new Map(given)
    const time = Number(headers.get(header))
    assert.ok(time >= began && time <= Date.now(), `${header} is ${headers.get(header)}`)
    headers.delete(header)
    yield { headers, body }
  }
}

interface Appender {
  readonly name: string
  readonly library: 'log4j' | 'reload4j'
  readonly list: number
  /** Several are for the appender that balances the load. */
  readonly sources: number
}

const appenders: readonly Appender[] = [
  { name: 'one a call', library: 'log4j', list: 1, sources: 1 },
  { name: 'lists of 100', library: 'log4j', list: 100, sources: 1 },
  { name: 'lists of 100, to two sources', library: 'log4j', list: 100, sources: 2 },
  { name: 'lists of 100, with reload4j', library: 'reload4j', list: 100, sources: 1 },
]

for (const { name, library, list, sources: count } of appenders) {
  test(`${events} messages of Flume's appender for log4j come to our source, each once and whole: ${name}`, {
    timeout,
  }, async (t) => {
    if (!(await skipUnless(t, oracle, flumeAppenders))) return
    const sources = await Promise.all(Array.from({ length: count }, () => ourSource(t, 'avro')))
    const began = Date.now()
    const program = await startProgram(t, library, [
      ...(count > 1 ? balancedOver(sources.map(portOf)) : appenderTo(portOf(sources[0]!))),
      'log4j.appender.flume.layout=org.apache.log4j.PatternLayout',
      'log4j.appender.flume.layout.ConversionPattern=%p %m',
    ])
    assert.equal(await program.tell(`messages ${events} ${list}`), 'done')
    await program.end()
    // What its client sends in one request, unless it is told otherwise.
    for (const source of sources) assert.equal(Math.max(...sizesOf(source)), Math.min(list, 100))
    const stored = sources.flatMap((source) => [...taken(source)])
    assert.equal(stored.length, events)
    const digest = count > 1 ? digestOf : digestInOrder
    const seen = digest(withoutTimes(stored, began, `${prefix}.timestamp`))
    assert.equal(seen, digest(expectedEvents(list, program.address)))
  })
}

/** Of Flume's appender: when it cannot connect again at once, it has no client any more, and says so for ever. */
const outages: readonly Outage[] = [
  { name: 'a call that fails throws', calls: 1, answers: /^FlumeException Flume append\(\) failed/ },
  { name: 'with UnsafeMode nothing is thrown', calls: 1, answers: /^done$/, isUnsafe: true },
  { name: 'the one that balances the load lives through more calls', calls: 3, answers: /^FlumeException /, hosts: 2 },
  { name: 'and so it does with UnsafeMode', calls: 3, answers: /^done$/, isUnsafe: true, hosts: 2 },
]

interface Outage {
  readonly name: string
  /** While the source is away. */
  readonly calls: number
  readonly answers: RegExp
  readonly isUnsafe?: boolean
  readonly hosts?: number
}

test('after a time without our source the appender goes on', { timeout, concurrency: outages.length }, async (t) => {
  if (!(await skipUnless(t, oracle, flumeAppenders))) return
  await Promise.all(outages.map((outage) => t.test(outage.name, (t) => liveThrough(t, outage))))
})

async function liveThrough(t: TestContext, { calls, answers, isUnsafe = false, hosts = 1 }: Outage): Promise<void> {
  const source = await ourSource(t, 'avro')
  const port = portOf(source)
  const appender = hosts === 1 ? appenderTo(port) : balancedOver(Array.from({ length: hosts }, () => port))
  const program = await startProgram(t, 'log4j', [...appender, `log4j.appender.flume.UnsafeMode=${isUnsafe}`])
  assert.equal(await program.tell('say before'), 'done')
  await source.instance.stop(0)
  for (let call = 0; call < calls; call++) assert.match(await program.tell('say meanwhile'), answers)
  const again = await ourSource(t, 'avro', { port: String(port) })
  assert.equal(await program.tell('say afterwards'), 'done')
  await program.end()
  assert.deepEqual([source.bodies(), again.bodies()], [['before'], ['afterwards']])
}

const schemaUrl = 'http://schemas.example.org/reading.avsc'
for (const isByUrl of [false, true]) {
  test(`an object comes as Avro with ${isByUrl ? 'the place of its schema' : 'its schema'}`, { timeout }, async (t) => {
    if (!(await skipUnless(t, oracle, flumeAppenders))) return
    const source = await ourSource(t, 'avro')
    const program = await startProgram(t, 'log4j', [
      ...appenderTo(portOf(source)),
      'log4j.appender.flume.AvroReflectionEnabled=true',
      ...(isByUrl ? [`log4j.appender.flume.AvroSchemaUrl=${schemaUrl}`] : []),
    ])
    assert.equal(await program.tell('reading Oslo -7'), 'done')
    await program.end()
    const [event] = [...taken(source)]
    assert.ok(event)
    // A number in zigzag, and a text with twice its length before it.
    assert.equal(Buffer.from(event.body).toString('latin1'), '\r\u0008Oslo')
    assert.equal(event.headers.has(`${prefix}.message.encoding`), false)
    assert.equal(event.headers.get('flume.avro.schema.url'), isByUrl ? schemaUrl : undefined)
    const literal = event.headers.get('flume.avro.schema.literal')
    const fields = literal && (JSON.parse(literal) as { fields: readonly { name: string; type: string }[] }).fields
    const expected = [
      { name: 'degrees', type: 'int' },
      { name: 'place', type: 'string' },
    ]
    assert.deepEqual(fields, isByUrl ? undefined : expected)
  })
}

for (const { count, isCompressed } of [
  { count: events, isCompressed: false },
  { count: 10_000, isCompressed: true },
]) {
  test(`${count} messages of log4j 2's Flume appender come to our source, each once and whole${isCompressed ? ', compressed as it does by default' : ''}`, {
    timeout,
  }, async (t) => {
    if (!(await skipUnless(t, oracle, flumeAppenders))) return
    using directory = temporaryDirectory('log4j2')
    const source = await ourSource(t, 'avro')
    const file = join(directory.path, 'appender.xml')
    writeFileSync(file, log4j2Configuration(portOf(source), isCompressed))
    const began = Date.now()
    const option = `-Dlog4j2.configurationFile=${file}`
    const program = await runJava(t, 'log4j2', [option, 'Log4j2Appenders', String(count)])
    await once(program.child, 'close')
    assert.match(program.output(), new RegExp(`^${count} logged$`, 'm'))
    assert.equal(Math.max(...sizesOf(source)), 100)
    const identities = new Set<string>()
    const stored = Array.from(taken(source), ({ headers: given, body }): Event => {
      const headers = new Map(given)
      identities.add(headers.get('guId') ?? '')
      headers.delete('guId')
      return { headers, body: isCompressed ? gunzipSync(body) : body }
    })
    assert.equal(identities.size, count)
    assert.equal(digestInOrder(withoutTimes(stored, began, 'timeStamp')), digestInOrder(log4j2Events(count)))
  })
}

function* log4j2Events(count: number): Iterable<Event> {
  for (let index = 0; index < count; index++) {
    const text = `line ${index}${index % 50 === 3 ? ' valué 日本 😀' : ''}`
    const body = `${levelNames[index % levels.length]} org.example.service${index % 5} ${text}`
    yield { headers: new Map([['mdc:number', String(index)]]), body: Buffer.from(body) }
  }
}

function log4j2Configuration(port: number, isCompressed: boolean): string {
  return `<Configuration status="ERROR">
  <Appenders>
    <Flume name="flume" ignoreExceptions="false" batchSize="100"${isCompressed ? '' : ' compress="false"'} mdcPrefix="mdc:">
      <Agent host="127.0.0.1" port="${port}"/>
      <PatternLayout pattern="%p %c %m" charset="UTF-8"/>
    </Flume>
  </Appenders>
  <Loggers>
    <Root level="OFF"/>
    <Logger name="org.example" level="TRACE"><AppenderRef ref="flume"/></Logger>
  </Loggers>
</Configuration>
`
}

/** Not the lines of its own client. */
const logger = 'log4j.logger.org.example=TRACE, flume'

function appenderTo(port: number): readonly string[] {
  return [
    logger,
    'log4j.appender.flume=org.apache.flume.clients.log4jappender.Log4jAppender',
    'log4j.appender.flume.Hostname=127.0.0.1',
    `log4j.appender.flume.Port=${port}`,
  ]
}

function balancedOver(ports: readonly number[]): readonly string[] {
  return [
    logger,
    'log4j.appender.flume=org.apache.flume.clients.log4jappender.LoadBalancingLog4jAppender',
    `log4j.appender.flume.Hosts=${ports.map((port) => `127.0.0.1:${port}`).join(' ')}`,
    'log4j.appender.flume.Selector=ROUND_ROBIN',
  ]
}

interface Program {
  /** What Java takes for the address of this machine. */
  readonly address: string
  /** Resolves to the answer. */
  tell(command: string): Promise<string>
  end(): Promise<void>
}

/** A program that logs what it is told to. */
async function startProgram(t: TestContext, library: Appender['library'], lines: readonly string[]): Promise<Program> {
  const directory = temporaryDirectory('log4j')
  t.after(() => directory[Symbol.dispose]())
  const file = join(directory.path, 'log4j.properties')
  writeFileSync(file, lines.join('\n'))
  const { child, output } = await runJava(t, library, ['Log4jAppenders', file])
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await answers.next()
    assert.ok(!done, output())
    return value
  }
  const [, address = ''] = (await next()).split(' ')
  return {
    address,
    tell: (command) => {
      child.stdin.write(`${command}\n`)
      return next()
    },
    end: async () => {
      const closed = once(child, 'exit')
      child.stdin.end()
      assert.deepEqual(await closed, [0, null], output())
    },
  }
}

async function runJava(t: TestContext, library: Appender['library'] | 'log4j2', words: readonly string[]) {
  const classPath = `${await compiledOracle()}:${(await flumeAppenderClassPaths())[library]}`
  const child = spawn('java', [...smallJava, '-Dfile.encoding=UTF-8', '-cp', classPath, ...words])
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      output = (output + piece).slice(-4000)
    })
  }
  return { child, output: (): string => output }
}
