import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RelpError, RelpFramer } from './relp-framer.ts'

interface Found {
  readonly messages: readonly string[]
  readonly answers: string
  readonly isInside: boolean
  readonly hasClosed: boolean
}

/** Messages; a `…` behind one that was cut. */
function read(chunks: readonly Buffer[], mostBytes = 100): Found {
  const messages: string[] = []
  const framer = new RelpFramer(mostBytes, {
    message: (slab, start, end, isCut, isCounted) => {
      assert.ok(isCounted)
      messages.push(slab.toString('latin1', start, end) + (isCut ? '…' : ''))
    },
  })
  let answers = ''
  for (const chunk of chunks) {
    framer.split(chunk)
    answers += framer.takeAnswers() ?? ''
  }
  return { messages, answers, isInside: framer.isInside, hasClosed: framer.hasClosed }
}

function frames(...texts: readonly string[]): Buffer {
  return Buffer.from(texts.join(''), 'latin1')
}

const opened = '1 open 14 relp_version=0\n'
const session = frames(opened, '2 syslog 7 <13>a\nb\n', '3 syslog 0\n', '4 syslog 0 \n', '5 what 2 xy\n', '6 close 0\n')

test('a session is opened, its messages are answered, and it is closed', () => {
  const { messages, answers, isInside, hasClosed } = read([session])
  assert.deepEqual(messages, ['<13>a\nb'])
  assert.equal(
    answers,
    '1 rsp 58 200 OK\nrelp_version=0\nrelp_software=flumen\ncommands=syslog\n2 rsp 6 200 OK\n3 rsp 6 200 OK\n' +
      '4 rsp 6 200 OK\n5 rsp 19 500 unknown command\n6 rsp 0\n',
  )
  assert.deepEqual([isInside, hasClosed], [false, true])
})

test('what is found is the same however the stream comes in chunks', () => {
  const whole = read([session])
  for (let size = 1; size < session.length; size++) {
    const chunks: Buffer[] = []
    for (let at = 0; at < session.length; at += size) chunks.push(session.subarray(at, at + size))
    assert.deepEqual(read(chunks), whole, `chunks of ${size}`)
  }
})

test('a message that is too long is cut and answered once', () => {
  const bytes = frames(opened, `2 syslog 25 ${'x'.repeat(25)}\n`)
  for (const chunks of [[bytes], [bytes.subarray(0, 45), bytes.subarray(45)]]) {
    const { messages, answers } = read(chunks, 10)
    assert.deepEqual(messages, [`${'x'.repeat(10)}…`, `${'x'.repeat(10)}…`, 'xxxxx'])
    assert.equal(answers.match(/^2 rsp/gm)?.length, 1)
  }
})

test('what is not RELP is refused at once', () => {
  for (const wrong of [
    '<13>Oct 11 22:14:15 host a line of syslog\n',
    '2 syslog 1 a\n',
    `${opened}0 syslog 1 a\n`,
    `${opened}2 syslog 1 ab\n`,
    `${opened}2 syslog 5\nabcde\n`,
    `${opened}2 sys-log 1 a\n`,
    `${opened}1234567890 syslog 1 a\n`,
    '1'.repeat(60),
  ]) {
    assert.throws(() => read([Buffer.from(wrong)]), RelpError, wrong)
    assert.throws(() => read(Array.from(wrong, (letter) => Buffer.from(letter))), RelpError, wrong)
  }
})

test('100,000 damaged sessions: nothing is thrown but that they are none, and none takes over 100 ms', () => {
  let seed = 7
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  for (let round = 0; round < 100_000; round++) {
    const bytes = Buffer.from(session)
    for (let change = random(3); change >= 0; change--) bytes[random(bytes.length)] = random(256)
    const cut = random(bytes.length)
    const mostBytes = 1 + random(10)
    // The machine may be busy: what seems slow must be slow again.
    const isSlow = timeOf(bytes, cut, mostBytes) > 100 && timeOf(bytes, cut, mostBytes) > 100
    assert.ok(!isSlow, bytes.toString('latin1'))
  }
})

/** Ms that a damaged session in two chunks takes. */
function timeOf(bytes: Buffer, cut: number, mostBytes: number): number {
  const started = performance.now()
  try {
    const { messages } = read([bytes.subarray(0, cut), bytes.subarray(cut)], mostBytes)
    assert.ok(messages.join('').length < 2 * bytes.length)
  } catch (error) {
    if (!(error instanceof RelpError)) throw error
  }
  return performance.now() - started
}
