import type { Missing } from '../config/section.ts'
import type { Kind } from './kind.ts'
import { aKind } from './kind-text.ts'

/** Flume's components that are still to come here: their aliases, and the end of their class names. */
const planned: Partial<Record<Kind, readonly (readonly [alias: string, classEnd: string])[]>> = {
  source: [
    ['jms', 'jms.JMSSource'],
    ['', 'kafka.KafkaSource'],
    ['', 'twitter.TwitterSource'],
  ],
  channel: [
    ['jdbc', 'jdbc.JdbcChannel'],
    ['', 'kafka.KafkaChannel'],
  ],
  sink: [
    ['hdfs', 'hdfs.HDFSEventSink'],
    ['hive', 'hive.HiveSink'],
    ['hbase', 'hbase.HBaseSink'],
    ['hbase2', 'hbase2.HBase2Sink'],
    ['asynchbase', 'hbase.AsyncHBaseSink'],
    ['morphline_solr', 'solr.morphline.MorphlineSolrSink'],
    ['elasticsearch', 'elasticsearch.ElasticSearchSink'],
    ['', 'kafka.KafkaSink'],
    ['', 'kite.DatasetSink'],
    ['', 'kudu.KuduSink'],
  ],
  interceptor: [['morphline', 'sink.solr.morphline.MorphlineInterceptor$Builder']],
  serializer: [['', 'hdfs.AvroEventSerializer$Builder']],
}

/** Says of a component that Flume has and this version does not: so, instead of "unknown". */
export function plannedComponent(kind: Kind, type: string): Missing | undefined {
  const isClass = type.startsWith('org.apache.flume.')
  const row = planned[kind]?.find(([alias, end]) =>
    isClass ? type.endsWith(`.${end}`) : alias !== '' && alias === type.toLowerCase(),
  )
  if (!row) return undefined
  return {
    message: `${type} is ${aKind(kind)} of Flume that this version of Flumen does not have yet`,
    fix: 'docs/guide/status.md says what there is and what comes next',
  }
}

/** Aliases of the components that are still to come. */
export function plannedNames(kind: Kind): readonly string[] {
  return (planned[kind] ?? []).map(([alias]) => alias).filter((alias) => alias !== '')
}
