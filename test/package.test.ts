import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { freePort, root, temporaryDirectory, waitUntil } from '../servers/server.ts'

interface Manifest {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
}

const run = promisify(execFile)
const home = temporaryDirectory('package')
const unpacked = join(home.path, 'node_modules/flumen')
const environment = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) }
let files: readonly string[] = []

before(async () => {
  const packed = await npm(join(root, 'packages/flumen'), ['pack', '--json', '--pack-destination', home.path])
  const [{ filename, files: listed }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }]
  files = listed.map(({ path }) => path)
  writeFileSync(join(home.path, 'package.json'), '{"private": true, "type": "module"}')
  await npm(home.path, ['install', '--prefer-offline', '--loglevel=error', `./${filename}`])
})
after(() => home[Symbol.dispose]())

test('the package holds JavaScript, types, the schema and its papers, and nothing else', () => {
  const strange = files.filter((file) => !/^dist\/.*\.(js|d\.ts|json)$/.test(file) && !file.startsWith('dist/schema/'))
  assert.deepEqual(strange.sort(), ['LICENSE', 'NOTICE', 'README.md', 'package.json'])
  assert.ok(files.includes('dist/schema/flumen.schema.json'))
  assert.deepEqual(
    files.filter((file) => /\.test\./.test(file)),
    [],
  )
  const sources = files.filter((file) => file.endsWith('.js') && !file.startsWith('dist/testing/'))
  const tests = sources.filter((file) => /['"]node:(test|assert)/.test(readFileSync(join(unpacked, file), 'utf8')))
  assert.deepEqual(tests, [], 'only flumen/testing may use the test runner')
})

test('the package has at most ten dependencies, and none with an install script or a compiler', () => {
  const { dependencies = {} } = manifestOf(unpacked)
  assert.ok(Object.keys(dependencies).length <= 10)
  const installed = packagesBelow(join(home.path, 'node_modules'))
  assert.ok(installed.length > Object.keys(dependencies).length)
  for (const folder of installed) {
    const { scripts = {} } = manifestOf(folder)
    for (const name of ['preinstall', 'install', 'postinstall']) assert.ok(!(name in scripts), `${folder}: ${name}`)
    assert.ok(!existsSync(join(folder, 'binding.gyp')), folder)
  }
})

test('npx finds both commands', async () => {
  const { version } = manifestOf(unpacked)
  assert.match(await npx('flumen', 'version'), new RegExp(`^Flumen ${version.replaceAll('.', '\\.')} `))
  const lines = (await npx('flume-ng', 'version')).split('\n')
  assert.equal(lines[0], `Flume 1.11.0 (Flumen ${version})`)
})

test('flume-ng of the package runs a Flume configuration, answers a line with OK, and stops with status 0', async () => {
  const port = await freePort()
  const founding = readFileSync(join(root, 'examples/founding/netcat-logger.conf'), 'utf8')
  writeFileSync(join(home.path, 'flume.conf'), founding.replaceAll('44444', String(port)))
  const agent = spawn(join(home.path, 'node_modules/.bin/flume-ng'), ['agent', '-n', 'a1', '-f', 'flume.conf'], {
    cwd: home.path,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  agent.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const ended = once(agent, 'exit')
  try {
    assert.equal(await answerTo('hello package\n', port, agent), 'OK\n')
    await waitUntil('the logger has the line', () => log.includes('hello package') || undefined)
  } finally {
    agent.kill('SIGTERM')
  }
  assert.deepEqual(await ended, [0, null], log)
})

test('an agent has loaded three files when it listens', async () => {
  writeFileSync(
    join(home.path, 'say-loads.js'),
    `import { registerHooks } from 'node:module'
    import { writeSync } from 'node:fs'
    registerHooks({
      load(url, context, next) {
        if (url.startsWith('file:')) writeSync(2, 'Loads ' + url + '\\n')
        return next(url, context)
      },
    })`,
  )
  const settings = {
    sources: 'r1',
    'sources.r1.type': 'netcat',
    'sources.r1.bind': '127.0.0.1',
    'sources.r1.port': '0',
    'sources.r1.channels': 'c1',
    channels: 'c1',
    'channels.c1.type': 'memory',
    sinks: 'k1',
    'sinks.k1.type': 'null',
    'sinks.k1.channel': 'c1',
    'flumen.monitoring.port': '0',
  }
  const lines = Object.entries(settings).map(([key, value]) => `a1.${key} = ${value}\n`)
  writeFileSync(join(home.path, 'small.conf'), lines.join(''))
  const bin = join(unpacked, 'dist/bin/flumen.js')
  const agent = spawn(process.execPath, ['--import', './say-loads.js', bin, 'agent', 'small.conf'], {
    cwd: home.path,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  agent.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const ended = once(agent, 'exit')
  await waitUntil('it listens', () => /Listening|does not start/.test(log) || undefined)
  agent.kill('SIGTERM')
  await ended
  const loads = log.slice(0, log.indexOf('Listening')).match(/^Loads .*$/gm) ?? []
  assert.equal(loads.length, 3, log)
})

test('a program that has the package installed runs an agent', async () => {
  writeFileSync(
    join(home.path, 'program.js'),
    `import { Agent } from 'flumen'
    await using agent = new Agent({
      sources: { r1: { type: 'seq', totalEvents: 3, channels: 'c1' } },
      channels: { c1: { type: 'memory' } },
      sinks: { k1: { type: 'stdout', channel: 'c1' } },
    })
    await agent.start()
    await agent.ended`,
  )
  const { stdout } = await run(process.execPath, ['program.js'], { cwd: home.path, timeout: 60_000 })
  assert.equal(stdout, '0\n1\n2\n')
})

test('a file channel of the package keeps its events for the next program, packed in every way', async () => {
  for (const compression of ['none', 'zstd', 'lz4']) {
    const channel = {
      type: 'file',
      compression,
      checkpointDir: join(home.path, compression, 'checkpoint'),
      dataDirs: join(home.path, compression, 'data'),
      minimumRequiredSpace: '1 MiB',
    }
    const program = (work: string): string =>
      `import { Agent } from 'flumen'
      const agent = new Agent({ channels: { c1: ${JSON.stringify(channel)} } })
      await agent.start()
      const c1 = agent.channel('c1')
      ${work}
      await agent.stop()`
    writeFileSync(join(home.path, 'put.js'), program("await c1.put(['one', 'two', 'x'.repeat(10_000)])"))
    writeFileSync(
      join(home.path, 'take.js'),
      program(
        'await c1.take((batch) => { for (let row = 0; row < batch.length; row++) console.log(batch.text(row)) })',
      ),
    )
    await run(process.execPath, ['put.js'], { cwd: home.path, timeout: 60_000 })
    const { stdout } = await run(process.execPath, ['take.js'], { cwd: home.path, timeout: 60_000 })
    assert.equal(stdout, `one\ntwo\n${'x'.repeat(10_000)}\n`)
  }
})

test('the types of the package are right for a strict program, in the declarations too', async () => {
  writeFileSync(
    join(home.path, 'program.ts'),
    `import { Agent, defineSink, field } from 'flumen'
    import { createForTest } from 'flumen/testing'
    export default defineSink({
      type: 'mine', summary: 'Mine.', fields: { size: field.int({ default: 1, doc: 'Size.' }) }, examples: [],
      create: ({ size }) => ({
        limits: { events: size.valueOf(), bytes: 1, lingerMs: 0, inFlight: 1, ordered: true },
        start: async () => {}, stop: async () => {}, deliver: (batch) => console.log(batch.length),
      }),
    })
    const agent: Agent = new Agent({ channels: { c1: { type: 'memory', capacity: 10 } } })
    // @ts-expect-error: a channel has no capcity
    new Agent({ channels: { c1: { type: 'memory', capcity: 10 } } })
    export { agent, createForTest }`,
  )
  const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']
  const more = ['--target', 'es2024', '--module', 'nodenext', '--lib', 'es2024,esnext.disposable,esnext.iterator']
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const end = run(process.execPath, [tsc, ...flags, ...more, ...types, 'program.ts'], { cwd: home.path })
  await end.catch(({ stdout }: { stdout: string }) => assert.fail(stdout))
})

test('the commands of the package may be executed', () => {
  for (const name of ['flumen', 'flume-ng']) {
    assert.equal(statSync(join(unpacked, `dist/bin/${name}.js`)).mode & 0o111, 0o111)
  }
})

async function npm(cwd: string, args: readonly string[]): Promise<string> {
  mkdirSync(cwd, { recursive: true })
  const { stdout } = await run('npm', [...args], { cwd, env: environment, timeout: 300_000 })
  return stdout
}

async function npx(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('npx', ['--no-install', ...args], { cwd: home.path, env: environment, timeout: 60_000 })
  return stdout
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Folders of all packages in a `node_modules`, nested ones too. */
function packagesBelow(modules: string): readonly string[] {
  return readdirSync(modules, { withFileTypes: true, recursive: true })
    .filter(({ name, parentPath }) => name === 'package.json' && /node_modules\/(@[^/]+\/)?[^/]+$/.test(parentPath))
    .map(({ parentPath }) => parentPath)
}

async function answerTo(line: string, port: number, agent: ChildProcess): Promise<string> {
  const socket = await waitUntil('the agent listens', async () => {
    if (agent.exitCode !== null) throw new Error(`the agent ended with ${agent.exitCode}`)
    const candidate = connect(port, 'localhost')
    await once(candidate, 'connect')
    return candidate
  })
  try {
    socket.write(line)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString()
  } finally {
    socket.destroy()
  }
}
