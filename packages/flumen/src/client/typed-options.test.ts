import assert from 'node:assert/strict'
import { test } from 'node:test'
import { propertiesOf } from './typed-options.ts'

test("typed options are Flume's properties", () => {
  assert.deepEqual(Object.fromEntries(propertiesOf({ hosts: ['a:1'] })), {
    'client.type': 'default',
    hosts: 'h1',
    'hosts.h1': 'a:1',
  })
  const all = propertiesOf({
    hosts: ['a:1', 'b:2'],
    spread: 'loadbalance',
    batchSize: 1000,
    connectTimeoutMs: 1000,
    requestTimeoutMs: 2000,
    maxAttempts: 3,
    hostSelector: 'random',
    backoff: true,
    maxBackoffMs: 5000,
    compressionLevel: 0,
    maxConnections: 2,
    maxQueuedCalls: 9,
    tls: { truststore: 't.p12', truststorePassword: 'secret', verifyHostname: false, trustAllCerts: true },
    properties: { 'batch-size': '7', 'reset-connection-interval': '60' },
  })
  assert.deepEqual(Object.fromEntries(all), {
    'client.type': 'default_loadbalance',
    hosts: 'h1 h2',
    'hosts.h1': 'a:1',
    'hosts.h2': 'b:2',
    'batch-size': '7',
    'connect-timeout': '1000',
    'request-timeout': '2000',
    'max-attempts': '3',
    'host-selector': 'random',
    backoff: 'true',
    maxBackoff: '5000',
    'compression-type': 'deflate',
    'compression-level': '0',
    maxConnections: '2',
    'max-queued-calls': '9',
    ssl: 'true',
    truststore: 't.p12',
    'truststore-password': 'secret',
    verifyHostname: 'false',
    'trust-all-certs': 'true',
    'reset-connection-interval': '60',
  })
  const packed = propertiesOf({ hosts: ['a:1'], batchCompression: 'zstd', compressionLevel: 1 })
  assert.deepEqual(
    ['batchCompression', 'compression-level', 'compression-type'].map((key) => packed.get(key)),
    ['zstd', '1', undefined],
  )
  const thrift = propertiesOf({
    transport: 'thrift',
    spread: 'failover',
    hosts: ['a:1'],
    compression: 'zstd',
    protocol: 'binary',
    tls: true,
  })
  assert.deepEqual(
    [thrift.get('client.type'), thrift.get('protocol'), thrift.get('ssl'), thrift.get('compression-type')],
    ['thrift_failover', 'binary', 'true', 'zstd'],
  )
})
