import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readKeyStore } from './key-store.ts'
import { KeyStoreError } from './key-store-error.ts'

const folder = join(import.meta.dirname, '../../../../../test/golden/key-stores')
const password = 'storePassword'
/** Rounds that may be spent: what the good stores need and little more; and so few that no key of JCEKS is opened. */
const [enough, few] = [12_000, 100]
const mostBytes = 64 << 20

// The stores with a digest get it anew after each change: else nothing behind it would be reached.
const stores: readonly (readonly [file: string, step: number, rounds: number, sign: (bytes: Buffer) => Buffer])[] = [
  ['other.jceks', 29, enough, signed],
  ['mixed.jceks', 2, few, signed],
  ['mixed.jks', 3, few, signed],
  ['open.p12', 2, enough, unchanged],
  ['no-mac.p12', 5, enough, unchanged],
  ['modern.p12', 61, enough, unchanged],
]

for (const [file, step, rounds, sign] of stores) {
  const good = readFileSync(join(folder, file))

  test(`${file} with a flipped bit anywhere is read, or refused with an error of its own`, () => {
    let refused = 0
    for (let place = 0; place < good.length; place += step) {
      const bytes = Buffer.from(good)
      bytes[place] = bytes.readUInt8(place) ^ (1 << ((place * 5) % 8))
      refused += use(sign(bytes), rounds)
    }
    assert.ok(refused > 0)
  })

  test(`${file} with a byte of all ones or zeros anywhere is read, or refused with an error of its own`, () => {
    for (let place = 0; place < good.length; place += 2 * step) {
      for (const value of [0x00, 0x7f, 0x80, 0xff]) {
        const bytes = Buffer.from(good)
        bytes[place] = value
        use(sign(bytes), rounds)
      }
    }
  })

  test(`${file} cut off anywhere is refused`, () => {
    for (let length = 0; length < good.length; length += step)
      assert.equal(use(sign(good.subarray(0, length)), rounds), 1, `${length} bytes`)
  })
}

test('lists that nest without end and lengths beyond the file are refused', () => {
  const nested = Buffer.alloc(100_000, Buffer.of(0x30, 0x80))
  const long = Buffer.of(0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x02, 0x01, 0x03)
  const manyEntries = signed(Buffer.concat([Buffer.from('cececece00000002ffffffff', 'hex'), Buffer.alloc(40)]))
  const longKey = Buffer.from('feedfeed0000000200000001000000010001610000000000000000ffffffff', 'hex')
  for (const bytes of [nested, long, manyEntries, signed(Buffer.concat([longKey, Buffer.alloc(20)]))])
    assert.equal(use(bytes), 1)
})

test('Java classes that nest without end are refused', () => {
  const head = Buffer.from('cececece0000000200000001000000030001610000000000000000aced0005', 'hex')
  // An object of a class, the parent of which is a class, and so on.
  const description = Buffer.from('72000141000000000000000002000078', 'hex')
  const classes = Buffer.concat([Buffer.of(0x73), Buffer.alloc(16 * 5_000, description)])
  assert.equal(use(signed(Buffer.concat([head, classes, Buffer.alloc(20)]))), 1)
  const annotated = Buffer.alloc(17 * 5_000, Buffer.from('7372000141000000000000000002000070', 'hex'))
  assert.equal(use(signed(Buffer.concat([head, annotated, Buffer.alloc(20)]))), 1)
})

/** Reads a store and all that is in it. @returns 1 when something was refused */
function use(bytes: Buffer, mostIterations = few): number {
  let refused = 0
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof KeyStoreError)) throw error
      refused = 1
      return undefined
    }
  }
  const store = attempt(() => readKeyStore(bytes, password, { mostIterations }))
  store?.certificates()
  for (const alias of store?.aliases() ?? []) {
    const kinds = [(): unknown => store?.secretKey(alias), (): unknown => store?.privateKey(alias)]
    const opened = kinds.map((open) => attempt(open)).filter((key) => key !== undefined)
    if (opened.length > 0) refused = 0
  }
  assert.ok(process.memoryUsage().arrayBuffers < mostBytes)
  return refused
}

/** With the digest that JKS and JCEKS end with. */
function signed(bytes: Buffer): Buffer {
  const body = bytes.subarray(0, Math.max(bytes.length - 20, 0))
  const secret = Buffer.from(password, 'utf16le').swap16()
  return Buffer.concat([body, hash('sha1', Buffer.concat([secret, Buffer.from('Mighty Aphrodite'), body]), 'buffer')])
}

function unchanged(bytes: Buffer): Buffer {
  return bytes
}
