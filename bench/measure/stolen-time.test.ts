import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Undisturbed, watchStolenTime } from './stolen-time.ts'

test('stolen time is a share of the time of all processors', () => {
  const texts = ['cpu  100 0 50 800 10 0 5 35 7 0\ncpu0 1 2', 'cpu  160 0 60 820 10 0 5 45 9 0\ncpu0 3 4']
  const stolen = watchStolenTime(() => texts.shift()!)
  assert.equal(stolen(), 10 / 100)
})

test('this machine says what was stolen', () => {
  const share = watchStolenTime()()
  assert.ok(share >= 0 && share <= 1, String(share))
})

test('a pass that was disturbed is made again, and the least disturbed one counts', async () => {
  const undisturbed = new Undisturbed()
  const shares = [0.3, 0.05, 0.2, 0.01, 0]
  const made: number[] = []
  const pass = await undisturbed.pass(() => {
    made.push(shares[made.length]!)
    return { stolen: made.at(-1)! }
  })
  assert.deepEqual([pass, made], [{ stolen: 0.01 }, [0.3, 0.05, 0.2, 0.01]])
  assert.match(undisturbed.text, /: 3 more for 1 that count, of which it took 1 % at most\.$/)
})

test('where the host never leaves it alone the least disturbed of six passes counts', async () => {
  const undisturbed = new Undisturbed()
  let passes = 0
  const pass = await undisturbed.pass(() => ({ stolen: ++passes === 4 ? 0.1 : 0.2 }))
  assert.deepEqual([pass, passes], [{ stolen: 0.1 }, 6])
})

test('where nothing was stolen each pass is made once, and the text says so', async () => {
  const undisturbed = new Undisturbed()
  for (let pass = 0; pass < 3; pass++) await undisturbed.pass(() => Promise.resolve({ stolen: 0 }))
  assert.match(undisturbed.text, /there was none\.$/)
})
