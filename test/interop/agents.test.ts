// One configuration, unchanged, run by Apache Flume 1.11 and by Flumen, with the same lines: the same files must come out.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { flume, startFlume } from '../../servers/flume.ts'
import { freePort, skipUnless, temporaryDirectory, waitUntil } from '../../servers/server.ts'
import { startAgent } from '../support/agent-process.ts'

const folders = ['errors', 'rest', 'all'] as const

function configurationOf(port: string, directory: string): string {
  return `
a1.sources = r1
a1.channels = errors rest all
a1.sinks = k1 k2 k3

a1.sources.r1.type = netcat
a1.sources.r1.bind = 127.0.0.1
a1.sources.r1.port = ${port}
a1.sources.r1.channels = errors rest all
a1.sources.r1.interceptors = drop mask level dc clean
a1.sources.r1.interceptors.drop.type = regex_filter
a1.sources.r1.interceptors.drop.regex = DEBUG
a1.sources.r1.interceptors.drop.excludeEvents = true
a1.sources.r1.interceptors.mask.type = search_replace
a1.sources.r1.interceptors.mask.searchPattern = (\\\\d{3})\\\\d+
a1.sources.r1.interceptors.mask.replaceString = $1***
a1.sources.r1.interceptors.level.type = regex_extractor
a1.sources.r1.interceptors.level.regex = ^(\\\\w+)\\\\s
a1.sources.r1.interceptors.level.serializers = s1
a1.sources.r1.interceptors.level.serializers.s1.name = level
a1.sources.r1.interceptors.dc.type = static
a1.sources.r1.interceptors.dc.key = dc
a1.sources.r1.interceptors.dc.value = north
a1.sources.r1.interceptors.clean.type = remove_header
a1.sources.r1.interceptors.clean.withName = nothing
a1.sources.r1.selector.type = multiplexing
a1.sources.r1.selector.header = level
a1.sources.r1.selector.mapping.ERROR = errors all
a1.sources.r1.selector.mapping.WARN = rest all
a1.sources.r1.selector.default = rest

${folders
  .map(
    (name, index) => `
a1.channels.${name}.type = memory
a1.channels.${name}.capacity = 10000
a1.sinks.k${index + 1}.type = file_roll
a1.sinks.k${index + 1}.channel = ${name}
a1.sinks.k${index + 1}.sink.directory = ${join(directory, name)}
a1.sinks.k${index + 1}.sink.rollInterval = 0
a1.sinks.k${index + 1}.sink.serializer = HEADER_AND_TEXT`,
  )
  .join('\n')}
`
}

const lines = Array.from({ length: 300 }, (_, index) => {
  const level = ['ERROR', 'WARN', 'INFO', 'DEBUG', 'odd'][index % 5]
  const text = ['disk is full', 'héllo 日本 😀', 'card 4111111111111111', '', 'tab\there\r'][index % 4]
  return index % 11 === 0 ? `no level ${index}` : `${level} line ${index} ${text}`
})

test('the same configuration with the same lines gives the same files as Apache Flume', async (t) => {
  if (!(await skipUnless(t, flume))) return
  using folder = temporaryDirectory('flume-and-flumen')
  const [theirs, ours] = [join(folder.path, 'flume'), join(folder.path, 'flumen')]
  for (const each of [theirs, ours]) for (const name of folders) mkdirSync(join(each, name), { recursive: true })

  const port = await freePort()
  await using real = await startFlume({ configuration: configurationOf(String(port), theirs), listens: [port] })
  const own = await startAgent(ours, configurationOf('{port}', ours))
  t.after(() => own.stop('SIGKILL'))

  const answers = await Promise.all([converse(port), converse(own.port)])
  assert.equal(answers[1], answers[0])
  assert.equal(answers[0], 'OK\n'.repeat(lines.length))

  await waitUntil('Flume has written all', () => contentOf(theirs, 'rest').includes('line 299') || undefined)
  await waitUntil('Flume has written the others', () => sizesAreSteady(theirs))
  assert.equal(await own.stop(), 0)
  await real.stop()
  for (const name of folders) {
    assert.notEqual(contentOf(ours, name), '')
    assert.equal(contentOf(ours, name), contentOf(theirs, name), name)
  }
})

async function converse(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.write(`${lines.join('\n')}\n`)
  let answer = ''
  for await (const chunk of socket) {
    answer += String(chunk)
    if (answer.length >= lines.length * 3) break
  }
  return answer
}

function contentOf(directory: string, name: string): string {
  const files = readdirSync(join(directory, name)).sort()
  return files.map((file) => readFileSync(join(directory, name, file), 'utf8')).join('')
}

const lastSizes = new Map<string, number>()

/** Every folder holds as much as it held at the last look, and something. */
function sizesAreSteady(directory: string): true | undefined {
  const steady = folders.every((name) => {
    const size = contentOf(directory, name).length
    const same = size > 0 && lastSizes.get(name) === size
    lastSizes.set(name, size)
    return same
  })
  return steady || undefined
}
