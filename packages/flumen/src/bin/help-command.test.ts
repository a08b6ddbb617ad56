import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commands } from '../cli/commands.ts'
import { kindNames, kinds } from '../component/kind.ts'
import { builtInComponents } from '../components/catalogue.generated.ts'
import { CommandBench } from './command-bench.ts'

describe('flumen help', () => {
  test('lists every command with what it does, also for --help and -h', async (t) => {
    const bench = new CommandBench(t)
    const pages = await Promise.all(
      ['help', '--help', '-h'].map(async (word) => {
        const { io, status } = bench.flumen([word])
        assert.equal(await status, 0)
        return io.stdout.text
      }),
    )
    assert.equal(new Set(pages).size, 1)
    for (const load of Object.values(commands)) {
      const { name, summary } = await load()
      assert.ok(pages[0]!.includes(name) && pages[0]!.includes(summary), name)
    }
  })

  test('explains each command with all of its options and examples, as --help after it does', async (t) => {
    const bench = new CommandBench(t)
    for (const [name, load] of Object.entries(commands)) {
      const page = bench.flumen(['help', name])
      assert.equal(await page.status, 0)
      const asked = bench.flumen([name, '--help'])
      assert.equal(await asked.status, 0)
      assert.equal(asked.io.stdout.text, page.io.stdout.text)
      const { options, examples } = await load()
      for (const option of options)
        assert.ok(page.io.stdout.text.includes(option.attached ? `-${option.name}` : `--${option.name}`), option.name)
      for (const { line } of examples) assert.ok(page.io.stdout.text.includes(line))
      for (const line of page.io.stdout.lines) assert.ok(line.length <= 120, line)
    }
  })

  test('lists every component of each kind', async (t) => {
    const bench = new CommandBench(t)
    for (const kind of kinds) {
      const { io, status } = bench.flumen(['help', kindNames[kind].many.replaceAll(' ', '-')])
      assert.equal(await status, 0)
      for (const entry of builtInComponents.filter((each) => each.kind === kind)) {
        assert.ok(io.stdout.text.includes(entry.type ?? entry.classNames[0]!), entry.summary)
      }
    }
  })

  test('shows the table of every key of every component', async (t) => {
    const bench = new CommandBench(t)
    for (const entry of builtInComponents) {
      const { many, one } = kindNames[entry.kind]
      const type = entry.type ?? entry.classNames[0]!
      const { io, status } = bench.flumen(['help', one.replaceAll(' ', '-'), type])
      assert.equal(await status, 0, `${many} ${type}`)
      const { default: declaration } = (await entry.load()) as {
        default: { fields: Record<string, { rows(name: string): { key: string }[] }> }
      }
      for (const [name, field] of Object.entries(declaration.fields)) {
        // A long key is broken over lines of its column.
        for (const { key } of field.rows(name)) assert.ok(io.stdout.text.includes(key.slice(0, 28)), `${type} ${key}`)
      }
    }
  })

  test('says the kind, the default and the meaning of a key', async (t) => {
    const { io, status } = new CommandBench(t).flumen(['help', 'sink', 'LOGGER'])
    assert.equal(await status, 0)
    assert.match(io.stdout.text, /^ {2}maxBytesToLog {2,}int {2,}16 {2,}Bytes of the body that are shown/m)
    assert.match(io.stdout.text, /^sink logger\n/)
    assert.match(io.stdout.text, /Also: org\.apache\.flume\.sink\.LoggerSink/)
    assert.match(io.stdout.text, /Examples:\n {2}a1\.sinks\.k1\.type = logger/)
  })

  test('finds a component by its type alone, and each of several kinds', async (t) => {
    const bench = new CommandBench(t)
    const one = bench.flumen(['help', 'netcat'])
    assert.equal(await one.status, 0)
    assert.match(one.io.stdout.text, /^source netcat\n/)
    const several = bench.flumen(['help', 'default'])
    assert.equal(await several.status, 0)
    assert.match(several.io.stdout.text, /^sink processor default\n/m)
    assert.match(several.io.stdout.text, /^path manager default\n/m)
  })

  test('takes the words of a kind apart or joined', async (t) => {
    const bench = new CommandBench(t)
    for (const topic of [
      ['sink', 'processor', 'failover'],
      ['sink-processor', 'failover'],
      ['processor', 'failover'],
    ]) {
      const { io, status } = bench.flumen(['help', ...topic])
      assert.equal(await status, 0)
      assert.match(io.stdout.text, /^sink processor failover\n/)
    }
  })

  test('names what was meant where there is no such topic, component or command', async (t) => {
    const bench = new CommandBench(t)
    const told = async (...line: string[]): Promise<string> => {
      const { io, status } = bench.flumen(line)
      assert.equal(await status, 2)
      return io.stderr.lines[0]!
    }
    assert.equal(await told('help', 'agnet'), 'flumen help: there is no help on agnet; did you mean agent?')
    assert.equal(await told('help', 'sinsk'), 'flumen help: there is no help on sinsk; did you mean sink?')
    assert.match(await told('help', 'sink', 'loger'), /there is no sink of type "loger"; did you mean logger\?/)
    assert.equal(await told('chekc', 'x'), 'flumen: there is no command chekc; did you mean check?')
    assert.equal(
      await told('toString'),
      'flumen: there is no command toString; the commands are agent, check, plan, pipe, channel, doctor, tail, top, version, help',
    )
    assert.equal(await told('version', '-x'), 'flumen version: unknown option -x')
  })

  test('nothing at all shows the help as a complaint', async (t) => {
    const { io, status } = new CommandBench(t).flumen([])
    assert.equal(await status, 2)
    assert.match(io.stderr.text, /Commands:/)
    assert.equal(io.stdout.text, '')
  })

  test('version says which Flumen this is', async (t) => {
    const { io, status } = new CommandBench(t).flumen(['--version'])
    assert.equal(await status, 0)
    assert.match(io.stdout.text, /^Flumen \d+\.\d+\.\d+ \(takes configurations of Flume 1\.11\.0; Node\.js [\d.]+\)\n$/)
  })
})
