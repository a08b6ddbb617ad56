import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ChannelFullError } from '../../../core/index.ts'
import { catalogueOf } from '../../../testing/catalogue-of.ts'
import { createForTest, refuse } from '../../../testing/harness.ts'
import { portOf } from '../../../testing/listening.ts'
import { askRaw } from '../../../testing/raw-http.ts'
import blob from '../../http-handlers/blob.ts'
import json from '../../http-handlers/json.ts'
import http from './http.ts'

/** What Apache Flume 1.11 answered and stored; see test/golden/README.md. */
interface Golden {
  readonly case: string
  readonly config: Readonly<Record<string, string>>
  readonly request: {
    readonly method: string
    readonly path: string
    readonly content_type: string | null
    readonly body: { readonly text: string; readonly b64?: string } | null
  }
  readonly status_line: string
  readonly events: readonly (string | { readonly headers: object; readonly body: string; readonly body_b64?: string })[]
}

const path = new URL('../../../../../../test/golden/http.jsonl', import.meta.url)
const cases = readFileSync(path, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Golden)
const catalogue = catalogueOf(json, blob)

for (const golden of cases) {
  test(`http answers and stores as Flume does: ${golden.case}`, async (context) => {
    // The golden ones with a channel that is full left events in it from before.
    const isFull = golden.case.startsWith('overflow')
    const onPut = (): void => {
      if (isFull) refuse(new ChannelFullError('no room'))
    }
    const values = { bind: '127.0.0.1', port: '0', ...golden.config }
    const source = await createForTest(http, values, { catalogue, onPut })
    await source.instance.start()
    context.after(() => source.instance.stop(0))
    const answer = await askRaw(portOf(source), requestOf(golden))
    assert.equal(answer.status, Number(golden.status_line.split(' ')[1]))
    assert.equal(answer.headers['retry-after'], isFull ? '1' : undefined)
    if (answer.status === 200) assert.equal(answer.body.length, 0)
    const events = source.observed.puts.flatMap((batch) =>
      Array.from(batch, ({ headers, body }) => ({
        headers: Object.fromEntries(headers),
        body: Buffer.from(body).toString('base64'),
      })),
    )
    const expected = isFull ? [] : golden.events.flatMap((event) => (typeof event === 'string' ? [] : [event]))
    assert.deepEqual(
      events,
      expected.map(({ headers, body, body_b64 }) => ({
        headers,
        body: body_b64 ?? Buffer.from(body).toString('base64'),
      })),
    )
  })
}

test('the golden answers are all there', () => assert.equal(cases.length, 38))

function requestOf({ request: { method, path: target, content_type, body } }: Golden): Buffer {
  const bytes =
    body === null ? undefined : Buffer.from(body.b64 ?? body.text, body.b64 === undefined ? 'utf8' : 'base64')
  const head = [
    `${method} ${target} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    ...(content_type === null ? [] : [`Content-Type: ${content_type}`]),
    ...(bytes ? [`Content-Length: ${bytes.length}`] : []),
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes ?? Buffer.alloc(0)])
}
