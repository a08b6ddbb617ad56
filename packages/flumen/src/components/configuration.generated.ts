// Generated from the declarations by scripts/catalogue.ts; `npm run build` writes it. Do not edit.
import type { agentFields, retryFields } from '../component/common-fields.ts'
import type { PluginOptions, Written } from '../component/written.ts'

type Names = string | readonly string[]
type Retry = Written<{ readonly fields: typeof retryFields }>

export type InterceptorConfiguration =
  | PluginOptions
  | ({ readonly type: 'access_log' } & Written<typeof import('./interceptors/access-log.ts').default>)
  | ({ readonly type: 'container_log' } & Written<typeof import('./interceptors/container-log.ts').default>)
  | ({ readonly type: 'csv' } & Written<typeof import('./interceptors/csv.ts').default>)
  | ({ readonly type: 'error_log' } & Written<typeof import('./interceptors/error-log.ts').default>)
  | ({ readonly type: 'grok' } & Written<typeof import('./interceptors/grok.ts').default>)
  | ({ readonly type: 'host' } & Written<typeof import('./interceptors/host.ts').default>)
  | ({ readonly type: 'json' } & Written<typeof import('./interceptors/json.ts').default>)
  | ({ readonly type: 'key_value' } & Written<typeof import('./interceptors/key-value.ts').default>)
  | ({ readonly type: 'logfmt' } & Written<typeof import('./interceptors/logfmt.ts').default>)
  | ({ readonly type: 'regex_extractor' } & Written<typeof import('./interceptors/regex-extractor.ts').default>)
  | ({ readonly type: 'regex_filter' } & Written<typeof import('./interceptors/regex-filter.ts').default>)
  | ({ readonly type: 'remove_header' } & Written<typeof import('./interceptors/remove-header.ts').default>)
  | ({ readonly type: 'search_replace' } & Written<typeof import('./interceptors/search-replace.ts').default>)
  | ({ readonly type: 'static' } & Written<typeof import('./interceptors/static.ts').default>)
  | ({ readonly type: 'timestamp' } & Written<typeof import('./interceptors/timestamp.ts').default>)
  | ({ readonly type: 'uuid' } & Written<typeof import('./interceptors/uuid.ts').default>)

export type MonitorConfiguration =
  | PluginOptions
  | ({ readonly type: 'ganglia' } & Written<typeof import('./monitors/ganglia.ts').default>)
  | ({ readonly type: 'http' | 'prometheus' } & Written<typeof import('./monitors/http/http.ts').default>)

export type SelectorConfiguration =
  | PluginOptions
  | ({ readonly type: 'load_balancing' } & Written<typeof import('./selectors/load-balancing.ts').default>)
  | ({ readonly type: 'multiplexing' } & Written<typeof import('./selectors/multiplexing.ts').default>)
  | ({ readonly type: 'replicating' } & Written<typeof import('./selectors/replicating.ts').default>)

export type ProcessorConfiguration =
  | PluginOptions
  | ({ readonly type: 'default' } & Written<typeof import('./processors/default.ts').default>)
  | ({ readonly type: 'failover' } & Written<typeof import('./processors/failover.ts').default>)
  | ({ readonly type: 'hash' } & Written<typeof import('./processors/hash.ts').default>)
  | ({ readonly type: 'load_balance' } & Written<typeof import('./processors/load-balance.ts').default>)

