import assert from 'node:assert/strict'
import { test } from 'node:test'
import { svgOf } from './charts.ts'
import { makePage, plainTable } from './page.ts'
import { atLeast, atMost, type KeptReport, short } from './report.ts'

const machine = {
  processor: 'Some CPU',
  cores: 2,
  memory: 24,
  system: 'Linux 6.1',
  node: 'v24.1.0',
  loadBefore: 0.2,
}

const kept: KeptReport = {
  machine,
  at: '2026-11-21T08:00:00.000Z',
  report: {
    name: 'W1',
    title: 'W1: lines',
    text: 'What was done.',
    targets: [atLeast('speed', 0.8, 0.91), atMost('memory', 80, 93.2, 'MB')],
    parts: [
      {
        heading: 'One connection',
        table: { head: ['', 'MB/s'], rows: [['a|b', '1,200']] },
        chart: {
          kind: 'bars',
          title: 'Speed',
          unit: 'MB/s',
          bars: [{ name: 'a <b>', value: 1200, low: 1000, high: 1300 }],
        },
      },
    ],
    measurements: {},
  },
}

const options = { introduction: '# Performance\n\nBy hand.\n', kept: [kept], notes: new Map(), draw: svgOf }

test('a page has the words by hand, the machine, the targets with what was found, and each workload', () => {
  const { text, images } = makePage({ ...options, notes: new Map([['W1', 'Why it fell short.']]) })
  assert.match(text, /# Performance\n\nBy hand\.\n\n## The machine\n\n- Some CPU, 2 cores, 24 GiB; .*2026-11-21: W1\n/)
  assert.match(text, /\| speed \| ≥ 0\.8 × \| 0\.910 × \| reached \|/)
  assert.match(text, /\| memory \| ≤ 80 MB \| 93\.2 MB \| \*\*fell short\*\* \|/)
  assert.match(
    text,
    /## W1: lines\n\nWhat was done\.\n\n### One connection\n\n\| {2}\| MB\/s \|\n\|---\|--:\|\n\| a\\\|b \| 1,200 \|/,
  )
  assert.match(text, /!\[Speed\]\(images\/bench-w1-1\.svg\)\n\nWhy it fell short\.\n$/)
  assert.deepEqual([...images.keys()], ['bench-w1-1.svg'])
})

test('a busy machine is confessed', () => {
  const { text } = makePage({ ...options, kept: [{ ...kept, machine: { ...machine, loadBefore: 3.21 } }] })
  assert.match(text, /The load average stood at up to 3\.2 when a workload began/)
})

test('figures are short', () => {
  assert.deepEqual([0, 0.0123, 0.9, 12.34, 123.4, 12_345, Number.NaN].map(short), [
    '0',
    '0.012',
    '0.900',
    '12.3',
    '123',
    '12,300',
    '–',
  ])
})

test('a table for a terminal is aligned', () => {
  assert.equal(plainTable({ head: ['', 'MB/s'], rows: [['Flumen', '1']] }), '        MB/s\nFlumen     1')
})
