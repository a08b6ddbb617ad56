import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flow, read, runs, says } from '../testing/plan-harness.ts'

const group = `${flow}
a1.sinks = k1 k2 k3
a1.sinks.k2.type = null
a1.sinks.k2.channel = c1
a1.sinks.k3.type = null
a1.sinks.k3.channel = c1
a1.sinkgroups = g1
a1.sinkgroups.g1.sinks = k1 k2
a1.sinkgroups.g1.processor.type = failover
a1.sinkgroups.g1.processor.priority.k1 = 2
a1.sinkgroups.g1.processor.priority.k2 = 1
`

test('a group has its sinks and its processor, other sinks are alone', async () => {
  const { plan, lines } = await read(group)
  assert.deepEqual(lines, [])
  const [first, second] = plan.groups
  assert.deepEqual([first?.name, first?.channel, first?.processor?.name], ['g1', 'c1', 'g1.processor'])
  assert.deepEqual(
    first?.sinks.map(({ name }) => name),
    ['k1', 'k2'],
  )
  assert.deepEqual([second?.name, second?.processor], ['k3', undefined])
})

test('a group with a misspelt sink is one line, and the sink that is in no group was meant', async () => {
  await says(
    group.replace('sinks = k1 k2\n', 'sinks = k1 k4\n').replace('priority.k2', 'priority.k3'),
    'a1.sinkgroups.g1.sinks: there is no sink k4; did you mean k2?',
    'a1.sinkgroups.g1.processor.priority.k3: sink k3 is not in group g1; did you mean k2?',
  )
})

test('a group with a sink that is broken says nothing about it', async () => {
  const text = group.replace('a1.sinks.k2.type = null', 'a1.sinks.k2.type = nul')
  await says(text, 'a1.sinks.k2.type: there is no sink of type "nul"; did you mean null?')
  await runs(text, 'r1 | c1 | g1 k3')
})

test('a sink is in one group', async () => {
  const text = `${group}\na1.sinkgroups = g1 g2\na1.sinkgroups.g2.sinks = k2 k3\na1.sinkgroups.g2.processor.type = failover`
  await says(text, 'a1.sinkgroups.g2.sinks: k2 is already in group g1; a sink belongs to one group')
  await runs(text, 'r1 | c1 | g1 g2')
})

test('a group of several sinks needs a type of processor, one of one sink does not', async () => {
  const without = group.replaceAll(/a1\.sinkgroups\.g1\.processor.*\n/g, '')
  await says(
    without,
    'a1.sinkgroups.g1.processor.type: group g1 of 2 sinks has no processor.type; Flume drops such a group with its sinks; add a1.sinkgroups.g1.processor.type = failover or load_balance',
  )
  assert.equal(
    (await runs(without, 'r1 | c1 | k3')).at(-1),
    'a1.sinkgroups.g1: group g1 does not run, nor do its sinks k1, k2; mend what is said about its parts',
  )
  await says(without.replace('sinks = k1 k2\n', 'sinks = k1\n'))
})

test('a processor says how many sinks it is for', async () => {
  await says(
    group.replaceAll(/a1\.sinkgroups\.g1\.processor\.p.*\n/g, '').replace('failover', 'default'),
    'a1.sinkgroups.g1.processor.type: default is for 1 sink, group g1 has 2; write failover or load_balance',
  )
})

test('a group without sinks is told so', async () => {
  const text = group.replace('a1.sinkgroups.g1.sinks = k1 k2\n', '')
  await says(text, 'a1.sinkgroups.g1.sinks: group g1 names no sinks; add a1.sinkgroups.g1.sinks = k1 k2')
  await runs(text, 'r1 | c1 | k1 k2 k3')
})

test('sinks of a group take from one channel; in a lenient start the other ones run alone', async () => {
  const text = `${group}\na1.channels = c1 c2\na1.channels.c2.type = memory\na1.sources.r1.channels = c1 c2\na1.sinks.k2.channel = c2`
  await says(
    text,
    'a1.sinkgroups.g1.sinks: k2 takes from c2 and k1 from c1; give all sinks of a group the same channel',
  )
  const lines = await runs(text, 'r1 | c1 c2 | g1 k2 k3')
  assert.match(lines[1]!, /^warning a1\.sinkgroups\.g1\.processor\.priority\.k2: sink k2 is not in group g1/)
})

test('a misspelt list of groups, their sinks or their processor is one line', async () => {
  await says(
    group.replace('a1.sinkgroups = g1', 'a1.sinkgroup = g1'),
    'a1.sinkgroup: there is no section sinkgroup; did you mean a1.sinkgroups?',
  )
  await says(
    group.replace('g1.sinks =', 'g1.snks ='),
    'a1.sinkgroups.g1.snks: unknown key; did you mean a1.sinkgroups.g1.sinks?',
  )
  await says(
    group.replace('processor.type', 'processor.typ'),
    'a1.sinkgroups.g1.processor.typ: unknown key; did you mean a1.sinkgroups.g1.processor.type?',
  )
  await says(
    group.replace('a1.sinkgroups = g1', 'a1.sinkgroups = g9'),
    'a1.sinkgroups: sink group g9 has no settings; did you mean g1?',
  )
})
