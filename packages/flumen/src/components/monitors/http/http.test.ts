import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { AgentReading, HealthProblem } from '../../../core/index.ts'
import {
  askHttp as ask,
  createForTest,
  type HttpAnswer,
  monitorContract,
  readingForTest,
  type StartedMonitor,
  sinkReading,
  sourceReading,
  startMonitor,
} from '../../../testing/index.ts'
import http from './http.ts'

monitorContract(http, { values: { port: '0' } })
monitorContract(http, { values: { port: '0', bind: 'localhost' } })

const dead: HealthProblem = { component: 'sink k1', problem: 'failing', message: 'it fails for 5 minutes.', since: 1 }
const losing: HealthProblem = {
  component: 'source r1',
  problem: 'losing',
  message: 'source r1 lost 5 events.',
  since: 2,
}
const filling: HealthProblem = { ...losing, problem: 'filling' }

test('/metrics is the JSON of Flume: compact, TYPE.name, all values text', async (t) => {
  const { get } = await startHttp(t)
  const { status, headers, body } = await get('/metrics')
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'application/json;charset=utf-8')
  const metrics = JSON.parse(body) as Record<string, Record<string, string>>
  assert.deepEqual(Object.keys(metrics), ['SOURCE.r1', 'CHANNEL.c1', 'SINK.k1'])
  assert.equal(body, JSON.stringify(metrics))
  assert.equal(metrics['SOURCE.r1']?.EventReceivedCount, '12')
  assert.equal((await get('/METRICS?x=1')).body, body)
  const golden = join(import.meta.dirname, '../../../../../../test/golden/metrics/metrics-all-types.json')
  const theirs = readFileSync(golden, 'utf8').trim()
  assert.equal(theirs, JSON.stringify(JSON.parse(theirs)))
})

test('names are escaped as Gson does it', async (t) => {
  const { get } = await startHttp(t, { sinks: [sinkReading({ name: `<k&'=">` })] })
  const { body } = await get('/metrics')
  assert.ok(body.includes('"SINK.\\u003ck\\u0026\\u0027\\u003d\\"\\u003e"'), body)
})

