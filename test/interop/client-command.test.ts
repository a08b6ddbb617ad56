// `flume-ng avro-client` of Apache Flume and ours, with the same files, to the same source: the same events.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import avroSource from '../../packages/flumen/src/components/sources/avro/avro.ts'
import { createForTest, type Harness } from '../../packages/flumen/src/testing/harness.ts'
import { flumeClassPath, smallJava } from '../../servers/flume.ts'
import { root, skipUnless, temporaryDirectory } from '../../servers/server.ts'
import { compiledOracle, oracle } from './oracle.ts'

const odd = 'one\r\n\n  żółw 日本 😀\rafter a carriage return\r\r\nx\ty\n\u0000nul\nlast without an end'
const many = Array.from({ length: 5000 }, (_, index) => `line ${index} ${'x'.repeat(index % 200)}\n`).join('')
const headers = 'host = web-1\nk\\u00e9y:  valu\\u00e9\nempty =\n'

type Input = 'filename' | 'stdin' | 'dirname'
const inputs: readonly (readonly [input: Input, text: string])[] = [
  ['filename', odd],
  ['filename', many],
  ['filename', ''],
  ['stdin', odd],
  ['dirname', many],
]

for (const [input, text] of inputs) {
  test(`${input} with ${text.length} characters: the events are those of Flume's avro-client`, {
    timeout: 120_000,
  }, async (t) => {
    if (!(await skipUnless(t, oracle))) return
    const classPath = `${await compiledOracle()}:${await flumeClassPath()}`
    const java = [
      'java',
      ...smallJava,
      '-Dfile.encoding=UTF-8',
      '-cp',
      classPath,
      'org.apache.flume.client.avro.AvroCLIClient',
    ]
    const entry = join(root, 'packages/flumen/src/bin/flume-ng.ts')
    const ours = [process.execPath, '--conditions=flumen-source', entry, 'avro-client']
    const theirs = await sent(t, input, text, java)
    const own = await sent(t, input, text, ours)
    assert.deepEqual(own.events, theirs.events)
    // Flume puts the name of an option behind a file that is done, in place of its value.
    const [stored, storedByFlume] = input === 'dirname' ? ['.COMPLETED', 'fileSuffix'] : ['', '']
    assert.deepEqual([own.files, theirs.files], [[`input.log${stored}`], [`input.log${storedByFlume}`]])
    assert.deepEqual([Math.max(0, ...own.requests) <= 5, Math.max(0, ...theirs.requests) <= 5], [true, true])
  })
}

async function sent(t: TestContext, input: Input, text: string, command: readonly string[]) {
  using home = temporaryDirectory('avro-client')
  const source = await ourSource(t)
  writeFileSync(join(home.path, 'headers.properties'), headers)
  mkdirSync(join(home.path, 'spool'))
  const file = join(home.path, 'spool/input.log')
  writeFileSync(file, text)
  const more = { filename: ['-F', file], stdin: [], dirname: ['--dirname', join(home.path, 'spool')] }[input]
  const line = ['-H', '127.0.0.1', '-p', portOf(source), '-R', 'headers.properties', ...more]
  const [name = '', ...words] = command
  const child = spawn(name, [...words, ...line], { cwd: home.path, stdio: ['pipe', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    log += piece
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input === 'stdin' ? text : undefined)
  assert.deepEqual(await once(child, 'close'), [0, null], log)
  const { puts } = source.observed
  return {
    events: puts.flatMap((batch) =>
      Array.from(batch, (event) => [[...event.headers].sort(), Buffer.from(event.body).toString('latin1')]),
    ),
    /** Sizes. */
    requests: puts.map(({ length }) => length),
    files: readdirSync(join(home.path, 'spool')).filter((each) => !each.startsWith('.')),
  }
}

async function ourSource(t: TestContext): Promise<Harness<'source'>> {
  const source = await createForTest(avroSource, { bind: '127.0.0.1', port: '0' })
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  return source
}

function portOf({ observed }: Harness<'source'>): string {
  const { address } = observed.lines.find(({ message }) => message === 'Listening.')!.facts
  return /:(\d+)$/.exec(String(address))![1]!
}
