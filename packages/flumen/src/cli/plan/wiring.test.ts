import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NamedPlan } from './configurations.ts'
import { matched } from './targets.ts'
import { destinationsOf, listenersOf } from './wiring.ts'

/** An agent of plans with nothing but what is looked at. */
function agent(name: string, sources: readonly object[], sinks: readonly object[]): NamedPlan {
  const named = (each: object, index: number): object => ({ name: `n${index}`, ...each })
  return { name, plan: { sources: sources.map(named), groups: [{ sinks: sinks.map(named) }] } } as unknown as NamedPlan
}

const sink = (type: string, options: object): object => ({ declaration: { type }, options })
const source = (type: string, listens: readonly object[]): object => {
  return { declaration: { type, listens: () => listens }, options: {} }
}

test('a sink says with hostname and port, or with a URL, where it sends', () => {
  const sinks = [
    sink('avro', { hostname: 'one', port: 4141 }),
    sink('http', { endpoint: 'http://two.example.org/events' }),
    sink('http', { endpoint: 'https://[2001:db8::1]/events' }),
    sink('http', { endpoint: 'https://three:8443' }),
    sink('http', { endpoint: 'nonsense' }),
    sink('file_roll', { directory: '/out' }),
  ]
  assert.deepEqual(
    destinationsOf(agent('a', [], sinks)).map(({ id, host, port }) => [id, host, port]),
    [
      ['a.n0', 'one', 4141],
      ['a.n1', 'two.example.org', 80],
      ['a.n2', '[2001:db8::1]', 443],
      ['a.n3', 'three', 8443],
    ],
  )
})

test('a source is reached at its TCP ports', () => {
  const listens = [
    { protocol: 'tcp', host: undefined, port: 5140 },
    { protocol: 'udp', host: undefined, port: 514 },
    { protocol: 'unix', host: undefined, port: '/run/log' },
  ]
  const listeners = listenersOf(agent('b', [source('http', listens)], []))
  assert.deepEqual(listeners, [{ id: 'b.n0', agent: 'b', protocol: 'http', host: undefined, port: 5140 }])
  const destinations = destinationsOf(agent('a', [], [sink('http', { endpoint: 'http://b:5140' })]))
  assert.deepEqual([...matched(destinations, listeners, new Map()).targets], [['a.n0', 'b.n0']])
})
