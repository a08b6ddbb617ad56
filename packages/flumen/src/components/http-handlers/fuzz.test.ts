import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../../testing/disk/random.ts'
import { createForTest } from '../../testing/harness.ts'
import { requestForTest } from '../../testing/http-handler-contract.ts'
import blob from './blob.ts'
import json from './json.ts'
import lines from './lines.ts'
import ndjson from './ndjson.ts'
import raw from './raw.ts'

const inputs = Number(process.env.FLUMEN_FUZZ_INPUTS ?? 100_000)
const seed = Number(process.env.FLUMEN_FUZZ_SEED ?? 20_261_121)

const seeds = [
  '[{"headers":{"a":"1","b":null,"c":2},"body":"x y"},{"body":"a\\n\\u00e9\\ud83d\\ude00"}]',
  "[{'headers':{h:v},'body':unquoted};{x:[1,{y:[[],,]}]}] # end",
  '{"headers":{"h":"1"},"body":"one"}\n{"body":"two"}\r\n\n{}',
  `[${'{"headers":{"host":"h","n":"1"},"body":"line"},'.repeat(20)}{}]`,
].map((text) => Buffer.from(text))
const pieces = [
  '[',
  ']',
  '{',
  '}',
  ',',
  ';',
  ':',
  '=>',
  '"',
  "'",
  '\\',
  '\\u',
  '\\ud83d',
  '/*',
  '*/',
  '//',
  '#',
  '\n',
  'null',
  'TRUE',
  '__proto__',
  '"body":',
  '"headers":{',
  '\uFEFF',
].map((text) => Buffer.from(text))
const charsets = ['utf-8', 'UTF-16', 'utf-32', 'x']

test(`handlers bear ${inputs} requests of any kind, each within 100 ms, and say nothing but that one is wrong`, async () => {
  const random = new Random(seed)
  const below = (limit: number): number => random.below(limit)
  const made = await Promise.all([json, ndjson, lines, blob, raw].map((each) => createForTest(each as typeof json)))
  let slowest = 0
  for (let input = 0; input < inputs; input++) {
    const body = mutated(below)
    const headers = { 'content-type': `text/plain; charset=${charsets[below(20)] ?? 'utf-8'}` }
    const handler = made[input % 10 < 6 ? 0 : (input % 10) - 5]!.instance
    const request = requestForTest({ body, url: `/?${body.toString('latin1', 0, below(30))}`, headers })
    const begin = process.cpuUsage().user
    try {
      const batch = await handler.handle(request)
      for (let row = 0; row < batch.length; row++) batch.headers(row)
      assert.ok(batch.bodyBytes <= body.length * 4)
    } catch (error) {
      assert.ok(isExpected(error), `${String(error)}: ${body.toString('base64')}`)
    }
    slowest = Math.max(slowest, (process.cpuUsage().user - begin) / 1000)
  }
  assert.ok(slowest < 100, `${slowest} ms`)
})

/** Wrong, or one of the few that Flume answers with 500. */
function isExpected(error: unknown): boolean {
  const { code, message } = error as { readonly code?: string; readonly message?: string }
  return code === 'BAD_REQUEST' || /has no body|is null|the charset is none/.test(message ?? '')
}

function mutated(below: (limit: number) => number): Buffer {
  if (below(20) === 0) return Buffer.from(Array.from({ length: below(200) }, () => below(256)))
  let bytes = seeds[below(seeds.length)]!
  for (let left = below(6); left > 0; left--) {
    const at = below(bytes.length + 1)
    const behind = bytes.subarray(Math.min(at + below(5) * below(2), bytes.length))
    const piece = below(3) === 0 ? Buffer.from([below(256)]) : pieces[below(pieces.length)]!
    bytes = Buffer.concat([bytes.subarray(0, at), below(4) === 0 ? Buffer.alloc(0) : piece, behind])
  }
  return bytes
}
