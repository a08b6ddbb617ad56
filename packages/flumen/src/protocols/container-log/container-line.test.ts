import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ContainerFormat, readContainerLine } from './container-line.ts'

function read(line: string, format: ContainerFormat | 'auto' = 'auto'): object | undefined {
  // Something before and behind, which must not be looked at.
  const bytes = Buffer.from(`"F ${line} stdout F"}`)
  const found = readContainerLine(bytes, 3, bytes.length - 11, format)
  return found && { ...found, text: Buffer.from(found.text).toString() }
}

const time = '2026-11-21T10:00:00.123456789Z'

test('a line of CRI has time, stream, tag and text', () => {
  assert.deepEqual(read(`${time} stdout F hello  world `), {
    time,
    stream: 'stdout',
    isPartial: false,
    text: 'hello  world ',
  })
  assert.deepEqual(read(`${time} stderr P part`), { time, stream: 'stderr', isPartial: true, text: 'part' })
  assert.deepEqual(read(`${time} stdout F:x:y text`), { time, stream: 'stdout', isPartial: false, text: 'text' })
  assert.deepEqual(read(`${time} stdout F `), { time, stream: 'stdout', isPartial: false, text: '' })
  assert.deepEqual(read(`${time} stdout F`), { time, stream: 'stdout', isPartial: false, text: '' })
})

test('a line of Docker has them as JSON, and a line feed where it does not go on', () => {
  const line = (log: string, more = ''): string =>
    `{"log":${JSON.stringify(log)},${more}"stream":"stderr","time":"${time}"}`
  const expected = { time, stream: 'stderr', isPartial: false }
  assert.deepEqual(read(line('hello\n')), { ...expected, text: 'hello' })
  assert.deepEqual(read(line('hello')), { ...expected, isPartial: true, text: 'hello' })
  assert.deepEqual(read(line('\t"ünï" \\ \u{1F600}\u0001\n')), { ...expected, text: '\t"ünï" \\ \u{1F600}\u0001' })
  assert.deepEqual(read(line('a\n', '"attrs":{"log":"no","x":[1,"]}"]},')), { ...expected, text: 'a' })
  const escaped = `{ "log" : "\\u00fc\\ud83d\\ude00\\ud83d\\/\\n" , "n": 1, "time":"${time}","stream":"stderr" }`
  assert.deepEqual(read(escaped), { ...expected, text: 'ü\u{1F600}\uFFFD/' })
  assert.deepEqual(read('{"log":"only\\n"}'), { time: '', stream: '', isPartial: false, text: 'only' })
})

test('what has neither form is told', () => {
  for (const line of [
    '',
    'hello',
    `${time} stdin F x`,
    `${time} stdout X x`,
    `${time} stdout Fx`,
    ` stdout F x`,
    '{}',
    '{"log":1}',
    '{"log":"a"',
    '{"log":"a"} x',
    '{"log":"\\x"}',
    '{"log":"\\u12"}',
    '{"log" "a"}',
    '{"log":"a",}',
    '["log"]',
  ]) {
    assert.equal(read(line), undefined, line)
  }
  assert.equal(read('{"log":"a\\n"}', 'cri'), undefined)
  assert.equal(read(`${time} stdout F a`, 'docker'), undefined)
})

test('100,000 damaged lines: none throws, and no text is longer than its line', () => {
  const samples = [
    `{"log":"\\u00fc\\ud83d\\ude00 text \\"\\n","attrs":{"a":[1,2,{"b":null}]},"stream":"stdout","time":"${time}"}`,
    `${time} stdout P:x some text`,
  ].map((line) => Buffer.from(line))
  let seed = 99
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  for (let round = 0; round < 100_000; round++) {
    const bytes = Buffer.from(samples[round % 2]!)
    for (let change = random(4); change >= 0; change--) bytes[random(bytes.length)] = random(256)
    const end = random(bytes.length + 1)
    const found = readContainerLine(bytes, 0, end, 'auto')
    assert.ok((found?.text.length ?? 0) <= end)
  }
})
