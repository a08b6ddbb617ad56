import { defineSink, field } from '../../../component/kit.ts'
import { compressions } from './compression.ts'
import { systemFiles } from './files.ts'
import { RollingFileSink } from './rolling-file-sink.ts'

export default defineSink({
  type: 'file_roll',
  className: 'org.apache.flume.sink.RollingFileSink',
  summary: 'Writes events to files in a local directory and begins a new file at intervals and at a size.',
  description:
    'A file is made when its first event comes, so no empty files are left, and one that is there is never written to ' +
    'or truncated: its name is passed over. Each batch is one write. When the disk is full or fails, the part of the ' +
    'batch that was written is cut off again and the batch is tried again later, whole.\n\n' +
    'With `sink.inUseSuffix` a file under its own name is a finished one. What a crash leaves with the suffix is not ' +
    'touched again; its last line may be torn, and events of it that were not acknowledged come again in a later file.\n\n' +
    'With `sink.compression` each write is a gzip member or a zstd frame of its own; `zcat` and `zstdcat` read a file ' +
    'of many as one. Larger batches compress better.',
  fields: {
    'sink.directory': field.path({ required: true, doc: 'Where the files go.' }),
    'sink.createDirectory': field.boolean({
      default: true,
      doc: 'Make the directory and its parents where they are missing.',
    }),
    'sink.pathManager': field.component('pathManager', {
      default: 'DEFAULT',
      doc: 'How files are named: DEFAULT by the time of the start, ROLLTIME by the time of each file.',
    }),
    'sink.rollInterval': field.duration({
      default: 30,
      unit: 's',
      doc: 'Finish the file at each such interval since the start. 0 or less: never.',
    }),
    'sink.rollSize': field.size({
      default: 0,
      min: 0,
      doc: 'Finish a file as soon as it holds so many bytes (as compressed); its last batch stays whole. 0: never.',
    }),
    'sink.batchSize': field.int({ default: 100, min: 1, doc: 'Most events of one write.' }),
    'sink.serializer': field.component('serializer', { default: 'TEXT', doc: 'How events become bytes.' }),
    'sink.compression': field.enum({
      values: ['none', 'gzip', 'zstd'],
      default: 'none',
      doc: 'Compress what is written; .gz or .zst is added to the names.',
    }),
    'sink.inUseSuffix': field.string({
      default: '',
      doc: 'What the name of a file ends with until it is finished, for example .tmp. Empty: nothing.',
    }),
    'sink.fsync': field.enum({
      values: ['never', 'roll', 'batch'],
      default: 'roll',
      doc: 'When bytes are forced to the disk: never, as in Flume, when a file is finished, or before a batch is acknowledged.',
    }),
  },
  metrics: [
    { name: 'connectionCreated', kind: 'counter', flume: 'ConnectionCreatedCount', doc: 'Files begun.' },
    { name: 'connectionClosed', kind: 'counter', flume: 'ConnectionClosedCount', doc: 'Files finished.' },
    {
      name: 'connectionFailed',
      kind: 'counter',
      flume: 'ConnectionFailedCount',
      doc: 'Files that could not be begun, written or finished.',
    },
  ],
  examples: [
    'a1.sinks.k1.type = file_roll\na1.sinks.k1.sink.directory = /var/log/flumen',
    'a1.sinks.k1.type = file_roll\na1.sinks.k1.sink.directory = /var/log/flumen\na1.sinks.k1.sink.rollInterval = 1 h\n' +
      'a1.sinks.k1.sink.rollSize = 256 MiB\na1.sinks.k1.sink.batchSize = 1000\na1.sinks.k1.sink.compression = zstd\n' +
      'a1.sinks.k1.sink.inUseSuffix = .tmp\na1.sinks.k1.sink.pathManager = ROLLTIME\n' +
      'a1.sinks.k1.sink.pathManager.prefix = access-\na1.sinks.k1.sink.pathManager.extension = log',
  ],
  batchSize: (options) => ({ key: 'sink.batchSize', events: options['sink.batchSize'] }),
  check(options, section) {
    if (!options['sink.inUseSuffix'].includes('/')) return
    section.error('sink.inUseSuffix', 'sink.inUseSuffix has a slash in it', 'write the end of a name, such as .tmp')
  },
  create: async (options, context) =>
    new RollingFileSink(
      {
        directory: options['sink.directory'],
        pathManager: await options['sink.pathManager'].create(context),
        createSerializer: () => options['sink.serializer'].create(context),
        rollInterval: options['sink.rollInterval'],
        rollSize: options['sink.rollSize'],
        batchSize: options['sink.batchSize'],
        compression: compressions[options['sink.compression']],
        inUseSuffix: options['sink.inUseSuffix'],
        sync: options['sink.fsync'],
        createDirectory: options['sink.createDirectory'],
      },
      context,
      systemFiles,
    ),
})
