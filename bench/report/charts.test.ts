import assert from 'node:assert/strict'
import { test } from 'node:test'
import { svgOf } from './charts.ts'

test('bars have lengths in the ratio of their values, and names that do not break the SVG', () => {
  const bars = [
    { name: 'a <b>', value: 100 },
    { name: 'c & d', value: 50 },
  ]
  const svg = svgOf({ kind: 'bars', title: 'Speed', unit: 'MB/s', bars })
  const [longer, half] = [...svg.matchAll(/<rect x="150" y="\d+" width="([\d.]+)"/g)].map(([, width]) => Number(width))
  assert.equal(longer, half! * 2)
  assert.match(svg, /a &lt;b&gt;/)
  assert.match(svg, /c &amp; d/)
})

test('lines go over a logarithmic axis, with a place for 0 and a gap for what was not measured', () => {
  const lines = [{ name: 'a', ys: [100, 100, null, 50] }]
  const svg = svgOf({ kind: 'lines', title: 'Speed', xLabel: 'headers', unit: 'MB/s', xs: [0, 1, 10, 100], lines })
  const points = /<polyline points="([^"]*)"/
    .exec(svg)![1]!
    .split(' ')
    .map((point) => point.split(',').map(Number))
  assert.equal(points.length, 3)
  assert.deepEqual(points[0], [70, 44])
  assert.ok(points[1]![0]! > 70)
  assert.deepEqual(points[2], [490, 147])
  assert.doesNotMatch(svg, /NaN|undefined/)
})

test('long names of bars make room for themselves', () => {
  const name = 'write + fdatasync, overwriting'
  const svg = svgOf({ kind: 'bars', title: 'Commits', unit: 'commits/s', bars: [{ name, value: 1 }] })
  const left = Number(/<rect x="([\d.]+)" y="\d+" width="[\d.]+" height="18"/.exec(svg)![1])
  assert.ok(left >= name.length * 6, String(left))
})
