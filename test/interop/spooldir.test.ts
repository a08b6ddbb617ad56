// The same folders spooled by Apache Flume 1.11 and by Flumen: the same files must come out, and each goes on where the
// other stopped within a file.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import avro from '../../packages/flumen/src/components/deserializers/avro.ts'
import line from '../../packages/flumen/src/components/deserializers/line.ts'
import avroEvent from '../../packages/flumen/src/components/serializers/avro-event.ts'
import spooldir from '../../packages/flumen/src/components/sources/spooldir/spooldir.ts'
import { batchOf, ChannelFullError, createEvent, type Source } from '../../packages/flumen/src/core/index.ts'
import { parseSpoolMeta } from '../../packages/flumen/src/protocols/avro-container/index.ts'
import { catalogueOf, createForTest, refuse, serialized } from '../../packages/flumen/src/testing/index.ts'
import { flume, startFlume } from '../../servers/flume.ts'
import { skipUnless, temporaryDirectory, waitUntil } from '../../servers/server.ts'
import { startAgent } from '../support/agent-process.ts'

const kinds = { line: 'LINE', avro: 'AVRO', tracked: 'LINE', replaced: 'LINE', ignored: 'LINE' } as const
type Kind = keyof typeof kinds
const names = Object.keys(kinds) as Kind[]

/** Sources of the three kinds, each into files of its own. `{port}` is for the tests' own readiness. */
function configurationOf(folder: string, more = ''): string {
  return `
a1.sources = ${names.join(' ')}
a1.channels = ${names.join(' ')}
a1.sinks = ${names.join(' ')}
${names
  .map(
    (name) => `
a1.sources.${name}.type = spooldir
a1.sources.${name}.spoolDir = ${join(folder, name)}
a1.sources.${name}.deserializer = ${kinds[name]}
a1.sources.${name}.basenameHeader = true
a1.sources.${name}.channels = ${name}
a1.channels.${name}.type = memory
a1.channels.${name}.capacity = 100000
a1.channels.${name}.transactionCapacity = 1000
a1.sinks.${name}.type = file_roll
a1.sinks.${name}.channel = ${name}
a1.sinks.${name}.sink.directory = ${join(folder, 'out', name)}
a1.sinks.${name}.sink.rollInterval = 0
a1.sinks.${name}.sink.serializer = HEADER_AND_TEXT`,
  )
  .join('\n')}
a1.sources.line.deserializer.maxLineLength = 50
a1.sources.tracked.trackingPolicy = tracker_dir
a1.sources.tracked.recursiveDirectorySearch = true
a1.sources.tracked.ignorePattern = .*\\\\.tmp
a1.sources.tracked.consumeOrder = youngest
a1.sources.tracked.inputCharset = ISO-8859-1
a1.sources.replaced.decodeErrorPolicy = REPLACE
a1.sources.ignored.decodeErrorPolicy = ignore
${more}`
}

const texts: Readonly<Record<string, string>> = {
  'a.log': 'plain\r\n\nhéllo 日本 😀\nno end',
  'b.log': `${'long '.repeat(29)}\nshort\n${'日本'.repeat(60)}!\n`,
  'c.log': Array.from({ length: 1234 }, (_, index) => `line ${index}`).join('\n'),
  'empty.log': '',
  '.hidden': 'hidden\n',
  'done.COMPLETED': 'done\n',
}

async function fill(folder: string): Promise<void> {
  for (const name of names) mkdirSync(join(folder, 'out', name), { recursive: true })
  for (const name of ['line', 'avro', 'replaced', 'ignored', 'tracked/deep/er', 'tracked/.not'])
    mkdirSync(join(folder, name), { recursive: true })
  let time = Date.now() / 1000 - 1000
  const put = (name: string, content: string | Uint8Array): void => {
    writeFileSync(join(folder, name), content)
    utimesSync(join(folder, name), time, time)
    time += 10
  }
  for (const [name, text] of Object.entries(texts)) put(join('line', name), text)
  for (const compressionCodec of ['null', 'deflate', 'snappy']) {
    put(join('avro', `${compressionCodec}.avro`), await container(compressionCodec))
  }
  put('replaced/bad', malformedLines([...malformed, 'f09f98']))
  // Flume leaves out the letter after three bytes of a character of four, too.
  put('ignored/bad', malformedLines(malformed))
  const latin = Buffer.from('größe\nÿ\n', 'latin1')
  for (const name of ['top', 'deep/one', 'deep/er/two', 'deep/left.tmp', '.not/read']) put(join('tracked', name), latin)
}

