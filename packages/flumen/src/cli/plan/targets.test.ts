import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Destination, type Listener, matched } from './targets.ts'

const listener = (agent: string, host: string | undefined, port = 4141, protocol = 'avro'): Listener => {
  return { id: `${agent}.in`, agent, protocol, host, port }
}
const sink = (name: string, host: string, port = 4141, protocol = 'avro'): Destination => {
  return { id: `edge.${name}`, protocol, host, port }
}

function targets(
  sinks: readonly Destination[],
  listeners: readonly Listener[],
  hosts: Readonly<Record<string, readonly string[]>> = {},
): Readonly<Record<string, string>> {
  return Object.fromEntries(matched(sinks, listeners, new Map(Object.entries(hosts))).targets)
}

test('a sink is joined with the agent of its host name, or with the address that a source is bound to', () => {
  const listeners = [listener('c1', '0.0.0.0'), listener('c2', '10.0.0.2'), listener('c3', undefined)]
  const sinks = [sink('k1', 'C1'), sink('k2', '10.0.0.2'), sink('k3', 'c3')]
  assert.deepEqual(targets(sinks, listeners), { 'edge.k1': 'c1.in', 'edge.k2': 'c2.in', 'edge.k3': 'c3.in' })
})

test('hosts that are given for an agent count, and its own name no more', () => {
  const listeners = [listener('c1', '0.0.0.0'), listener('c2', '0.0.0.0')]
  const sinks = [sink('k1', 'one.example.org'), sink('k2', '[2001:DB8:0::2]'), sink('k3', 'c1')]
  const hosts = { c1: ['one.example.org'], c2: ['2001:db8::2', 'two'] }
  assert.deepEqual(targets(sinks, listeners, hosts), { 'edge.k1': 'c1.in', 'edge.k2': 'c2.in' })
})

test('a host that nobody knows means the only listener of its port', () => {
  assert.deepEqual(targets([sink('k1', 'lb.example.org')], [listener('c1', '0.0.0.0')]), { 'edge.k1': 'c1.in' })
  assert.deepEqual(targets([sink('k1', 'lb')], [listener('c1', '10.0.0.1')]), {})
  assert.deepEqual(targets([sink('k1', 'lb'), sink('k2', 'other')], [listener('c1', '0.0.0.0')]), {})
})

test('another port or another protocol is something else', () => {
  assert.deepEqual(targets([sink('k1', 'c1', 4142)], [listener('c1', '0.0.0.0')]), {})
  assert.deepEqual(targets([sink('k1', 'c1', 4141, 'thrift')], [listener('c1', '0.0.0.0')]), {})
})

test('localhost is this machine in all its spellings', () => {
  for (const [one, other] of [
    ['localhost', '127.0.0.1'],
    ['::1', 'localhost'],
    ['::ffff:127.0.0.1', 'LOCALHOST'],
  ] as const) {
    assert.deepEqual(targets([sink('k1', one)], [listener('c1', other)]), { 'edge.k1': 'c1.in' })
  }
})

test('what could be several sources is outside, and a line says how to decide', () => {
  const listeners = [listener('c1', '0.0.0.0'), listener('c2', '0.0.0.0')]
  const { targets, doubts } = matched([sink('k1', 'lb')], listeners, new Map())
  assert.equal(targets.size, 0)
  assert.deepEqual(doubts, [
    'edge.k1 sends to lb:4141, which is taken for something outside; where it is c1.in or c2.in, say so: --host c1=lb',
  ])
})
