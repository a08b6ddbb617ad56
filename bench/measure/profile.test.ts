import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runs, sharesOf } from './profile.ts'

const node = (id: number, functionName: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url: `file:///${functionName}.ts` },
  children,
})

const profile = {
  nodes: [node(1, '(root)', [2, 5]), node(2, 'append', [3, 4]), node(3, 'crc32'), node(4, 'native'), node(5, '(idle)')],
  samples: [3, 4, 5, 1],
  timeDeltas: [50, 100, 300, 400, 200],
}

const steps = [
  { name: 'checksum', functions: /^crc32$/ },
  { name: 'append', functions: /^append$/ },
  { name: 'rest', functions: /^\(idle\)$/ },
]

test('a sample belongs to the step of its innermost function that has one, for the time until the next sample', () => {
  assert.deepEqual(Object.fromEntries(sharesOf(profile, steps)), {
    checksum: 0.1,
    append: 0.3,
    rest: 0.4,
    'all else': 0.2,
  })
})

test('a profile is known by a file that its thread ran', () => {
  assert.ok(runs(profile, '/crc32.ts'))
  assert.ok(!runs(profile, '/worker.ts'))
})
