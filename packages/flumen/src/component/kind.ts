import type {
  Channel,
  ChannelContext,
  ChannelSelector,
  ComponentContext,
  DeserializerContext,
  EventDeserializer,
  EventSerializer,
  ExtractorSerializer,
  HttpHandler,
  Interceptor,
  Monitor,
  MonitorContext,
  PathManager,
  ProcessorContext,
  SelectorContext,
  Sink,
  SinkProcessor,
  SinkSelector,
  Source,
  SourceContext,
} from '../core/index.ts'

/** Every kind of component and what `create` makes. */
export interface Instance {
  source: Source
  channel: Channel
  sink: Sink
  interceptor: Interceptor
  selector: ChannelSelector
  processor: SinkProcessor
  serializer: EventSerializer
  deserializer: EventDeserializer
  /** Turns a group of regex_extractor into a header value. */
  extractor: ExtractorSerializer
  /** Names file_roll's files. */
  pathManager: PathManager
  /** Makes events of the http source's requests. */
  httpHandler: HttpHandler
  /** Orders the sinks of a load_balance group. */
  sinkSelector: SinkSelector
  /** Shows the agent's numbers to the outside. */
  monitor: Monitor
}

export type Kind = keyof Instance

/** What `create` gets beside its options. */
export interface ContextOf extends Record<Kind, ComponentContext> {
  source: SourceContext
  channel: ChannelContext
  selector: SelectorContext
  processor: ProcessorContext
  deserializer: DeserializerContext
  sinkSelector: ProcessorContext
  monitor: MonitorContext
}

/** For people: singular, plural, the folder of the built-in ones. */
export const kindNames: Readonly<
  Record<Kind, { readonly one: string; readonly many: string; readonly folder: string }>
> = {
  source: { one: 'source', many: 'sources', folder: 'sources' },
  channel: { one: 'channel', many: 'channels', folder: 'channels' },
  sink: { one: 'sink', many: 'sinks', folder: 'sinks' },
  interceptor: { one: 'interceptor', many: 'interceptors', folder: 'interceptors' },
  selector: { one: 'channel selector', many: 'channel selectors', folder: 'selectors' },
  processor: { one: 'sink processor', many: 'sink processors', folder: 'processors' },
  serializer: { one: 'event serializer', many: 'event serializers', folder: 'serializers' },
  deserializer: { one: 'event deserializer', many: 'event deserializers', folder: 'deserializers' },
  extractor: { one: 'extractor serializer', many: 'extractor serializers', folder: 'extractors' },
  pathManager: { one: 'path manager', many: 'path managers', folder: 'path-managers' },
  httpHandler: { one: 'request handler', many: 'request handlers', folder: 'http-handlers' },
  sinkSelector: { one: 'sink selector', many: 'sink selectors', folder: 'sink-selectors' },
  monitor: { one: 'monitor', many: 'monitors', folder: 'monitors' },
}

export const kinds = Object.keys(kindNames) as readonly Kind[]
