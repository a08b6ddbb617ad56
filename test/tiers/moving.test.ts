// What docs/guide/moving-off-flume.md promises: Flume and ours take turns on one position file and on one port.
import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { flume, startFlume } from '../../servers/flume.ts'
import { freePort, skipUnless, temporaryDirectory, waitUntil } from '../../servers/server.ts'
import { TierProcess } from './tier-process.ts'

const batch = 100

function tailing(home: string): string {
  return `
a1.sources = r1
a1.sinks = k1
a1.sources.r1.type = TAILDIR
a1.sources.r1.filegroups = f1
a1.sources.r1.filegroups.f1 = ${home}/logs/.*\\\\.log
a1.sources.r1.positionFile = ${home}/positions.json
a1.sources.r1.writePosInterval = 500
a1.sources.r1.channels = c1
a1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
${filesIn(home)}
`
}

function sending(home: string, port: number): string {
  return `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = TAILDIR
a1.sources.r1.filegroups = f1
a1.sources.r1.filegroups.f1 = ${home}/logs/.*\\\\.log
a1.sources.r1.positionFile = ${home}/positions.json
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
a1.sinks.k1.type = avro
a1.sinks.k1.channel = c1
a1.sinks.k1.hostname = 127.0.0.1
a1.sinks.k1.port = ${port}
a1.sinks.k1.batch-size = ${batch}
`
}

function receiving(home: string, port: number): string {
  return `
a1.sources = r1
a1.sinks = k1
a1.sources.r1.type = avro
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = ${port}
a1.sources.r1.channels = c1
a1.channels = c1
a1.channels.c1.type = memory
a1.channels.c1.capacity = 10000
${filesIn(home)}
`
}

function filesIn(home: string): string {
  return `a1.sinks.k1.type = file_roll
a1.sinks.k1.channel = c1
a1.sinks.k1.sink.directory = ${home}/out
a1.sinks.k1.sink.rollInterval = 0`
}

test('Flume, ours and Flume again read each line once with one position file', { timeout: 200_000 }, async (t) => {
  if (!(await skipUnless(t, flume))) return
  using home = temporaryDirectory('moving-positions')
  const log = new Log(home.path)
  const configuration = tailing(home.path)
  for (const program of ['flume', 'ours', 'flume'] as const) {
    log.write(250)
    await using _agent = await startEither(program, join(home.path, 'ours'), configuration)
    await log.untilStored(program)
    log.write(250)
    await log.untilStored(program)
  }
  assert.deepEqual(log.stored().toSorted(), log.written.toSorted())
})

const turnsOf = { flume: ['flume', 'ours'], ours: ['ours', 'flume', 'ours'] } as const

for (const edge of ['flume', 'ours'] as const) {
  const title = `a collector changes its program while an edge of ${edge === 'ours' ? 'ours' : 'Flume'} sends, and nothing is lost`
  test(title, { timeout: 200_000 }, async (t) => {
    if (!(await skipUnless(t, flume))) return
    using home = temporaryDirectory('moving-collector')
    const log = new Log(home.path)
    const port = await freePort()
    const sender = startEither(edge, join(home.path, 'edge'), sending(home.path, port))
    await using _edge = await sender
    const turns = turnsOf[edge]
    for (const program of turns) {
      log.write(250)
      const configuration = receiving(home.path, port)
      await using _collector = await startEither(program, join(home.path, 'collector'), configuration, port)
      await log.untilStored(`${edge} to ${program}`)
      log.write(250)
      await log.untilStored(`${edge} to ${program}`)
    }
    const { length } = log.stored()
    assert.ok(
      length - log.written.length <= turns.length * batch,
      `${length - log.written.length} lines are there twice`,
    )
  })
}

/** A log that is followed, and where its lines arrive. */
class Log {
  readonly written: string[] = []
  readonly #home: string

  constructor(home: string) {
    this.#home = home
    for (const name of ['logs', 'out']) mkdirSync(join(home, name))
  }

  write(count: number): void {
    const lines = Array.from({ length: count }, (_, index) => `line ${this.written.length + index}`)
    this.written.push(...lines)
    appendFileSync(join(this.#home, 'logs/app.log'), `${lines.join('\n')}\n`)
  }

  stored(): readonly string[] {
    const out = join(this.#home, 'out')
    return readdirSync(out).flatMap((name) => readFileSync(join(out, name), 'utf8').split('\n').slice(0, -1))
  }

  async untilStored(who: string): Promise<void> {
    const hasAll = (): true | undefined => {
      const stored = new Set(this.stored())
      return this.written.every((line) => stored.has(line)) || undefined
    }
    await waitUntil(`${who} has stored ${this.written.length} lines`, hasAll, 60_000)
  }
}

async function startEither(
  program: 'flume' | 'ours',
  directory: string,
  configuration: string,
  port?: number,
): Promise<AsyncDisposable> {
  if (program === 'flume') return startFlume({ configuration, ...(port !== undefined && { listens: [port] }) })
  const agent = new TierProcess({ directory, configuration, host: '127.0.0.1', port: port ?? 0 })
  agent.start()
  if (port !== undefined) await agent.untilReady()
  return {
    [Symbol.asyncDispose]: async () => {
      assert.equal(await agent.end('SIGTERM'), 0, agent.log)
    },
  }
}
