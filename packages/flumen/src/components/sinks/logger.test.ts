import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { batchOf, batchOfOne, batchOfRows, createEvent, type Event } from '../../core/index.ts'
import { createForTest, deliveryForTest, readForTest, sinkContract } from '../../testing/index.ts'
import { javaHashCode } from '../../text/java-hash-map.ts'
import logger from './logger.ts'

sinkContract(logger)
sinkContract(logger, {
  destination: () => ({
    values: { format: 'json', maxBytesToLog: '1000000' },
    arrived: ({ observed }) => Buffer.concat(observed.lines.map(({ message }) => bodyOf(message))),
  }),
})

interface LoggedEvent {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly bodyBase64?: string
}

function bodyOf(line: string): Buffer {
  const { body, bodyBase64 } = JSON.parse(line) as LoggedEvent
  return body === undefined ? Buffer.from(bodyBase64!, 'base64') : Buffer.from(body)
}

async function linesOf(
  events: readonly Event[],
  values: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const { instance, observed } = await createForTest(logger, values)
  await instance.deliver(batchOf(events), deliveryForTest())
  assert.ok(observed.lines.every(({ level }) => level === 'info'))
  return observed.lines.map(({ message }) => message)
}

const golden = new URL('../../../../../test/golden/', import.meta.url)

interface GoldenEvent {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly body_b64?: string
}

interface GoldenCase {
  readonly case: string
  readonly config: Readonly<Record<string, string>>
  readonly input: { readonly made?: 'puts'; readonly events: readonly GoldenEvent[] }
  readonly output: { readonly lines: readonly (string | object)[] }
}

function eventOf({ headers, body = '', body_b64 }: GoldenEvent): Event {
  return createEvent(body_b64 === undefined ? body : Buffer.from(body_b64, 'base64'), headers)
}

/** Headers put one by one have an order that is known, unless so many of one hash code that Java makes a tree of them. */
function isOrdered({ headers }: GoldenEvent, made: string | undefined): boolean {
  const names = Object.keys(headers)
  const isTree = new Set(names.map(javaHashCode)).size <= names.length - 7
  return names.length < 2 || (made === 'puts' && !isTree)
}

for (const line of readFileSync(new URL('logger.jsonl', golden), 'utf8').trimEnd().split('\n')) {
  const { case: name, config, input, output } = JSON.parse(line) as GoldenCase

  test(`${name}: events are shown as Flume shows them`, async () => {
    const ours = await linesOf(input.events.map(eventOf), config)
    for (const [index, theirs] of output.lines.entries()) {
      // What Flume cannot dump (sizes of 0 and less), we can.
      if (typeof theirs !== 'string' || theirs.includes('Exception while dumping'))
        assert.match(ours[index]!, /^Event: /)
      else if (isOrdered(input.events[index]!, input.made)) assert.equal(ours[index], `Event: ${theirs}`)
      else assert.equal([...ours[index]!].sort().join(''), [...`Event: ${theirs}`].sort().join(''))
    }
    assert.equal(ours.length, output.lines.length)
  })
}