export type SourceConfiguration = Retry & {
  readonly channels: Names
  readonly interceptors?: Readonly<Record<string, InterceptorConfiguration>>
  readonly selector?: SelectorConfiguration
} & (
  | PluginOptions
  | ({ readonly type: 'avro_legacy' } & Written<typeof import('./sources/avro-legacy/avro-legacy.ts').default>)
  | ({ readonly type: 'avro' } & Written<typeof import('./sources/avro/avro.ts').default>)
  | ({ readonly type: 'exec' } & Written<typeof import('./sources/exec/exec.ts').default>)
  | ({ readonly type: 'http' } & Written<typeof import('./sources/http/http.ts').default>)
  | ({ readonly type: 'journald' } & Written<typeof import('./sources/journald/journald.ts').default>)
  | ({ readonly type: 'multiport_syslogtcp' } & Written<typeof import('./sources/multiport-syslog-tcp/multiport-syslog-tcp.ts').default>)
  | ({ readonly type: 'netcatudp' } & Written<typeof import('./sources/netcat-udp/netcat-udp.ts').default>)
  | ({ readonly type: 'netcat' } & Written<typeof import('./sources/netcat/netcat.ts').default>)
  | ({ readonly type: 'scribe' } & Written<typeof import('./sources/scribe/scribe.ts').default>)
  | ({ readonly type: 'seq' } & Written<typeof import('./sources/seq.ts').default>)
  | ({ readonly type: 'spooldir' } & Written<typeof import('./sources/spooldir/spooldir.ts').default>)
  | ({ readonly type: 'stdin' } & Written<typeof import('./sources/stdin/stdin.ts').default>)
  | ({ readonly type: 'stress' } & Written<typeof import('./sources/stress.ts').default>)
  | ({ readonly type: 'syslogtcp' } & Written<typeof import('./sources/syslog-tcp/syslog-tcp.ts').default>)
  | ({ readonly type: 'syslogudp' } & Written<typeof import('./sources/syslog-udp/syslog-udp.ts').default>)
  | ({ readonly type: 'TAILDIR' } & Written<typeof import('./sources/taildir/taildir.ts').default>)
  | ({ readonly type: 'thrift_legacy' } & Written<typeof import('./sources/thrift-legacy/thrift-legacy.ts').default>)
  | ({ readonly type: 'thrift' } & Written<typeof import('./sources/thrift/thrift.ts').default>)
)

export type ChannelConfiguration =
  | PluginOptions
  | ({ readonly type: 'file' } & Written<typeof import('./channels/file.ts').default>)
  | ({ readonly type: 'memory' } & Written<typeof import('./channels/memory.ts').default>)
  | ({ readonly type: 'spillablememory' } & Written<typeof import('./channels/spillable-memory.ts').default>)

export type SinkConfiguration = Retry & { readonly channel: string } & (
  | PluginOptions
  | ({ readonly type: 'avro' } & Written<typeof import('./sinks/avro/avro.ts').default>)
  | ({ readonly type: 'file_roll' } & Written<typeof import('./sinks/file-roll/file-roll.ts').default>)
  | ({ readonly type: 'http' } & Written<typeof import('./sinks/http/http.ts').default>)
  | ({ readonly type: 'irc' } & Written<typeof import('./sinks/irc/irc.ts').default>)
  | ({ readonly type: 'logger' } & Written<typeof import('./sinks/logger.ts').default>)
  | ({ readonly type: 'null' } & Written<typeof import('./sinks/null.ts').default>)
  | ({ readonly type: 'stdout' | 'console' } & Written<typeof import('./sinks/stdout.ts').default>)
  | ({ readonly type: 'thrift' } & Written<typeof import('./sinks/thrift/thrift.ts').default>)
)

export interface SinkGroupConfiguration {
  readonly sinks: Names
  readonly processor?: ProcessorConfiguration
}

/** The configuration of one agent; the keys of a map are its active list, in order. */
export interface AgentConfiguration {
  /** `agent` unless given. */
  readonly name?: string
  readonly sources?: Readonly<Record<string, SourceConfiguration>>
  readonly channels: Readonly<Record<string, ChannelConfiguration>>
  readonly sinks?: Readonly<Record<string, SinkConfiguration>>
  readonly sinkgroups?: Readonly<Record<string, SinkGroupConfiguration>>
  /** Settings of the whole agent; inside a program nothing is monitored unless `monitoring` says how. */
  readonly flumen?: Written<{ readonly fields: typeof agentFields }> & { readonly monitoring?: MonitorConfiguration }
}
