import assert from 'node:assert/strict'

/** Far above what any input takes. */
const longestMs = 100

/** Does something with an input. What took long is done again: only what is slow twice is slow, and not the machine. */
export function quickly<T>(bytes: Buffer, work: () => T): T {
  const began = performance.now()
  const result = work()
  if (performance.now() - began <= longestMs) return result
  const again = performance.now()
  work()
  assert.ok(performance.now() - again <= longestMs, `it takes long: ${bytes.toString('hex')}`)
  return result
}

/** A row of numbers that is the same at each run. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const extremes = ['ffffffff0f', 'ffffffff07', '7fffffff', 'ffffffff', '80808080', '0d0a0d0a']

/** Changes some bytes, cuts, repeats or inserts. */
export function damaged(good: Buffer, number: (below: number) => number): Buffer {
  let bytes = Buffer.from(good)
  for (let changes = 1 + number(4); changes > 0; changes--) {
    const at = number(bytes.length + 1)
    const kind = number(5)
    if (kind === 0 && at < bytes.length) bytes[at] = number(256)
    else if (kind === 1 && at < bytes.length) bytes[at] = bytes.readUInt8(at) ^ (1 << number(8))
    else if (kind === 2) bytes = bytes.subarray(0, at)
    else if (kind === 3) {
      const some = bytes.subarray(at, at + number(20))
      bytes = Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at)])
    } else {
      const some = Buffer.from(extremes[number(extremes.length)] ?? '', 'hex')
      bytes = Buffer.concat([bytes.subarray(0, at), some, bytes.subarray(at)])
    }
  }
  return bytes
}
