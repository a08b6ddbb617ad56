import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { EventBatch, NamedColumn } from '../../core/index.ts'
import { javaCharset } from '../../text/java-charset.ts'
import { ClassicParser } from './classic-parser.ts'
import { customFormat } from './custom-format.ts'
import { SyslogFields } from './fields.ts'
import { SyslogFramer } from './framer.ts'
import { type KeptFields, keptFields } from './keep-fields.ts'
import { MessageBatch } from './message-batch.ts'
import { MultiportParser } from './multiport-parser.ts'
import { Timestamps } from './timestamps.ts'

const zone = process.env.TZ
process.env.TZ = 'UTC'
after(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

const now = (): number => Date.UTC(2026, 10, 21)
const classic = (): ClassicParser => new ClassicParser(new Timestamps('local', now))
const multiport = (charset = 'UTF-8'): MultiportParser =>
  new MultiportParser(new Timestamps('UTC', now), now, javaCharset(charset)!)

/** Flume's two expressions. */
const long =
  /^<(\d{1,3})>(?:(\d)?\s?)(?:(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:[+-]\d{2}:\d{2}|Z)?)|-)\s(?:([\w][\w.@-]*)|-)\s([^\n\r]*)$/
const short = /^<(\d{1,3})>(?:(\d)?\s?)([A-Z][a-z][a-z]\s{1,2}\d{1,2}\s\d{2}:\d{2}:\d{2})\s([\w][\w.@-]*)\s([^\n\r]*)$/

/** Texts that are nearly messages: pieces of them, one now and then changed. */
class Texts {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  next(below: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * below)
  }

  of(choices: readonly string[]): string {
    return choices[this.next(choices.length)]!
  }

  message(): string {
    const pieces = [
      this.of(['<13>', '<13>', '<0>', '<999>', '<1000>', '<>', '<', '13>', '<1a>', '<-13>', '<013>', '']),
      this.of(['', '1 ', '1', '2 ', '10 ', ' ', '\t', '  ']),
      this.of([
        '2003-10-11T22:14:15',
        'Oct 11 22:14:15',
        'Oct  1 22:14:15',
        'Oct 1 22:14:15',
        '-',
        'Xyz 11 22:14:15',
        '',
      ]),
      this.of(['', '', 'Z', '.1Z', '.123456+02:00', '.1234567Z', '-0700', '.', 'z']),
      this.of([' ', ' ', ' ', '\t', '  ', '']),
      this.of(['host', 'web', 'h.example-1@x', '-', 'höst', '.h', '::1', '']),
      this.of([' ', ' ', ' ', '', '\r']),
      this.of(['app[1]: text', 'app 1 ID [a@1 k="v"] text', 'a - - - x', '', ' ', 'x\r', 'a - - [x y="\\"]"] z', '\0']),
    ]
    const text = pieces.join('')
    if (this.next(4) > 0 || text === '') return text
    const at = this.next(text.length)
    return text.slice(0, at) + String.fromCharCode(this.next(256)) + text.slice(at + 1)
  }
}

test('what the parser of syslogtcp finds is what the expressions of Flume find', () => {
  const texts = new Texts(7)
  const parser = classic()
  const fields = new SyslogFields()
  let matches = 0
  for (let round = 0; round < 40_000; round++) {
    const text = texts.message().replaceAll('\n', '')
    // Bytes are characters here, as \w and \s are of ASCII alone.
    const bytes = Buffer.from(text, 'latin1')
    parser.parse(bytes, 0, bytes.length, false, fields)
    const ascii = bytes.toString('latin1').replaceAll(/[\u0080-\u00ff]/g, '\u00b6')
    const match = long.exec(ascii) ?? short.exec(ascii)
    const found = fields.isParsed
      ? [fields.priority, fields.version, fields.host(bytes, parser), bytes.toString('latin1', fields.restStart)]
      : undefined
    const rest = match && bytes.toString('latin1', bytes.length - match[5]!.length)
    assert.deepEqual(found, match ? [match[1], match[2], match[4], rest] : undefined, JSON.stringify(text))
    if (match) matches++
  }
  assert.ok(matches > 200, `${matches} matches`)
})

test('100,000 hostile inputs: none throws, none takes over 100 ms, and every event of them has headers', () => {
  const texts = new Texts(11)
  const keeps: readonly KeptFields[] = ['none', 'all', keptFields('timestamp version')]
  const sinks = keeps.flatMap((keep) =>
    [classic(), multiport(), multiport('Shift_JIS')].map(
      (parser) => new MessageBatch({ parser, keep, names: { priority: 'p', version: 'v' }, structuredData: true }),
    ),
  )
  const read = (sink: MessageBatch, chunk: Buffer): number => {
    const started = performance.now()
    const framer = new SyslogFramer('auto', 60, sink)
    sink.begin(0, [])
    framer.split(chunk)
    framer.split(Buffer.from('\n'))
    const batch = sink.finish()
    for (let row = 0; row < batch.length; row++) assert.ok(batch.headers(row).size > 0)
    return performance.now() - started
  }
  for (let round = 0; round < 100_000; round++) {
    const count = texts.next(8) === 0 ? `${texts.next(200)} ` : ''
    const chunk = Buffer.from(`${count}${texts.message()}\n${texts.message()}`, texts.next(2) ? 'latin1' : 'utf8')
    const sink = sinks[round % sinks.length]!
    // The machine may be busy: what seems slow must be slow again.
    const isSlow = read(sink, chunk) > 100 && read(sink, chunk) > 100 && read(sink, chunk) > 100
    assert.ok(!isSlow, chunk.toString('latin1'))
  }
})

