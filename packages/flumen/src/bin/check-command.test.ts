import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { CommandBench, founding } from './command-bench.ts'

interface Finding {
  readonly severity: string
  readonly file: string
  readonly line: number
  readonly column: number
  readonly key: string
  readonly message: string
  readonly fix: string
}

interface Found {
  readonly status: number
  /** Problems, on standard output. */
  readonly lines: readonly string[]
  /** What is said besides, on standard error; nothing where something has to be mended. */
  readonly facts: readonly string[]
}

async function found(bench: CommandBench, ...line: string[]): Promise<Found> {
  const { io, status } = bench.flumen(['check', ...line])
  const ended = await status
  if (ended !== 0) assert.equal(io.stderr.text, '')
  return { status: ended, lines: io.stdout.lines, facts: io.stderr.lines }
}

/** A line of the founding configuration with one slip, and what must be said of it. */
interface Slip {
  readonly line: string
  readonly written: string
  readonly meant: RegExp
}

const slips: readonly Slip[] = [
  // Agents.
  { line: 'a1.sources = r1', written: 'b1.sources = r1', meant: /a1\.sources\?/ },
  { line: 'a1.sinks = k1', written: 'aa1.sinks = k1', meant: /a1\.sinks\?/ },
  { line: 'a1.channels = c1', written: 'a2.channels = c1', meant: /a1\.channels\?/ },
  { line: 'a1.sources.r1.type = netcat', written: 'a.sources.r1.type = netcat', meant: /a1\.sources\.r1\.type\?/ },
  { line: 'a1.sources.r1.port = 0', written: 'A1.sources.r1.port = 0', meant: /a1\.sources\.r1\.port\?/ },
  { line: 'a1.sinks.k1.type = logger', written: 'a11.sinks.k1.type = logger', meant: /a1\.sinks\.k1\.type\?/ },
  // Lists.
  { line: 'a1.sources = r1', written: 'a1.source = r1', meant: /a1\.sources\?/ },
  { line: 'a1.sinks = k1', written: 'a1.sink = k1', meant: /a1\.sinks\?/ },
  { line: 'a1.channels = c1', written: 'a1.chanels = c1', meant: /a1\.channels\?/ },
  { line: 'a1.channels = c1', written: 'a1.Channels = c1', meant: /a1\.channels\?/ },
  { line: 'a1.sources = r1', written: 'a1.sources = r2', meant: /did you mean r1\?/ },
  { line: 'a1.sinks = k1', written: 'a1.sinks = k', meant: /did you mean k1\?/ },
  { line: 'a1.channels = c1', written: 'a1.channels = c2', meant: /did you mean c1\?/ },
  { line: 'a1.sources = r1', written: 'a1.sources = r1 r2', meant: /add a1\.sources\.r2\.type = …/ },
  // Sections.
  { line: 'a1.sources.r1.type = netcat', written: 'a1.sorces.r1.type = netcat', meant: /a1\.sources\.r1\.type\?/ },
  {
    line: 'a1.sources.r1.bind = localhost',
    written: 'a1.source.r1.bind = localhost',
    meant: /a1\.sources\.r1\.bind\?/,
  },
  { line: 'a1.channels.c1.type = memory', written: 'a1.channel.c1.type = memory', meant: /a1\.channels\.c1\.type\?/ },
  { line: 'a1.sinks.k1.channel = c1', written: 'a1.sink.k1.channel = c1', meant: /a1\.sinks\.k1\.channel\?/ },
  { line: 'a1.sinks.k1.channel = c1', written: 'a1.sniks.k1.channel = c1', meant: /a1\.sinks\.k1\.channel\?/ },
  // Names of components, in keys and in values.
  { line: 'a1.sources.r1.type = netcat', written: 'a1.sources.r2.type = netcat', meant: /r1/ },
  { line: 'a1.sources.r1.port = 0', written: 'a1.sources.r.port = 0', meant: /a1\.sources\.r1\.port/ },
  { line: 'a1.sinks.k1.type = logger', written: 'a1.sinks.k2.type = logger', meant: /k1/ },
  { line: 'a1.channels.c1.type = memory', written: 'a1.channels.c2.type = memory', meant: /c1/ },
  { line: 'a1.channels.c1.capacity = 1000', written: 'a1.channels.cc1.capacity = 1000', meant: /c1/ },
  { line: 'a1.sources.r1.channels = c1', written: 'a1.sources.r1.channels = c2', meant: /did you mean c1\?/ },
  { line: 'a1.sinks.k1.channel = c1', written: 'a1.sinks.k1.channel = c', meant: /did you mean c1\?/ },
  // Keys.
  { line: 'a1.sources.r1.type = netcat', written: 'a1.sources.r1.tpye = netcat', meant: /a1\.sources\.r1\.type\?/ },
  {
    line: 'a1.sources.r1.bind = localhost',
    written: 'a1.sources.r1.bnid = localhost',
    meant: /a1\.sources\.r1\.bind\?/,
  },
  { line: 'a1.sources.r1.port = 0', written: 'a1.sources.r1.prot = 0', meant: /a1\.sources\.r1\.port\?/ },
  { line: 'a1.sources.r1.channels = c1', written: 'a1.sources.r1.channel = c1', meant: /a1\.sources\.r1\.channels\?/ },
  { line: 'a1.sinks.k1.type = logger', written: 'a1.sinks.k1.typ = logger', meant: /a1\.sinks\.k1\.type\?/ },
  { line: 'a1.sinks.k1.channel = c1', written: 'a1.sinks.k1.channels = c1', meant: /a1\.sinks\.k1\.channel\?/ },
  { line: 'a1.channels.c1.type = memory', written: 'a1.channels.c1.tyep = memory', meant: /a1\.channels\.c1\.type\?/ },
  { line: 'a1.channels.c1.capacity = 1000', written: 'a1.channels.c1.capcity = 1000', meant: /c1\.capacity\?/ },
  {
    line: 'a1.channels.c1.transactionCapacity = 100',
    written: 'a1.channels.c1.transactioncapacity = 100',
    meant: /c1\.transactionCapacity\?/,
  },
  // Types.
  { line: 'a1.sources.r1.type = netcat', written: 'a1.sources.r1.type = netcta', meant: /did you mean netcat\?/ },
  { line: 'a1.sinks.k1.type = logger', written: 'a1.sinks.k1.type = loger', meant: /did you mean logger\?/ },
  { line: 'a1.channels.c1.type = memory', written: 'a1.channels.c1.type = memroy', meant: /did you mean memory\?/ },
]

