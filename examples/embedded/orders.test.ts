import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freePort, waitUntil } from '../../servers/server.ts'
import { startCollector } from '../../test/support/collector.ts'

const program = ['--conditions=flumen-source', join(import.meta.dirname, 'orders.ts')]

test('orders reach the collector, each once, when it comes late', async (t) => {
  const { shop, collector } = await scene(t)
  const child = shop()
  child.process.stdin!.write('one\ntwo\nthree\n')
  await waitUntil('three orders are safe', () => child.safe().length === 3 || undefined, limitMs)
  const received = await collector()
  await waitUntil('the collector has them', () => received.length === 3 || undefined, limitMs)
  child.process.stdin!.end()
  assert.deepEqual(await child.ended, [0, null])
  assert.deepEqual(
    received.map(({ body, headers }) => [body, headers.get('topic'), headers.has('timestamp')]),
    ['one', 'two', 'three'].map((body) => [body, 'orders', true]),
  )
})

test('whatever was safe when the shop was killed reaches the collector after a new start', async (t) => {
  const { shop, collector } = await scene(t)
  const safe = new Set<string>()
  for (const [life, wanted] of [150, 80, 220].entries()) {
    const child = shop()
    const orders = Array.from({ length: 5000 }, (_, index) => `${life} ${index + 1}`)
    child.process.stdin!.write(`${orders.join('\n')}\n`)
    await waitUntil('some orders are safe', () => child.safe().length >= wanted || undefined, limitMs)
    child.process.kill('SIGKILL')
    assert.deepEqual(await child.ended, [null, 'SIGKILL'])
    for (const number of child.safe()) safe.add(`${life} ${number}`)
  }
  const received = await collector()
  const last = shop()
  await waitUntil(
    'the collector has all that was safe',
    () => isSubset(safe, new Set(received.map(({ body }) => body))) || undefined,
    limitMs,
  )
  last.process.stdin!.end()
  assert.deepEqual(await last.ended, [0, null])
  assert.ok(safe.size >= 450)
  assert.equal(new Set(received.map(({ body }) => body)).size, received.length, 'each once')
})

/** A disk that others use too can be slow. */
const limitMs = 100_000

function isSubset(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  for (const each of part) if (!whole.has(each)) return false
  return true
}

/** A shop that can be started again and again in one directory, and a collector on the port that it sends to. */
async function scene(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'flumen-orders-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const port = await freePort()
  return {
    shop: () => startShop(t, directory, port),
    collector: () => startCollector(t, port),
  }
}

function startShop(t: TestContext, directory: string, port: number) {
  const shop: ChildProcess = spawn(
    process.execPath,
    [...program, join(directory, 'orders'), '127.0.0.1', String(port)],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  )
  let output = ''
  shop.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  let errors = ''
  shop.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  // A shop that was killed reads no more orders.
  shop.stdin!.on('error', () => undefined)
  t.after(() => {
    shop.kill('SIGKILL')
    t.diagnostic(errors)
  })
  return {
    process: shop,
    /** The numbers that it has printed whole. */
    safe: () => output.split('\n').slice(0, -1),
    ended: once(shop, 'close'),
  }
}
