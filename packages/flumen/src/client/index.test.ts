import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import avroSource from '../components/sources/avro/avro.ts'
import thriftSource from '../components/sources/thrift/thrift.ts'
import { createForTest, type Harness } from '../testing/harness.ts'
import { portOf } from '../testing/listening.ts'
import { type RpcClient, RpcClients } from './index.ts'

test('each way to make a client makes one that delivers', async (t) => {
  const bind = { bind: '127.0.0.1', port: '0' }
  const avro = await createForTest(avroSource, bind)
  const thrift = await createForTest(thriftSource, bind)
  for (const { instance } of [avro, thrift]) {
    await instance.start()
    t.after(() => instance.stop(0))
  }
  const folder = mkdtempSync(join(tmpdir(), 'flumen-client-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'client.properties')
  writeFileSync(file, `client.type = thrift\nhosts = h1\nhosts.h1 = 127.0.0.1\\:${portOf(thrift)}\nbatch-size = 7\n`)
  const properties = { hosts: 'h1', 'hosts.h1': `127.0.0.1:${portOf(avro)}` }
  const untyped = { ...properties, 'batch-size': 7 } as unknown as Record<string, string>
  const made: readonly (readonly [RpcClient, Harness<'source'>, number])[] = [
    [await RpcClients.avro('127.0.0.1', portOf(avro)), avro, 100],
    [await RpcClients.avro('localhost', portOf(avro), 7), avro, 7],
    [await RpcClients.thrift('127.0.0.1', portOf(thrift), 0), thrift, 100],
    [await RpcClients.open(properties), avro, 100],
    [await RpcClients.open(new Map(Object.entries(properties))), avro, 100],
    [await RpcClients.open(untyped), avro, 7],
    [await RpcClients.openFile(file), thrift, 7],
    [await RpcClients.create({ transport: 'thrift', hosts: [`127.0.0.1:${portOf(thrift)}`] }), thrift, 100],
  ]
  for (const [index, [client, source, batchSize]] of made.entries()) {
    assert.equal(client.batchSize, batchSize)
    await client.append(`event ${index}`)
    assert.equal(source.bodies().at(-1), `event ${index}`)
    await client.close()
    await client.close()
    assert.equal(client.isActive, false)
  }
})

test('an IPv6 address is taken as it is', async () => {
  await using client = await RpcClients.avro('::1', 1)
  await assert.rejects(client.append('x'), /no connection to .*::1/)
})

test('a program that gives no log is warned by Node.js', async (t) => {
  const warn = t.mock.method(process, 'emitWarning', () => undefined)
  await using _client = await RpcClients.create({ hosts: ['localhost:1'], batchSize: 0 })
  assert.equal(warn.mock.callCount(), 1)
  const [message, type] = warn.mock.calls[0]!.arguments as readonly unknown[]
  assert.match(String(message), /^batch-size: 0 is out of range; 100 is used, as in Flume/)
  assert.match(JSON.stringify(type), /FlumenWarning/)
})