/** Cases of the log that a Flume agent wrote: `## config {…}`, `## event {…}`, and after it what was logged. */
function casesOfLog(): readonly {
  readonly config: Record<string, string>
  readonly event: GoldenEvent
  readonly logged: string
}[] {
  const cases: { config: Record<string, string>; event: GoldenEvent; logged: string }[] = []
  let config: Record<string, string> = {}
  for (const block of readFileSync(new URL('shared-logger/logger-sink.out', golden), 'utf8').split(/^## /m).slice(1)) {
    const [first = '', ...rest] = block.trimEnd().split('\n')
    if (first.startsWith('config')) {
      config = Object.fromEntries(
        first
          .slice(8, -1)
          .split(', ')
          .flatMap((pair) => (pair ? [pair.split('=')] : [])),
      )
      continue
    }
    const logged = rest.join('\n').replace(/^.*?Event: /s, 'Event: ')
    const event = JSON.parse(first.slice('event '.length)) as GoldenEvent
    // Two of the names share a bucket; the agent got them in the other order.
    const headers = Object.fromEntries(Object.entries(event.headers).reverse())
    cases.push({ config, event: { ...event, headers }, logged })
  }
  return cases
}

test('every line that the logger sink of a Flume agent logged is logged here too', async () => {
  const cases = casesOfLog().filter(({ logged }) => !logged.includes('Exception while dumping'))
  assert.ok(cases.length >= 28)
  for (const { config, event, logged } of cases) assert.deepEqual(await linesOf([eventOf(event)], config), [logged])
})

test('logger shows no bytes when it is told to show none', async () => {
  assert.deepEqual(await linesOf([createEvent('abc')], { maxBytesToLog: '0' }), ['Event: { headers:{} body: }'])
})

test('logger mends a size that is none with 16, as Flume does, and a negative one too', async () => {
  for (const maxBytesToLog of ['x', '-1']) {
    const { read, problems } = await readForTest(logger, { maxBytesToLog })
    assert.deepEqual([read.maxBytesToLog, problems.hasErrors, problems.all.length], [16, false, 1])
  }
})

test('logger looks at no more of a body than it shows', async () => {
  const body = new Proxy(new Uint8Array(5_000_000), {
    get: (target, key) => {
      if (key === 'subarray') return (from: number, to: number) => seen(target.subarray(from, to))
      return Reflect.get(target, key, target) as unknown
    },
  })
  const lengths: number[] = []
  const seen = (bytes: Uint8Array): Uint8Array => {
    lengths.push(bytes.length)
    return bytes
  }
  for (const format of ['flume', 'json', 'text']) {
    const { instance, observed } = await createForTest(logger, { format })
    await instance.deliver(batchOfOne(body), deliveryForTest())
    assert.ok(observed.lines[0]!.message.length < 200)
  }
  assert.deepEqual(lengths, [16, 16, 16])
})

test('json is one line an event with its headers and its body', async () => {
  const events = [createEvent('naïve\n"quoted"', { a: '1', ['__proto__']: 'x' }), createEvent(Uint8Array.of(0xff, 0))]
  assert.deepEqual(await linesOf(events, { format: 'json', maxBytesToLog: '100' }), [
    '{"headers":{"a":"1","__proto__":"x"},"body":"naïve\\n\\"quoted\\""}',
    '{"headers":{},"bodyBase64":"/wA="}',
  ])
})

test('json says how long a body is that it cuts, and cuts no character', async () => {
  const [whole, cut, invalid] = await linesOf(
    [createEvent('日本'), createEvent('日本語'), createEvent(Uint8Array.of(1, 0xff, 3, 4, 5, 6, 7, 8))],
    { format: 'json', maxBytesToLog: '7' },
  )
  assert.equal(whole, '{"headers":{},"body":"日本"}')
  assert.equal(cut, '{"headers":{},"body":"日本","bodyBytes":9}')
  assert.equal(invalid, '{"headers":{},"bodyBase64":"Af8DBAUGBw==","bodyBytes":8}')
})

test('text is one line an event, whatever stands in it', async () => {
  const events = [
    createEvent('plain'),
    createEvent('two\r\nlines\u001b[31m', { k: 'a\nb' }),
    createEvent('cut off here and more'),
  ]
  assert.deepEqual(await linesOf(events, { format: 'text' }), [
    'plain',
    '{k=a\\nb} two\\r\\nlines\\u001b[31m',
    'cut off here and…',
  ])
})

test('logger logs the rows of all parts in order', async () => {
  const { instance, observed } = await createForTest(logger, { format: 'text' })
  const slab = Buffer.from('abc')
  await instance.deliver(batchOfRows(slab, [2, 1, 0], [3, 2, 1]).concat(batchOfRows(slab, [0], [3])), deliveryForTest())
  assert.deepEqual(
    observed.lines.map(({ message }) => message),
    ['c', 'b', 'a', 'abc'],
  )
})
