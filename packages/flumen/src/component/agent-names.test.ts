import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingsOf } from '../testing/agent-harness.ts'
import { agentNames, agentsOf } from './agent-names.ts'

test('whatever stands before a first dot may be an agent', () => {
  assert.deepEqual(agentNames(settingsOf('a1.sources = r1\na2.x = y\nvariable = 1\n.sources = r1')), ['a1', 'a2'])
})

test('agents are those with channels and something that uses them', () => {
  const text = 'a1.sources = r1\na1.channels = c1\na2.channels = c1\na2.sinks = k1\nb1.sources.r1.port = 1\nmy.port = 1'
  assert.deepEqual(agentsOf(settingsOf(text)), ['a1', 'a2'])
})

test('where none is whole, the names with most lists are agents', () => {
  assert.deepEqual(agentsOf(settingsOf('a1.sources = r1\na1.sinks = k1\nb1.channels = c1')), ['a1'])
  assert.deepEqual(agentsOf(settingsOf('a1.sources = r1\nb1.channels = c1')), ['a1', 'b1'])
  assert.deepEqual(agentsOf(settingsOf('a1.sources.r1.type = seq')), ['a1'])
  assert.deepEqual(agentsOf(settingsOf('')), [])
})

test('lists that the keys of a map imply count', () => {
  const settings = settingsOf('a1.sources.r1.type = seq')
  settings.imply('a1.sources', ['r1'])
  settings.imply('a1.channels', ['c1'])
  settings.imply('b1.channels', ['c1'])
  assert.deepEqual(agentsOf(settings), ['a1'])
})