const malformed = 'ff c328 c080 e282 e28228 eda080 f0808080 f4908080 efbfbd c3 80 f8888080'.split(' ')

/** Bytes that are not UTF-8, each between two letters and in the middle of a character at the end of a line. */
function malformedLines(sequences: readonly string[]): Buffer {
  return Buffer.concat(sequences.map((hex) => Buffer.from(`61${hex}62${hex}0a`, 'hex')))
}

/** A container of events, with at most one header: Java keeps no order. */
async function container(compressionCodec: string): Promise<Buffer> {
  const { instance } = await createForTest(avroEvent, { compressionCodec, syncIntervalBytes: '500' })
  const events = Array.from({ length: 100 }, (_, index) =>
    createEvent(`${compressionCodec} ${index}`, index % 2 === 0 ? {} : { number: String(index) }),
  )
  return Buffer.concat([instance.begin() ?? Buffer.alloc(0), await serialized(instance, batchOf(events))])
}

function contentOf(folder: string, name: string): string {
  const out = join(folder, 'out', name)
  return readdirSync(out)
    .sort()
    .map((file) => readFileSync(join(out, file), 'latin1'))
    .join('')
}

function namesOf(folder: string, name: string): string[] {
  const all = readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' })
  return all.filter((each) => !each.includes('.flumespool-main.meta')).sort()
}

/** All files of its folders are done with, and as much is written as at the last look. */
function steadyLook(folder: string): () => true | undefined {
  let last = -1
  return () => {
    const isDone =
      ['line', 'avro'].every(
        (name) => !readdirSync(join(folder, name)).some((each) => /^[^.].*(?<!COMPLETED)$/.test(each)),
      ) && existsSync(join(folder, 'tracked/.flumespool/top.COMPLETED'))
    const size = names.reduce((sum, name) => sum + contentOf(folder, name).length, 0)
    const isSteady = isDone && size > 0 && size === last
    last = size
    return isSteady || undefined
  }
}

test('the same folders give the same events, and look the same afterwards, as with Apache Flume', async (t) => {
  if (!(await skipUnless(t, flume))) return
  using folder = temporaryDirectory('spooldir')
  const [theirs, ours] = [join(folder.path, 'flume'), join(folder.path, 'flumen')]
  for (const each of [theirs, ours]) await fill(each)
  await using real = await startFlume({ configuration: configurationOf(theirs) })
  const ready = `a1.sources = ${names.join(' ')} ready\na1.sources.ready.type = netcat\na1.sources.ready.bind = 127.0.0.1
a1.sources.ready.port = {port}\na1.sources.ready.channels = line\n`
  const own = await startAgent(ours, configurationOf(ours, ready).replace(/^a1\.sources = .*\n/m, ''))
  t.after(() => own.stop('SIGKILL'))
  const [theirLook, ourLook] = [steadyLook(theirs), steadyLook(ours)]
  await waitUntil('Flume has read all', theirLook)
  await waitUntil('Flumen has read all', ourLook)
  assert.equal(await own.stop(), 0)
  await real.stop()
  for (const name of names) {
    assert.notEqual(contentOf(ours, name), '')
    assert.equal(contentOf(ours, name), contentOf(theirs, name), name)
    assert.deepEqual(namesOf(ours, name), namesOf(theirs, name))
  }
})

const lines = Array.from({ length: 1000 }, (_, index) => `line ${index} ö`)
const catalogue = catalogueOf(line, avro)

