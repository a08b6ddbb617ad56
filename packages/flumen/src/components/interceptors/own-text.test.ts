import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Part } from '../../core/index.ts'
import { ownText } from './own-text.ts'

function check(body: Uint8Array, from: number, to: number): void {
  const slab = Buffer.concat([Buffer.from('before '), body, Buffer.from(' after')])
  const part = new Part({ arrivedAt: 0, slab, start: [7], end: [7 + body.length] })
  const text = part.text(0)
  const piece = text.slice(from, to)
  assert.equal(ownText(piece, text, part, 0), piece)
}

test('the own text of a piece is the piece, whatever the body is', () => {
  const bodies = fc.oneof(
    fc.string({ maxLength: 60 }).map((text) => Buffer.from(text)),
    fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 60 }),
  )
  fc.assert(
    fc.property(bodies, fc.nat(60), fc.nat(60), (body, from, to) =>
      check(body, Math.min(from, to), Math.max(from, to)),
    ),
  )
})

test('the own text of a long piece of text outside ASCII is the piece', () => {
  check(Buffer.from('日本語のとても長い文章です。そして続きます。'), 2, 20)
  check(Buffer.from([...Buffer.from('long text that is ASCII '), 0xff, ...Buffer.from(' but for a byte')]), 5, 38)
})
