import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IrcLineReader, parseIrcLine, piecesOf, safeText, textBytesFor } from './irc-line.ts'

test('a line has a sender, a command and its parameters', () => {
  const cases: readonly (readonly [line: string, parsed: unknown])[] = [
    ['PING :a b', { from: '', command: 'PING', params: ['a b'] }],
    ['ping token\r', { from: '', command: 'PING', params: ['token'] }],
    [':irc.test 001 flume :Welcome to it', { from: '', command: '001', params: ['flume', 'Welcome to it'] }],
    [':a!b@c KICK  #logs flume ::bye', { from: 'a', command: 'KICK', params: ['#logs', 'flume', ':bye'] }],
    ['@time=1;x=y :a!b@c PRIVMSG #l :', { from: 'a', command: 'PRIVMSG', params: ['#l', ''] }],
    ['ERROR', { from: '', command: 'ERROR', params: [] }],
  ]
  for (const [line, parsed] of cases) assert.deepEqual(parseIrcLine(line), parsed, line)
  for (const line of ['', ' ', ':irc.test', '12', '12345 a', 'A1 b']) assert.equal(parseIrcLine(line), undefined, line)
})

test('lines are whole however their bytes come, and none is longer than may be', () => {
  const bytes = Buffer.from(':irc.test 001 flume :naïve 😀\r\nPING :a\nPING')
  const whole = new IrcLineReader().receive(bytes)
  assert.equal(whole.length, 2)
  for (let size = 1; size < bytes.length; size++) {
    const reader = new IrcLineReader()
    const lines = []
    for (let from = 0; from < bytes.length; from += size)
      lines.push(...reader.receive(bytes.subarray(from, from + size)))
    assert.deepEqual(lines, whole)
  }
  assert.throws(() => new IrcLineReader().receive(Buffer.from(`PING ${'x'.repeat(8700)}\n`)), /more than 8703 bytes/)
  const reader = new IrcLineReader()
  reader.receive(Buffer.alloc(8000, 'x'))
  assert.throws(() => reader.receive(Buffer.alloc(8000, 'x')), /more than 8703 bytes/)
})

test('pieces of a text are whole characters, as many as fit, and the text again when they are put together', () => {
  const text = fc.array(fc.constantFrom('a', 'é', '日', '😀', ' ')).map((all) => all.join(''))
  fc.assert(
    fc.property(text, fc.integer({ min: 4, max: 20 }), (whole, most) => {
      const pieces = piecesOf(whole, most)
      assert.equal(pieces.join(''), whole)
      for (const [index, piece] of pieces.entries()) {
        const bytes = Buffer.byteLength(piece)
        assert.ok(bytes > 0 && bytes <= most)
        assert.ok(!piece.includes('\ufffd'))
        const next = pieces[index + 1]
        if (next !== undefined) assert.ok(bytes + Buffer.byteLength(String.fromCodePoint(next.codePointAt(0)!)) > most)
      }
    }),
  )
})

test('no text can begin a command of its own', () => {
  assert.equal(safeText('a\r\nQUIT :x\n\0b\u0001ACTION\u0001\tc'), 'a QUIT :x b ACTION \tc')
})

test('a message has room for what the server puts before it', () => {
  const message = (nick: string, channel: string): number =>
    Buffer.byteLength(`:${nick}!~${'u'.repeat(10)}@${'h'.repeat(63)} PRIVMSG ${channel} :\r\n`) +
    textBytesFor(nick, channel)
  assert.equal(message('flume', '#logs'), 512)
  assert.equal(message('flume_und_mehr', '#été'), 512)
  assert.equal(textBytesFor('flume', `#${'x'.repeat(400)}`), 100)
})
