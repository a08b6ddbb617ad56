import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { freePort } from '../../bin/command-bench.ts'
import { serve, serveReadings } from '../../bin/scripted-agent.ts'
import { readingForTest } from '../../testing/reading.ts'
import { ask, type ClientLimits, NoReadingError } from './client.ts'
import { targetOf } from './target.ts'

const never = new AbortController().signal

async function failure(port: number, limits?: ClientLimits): Promise<NoReadingError> {
  const error = await ask(targetOf(String(port))!, never, limits).then(
    () => assert.fail('there is a reading'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof NoReadingError, String(error))
  return error
}

async function failureWith(t: TestContext, answer: RequestListener, limits?: ClientLimits): Promise<NoReadingError> {
  return failure(await serve(t, answer), limits)
}

describe('asking an agent', () => {
  test('gives its reading', async (t) => {
    const port = await serveReadings(t, () => readingForTest({ agent: 'tier1' }))
    assert.equal((await ask(targetOf(`127.0.0.1:${port}`)!, never)).agent, 'tier1')
  })

  test('where nobody listens fails with what to look at', async () => {
    const { message, advice, reason } = await failure(await freePort())
    assert.equal(reason, 'the connection is refused')
    assert.match(message, /^no agent answers at 127\.0\.0\.1:\d+: the connection is refused$/)
    assert.match(advice[0]!, /^Is the agent running\?/)
    assert.match(advice[1]!, /flume\.monitoring\.port/)
  })

  test('something else that answers is named as such', async (t) => {
    const page = await failureWith(t, (_, response) => response.end('<html>hello</html>'))
    assert.match(page.message, /^what 127\.0\.0\.1:\d+ answers is no JSON$/)
    assert.match(page.advice[0]!, /Is it an agent of Flumen that listens there/)
    const other = await failureWith(t, (_, response) => response.end('{"CHANNEL.c1":{"Type":"CHANNEL"}}'))
    assert.match(other.message, /is no reading of an agent: agent should be a text and is absent$/)
    const missing = await failureWith(t, (_, response) => response.writeHead(404).end())
    assert.match(missing.message, /answers with status 404 Not Found$/)
  })

  test('an answer that is no HTTP is a failure in words', async (t) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined)
      socket.end('OK\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const { port } = server.address() as { port: number }
    assert.match((await failure(port)).message, /^no agent answers at 127\.0\.0\.1:\d+: Parse Error/)
  })

  test('an answer that does not end in time is given up', async (t) => {
    const limits = { bytes: 1000, ms: 100 }
    const silent = await failureWith(t, () => undefined, limits)
    assert.match(silent.message, /^127\.0\.0\.1:\d+ did not answer within 0\.1 s$/)
    const half = await failureWith(t, (_, response) => void response.write('{"agent":'), limits)
    assert.match(half.message, /did not answer within 0\.1 s$/)
  })

  test('an answer that is too large is given up before it is read', async (t) => {
    const { message } = await failureWith(
      t,
      (_, response) => {
        response.on('error', () => undefined)
        for (let piece = 0; piece < 20; piece++) response.write(' '.repeat(100_000))
      },
      { bytes: 1024 * 1024, ms: 20_000 },
    )
    assert.match(message, /^the answer of 127\.0\.0\.1:\d+ is larger than 1 MiB$/)
  })

  test('a connection that is cut in the middle is a failure in words', async (t) => {
    const { message } = await failureWith(t, (request, response) => {
      response.writeHead(200, { 'content-length': 1000 })
      response.write('{')
      setImmediate(() => request.socket.destroy())
    })
    assert.match(message, /^no agent answers at 127\.0\.0\.1:\d+: (the connection was cut|aborted)/)
  })

  test('what a server says of itself cannot control the terminal', async (t) => {
    const { message } = await failureWith(t, (request) => request.socket.end('HTTP/1.1 500 \x80\x9b31mred\r\n\r\n'))
    assert.doesNotMatch(message, /\p{Cc}/u)
  })
})
