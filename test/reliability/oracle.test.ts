import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../servers/server.ts'
import { eventLine } from './event-line.ts'
import { Ledger } from './ledger.ts'
import { faultsOf, judge, type Verdict } from './oracle.ts'

const seed = 5

test('the oracle finds nothing where each acknowledged event came once, in order and as it was sent', () => {
  const verdict = judged([line(0), line(1), line(2)])
  assert.deepEqual(faultsOf(verdict, 0), [])
  assert.deepEqual([verdict.sent, verdict.acknowledged, verdict.delivered], [4, 3, 3])
})

test('the oracle finds what is lost, invented, corrupt, out of order and double', () => {
  assert.equal(judged([line(0), line(2)]).lost, 1)
  assert.equal(judged([line(0), line(1), line(2), line(4)]).invented, 1)
  assert.equal(judged([line(0), line(1).replace(/..$/, '##'), line(2)]).corrupt, 1)
  assert.equal(judged([line(0), line(1).replace('number=1', 'number=2'), line(2)]).corrupt, 1)
  assert.equal(judged([line(0), 'something else', line(1), line(2)]).corrupt, 1)
  assert.equal(judged([line(0), line(2), line(1)]).disordered, 1)
  const twice = judged([line(0), line(1), line(0), line(1), line(2)])
  assert.deepEqual([twice.duplicates, twice.disordered], [2, 0])
  assert.equal(faultsOf(twice, 2).length, 0)
  assert.equal(faultsOf(twice, 1).length, 1)
})

test('a ledger cuts the line that a crash tore', () => {
  using home = temporaryDirectory('ledger')
  const path = join(home.path, 'ledger')
  writeFileSync(path, 'whole\nto')
  const ledger = new Ledger(path)
  ledger.append(['next'])
  ledger.close()
  const verdict = judge({ seed, bytes: 40, producers: join(home.path, 'none'), delivered: path })
  assert.equal(verdict.corrupt, 2)
  assert.deepEqual(verdict.examples, ['corrupt: whole', 'corrupt: next'])
})

function line(number: number): string {
  return `producer=0 number=${number}\t${eventLine(seed, 0, number, 40)}`
}

function judged(lines: readonly string[]): Verdict {
  using home = temporaryDirectory('oracle')
  const [producers, delivered] = [join(home.path, 'producers'), join(home.path, 'delivered')]
  writeFileSync(producers, 'sent 0 4\nacknowledged 0 0 2\nacknowledged 0 2 3\n')
  writeFileSync(delivered, lines.map((each) => `${each}\n`).join(''))
  return judge({ seed, bytes: 40, producers, delivered })
}
