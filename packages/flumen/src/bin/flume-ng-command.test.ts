import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CommandBench, founding } from './command-bench.ts'

describe('flume-ng', () => {
  test('version prints five lines, the first of which names the Flume that this stands in for', async (t) => {
    const { io, status } = new CommandBench(t).flumeNg(['version'])
    assert.equal(await status, 0)
    assert.equal(io.stdout.lines.length, 5)
    assert.match(io.stdout.lines[0]!, /^Flume 1\.11\.0 \(Flumen \d+\.\d+\.\d+\)$/)
    assert.deepEqual(
      io.stdout.lines.slice(1).map((line) => line.slice(0, 9)),
      ['Source co', 'Revision:', 'Compiled ', 'From sour'],
    )
    assert.equal(io.stderr.text, '')
  })

  test("help prints the usage with Flume's headings in Flume's order", async (t) => {
    const { io, status } = new CommandBench(t).flumeNg(['help'])
    assert.equal(await status, 0)
    const headings = io.stdout.lines.filter((line) => /^\S.*:/.test(line))
    assert.deepEqual(headings, [
      'Usage: flume-ng <command> [options]...',
      'commands:',
      'global options:',
      'agent options:',
      'avro-client options:',
    ])
    for (const option of [
      '--conf,-c <dir>',
      '--name,-n <name>',
      '--conf-file,-f <file>',
      '-Dname=value',
      '--rpcProps,-P <file>',
    ]) {
      assert.ok(io.stdout.text.includes(option), option)
    }
  })

  test('without a mode or with an unknown one it shows the usage and ends with 1', async (t) => {
    const bench = new CommandBench(t)
    for (const line of [[], ['agnet', '-n', 'a1']]) {
      const { io, status } = bench.flumeNg(line)
      assert.equal(await status, 1)
      assert.match(io.stderr.text, /^flume-ng: (?:there is no command|unknown command agnet)\n\nUsage: /)
      assert.equal(io.stdout.text, '')
    }
  })

  test("runs an agent with the line of Flume's guide, options for Java and all", async (t) => {
    const bench = new CommandBench(t, { 'example.conf': founding(0) })
    const line =
      'agent --conf . --conf-file example.conf --name a1 -Dflume.root.logger=INFO,console -Xmx512m --no-reload-conf'
    const { io, status } = bench.flumeNg([
      ...line.split(' '),
      '-C',
      '/lib/x.jar',
      '--plugins-path',
      'plugins.d',
      '-javaagent:x.jar',
    ])
    await io.stderr.until(/Agent a1 runs/)
    assert.equal(
      io.stderr.lines[0],
      'flume-ng agent: there is no Java here; nothing is done with --classpath, --plugins-path, -X, -javaagent',
    )
    io.signal('SIGTERM')
    assert.equal(await status, 0)
  })

  test('node is an old name of agent', async (t) => {
    const bench = new CommandBench(t, { 'example.conf': founding(0) })
    const { io, status } = bench.flumeNg(['node', '-n', 'a1', '-f', 'example.conf'])
    await io.stderr.until(/Agent a1 runs/)
    assert.equal(io.stderr.lines[0], 'flume-ng: node is an old name; use agent')
    io.signal('SIGTERM')
    assert.equal(await status, 0)
  })

  test('--dryrun anywhere prints the command that would run, in quotes where a shell needs them', async (t) => {
    const { io, status } = new CommandBench(t).flumeNg(['agent', '-n', 'a1', '-d', '-f', 'my file.conf', "-Dx=it's"])
    assert.equal(await status, 0)
    assert.equal(io.stdout.text, `/opt/node /opt/flumen/flume-ng.js agent -n a1 -f 'my file.conf' '-Dx=it'\\''s'\n`)
  })

  test('properties of JAVA_OPTS and FLUME_JAVA_OPTS count, and those of the command line win', async (t) => {
    const text = founding(`\${sys:port}`).replace('= localhost', `= \${sys:bind}`)
    const bench = new CommandBench(t, { 'example.conf': text })
    const environment = { JAVA_OPTS: '-Xmx1g -Dport=1 -Dbind=127.0.0.1', FLUME_JAVA_OPTS: '-Dport=2' }
    const { io, status } = bench.flumeNg(['agent', '-f', 'example.conf', '-Dport=0'], { environment })
    await io.stderr.until(/Agent a1 runs: r1 \(netcat, 127\.0\.0\.1, any port\)/)
    io.signal('SIGTERM')
    assert.equal(await status, 0)
  })

  test('passes over words that nobody wants, as Flume does, and says so', async (t) => {
    const bench = new CommandBench(t, { 'example.conf': founding(0) })
    const { io, status } = bench.flumeNg(['agent', '-f', 'example.conf', 'other.conf'])
    await io.stderr.until(/Agent a1 runs/)
    assert.equal(io.stderr.lines[0], 'flume-ng agent: nothing is done with other.conf')
    io.signal('SIGTERM')
    assert.equal(await status, 0)
  })

  test('options that come later, unknown options and a broken configuration end with 2', async (t) => {
    const bench = new CommandBench(t, { 'bad.conf': founding(0).replace('logger', 'loger') })
    const lines = ['-n a1 -z localhost:2181', '-n a1 --conf-flie x', '-n a1 -f bad.conf', '-n a1', '-h x -n']
    for (const line of lines.slice(0, 4)) {
      assert.equal(await bench.flumeNg(['agent', ...line.split(' ')]).status, 2, line)
    }
    assert.equal(await bench.flumeNg(['agent', '--help']).status, 0)
  })
})
