import type { RpcClientOptions, RpcClientTls } from './rpc-client.ts'

/** Flume's properties for the options of a typed client. */
export function propertiesOf(options: RpcClientOptions): ReadonlyMap<string, string> {
  const { hosts, transport = 'avro', spread, tls, compression, compressionLevel, batchCompression } = options
  const ofLevel = compressionLevel === undefined || batchCompression !== undefined ? undefined : 'deflate'
  const first = transport === 'avro' ? 'default' : 'thrift'
  const values: Record<string, string | number | boolean | undefined> = {
    'client.type': spread === undefined ? first : `${first}_${spread}`,
    hosts: hosts.map((_, index) => `h${index + 1}`).join(' '),
    ...Object.fromEntries(hosts.map((address, index) => [`hosts.h${index + 1}`, address])),
    'batch-size': options.batchSize,
    'connect-timeout': options.connectTimeoutMs,
    'request-timeout': options.requestTimeoutMs,
    'max-attempts': options.maxAttempts,
    'host-selector': options.hostSelector,
    backoff: options.backoff,
    maxBackoff: options.maxBackoffMs,
    'compression-type': compression ?? ofLevel,
    'compression-level': compressionLevel,
    batchCompression,
    protocol: options.protocol,
    maxConnections: options.maxConnections,
    'max-queued-calls': options.maxQueuedCalls,
    ...(tls && tlsProperties(tls === true ? {} : tls)),
    ...options.properties,
  }
  return new Map(Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])))
}

function tlsProperties(tls: RpcClientTls): Record<string, string | boolean | undefined> {
  return {
    ssl: true,
    authorities: tls.authorities,
    truststore: tls.truststore,
    'truststore-password': tls.truststorePassword,
    verifyHostname: tls.verifyHostname,
    'trust-all-certs': tls.trustAllCerts,
    certificate: tls.certificate,
    certificateKey: tls.certificateKey,
  }
}
