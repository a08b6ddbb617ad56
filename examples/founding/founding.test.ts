import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, startAgent } from '../../test/support/agent-process.ts'

const here = import.meta.dirname
const program = ['--conditions=flumen-source', join(here, 'program.ts')]

test('the founding configuration runs unchanged: each line is answered OK and logged', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'flumen-founding-'))
  const configuration = await readFile(join(here, 'netcat-logger.conf'), 'utf8')
  assert.match(configuration, /^a1\.sources\.r1\.port = 44444$/m)
  const agent = await startAgent(directory, configuration.replaceAll('44444', '{port}'))
  assert.equal(await ask(agent.port, 'hello world'), 'OK\n')
  assert.equal(await ask(agent.port, 'second\nthird'), 'OK\nOK\n')
  assert.equal(await agent.stop('SIGTERM'), 0)
  const events = agent
    .log()
    .split('\n')
    .filter((line) => line.includes('Event: '))
  assert.deepEqual(
    events.map((line) => line.slice(line.indexOf('Event: '))),
    [
      'Event: { headers:{} body: 68 65 6C 6C 6F 20 77 6F 72 6C 64                hello world }',
      'Event: { headers:{} body: 73 65 63 6F 6E 64                               second }',
      'Event: { headers:{} body: 74 68 69 72 64                                  third }',
    ],
  )
  await rm(directory, { recursive: true })
})

test('the founding program copies lines and ends when its input ends', async () => {
  const child = spawn(process.execPath, program, { stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stdin.end('one\ntwo\nlast without newline')
  const [status] = await once(child, 'exit')
  assert.equal(status, 0)
  assert.equal(output, 'one\ntwo\nlast without newline\n')
})

test('the founding program ends on Ctrl+C with everything delivered', async () => {
  const child = spawn(process.execPath, program, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdout.setEncoding('utf8')
  child.stdin.write('one\n')
  const [first] = await once(child.stdout, 'data')
  assert.equal(first, 'one\n')
  child.kill('SIGINT')
  const [status, signal] = await once(child, 'exit')
  assert.deepEqual([status, signal], [0, null])
})
