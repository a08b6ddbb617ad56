import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstLines, makeData, sharesOf, syslogHeadBytes } from './lines.ts'

test('access-log lines are 150 to 220 bytes long and differ', () => {
  const { bytes, lines } = makeData({ bytes: 500_000 })
  const found = bytes.toString('latin1').split('\n')
  assert.equal(found.pop(), '')
  assert.equal(found.length, lines)
  assert.equal(new Set(found).size, lines)
  const lengths = found.map((line) => line.length)
  assert.ok(Math.min(...lengths) >= 150, `${Math.min(...lengths)}`)
  assert.ok(Math.max(...lengths) <= 220, `${Math.max(...lengths)}`)
})

test('messages of syslog are about 110 bytes long, differ, and have their text where the head ends', () => {
  const { bytes, lines } = makeData({ bytes: 500_000, isSyslog: true })
  const found = bytes.toString('latin1').split('\n')
  assert.equal(found.pop(), '')
  assert.equal(found.length, lines)
  assert.equal(new Set(found).size, lines)
  const average = bytes.length / lines - 1
  assert.ok(average > 105 && average < 115, `${average}`)
  const head = /^<1[2-9]\d>Nov 21 \d\d:\d\d:\d\d web-\d\d\.example\.com $/
  for (const line of found) {
    assert.match(line.slice(0, syslogHeadBytes), head)
    assert.match(line.slice(syslogHeadBytes), /^nginx\[\d{4}\]: "[A-Z]+ \//)
  }
})

test('the same data comes in every run', () => {
  assert.deepEqual(makeData({ bytes: 100_000 }), makeData({ bytes: 100_000 }))
})

test('the routes are what the expressions of W7 find', () => {
  const { bytes, routes } = makeData({ bytes: 300_000 })
  const passed = bytes
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '' && !/"GET \/health /.test(line))
  const found: Record<string, number> = { 2: 0, 3: 0, 4: 0, 5: 0 }
  for (const line of passed) found[/HTTP\/1\.1" ([2-5])/.exec(line)![1]!]!++
  assert.deepEqual(routes, found)
  assert.ok(Object.values(routes).every((count) => count > 0))
})

test('lines of a length have that length, also a megabyte', () => {
  for (const lineLength of [10, 1000, 1_000_000]) {
    const { bytes, lines } = makeData({ bytes: 3_000_100, lineLength })
    const found = bytes.toString('latin1').split('\n').slice(0, -1)
    assert.equal(found.length, lines)
    assert.ok(found.every((line) => line.length === lineLength))
  }
})

test('shares are whole lines and all of the data', () => {
  const { bytes } = makeData({ bytes: 20_000 })
  for (const count of [1, 3, 1000]) {
    const shares = sharesOf(bytes, count)
    assert.equal(shares.length, count)
    assert.ok(shares.every((share) => share.length === 0 || share.at(-1) === 10))
    assert.deepEqual(Buffer.concat(shares), bytes)
  }
})

test('the first lines of the data are whole lines, and all there are when more are asked for', () => {
  const { bytes } = makeData({ bytes: 10_000 })
  assert.equal(firstLines(bytes, 3).toString().split('\n').length, 4)
  assert.equal(firstLines(bytes, 3).at(-1), 10)
  assert.equal(firstLines(bytes, 1_000_000).length, bytes.length)
})
