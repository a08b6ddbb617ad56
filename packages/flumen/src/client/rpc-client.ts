import type { Bytes, Event, EventBatch, Headers, Log } from '../core/index.ts'

/** What a program may give for an event: a text is its body in UTF-8; bodies must not be written to before the call has settled. */
export type EventInput =
  | Event
  | string
  | Bytes
  | { readonly body: string | Bytes; readonly headers?: Headers | Readonly<Record<string, string>> }

export interface CallOptions {
  /** Gives the call up: what is under way may be stored all the same, as the error says. */
  readonly signal?: AbortSignal
}

/**
 * Sends events to Avro or Thrift sources of Flume or Flumen. Connections are made when there is something to send, and
 * made again by the next call after a failure: a client stays usable until it is closed.
 *
 * Calls may be made at the same time. Each connection carries one request at a time; calls that find none free wait in
 * the order in which they were made, and with a single connection they are carried out in that order.
 */
export interface RpcClient extends AsyncDisposable {
  /** Most events of one request: `batch-size`. */
  readonly batchSize: number
  /** Whether calls are taken: until `close`. Unlike Flume's, a client survives failures. */
  readonly isActive: boolean
  /**
   * Resolves when the other side has stored the event.
   * @throws AppendError otherwise
   */
  append(event: EventInput, options?: CallOptions): Promise<void>
  /**
   * Sends the events in order, in requests of at most `batchSize`; resolves when the other side has stored all of them.
   * No events: nothing is sent.
   * @throws AppendError, whose `stored` says how many leading events are stored: `events.slice(error.stored)` is left
   */
  appendBatch(events: EventBatch | Iterable<EventInput>, options?: CallOptions): Promise<void>
  /**
   * Takes no more calls, lets those that were made end, and closes the connections. Idempotent.
   * @param deadlineMs calls that take longer fail; 20 s unless given
   */
  close(deadlineMs?: number): Promise<void>
}

/** What a client is made of beside its properties. */
export interface RpcClientSurroundings {
  /** Where warnings go (a setting that was mended, TLS without a check); `process.emitWarning` unless given. */
  readonly log?: Log
}

/** TLS of a typed client; the keys of the avro sink. */
export interface RpcClientTls {
  /** PEM file of the authorities to trust; those of Node.js unless given. */
  readonly authorities?: string
  /** Key store (JKS, JCEKS, PKCS12) with the certificates to trust, and its password. */
  readonly truststore?: string
  readonly truststorePassword?: string
  /** Compares the host name with the certificate: true without a trust store. */
  readonly verifyHostname?: boolean
  /** Takes any certificate: whoever is between the two can read and change everything. */
  readonly trustAllCerts?: boolean
  /** PEM files to show, where the other side asks for a certificate. */
  readonly certificate?: string
  readonly certificateKey?: string
}

/** A client in TypeScript's words; each is one of Flume's properties, with its default. */
export interface RpcClientOptions {
  /** `HOST:PORT` each; without `spread` only the first is used. */
  readonly hosts: readonly string[]
  readonly transport?: 'avro' | 'thrift'
  /** failover: one host until it fails, then the next. loadbalance: each request to another. */
  readonly spread?: 'failover' | 'loadbalance'
  readonly batchSize?: number
  readonly connectTimeoutMs?: number
  readonly requestTimeoutMs?: number
  /** failover: how often a batch is sent at most; once a host unless given. */
  readonly maxAttempts?: number
  /** loadbalance: `round_robin`, `random`, or a sink selector of your own. */
  readonly hostSelector?: string
  /** loadbalance: whether a host that failed is left alone for a while, and how long at most. */
  readonly backoff?: boolean
  readonly maxBackoffMs?: number
  /** The other side must be set the same. `zstd` is for sources of Flumen, `deflate` for Avro. */
  readonly compression?: 'deflate' | 'zstd'
  /** Avro: of each request, for sources of Flumen that say that they read it; others get it as it is. Without `compression`. */
  readonly batchCompression?: 'zstd'
  /** 0 to 9; without either compression it means deflate. */
  readonly compressionLevel?: number
  /** thrift */
  readonly protocol?: 'compact' | 'binary'
  /** To one host. */
  readonly maxConnections?: number
  readonly maxQueuedCalls?: number
  readonly tls?: RpcClientTls | true
  /** More of the keys of Flume's clients, as they are; they win. */
  readonly properties?: Readonly<Record<string, string>>
}
