import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Declaration } from '../../component/kit.ts'
import { batchOf, createEvent } from '../../core/index.ts'
import { catalogueOf, createForTest, readForTest } from '../../testing/index.ts'
import { builtInComponents } from '../catalogue.generated.ts'
import standardExtractor from '../extractors/default.ts'

interface Sample {
  readonly values?: Readonly<Record<string, string>>
  readonly body?: string
  /** What it sets, of these options and this body. */
  readonly sets: readonly string[]
}

const access = '203.0.113.7 - anna [21/Nov/2026:04:12:57 +0000] "GET /x HTTP/1.1" 200 12 "-" "curl/8" 0.5'
const accessFields = ['client', 'user', 'time', 'method', 'target', 'protocol', 'status', 'bytes', 'userAgent']

/** A body that parses, for each built-in interceptor. */
const samples: Readonly<Record<string, readonly Sample[]>> = {
  timestamp: [{ sets: ['timestamp'] }, { values: { headerName: 't' }, sets: ['t'] }],
  host: [{ values: { hostHeader: 'machine' }, sets: ['machine'] }],
  static: [{ values: { key: 'a', value: 'b' }, sets: ['a'] }],
  uuid: [{ sets: ['id'] }],
  regex_filter: [{ sets: [] }],
  remove_header: [{ values: { withName: 'known' }, sets: [] }],
  search_replace: [{ values: { searchPattern: 'a', replaceString: 'b' }, body: 'a', sets: [] }],
  regex_extractor: [
    {
      values: { regex: '(\\d)(\\d)', serializers: 's1 s2', 'serializers.s1.name': 'one', 'serializers.s2.name': 'two' },
      body: '12',
      sets: ['one', 'two'],
    },
  ],
  container_log: [
    { body: '2026-11-21T04:12:57.5Z stdout F text', sets: ['stream', 'time', 'timestamp'] },
    { body: '2026-11-21T04:12:57.5Z stdout P text', sets: ['stream', 'time', 'timestamp', 'partial'] },
    { body: 'other', values: { failureHeader: 'why' }, sets: ['why'] },
  ],
  json: [
    { body: '{"a":1,"b":{"c":2}}', sets: ['a', 'b.c'] },
    {
      body: '{"a":1,"b":{"c":2},"at":3}',
      values: { fields: 'a b.c', prefix: 'x.', 'rename.a': 'A', timestampField: 'at' },
      sets: ['A', 'x.b.c', 'timestamp'],
    },
    { body: 'no', values: { fields: 'a' }, sets: ['parseError'] },
  ],
  logfmt: [{ body: 'a=1 b=2', values: { fields: 'a b', excludeFields: 'b' }, sets: ['a'] }],
  key_value: [{ body: 'a=1 b=2', values: { 'rename.a': 'A' }, sets: ['A', 'b'] }],
  csv: [
    { body: '1,2', sets: ['column1', 'column2'] },
    { body: '1,2', values: { columns: 'a,b' }, sets: ['a', 'b'] },
    { body: '1,2,3', values: { columns: 'a,b', strictColumns: 'false' }, sets: ['a', 'b', 'column3'] },
  ],
  grok: [
    { body: 'INFO 12', values: { match: '%{LOGLEVEL:level} %{INT:[n][m]}', prefix: 'p.' }, sets: ['p.level', 'p.n.m'] },
    { body: '12', values: { match: 'x%{INT:x}', 'alternatives.1': '%{INT:y}' }, sets: ['y'] },
  ],
  access_log: [
    { body: access, values: { moreFields: 'took' }, sets: [...accessFields, 'took', 'timestamp'] },
    { body: access, values: { fields: 'status', setTimestamp: 'false' }, sets: ['status'] },
  ],
  error_log: [
    {
      body: '2026/11/21 04:12:57 [error] 12#13: *5 open() failed, client: 203.0.113.7',
      sets: ['time', 'level', 'pid', 'tid', 'connection', 'message', 'client', 'timestamp'],
    },
  ],
}

const interceptors = builtInComponents.filter(({ kind }) => kind === 'interceptor')

for (const { type = '', load } of interceptors) {
  test(`${type} declares the headers that it sets`, async () => {
    const declaration = (await load()).default as Declaration<'interceptor'>
    const harness = { catalogue: catalogueOf(standardExtractor as Declaration) }
    assert.ok(samples[type], `a sample for ${type} is missing here`)
    for (const { values = {}, body = 'text', sets } of samples[type]) {
      const { read } = await readForTest(declaration, values, harness.catalogue)
      const outputs = declaration.outputs?.(read)
      assert.ok(outputs, `${type} declares no outputs`)
      const { instance } = await createForTest(declaration, values, harness)
      await instance.start?.()
      const batch = batchOf([createEvent(body, { known: '1' })])
      const [event] = instance.intercept(batch, () => assert.fail('the sample is rejected'))
      const found = [...(event?.headers.keys() ?? [])].filter((name) => name !== 'known')
      assert.deepEqual(found.toSorted(), sets.toSorted())
      for (const name of sets) assert.ok(outputs.isOpen || outputs.names.includes(name), `${name}: ${outputs.names}`)
      if (outputs.overwrites) assert.deepEqual(outputs.names, sets)
      await instance.stop?.()
    }
  })
}