test('Prometheus gets its own formats from /metrics, and everybody the text from /metrics/prometheus', async (t) => {
  const { get } = await startHttp(t)
  const text = await get('/metrics', { Accept: 'text/plain;version=0.0.4;q=0.5,*/*;q=0.1' })
  assert.equal(text.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  assert.equal(text.headers.vary, 'Accept')
  assert.match(text.body, /^flumen_source_received_events_total\{agent="a1",component="r1"\} 12$/m)
  const open = await get('/metrics', { Accept: 'application/openmetrics-text;version=1.0.0' })
  assert.equal(open.headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8')
  assert.match(open.body, /\n# EOF\n$/)
  for (const Accept of ['*/*', 'application/json', 'application/openmetrics-text']) {
    const { headers, body } = await get('/metrics/prometheus', { Accept })
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
    assert.equal(body, text.body)
  }
})

test('/live and /ready say whether, which and why', async (t) => {
  const server = await startHttp(t)
  assert.deepEqual(await server.json('/live'), [200, { live: true, problems: [], warnings: [] }])
  assert.deepEqual(await server.json('/ready'), [200, { ready: true, problems: [], warnings: [] }])
  server.reading.health = { live: true, ready: false, problems: [dead], warnings: [filling] }
  assert.deepEqual(await server.json('/ready'), [
    503,
    { ready: false, problems: ['sink k1: it fails for 5 minutes.'], warnings: ['source r1 lost 5 events.'] },
  ])
  assert.equal((await server.get('/live')).status, 200)
  server.reading.health = { live: false, ready: false, problems: [dead], warnings: [] }
  assert.equal((await server.get('/live')).status, 503)
})

test('/ready?strict is 503 also while events are lost, and not because a channel fills', async (t) => {
  const server = await startHttp(t, { health: { live: true, ready: true, problems: [], warnings: [losing] } })
  assert.equal((await server.get('/ready')).status, 200)
  assert.deepEqual((await server.json('/ready?strict'))[0], 503)
  assert.equal(((await server.json('/ready?a=b&strict=1'))[1] as { ready: boolean }).ready, false)
  server.reading.health = { live: true, ready: true, problems: [], warnings: [filling] }
  assert.equal((await server.get('/ready?strict')).status, 200)
})

test('/status is the whole reading', async (t) => {
  const { json } = await startHttp(t)
  assert.deepEqual(await json('/status'), [200, JSON.parse(JSON.stringify(readingForTest()))])
})

test('the page of / shows what is there and lets no name become markup', async (t) => {
  const { get } = await startHttp(t, {
    sources: [sourceReading({ name: '<script>alert(1)</script>' })],
    health: { live: true, ready: false, problems: [{ ...dead, message: 'a "<b>" & c' }], warnings: [] },
  })
  const { headers, body } = await get('/')
  assert.equal(headers['content-type'], 'text/html; charset=utf-8')
  assert.doesNotMatch(body, /<script|<b>/)
  assert.match(body, /not ready/)
  for (const path of ['/metrics', '/live', '/ready', '/status']) assert.ok(body.includes(`href="${path}"`))
})

test('every answer forbids keeping, guessing, framing, and none opens the door to other origins', async (t) => {
  const { get } = await startHttp(t)
  for (const path of ['/', '/metrics', '/status', '/nothing']) {
    const { headers } = await get(path, { Origin: 'http://evil.example' })
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.match(headers['content-security-policy'] as string, /frame-ancestors 'none'/)
    assert.deepEqual(
      Object.keys(headers).filter((name) => name.startsWith('access-control')),
      [],
    )
  }
})

test('TRACE and OPTIONS are forbidden as in Flume, other methods are not allowed, other paths are not there', async (t) => {
  const { port } = await startHttp(t)
  for (const method of ['TRACE', 'OPTIONS']) assert.equal((await ask(port, '/metrics', { method })).status, 403)
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    const { status, headers } = await ask(port, '/metrics', { method })
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'])
  }
  for (const path of ['/nothing', '/metrics/', '//metrics', '/constructor', '*', '/%2e/metrics']) {
    const { status, body } = await ask(port, path)
    assert.equal(status, 404)
    assert.match(body, /^There is nothing here; .*\/metrics, .*\n$/)
  }
})

test('HEAD has the headers of GET and no body', async (t) => {
  const { port, get } = await startHttp(t)
  for (const path of ['/', '/metrics', '/ready']) {
    const [head, whole] = [await ask(port, path, { method: 'HEAD' }), await get(path)]
    assert.equal(head.body, '')
    assert.equal(head.status, 200)
    assert.equal(head.headers['content-length'], whole.headers['content-length'])
    assert.equal(whole.headers['content-length'], String(Buffer.byteLength(whole.body)))
  }
})

test('bound to this machine it answers only to its names', async (t) => {
  const { port, get } = await startHttp(t)
  for (const Host of ['localhost', 'LOCALHOST:41414', '127.0.0.1:1', '[::1]', '[::1]:41414', 'localhost.'])
    assert.equal((await get('/metrics', { Host })).status, 200, Host)
  for (const Host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.nip.io', '[::2]']) {
    const { status, body } = await get('/metrics', { Host })
    assert.deepEqual([Host, status], [Host, 403])
    assert.match(body, /answers to localhost/)
  }
})

test('bound to all addresses it answers to every name', async (t) => {
  const { get } = await startHttp(t, {}, { bind: '0.0.0.0' })
  assert.equal((await get('/metrics', { Host: 'web1.example' })).status, 200)
})

test('a port that is taken is named with who has it and how to mend it', async (t) => {
  const { port } = await startHttp(t)
  await assert.rejects(startHttp(t, {}, { port: String(port) }), (error: Error & { verdict?: string }) => {
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port} .*in use by .*flume\\.monitoring\\.port`))
    assert.equal(error.verdict, 'fatal')
    return true
  })
})

test('a reading that fails is a 500 with its reason, logged once', async (t) => {
  const read = (): AgentReading => {
    throw new Error('no numbers')
  }
  const { instance, observed } = await createForTest(http, { port: '0' }, { read })
  await instance.start()
  t.after(() => instance.stop(1000))
  const get = (path: string): Promise<HttpAnswer> => ask(Number(instance.address?.split(':')[2]), path)
  assert.deepEqual([(await get('/metrics')).status, (await get('/status')).status], [500, 500])
  assert.match((await get('/live')).body, /no numbers/)
  assert.equal(observed.lines.length, 1)
  assert.equal((await get('/nothing')).status, 404)
})

interface Started extends StartedMonitor {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>
  /** Status and body. */
  json(path: string): Promise<readonly [number, unknown]>
}

async function startHttp(
  t: TestContext,
  parts: Partial<AgentReading> = {},
  values: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const started = await startMonitor(t, http, { port: '0', ...values }, parts)
  const get = (path: string, headers = {}): Promise<HttpAnswer> => ask(started.port, path, { headers })
  const json = async (path: string): Promise<readonly [number, unknown]> => {
    const { status, body } = await get(path)
    return [status, JSON.parse(body)]
  }
  return { ...started, get, json }
}