test('messages that came together have the headers that each has alone', () => {
  const texts = new Texts(5)
  for (let round = 0; round < 400; round++) {
    const parser = [classic(), multiport(), multiport('Shift_JIS')][round % 3]!
    const constants: NamedColumn[] = round % 5 > 0 ? [] : [['host', { kind: 'constant', value: 'mine' }]]
    const rules = {
      parser,
      keep: 'none',
      names: { priority: 'p', version: 'v' },
      structuredData: round % 2 > 0,
    } as const
    const messages = Array.from({ length: 1 + texts.next(30) }, () => Buffer.from(texts.message(), 'latin1'))
    const read = (some: readonly Buffer[]): EventBatch => {
      const sink = new MessageBatch(rules)
      sink.begin(0, constants)
      const slab = Buffer.concat(some)
      let at = 0
      for (const { length } of some) {
        sink.message(slab, at, at + length, length % 7 === 0, true)
        at += length
      }
      return sink.finish()
    }
    const together = read(messages)
    const [sliced, picked] = [together.slice(1, messages.length), together.select(Uint32Array.of(messages.length - 1))]
    const alone = messages.map((message) => [...read([message]).headers(0)])
    const headers = (batch: EventBatch): unknown[] => Array.from(batch, (_, row) => [...batch.headers(row)])
    assert.deepEqual([headers(sliced), headers(picked)], [alone.slice(1), alone.slice(-1)])
    assert.deepEqual(headers(together), alone)
    assert.ok(together.parts[0]!.headerBytes > 0)
  }
})

function headersOf(text: string, parser = classic(), structuredData = true, keep: KeptFields = 'none') {
  const sink = new MessageBatch({ parser, keep, names: { priority: 'priority', version: 'version' }, structuredData })
  sink.begin(0, [])
  const bytes = Buffer.from(text)
  sink.message(bytes, 0, bytes.length, false, true)
  const batch = sink.finish()
  return { headers: Object.fromEntries(batch.headers(0)), body: batch.text(0) }
}

test('structured data becomes headers, and the body is the message without its byte order mark', () => {
  const { headers, body } = headersOf(
    '<165>1 2003-10-11T22:14:15.003Z h app - ID47 [a@1 k="v \\"q\\" \\\\ \\]" n=""][b x="é"] \uFEFFtext\nmore',
  )
  assert.deepEqual(headers, {
    Facility: '20',
    Severity: '5',
    priority: '165',
    version: '1',
    timestamp: '1065910455003',
    host: 'h',
    appName: 'app',
    msgId: 'ID47',
    'a@1.k': 'v "q" \\ ]',
    'a@1.n': '',
    'b.x': 'é',
  })
  assert.equal(body, 'text\nmore')
})

test('structured data that is not well-formed stays in the body, and no parameter takes the place of a header', () => {
  for (const rest of [
    'app - -',
    'app - - [a k=v] x',
    'app - - [a k="v"x',
    'app - - [a k="v"]x',
    'app - - []',
    'app - - x y',
    'app  - - text',
    'app -  - text',
  ]) {
    const { headers, body } = headersOf(`<13>1 - h ${rest}`)
    assert.deepEqual([headers.appName, body], [undefined, rest], rest)
  }
  const { headers } = headersOf('<13>1 - h a - - [flume.syslog status="Invalid" other="x"] text')
  assert.deepEqual([headers['flume.syslog.status'], headers['flume.syslog.other']], [undefined, 'x'])
})

test('a format of the user is tried first, and others after it', () => {
  const format = customFormat({
    regex: '<(\\d+)>(\\d(?= ))? ?(\\S+) (\\S+)\\| (.*)',
    search: '/',
    replace: '-',
    dateFormat: "yyyy-MM-dd'T'HH:mm",
  })
  const parser = new ClassicParser(new Timestamps('local', now), format)
  const own = headersOf('<13>2026/01/02T03:04 web| text', parser)
  assert.deepEqual(own.headers, {
    Facility: '1',
    Severity: '5',
    priority: '13',
    timestamp: String(Date.UTC(2026, 0, 2, 3, 4)),
    host: 'web',
  })
  assert.equal(own.body, 'text')
  assert.equal(headersOf('<13>soon web| text', parser).headers.timestamp, undefined)
  const kept = headersOf('<13>soon web| text', parser, false, keptFields('hostname timestamp'))
  assert.equal(kept.body, 'soon web text')
  assert.equal(headersOf('<13>Oct 11 22:14:15 h text', parser).body, 'text')
})

test('multiport takes a month in any case, any number for a priority, and bytes that are no text for invalid', () => {
  const fields = new SyslogFields()
  const read = (bytes: Buffer): SyslogFields => {
    multiport().parse(bytes, 0, bytes.length, false, fields)
    return fields
  }
  assert.equal(read(Buffer.from('<13>OCT 11 22:14:15 h x')).timestamp, String(Date.UTC(2026, 9, 11, 22, 14, 15)))
  assert.equal(read(Buffer.from('<13>Oct 32 22:14:15 h x')).timestamp, '0')
  assert.deepEqual([read(Buffer.from('<-13>- h x')).facility, fields.severity], ['-1', '-5'])
  assert.ok(read(Buffer.from('<13>1 2003-02-29T22:14:15Z h x')).isInvalid)
  assert.ok(read(Buffer.from('<13>1 2003-02-28T22:14:15.1 h x')).isInvalid)
  assert.ok(read(Buffer.from('<13>- h \xe9', 'latin1')).isInvalid)
  const latin = multiport('ISO-8859-1')
  const bytes = Buffer.from('<13>- h\xe9 x', 'latin1')
  latin.parse(bytes, 0, bytes.length, false, fields)
  assert.equal(fields.host(bytes, latin), 'hé')
})
