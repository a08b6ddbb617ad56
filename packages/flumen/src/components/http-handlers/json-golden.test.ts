import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createForTest } from '../../testing/harness.ts'
import { requestForTest } from '../../testing/http-handler-contract.ts'
import json from './json.ts'

interface Golden {
  readonly case: string
  readonly text: string
  readonly status: 200 | 400 | 500
  readonly events: readonly { readonly headers: object; readonly body: string }[]
}

/** A text behind the array that is a comment to the end; Gson's reader trips over it. */
const lastComment = /\](?:[^\]]*)(?:\/\/|#)[^\n\r]*$/

test("texts of all kinds are read as Gson with Flume's types reads them", async () => {
  const path = new URL('../../../../../test/golden/http-json.jsonl', import.meta.url)
  const rows = readFileSync(path, 'utf8').trim().split('\n')
  const { instance } = await createForTest(json)
  for (const row of rows) {
    const { text, status, events } = JSON.parse(row) as Golden
    if (lastComment.test(text)) continue
    try {
      const batch = await instance.handle(requestForTest({ body: text }))
      assert.equal(status, 200, text)
      const found = Array.from(batch, ({ headers, body }) => ({
        headers: Object.fromEntries(headers),
        body: Buffer.from(body).toString(),
      }))
      assert.deepEqual(found, events, text)
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      const isBad = (error as { readonly code?: string }).code === 'BAD_REQUEST'
      // An escape without four digits is an error of the client here, an uncaught exception in Flume.
      assert.ok(status === (isBad ? 400 : 500) || (status === 500 && text.includes('\\u')), text)
    }
  }
  assert.equal(rows.length, 700)
})
