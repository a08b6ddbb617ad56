import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Declaration } from '../../component/kit.ts'
import { readForTest } from '../../testing/harness.ts'
import avro from '../sinks/avro/avro.ts'
import thrift from '../sinks/thrift/thrift.ts'

type Values = Readonly<Record<string, string>>

const sinks = { avro, thrift } as unknown as Readonly<Record<'avro' | 'thrift', Declaration<'sink'>>>

/** What a start that is strict, or a check, says of a sink for `a:41`; notes stop nothing. */
async function told(type: keyof typeof sinks, values: Values) {
  const { problems, unknown } = await readForTest(sinks[type], { hostname: 'a', port: '41', ...values })
  assert.deepEqual(unknown, [])
  return {
    stops: problems.all.filter(({ severity }) => severity !== 'note'),
    notes: problems.all.filter(({ severity }) => severity === 'note').map(({ key }) => key),
  }
}

test("keys of Flume's client that change nothing there are accepted", async () => {
  const group = { 'max-attempts': '3', 'host-selector': 'random', backoff: 'true', maxBackoff: '9000' }
  for (const type of ['avro', 'thrift'] as const) {
    const { stops, notes } = await told(type, group)
    assert.deepEqual(stops, [])
    assert.deepEqual(notes.toSorted(), Object.keys(group).toSorted())
    for (const values of [
      { hosts: 'h1' },
      { hosts: 'one two', 'hosts.one': 'a:41', 'hosts.two': 'b:41' },
      { hosts: 'nobody two', 'hosts.two': 'a:41' },
      { 'hosts.h2': 'b:41' },
      { 'client.type': 'Default' },
      { 'client.type': 'org.apache.flume.api.NettyAvroRpcClient' },
    ]) {
      assert.deepEqual((await told(type, values)).stops, [], JSON.stringify(values))
    }
  }
})

test('a client of several hosts is one error, which names the sink group to write instead', async () => {
  const hosts = { hosts: 'h1 h2', 'hosts.h1': 'b:1', 'hosts.h2': 'c:2' }
  for (const [client, processor] of [
    ['default_failover', 'failover'],
    ['org.apache.flume.api.FailoverRpcClient', 'failover'],
    ['DEFAULT_LOADBALANCE', 'load_balance'],
    ['org.apache.flume.api.LoadBalancingRpcClient', 'load_balance'],
  ] as const) {
    const { stops } = await told('avro', { 'client.type': client, ...hosts, 'max-attempts': '2' })
    assert.deepEqual(
      stops.map(({ severity, key }) => `${severity} ${key}`),
      ['error client.type'],
    )
    assert.match(stops[0]!.fix, new RegExp(`a sink for each host, in a sink group with processor.type = ${processor};`))
    // Flume's Thrift sink takes its own client whatever is said.
    assert.deepEqual((await told('thrift', { 'client.type': client })).stops, [])
  }
  for (const [client, fix] of [
    ['thrift', /^write type = thrift/],
    ['com.example.Client', /^remove client\.type$/],
  ] as const) {
    const { stops } = await told('avro', { 'client.type': client })
    assert.equal(stops.length, 1)
    assert.match(stops[0]!.fix, fix)
  }
})

test('a host that Flume would send to instead of hostname and port is one error, which says what to write', async () => {
  for (const [values, key] of [
    [{ hosts: 'x', 'hosts.x': 'b:42' }, 'hosts.x'],
    [{ hosts: 'x y', 'hosts.x': 'b:42', 'hosts.y': 'a:41' }, 'hosts.x'],
    [{ hosts: 'nobody y', 'hosts.y': 'b:42' }, 'hosts.y'],
    [{ 'hosts.h1': 'b:42' }, 'hosts.h1'],
  ] as const) {
    for (const type of ['avro', 'thrift'] as const) {
      const { stops } = await told(type, values)
      assert.deepEqual(
        stops.map((each) => `${each.severity} ${each.key}`),
        [`error ${key}`],
      )
      assert.match(stops[0]!.fix, /write hostname = b and port = 42/)
    }
  }
  const { stops } = await told('avro', { hosts: 'x', 'hosts.y': 'b:42' })
  assert.deepEqual(
    stops.map(({ message }) => message),
    ['none of these hosts has an address'],
  )
})
