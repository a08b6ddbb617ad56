import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastCheck from 'fast-check'
import { type Column, type Headers, type NamedColumn, Part } from '../core/index.ts'
import { javaHashMapOrder } from './java-hash-map.ts'
import { javaMapText, javaOrderedHeaders } from './java-header-order.ts'

const rows = 5

function partOf(columns: readonly NamedColumn[], rare?: readonly (Headers | undefined)[]): Part {
  const offsets = new Uint32Array(rows)
  return new Part({ arrivedAt: 0, slab: new Uint8Array(), start: offsets, end: offsets, columns, rare })
}

test('headers of every row come in the order of a Java map of just those, whatever the columns', () => {
  const value = fastCheck.string({ maxLength: 3 })
  const column: fastCheck.Arbitrary<Column> = fastCheck.oneof(
    value.map((constant) => ({ kind: 'constant', value: constant }) as const),
    fastCheck
      .array(fastCheck.option(value, { nil: undefined }), { minLength: rows, maxLength: rows })
      .map((values) => ({ kind: 'list', values }) as const),
  )
  const columns = fastCheck.dictionary(fastCheck.string({ maxLength: 4 }), column, { maxKeys: 40 }).map(Object.entries)
  const own = fastCheck.option(fastCheck.dictionary(fastCheck.constantFrom('rare 1', 'rare 2'), value), {
    nil: undefined,
  })
  const rare = fastCheck.option(fastCheck.array(own, { minLength: rows, maxLength: rows }), { nil: undefined })
  fastCheck.assert(
    fastCheck.property(columns, rare, (named: NamedColumn[], few) => {
      const part = partOf(
        named,
        few?.map((headers) => headers && new Map(Object.entries(headers))),
      )
      const headersOf = javaOrderedHeaders(part)
      for (let row = 0; row < rows; row++) {
        const headers = part.headers(row)
        const expected = javaHashMapOrder([...headers.keys()]).map((name) => [name, headers.get(name)])
        assert.deepEqual(headersOf(row), expected)
      }
    }),
  )
})

test('rows of a part whose headers are all constant get one list, so that it can be made into bytes once', () => {
  const headersOf = javaOrderedHeaders(partOf([['k', { kind: 'constant', value: 'v' }]]))
  assert.equal(headersOf(0), headersOf(4))
  assert.deepEqual(headersOf(0), [['k', 'v']])
})

test('a map is printed as Java prints it', () => {
  assert.equal(javaMapText([]), '{}')
  const pairs = [
    ['a', '1'],
    ['', 'x=y, z'],
    ['k', ''],
  ] as const
  assert.equal(javaMapText(pairs), '{a=1, =x=y, z, k=}')
})
