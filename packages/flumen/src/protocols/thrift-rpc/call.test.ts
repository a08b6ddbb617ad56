import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { batchOf, EventBatch } from '../../core/index.ts'
import { batchOfOnePart, sampleBatches } from '../../testing/sample-batches.ts'
import { decodeAnswer, encodeError, encodeStatus } from './answer.ts'
import { decodeCall } from './call.ts'
import { encodeCall } from './call-encoder.ts'
import { batchOfText, framesOf, hex, hexOf, protocols, rowsOf, throughWire } from './rpc-for-test.ts'
import { ThriftError } from './thrift-error.ts'

/** The head of a call with the sequence 7. */
const head = {
  binary: (method: string): string =>
    `80010001 ${method.length.toString(16).padStart(8, '0')} ${hexOf(method)} 00000007`,
  compact: (method: string): string => `8221 07 ${method.length.toString(16).padStart(2, '0')} ${hexOf(method)}`,
}

for (const protocol of protocols) {
  test(`${protocol}: batches of all shapes come out as they went in`, () => {
    for (const batch of sampleBatches()) {
      const call = throughWire(batch, { protocol, sequence: -5 })
      assert.deepEqual(rowsOf(call.batch), rowsOf(batch))
      assert.deepEqual([call.method, call.sequence, call.refusal], ['appendBatch', -5, undefined])
    }
  })

  test(`${protocol}: any batch comes out as it went in, in whatever pieces it comes`, () => {
    const headers = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.string({ unit: 'grapheme' }), {
      maxKeys: 4,
      noNullPrototype: true,
    })
    const event = fc.record({
      headers: headers.map((own) => new Map(Object.entries(own))),
      body: fc.uint8Array({ maxLength: 300 }),
    })
    const property = fc.property(
      fc.array(event, { maxLength: 40 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.boolean(),
      fc.integer(),
      (events, chunkBytes, isOnePart, sequence) => {
        const batch = isOnePart ? batchOfOnePart(events) : batchOf(events)
        const call = throughWire(batch, { protocol, sequence }, chunkBytes)
        assert.deepEqual(rowsOf(call.batch), rowsOf(batch))
        assert.equal(call.sequence, sequence)
      },
    )
    fc.assert(property, { numRuns: 300 })
  })

  test(`${protocol}: bodies are pieces of the frame, and large ones are written without a copy`, () => {
    const large = Buffer.alloc(100_000, 'x')
    const batch = batchOf([...batchOfText(['small', { a: '1' }]), { headers: new Map(), body: large }])
    const pieces = encodeCall(batch, { protocol, sequence: 1 })
    assert.ok(pieces.some((piece) => piece.buffer === large.buffer && piece.length === large.length))
    const [frame] = framesOf(Buffer.concat(pieces))
    const { parts } = decodeCall(frame!, protocol, 1).batch
    assert.deepEqual(
      parts.map(({ slab }) => slab.buffer),
      [frame!.buffer],
    )
  })

  test(`${protocol}: headers that all rows have are columns, and constant where they are equal`, () => {
    const rows = Array.from({ length: 500 }, (_, row) => [`body ${row}`, { host: 'web', number: String(row) }] as const)
    const { batch } = throughWire(batchOfText(...rows), { protocol, sequence: 1 })
    assert.equal(batch.parts.length, 1)
    const [host, number] = batch.parts[0]!.columns
    assert.deepEqual(host, ['host', { kind: 'constant', value: 'web' }])
    assert.deepEqual([number?.[0], number?.[1].kind], ['number', 'list'])
    assert.deepEqual(rowsOf(batch), rowsOf(batchOfText(...rows)))
  })

  test(`${protocol}: rows with other names than the rows before keep their own headers`, () => {
    const rows: readonly (readonly [string, Record<string, string>])[] = [
      ['1', { a: '1', b: '2' }],
      ['2', { a: '1', b: '3' }],
      ['3', { a: '2', b: '3', c: '4' }],
      ['4', {}],
      ['5', { b: '3', a: '1' }],
    ]
    for (let from = 0; from < rows.length; from++) {
      const batch = batchOfText(...rows.slice(from))
      assert.deepEqual(rowsOf(throughWire(batch, { protocol, sequence: 1 }).batch), rowsOf(batch))
    }
  })

  test(`${protocol}: statuses and exceptions come out as they went in`, () => {
    for (const sequence of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      const call = { method: 'appendBatch', sequence }
      for (const status of [0, 1, 2, 3, -7]) {
        const [frame] = framesOf(encodeStatus(call, status, protocol))
        assert.deepEqual(decodeAnswer(frame!, protocol), { ...call, status, error: undefined })
      }
      const error = { kind: 6, message: 'naïve 日本 failure' }
      const [frame] = framesOf(encodeError(call, error, protocol))
      assert.deepEqual(decodeAnswer(frame!, protocol), { ...call, status: undefined, error })
    }
  })

  test(`${protocol}: an unknown method is refused, whatever its arguments`, () => {
    const [frame] = framesOf(Buffer.concat(encodeCall(batchOfText(['x', { a: 'b' }]), { protocol, sequence: 7 })))
    const renamed = Buffer.from(frame!)
    renamed.write('appendOther', renamed.indexOf('appendBatch'))
    const { refusal, sequence, batch } = decodeCall(renamed, protocol, 1)
    assert.deepEqual(refusal, { kind: 1, message: "Invalid method name: 'appendOther'" })
    assert.deepEqual([sequence, batch.length], [7, 0])
  })

  test(`${protocol}: a call without its argument fails as it does in Flume's handler`, () => {
    const call = decodeCall(hex(head[protocol]('append'), '00'), protocol, 1)
    assert.deepEqual(call.refusal, { kind: 6, message: 'Internal error processing append' })
  })

  test(`${protocol}: a frame that is cut off anywhere closes the connection`, () => {
    const [frame] = framesOf(Buffer.concat(encodeCall(sampleBatches()[2]!, { protocol, sequence: 1 })))
    for (let length = 0; length < frame!.length; length++) {
      assert.throws(() => decodeCall(frame!.subarray(0, length), protocol, 1), isClosing)
    }
    assert.throws(() => decodeCall(Buffer.concat([frame!, Buffer.of(0)]), protocol, 1), isClosing)
  })
}

test('a binary call without a version is read', () => {
  const call = decodeCall(hex('00000006', hexOf('append'), '01 00000009', binaryEvent, '00'), 'binary', 1)
  assert.deepEqual([call.method, call.sequence, rowsOf(call.batch)], ['append', 9, [[{ k: 'v' }, 'hi']]])
})

test('the other protocol, another version and no protocol at all close the connection', () => {
  const [compact] = framesOf(Buffer.concat(encodeCall(batchOfText(['x']), { protocol: 'compact', sequence: 1 })))
  const [binary] = framesOf(Buffer.concat(encodeCall(batchOfText(['x']), { protocol: 'binary', sequence: 1 })))
  assert.throws(() => decodeCall(compact!, 'binary', 1), isClosing)
  assert.throws(() => decodeCall(binary!, 'compact', 1), isClosing)
  for (const bytes of ['8222010661', '80020001 00000000', '', '82', '47455420 2f204854 54502f31 2e310d0a']) {
    for (const protocol of protocols) assert.throws(() => decodeCall(hex(bytes), protocol, 1), isClosing, bytes)
  }
})

const binaryEvent = `0c0001 0d0001 0b0b 00000001 00000001 ${hexOf('k')} 00000001 ${hexOf('v')} 0b0002 00000002 ${hexOf('hi')} 00`

test('binary: fields that are not known are skipped, of every type', () => {
  const unknown = [
    ['02', '01'],
    ['03', '05'],
    ['04', '0000000000000000'],
    ['06', '0001'],
    ['08', '00000001'],
    ['0a', '0000000000000001'],
    ['0b', '00000003 616263'],
    ['0c', '080001 00000001 0c0002 00 00'],
    ['0d', '080b 00000001 00000005 00000001 61'],
    ['0e', '08 00000002 00000001 00000002'],
    ['0f', '0c 00000002 00 00'],
    ['10', '00'.repeat(16)],
  ].map(([type, value]) => `${type}0009${value}`)
  const event = `0d0001 0b0b 00000000 ${unknown.join('')} 0b0002 00000002 ${hexOf('hi')} 00`
  const bytes = hex(head.binary('append'), ...unknown, '0c0001', event, ...unknown, '00')
  const call = decodeCall(bytes, 'binary', 1)
  assert.deepEqual([call.refusal, rowsOf(call.batch)], [undefined, [[{}, 'hi']]])
})

test('compact: fields that are not known are skipped, of every type', () => {
  const unknown = ['01', '02', '0305', '04ff01', '0502', '0604', '070000000000000000', '0803616263', '0925 02 04']
    .concat(['0a21 01 02', '0b 01 58 05 01 61', '0b 00', '0c 11 1c 00 00', '09 fc 02 00 00', `0d ${'00'.repeat(16)}`])
    .map((field) => `${field.slice(0, 2)} 12 ${field.slice(2)}`)
  const event = `1b 00 ${unknown.join('')} 08 04 02 ${hexOf('hi')} 00`
  const bytes = hex(head.compact('append'), ...unknown, '0c 02', event, ...unknown, '00')
  const call = decodeCall(bytes, 'compact', 1)
  assert.deepEqual([call.refusal, rowsOf(call.batch)], [undefined, [[{}, 'hi']]])
})

test('compact: the number of a field counts from the field before it in the same struct', () => {
  const bytes = hex(
    head.compact('append'),
    '0c 00 51 0c 02 91 00 00',
    '1c 0c 00 71 00 1b 00',
    `18 01 ${hexOf('x')} 00 00`,
  )
  const call = decodeCall(bytes, 'compact', 1)
  assert.deepEqual([call.refusal, rowsOf(call.batch)], [undefined, [[{}, 'x']]])
})

test('a list is refused by its length before an element of it is read', () => {
  const compact = hex(head.compact('appendBatch'), '19 fc ff ff ff ff 07', '00'.repeat(100))
  assert.throws(() => decodeCall(compact, 'compact', 1), /2147483647 elements are declared and 100 bytes are left/)
  const binary = hex(head.binary('append'), '0c0001 0d0001 0b0b 00000010', '00'.repeat(100))
  assert.throws(() => decodeCall(binary, 'binary', 1), /16 elements are declared and 100 bytes are left/)
})

test('an event without headers or without a body is refused, and the connection goes on', () => {
  const withoutHeaders = decodeCall(hex(head.compact('append'), '1c 28 01 61 00 00'), 'compact', 1)
  assert.deepEqual(withoutHeaders.refusal, { kind: 7, message: "Required field 'headers' was not present!" })
  const withoutBody = decodeCall(hex(head.compact('append'), '1c 1b 00 00 00'), 'compact', 1)
  assert.deepEqual(withoutBody.refusal, { kind: 7, message: "Required field 'body' was not present!" })
  assert.equal(withoutBody.batch.length, 0)
})

test('a field that comes twice has its last value, and so has a header', () => {
  const twice = '1c 1b 01 88 01 61 01 31 18 01 78 0b 02 02 88 01 62 01 32 01 62 01 33 18 01 79 00 00'
  assert.deepEqual(rowsOf(decodeCall(hex(head.compact('append'), twice), 'compact', 1).batch), [[{ b: '3' }, 'y']])
})

test('sizes beyond the frame, negative ones and values too deep are refused before anything is made of them', () => {
  const compact: readonly string[] = [
    '19 fc ff ff ff ff 07 00',
    '19 fc ff ff ff ff 0f 00',
    '1c 1b ff ff ff ff 07 88 00',
    '1c 1b ff ff ff ff 0f 88 00',
    '1c 1b 00 18 ff ff ff ff 07 00',
    '1c 1b 00 18 ff ff ff ff 0f 00',
    `1c ${'3c'.repeat(5000)}`,
    `1c ${'39 19'.repeat(5000)}`,
    '1c 39 ff ff ff ff 0f',
    `1c 3d ${'ff'.repeat(40)}`,
    '05 ff ff ff ff ff ff ff ff ff ff ff 01',
    '1c 3e 00',
    '19 16 00',
    '1c 1b 01 58 01 01 61',
  ]
  for (const bytes of compact) assert.equal(outcomeOf(hex(head.compact(methodOf(bytes)), bytes), 'compact'), 'refused')
  const binary: readonly string[] = [
    '0f0001 0c 7fffffff 00',
    '0f0001 0c ffffffff 00',
    '0c0001 0d0001 0b0b 7fffffff',
    '0c0001 0b0002 7fffffff 61',
    '0c0001 0b0002 ffffffff 61',
    `0c0001 ${'0c0003'.repeat(5000)}`,
    '0c0001 11 0003 00',
  ]
  for (const bytes of binary) assert.equal(outcomeOf(hex(head.binary(methodOf(bytes)), bytes), 'binary'), 'refused')
})

function methodOf(bytes: string): string {
  return bytes.startsWith('19') || bytes.startsWith('0f') ? 'appendBatch' : 'append'
}

function outcomeOf(frame: Buffer, protocol: 'binary' | 'compact'): 'refused' | 'taken' {
  try {
    return decodeCall(frame, protocol, 1).refusal ? 'refused' : 'taken'
  } catch (error) {
    assert.ok(error instanceof ThriftError)
    return 'refused'
  }
}

test('an empty list is a call without events', () => {
  for (const protocol of protocols) {
    assert.equal(throughWire(EventBatch.empty, { protocol, sequence: 1 }).batch.length, 0)
  }
})

function isClosing(error: unknown): boolean {
  return error instanceof ThriftError && error.answer === 'close'
}