/** Our source over a folder; stores so many events of each put, then none. @returns the bodies */
async function spool(
  spoolDir: string,
  deserializer: string,
  most = Number.POSITIVE_INFINITY,
): Promise<readonly string[]> {
  let left = most
  const values = { spoolDir, deserializer, pollDelay: '5' }
  const onPut = (batch: { readonly length: number }): void => {
    const stored = Math.min(left, batch.length)
    left -= stored
    if (stored < batch.length) refuse(new ChannelFullError('no room'), stored)
  }
  const { instance, observed, bodies } = await createForTest(spooldir, values, { catalogue, onPut })
  await instance.start()
  const over = new AbortController()
  const polling = pollUntil(instance, over.signal)
  const isDone = (): boolean => left === 0 || (observed.counts.get('filesDone') ?? 0) > 0
  await waitUntil('the source has read so far', () => isDone() || undefined)
  over.abort()
  await polling
  await instance.stop(5000)
  return bodies()
}

async function pollUntil(source: Source, signal: AbortSignal): Promise<void> {
  while (source.kind === 'pollable' && !signal.aborted) await source.poll(signal).catch(() => undefined)
}

test('a file in which Apache Flume stopped is read on, at the very next line', async (t) => {
  if (!(await skipUnless(t, flume))) return
  using folder = temporaryDirectory('spooldir-tracker')
  const spoolDir = join(folder.path, 'spool')
  mkdirSync(spoolDir)
  writeFileSync(join(spoolDir, 'in.txt'), `${lines.join('\n')}\n`)
  const configuration = `a1.sources = r1\na1.channels = c1\na1.sources.r1.type = spooldir
a1.sources.r1.spoolDir = ${spoolDir}\na1.sources.r1.batchSize = 50\na1.sources.r1.channels = c1
a1.channels.c1.type = memory\na1.channels.c1.capacity = 300\na1.channels.c1.transactionCapacity = 100
a1.channels.c1.keep-alive = 1\n`
  const real = await startFlume({ configuration })
  const meta = join(spoolDir, '.flumespool/.flumespool-main.meta')
  const offset = Buffer.byteLength(`${lines.slice(0, 300).join('\n')}\n`)
  await waitUntil('its channel is full', () =>
    parseSpoolMeta(readFileSync(meta))?.offset === offset ? true : undefined,
  )
  await real.stop()
  assert.deepEqual(await spool(spoolDir, 'LINE'), lines.slice(300))
  assert.deepEqual(readdirSync(spoolDir).sort(), ['.flumespool', 'in.txt.COMPLETED'])
})

for (const deserializer of ['LINE', 'AVRO'] as const) {
  test(`Apache Flume goes on in a file in which this source stopped (${deserializer})`, async (t) => {
    if (!(await skipUnless(t, flume))) return
    using folder = temporaryDirectory('spooldir-back')
    mkdirSync(join(folder.path, 'out/line'), { recursive: true })
    const content = deserializer === 'LINE' ? `${lines.join('\n')}\n` : await container('null')
    const only = join(folder.path, 'only')
    mkdirSync(only)
    writeFileSync(join(only, 'in'), content)
    await spool(only, deserializer, 50)
    const meta = parseSpoolMeta(readFileSync(join(only, '.flumespool/.flumespool-main.meta')))
    assert.equal(meta?.file, join(only, 'in'))
    const configuration = `a1.sources = r1\na1.channels = c1\na1.sinks = k1\na1.sources.r1.type = spooldir
a1.sources.r1.spoolDir = ${only}\na1.sources.r1.deserializer = ${deserializer}\na1.sources.r1.channels = c1
a1.channels.c1.type = memory\na1.channels.c1.capacity = 10000\na1.sinks.k1.type = file_roll\na1.sinks.k1.channel = c1
a1.sinks.k1.sink.directory = ${join(folder.path, 'out/line')}\na1.sinks.k1.sink.rollInterval = 0\n`
    await using real = await startFlume({ configuration })
    const last = deserializer === 'LINE' ? 'line 999 ö' : 'null 99'
    const written = (): string => Buffer.from(contentOf(folder.path, 'line'), 'latin1').toString('utf8')
    await waitUntil('Flume has written the last one', () => (written().includes(last) ? true : undefined))
    await real.stop()
    if (deserializer === 'LINE') assert.equal(written(), `${lines.slice(50).join('\n')}\n`)
    // Flume knows places between blocks only: the second one begins with the record 36.
    else assert.deepEqual([written().includes('null 35\n'), written().includes('null 36\n')], [false, true])
  })
}
