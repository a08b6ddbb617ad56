/**
 * Clients for programs that send events to Avro and Thrift sources, of Flume or of Flumen, with the properties of
 * Flume's `RpcClientFactory`; see docs/guide/client.md.
 */
import { readFile } from 'node:fs/promises'
import { Catalogue } from '../component/catalogue.ts'
import { loadPlugin } from '../component/plugins.ts'
import { builtInComponents } from '../components/catalogue.generated.ts'
import { parseJavaProperties } from '../config/java-properties.ts'
import { openClient } from './open-client.ts'
import type { RpcClient, RpcClientOptions, RpcClientSurroundings } from './rpc-client.ts'
import { propertiesOf } from './typed-options.ts'

export { ComponentFailedError, ConfigurationError, EventDeliveryError } from '../core/errors.ts'
export { createEvent, type Event, type Headers } from '../core/event.ts'
export { EventBatch } from '../core/event-batch.ts'
export type { Log, LogFacts } from '../core/log.ts'
export { AppendError } from './append-error.ts'
export type {
  CallOptions,
  EventInput,
  RpcClient,
  RpcClientOptions,
  RpcClientSurroundings,
  RpcClientTls,
} from './rpc-client.ts'

const catalogue = new Catalogue(builtInComponents, loadPlugin)

/**
 * Makes clients. Nothing is connected yet: what is wrong with the settings is thrown here (ConfigurationError, a line a
 * problem), what is wrong with the other side by the calls.
 */
export const RpcClients = {
  /** With the keys of Flume's clients: `{hosts: 'h1', 'hosts.h1': 'collector:4141'}`. */
  open: (
    properties: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
    surroundings: RpcClientSurroundings = {},
  ): Promise<RpcClient> =>
    openClient(properties instanceof Map ? properties : Object.entries(properties), { catalogue, ...surroundings }),

  /** With the keys in a properties file. */
  openFile: async (path: string, surroundings: RpcClientSurroundings = {}): Promise<RpcClient> => {
    const entries = parseJavaProperties(await readFile(path, 'utf8'))
    return openClient(
      Array.from(entries, ({ key, value }) => [key, value] as const),
      { catalogue, ...surroundings },
    )
  },

  /** With typed options: `{hosts: ['collector-1:4141', 'collector-2:4141'], spread: 'failover'}`. */
  create: (options: RpcClientOptions, surroundings: RpcClientSurroundings = {}): Promise<RpcClient> =>
    openClient(propertiesOf(options), { catalogue, ...surroundings }),

  /** To the Avro source of one host; a batch size of 0 is the default, 100. */
  avro: (host: string, port: number, batchSize = 0): Promise<RpcClient> =>
    RpcClients.create({ hosts: [addressOf(host, port)], ...(batchSize > 0 && { batchSize }) }),

  /** To the Thrift source of one host. */
  thrift: (host: string, port: number, batchSize = 0): Promise<RpcClient> =>
    RpcClients.create({ transport: 'thrift', hosts: [addressOf(host, port)], ...(batchSize > 0 && { batchSize }) }),
}

function addressOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