describe('flumen check', () => {
  test('finds no fault with the founding configuration', async (t) => {
    const { status, lines } = await found(new CommandBench(t, { 'example.conf': founding(44444) }), 'example.conf')
    assert.equal(status, 0)
    assert.deepEqual(lines, [])
  })

  for (const { line, written, meant } of slips) {
    test(`says of "${written}" in one line what was meant`, async (t) => {
      const text = founding(0)
      const number = text.split('\n').indexOf(line) + 1
      assert.notEqual(number, 0)
      const bench = new CommandBench(t, { 'slip.conf': text.replace(`${line}\n`, `${written}\n`) })
      for (const more of [['-n', 'a1'], []]) {
        const { status, lines } = await found(bench, 'slip.conf', ...more)
        const serious = lines.filter((each) => !each.includes(': note: '))
        assert.equal(status, 2, serious.join('\n'))
        assert.equal(serious.length, 1, serious.join('\n'))
        assert.match(serious[0]!, new RegExp(`^slip\\.conf:${number}:1: `))
        assert.match(serious[0]!.slice(serious[0]!.indexOf(';')), meant)
      }
    })
  }

  test('says of a slip in YAML or JSON in one line what was meant', async (t) => {
    const yaml = [
      'a1:',
      '  sources:',
      '    r1: { type: netcat, bind: localhost, prot: 0, channels: [c1] }',
      '  channels:',
      '    c1: { type: memory }',
      '  sinks:',
      '    k1: { type: logger, channel: c1 }',
      '',
    ].join('\n')
    const json = JSON.stringify({
      a1: {
        sources: { r1: { type: 'netcat', bind: 'localhost', port: 0, channels: 'c1' } },
        chanels: { c1: { type: 'memory' } },
        sinks: { k1: { type: 'logger', channel: 'c1' } },
      },
    })
    const bench = new CommandBench(t, { 'x.yaml': yaml, 'x.json': json })
    const inYaml = await found(bench, 'x.yaml')
    const errors = ({ lines }: { lines: readonly string[] }): readonly string[] =>
      lines.filter((line) => !line.includes(': note: '))
    assert.deepEqual(
      [inYaml.status, errors(inYaml)],
      [2, ['x.yaml:3:42: a1.sources.r1.prot: unknown key; did you mean a1.sources.r1.port?']],
    )
    const inJson = await found(bench, 'x.json')
    assert.equal(inJson.status, 2)
    assert.equal(errors(inJson).length, 1, errors(inJson).join('\n'))
    assert.match(
      errors(inJson)[0]!,
      /^x\.json:1:\d+: a1\.chanels[^:]*: there is no section chanels; did you mean a1\.channels/,
    )
  })

  test('writes an array of findings for machines with --json, and an empty one for none', async (t) => {
    const text = founding(0).replace('r1.port', 'r1.prot')
    const bench = new CommandBench(t, { 'bad.conf': text })
    const { io, status } = bench.flumen(['check', '--json', 'bad.conf'])
    assert.equal(await status, 2)
    const findings = JSON.parse(io.stdout.text) as readonly Finding[]
    const errors = findings.filter(({ severity }) => severity === 'error')
    assert.deepEqual(errors, [
      {
        severity: 'error',
        file: 'bad.conf',
        line: 7,
        column: 1,
        key: 'a1.sources.r1.prot',
        message: 'unknown key',
        fix: 'did you mean a1.sources.r1.port?',
      },
    ])
    for (const finding of findings) {
      assert.deepEqual(Object.keys(finding), ['severity', 'file', 'line', 'column', 'key', 'message', 'fix'])
    }
  })

  test('looks at every agent of a file, and at the named one only with -n', async (t) => {
    const second = founding(0).replaceAll('a1.', 'web.').replace('logger', 'loger')
    const bench = new CommandBench(t, { 'two.conf': founding(0) + second })
    const all = await found(bench, 'two.conf')
    assert.equal(all.status, 2)
    assert.equal(all.lines.filter((line) => line.includes('did you mean logger?')).length, 1)
    assert.equal((await found(bench, 'two.conf', '-n', 'a1')).status, 0)
    assert.equal((await found(bench, 'two.conf', '--name=web')).status, 2)
  })

  test('a component that is defined and not listed is a warning, which leaves the status 0', async (t) => {
    const bench = new CommandBench(t, { 'x.conf': `${founding(0)}a1.sinks.k2.type = logger\n` })
    const { status, lines } = await found(bench, 'x.conf')
    assert.equal(status, 0)
    assert.equal(lines.filter((line) => line.startsWith('x.conf:14:1: warning: a1.sinks.k2: ')).length, 1)
  })

  test('finds what is wrong between components: a port twice, a batch above the transaction, a channel without use', async (t) => {
    const twice = founding(4444)
      .replace('sources = r1', 'sources = r1 r2')
      .concat(
        'a1.sources.r2.type = netcat\na1.sources.r2.bind = 0.0.0.0\na1.sources.r2.port = 4444\na1.sources.r2.channels = c1\n',
      )
    const batch = founding(0).replace('k1.type = logger', 'k1.type = null\na1.sinks.k1.batchSize = 101')
    const unused = founding(0).replace('channels = c1\n', 'channels = c1 c2\n').concat('a1.channels.c2.type = memory\n')
    const bench = new CommandBench(t, { 'twice.conf': twice, 'batch.conf': batch, 'unused.conf': unused })
    const errorsOf = async (file: string): Promise<readonly string[]> => {
      const { status, lines } = await found(bench, file)
      assert.equal(status, 2)
      return lines.filter((line) => !/: (?:note|warning): /.test(line))
    }
    assert.match(
      (await errorsOf('twice.conf')).join('\n'),
      /^twice\.conf:16:1: a1\.sources\.r2\.port: .*a1\.sources\.r1.*$/,
    )
    assert.match(
      (await errorsOf('batch.conf')).join('\n'),
      /^batch\.conf:9:1: a1\.sinks\.k1\.batchSize: batchSize 101 is larger.*$/,
    )
    assert.match(
      (await errorsOf('unused.conf')).join('\n'),
      /^unused\.conf:14:1: a1\.channels\.c2: no source and no sink.*$/,
    )
  })

  test('tells how much memory a channel may take, and that it loses events', async (t) => {
    const bench = new CommandBench(t, {
      'open.conf': founding(0),
      'limited.conf': `${founding(0)}a1.channels.c1.byteCapacity = 1000000\n`,
    })
    const open = await found(bench, 'open.conf')
    assert.match(open.facts[0]!, /^a1\.channels\.c1 may hold up to \d+ MiB in memory/)
    assert.match(open.facts[1]!, /^a1\.channels\.c1: what the memory channel holds is lost when the process dies/)
    const limited = await found(bench, 'limited.conf')
    assert.equal(limited.facts.length, 1)
  })

  test('names plugins, and says of one that cannot be loaded what is wrong', async (t) => {
    const sink = `export default {
      kind: 'sink', type: 'mine', summary: 'Keeps nothing.', fields: {}, examples: [], create() {} }\n`
    const bench = new CommandBench(t, {
      'x.conf': founding(0).replace('logger', './mine.mjs'),
      'y.conf': founding(0).replace('logger', './other.mjs'),
    })
    writeFileSync(join(bench.folder, 'mine.mjs'), sink)
    const { status, lines, facts } = await found(bench, 'x.conf')
    assert.equal(status, 0, lines.join('\n'))
    assert.equal(facts.filter((fact) => fact.includes('./mine.mjs is a plugin: Keeps nothing.')).length, 1)
    const missing = await found(bench, 'y.conf')
    assert.equal(missing.status, 2)
    assert.match(missing.lines.join('\n'), /y\.conf:8:1: a1\.sinks\.k1\.type: there is no file .*other\.mjs/)
  })

  test('with --lenient errors are warnings, as long as something is left to run', async (t) => {
    const bench = new CommandBench(t, {
      'key.conf': founding(0).replace('capacity =', 'capcity ='),
      'type.conf': founding(0).replace('= memory', '= memroy'),
    })
    assert.equal((await found(bench, '--lenient', 'key.conf')).status, 0)
    assert.equal((await found(bench, '--lenient', 'type.conf')).status, 2)
  })

  test('a key that names no agent, and settings of a name that is no agent, are told', async (t) => {
    const bench = new CommandBench(t, {
      'x.conf': `${founding(0)}nonsense = 1\nstranger.sources.r1.type = netcat\n`,
      'y.conf': `port = 0\n${founding(`\${port}`)}`,
    })
    const { status, lines } = await found(bench, 'x.conf')
    assert.equal(status, 2)
    assert.equal(lines.filter((line) => line.startsWith('x.conf:14:1: nonsense: no agent is named')).length, 1)
    assert.equal(lines.filter((line) => line.startsWith('x.conf:15:1: warning: stranger.sources.r1.type: ')).length, 1)
    assert.equal((await found(bench, 'y.conf')).status, 0)
  })

  test('the key store of all components may come from -D, or else from the environment', async (t) => {
    const text = founding(0).replace('netcat', 'syslogtcp').replace('bind', 'host')
    const bench = new CommandBench(t, { 'x.conf': `${text}a1.sources.r1.ssl = true\n` })
    assert.equal((await found(bench, 'x.conf')).status, 2)
    assert.equal((await found(bench, '-Djavax.net.ssl.keyStore=store.p12', 'x.conf')).status, 0)
    const environment = { FLUME_SSL_KEYSTORE_PATH: 'store.p12' }
    assert.equal(await bench.flumen(['check', 'x.conf'], { environment }).status, 0)
  })

  test('a file that is not there or holds nothing is an error', async (t) => {
    const bench = new CommandBench(t, { 'empty.conf': '# nothing\n' })
    const missing = await found(bench, 'missing.conf')
    assert.equal(missing.status, 2)
    assert.equal(missing.lines.length, 1, missing.lines.join('\n'))
    assert.match(missing.lines[0]!, /^missing\.conf:0:0: /)
    const empty = await found(bench, 'empty.conf')
    assert.equal(empty.status, 2)
    assert.equal(empty.lines.length, 1)
    assert.match(empty.lines[0]!, /^empty\.conf:0:0: the configuration has no agent; /)
  })

  test('asks for a file, and names an option that was meant', async (t) => {
    const { io, status } = new CommandBench(t).flumen(['check', '--jsn'])
    assert.equal(await status, 2)
    assert.equal(io.stderr.lines[0], 'flumen check: unknown option --jsn; did you mean --json?')
    const none = new CommandBench(t).flumen(['check'])
    assert.equal(await none.status, 2)
  })
})
