import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { flume, startFlume } from './flume.ts'
import { freePort, type Running, skipUnless, temporaryDirectory, waitUntil } from './server.ts'

test('a real Flume agent takes lines over TCP, answers OK and writes them to a file', async (t) => {
  if (!(await skipUnless(t, flume))) return
  using folder = temporaryDirectory('flume-test')
  const files = join(folder.path, 'files')
  mkdirSync(files)
  const port = await freePort()
  await using agent = await startFlume({ configuration: netcatToFile(port, files), listens: [port] })

  assert.equal(await converse(port, 'one\nzwei ü\n', 'OK\nOK\n'), 'OK\nOK\n')
  await waitUntil('both lines are in a file', () => contentOf(files) === 'one\nzwei ü\n' || undefined)

  const metrics = await metricsOf(agent)
  assert.equal(metrics['SINK.k1']?.EventDrainSuccessCount, '2')
  await agent.stop()
  assert.throws(() => process.kill(agent.pid, 0), { code: 'ESRCH' })
  assert.match(agent.output(), /Component type: SINK, name: k1 stopped/)
})

test('a Flume agent whose options the JVM refuses is reported with what it printed', async (t) => {
  if (!(await skipUnless(t, flume))) return
  const started = startFlume({ configuration: '', javaOptions: ['-XX:NoSuchOption'] })
  await assert.rejects(started, /ended before it answered[\s\S]*NoSuchOption/)
})

function netcatToFile(port: number, directory: string): string {
  return `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = netcat
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = ${port}
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.sinks.k1.type = file_roll
a1.sinks.k1.sink.directory = ${directory}
a1.sinks.k1.sink.rollInterval = 0
a1.sinks.k1.channel = c1
`
}

async function converse(port: number, text: string, expected: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.write(text)
  let answer = ''
  for await (const chunk of socket) {
    answer += String(chunk)
    if (answer.length >= expected.length) break
  }
  return answer
}

function contentOf(directory: string): string {
  return readdirSync(directory)
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('')
}

async function metricsOf(agent: Running): Promise<Record<string, Record<string, string>>> {
  const response = await fetch(`http://127.0.0.1:${agent.ports.monitoring}/metrics`)
  return (await response.json()) as Record<string, Record<string, string>>
}
