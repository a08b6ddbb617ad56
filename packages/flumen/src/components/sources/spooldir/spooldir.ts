import { resolve } from 'node:path'
import { defineSource, field } from '../../../component/kit.ts'
import { checkCharset } from '../charset-check.ts'
import { compressions } from './byte-source.ts'
import { SpooldirSource } from './spooldir-source.ts'

export default defineSource({
  type: 'spooldir',
  className: 'org.apache.flume.source.SpoolDirectorySource',
  summary: 'Reads the files that are put into a folder, each once.',
  description:
    'A file must be whole when it gets its name in the folder: write it elsewhere on the same file system and rename ' +
    'it. When all of it is stored it is renamed, deleted, or marked in `trackerDir`. How far a file is stored is ' +
    'written after each put: a stop repeats nothing, a kill one put at most, of about 256 KiB. A file that was changed ' +
    'while it was read, that cannot be decoded, or whose new name is taken is put aside: it is renamed with ' +
    '`quarantineSuffix`, a note of that name in `trackerDir` says why, and the others go on. Files ending with .gz, ' +
    ".zst or .bz2 whose content says the same are unpacked. Flume's tracker is read at the start, and left for Flume " +
    'at a stop.',
  fields: {
    spoolDir: field.path({ required: true, doc: 'The folder.' }),
    fileSuffix: field.string({
      default: '.COMPLETED',
      doc: 'What is put behind the name of a file that is stored; files that end so are not read.',
    }),
    quarantineSuffix: field.string({
      default: '.QUARANTINED',
      doc: 'What is put behind the name of a file that is put aside; files that end so are not read.',
    }),
    deletePolicy: field.enum({
      values: ['never', 'immediate'],
      default: 'never',
      doc: 'immediate deletes a file when all of it is stored.',
    }),
    trackingPolicy: field.enum({
      values: ['rename', 'tracker_dir'],
      default: 'rename',
      doc: 'rename: a stored file gets another name; tracker_dir: it stays, and an empty file in trackerDir marks it.',
    }),
    trackerDir: field.path({
      default: '.flumespool',
      doc: 'Folder for progress, marks and notes; a relative one is in spoolDir.',
    }),
    fileHeader: field.boolean({ default: false, doc: 'Sets a header with the absolute path of the file.' }),
    fileHeaderKey: field.string({ default: 'file', doc: 'Name of the header for fileHeader.' }),
    basenameHeader: field.boolean({ default: false, doc: 'Sets a header with the name of the file.' }),
    basenameHeaderKey: field.string({ default: 'basename', doc: 'Name of the header for basenameHeader.' }),
    includePattern: field.regex({ default: '^.*$', doc: 'Whole names of files that are read.' }),
    ignorePattern: field.regex({ default: '^$', doc: 'Whole names of files and folders that are passed over.' }),
    consumeOrder: field.enum({
      values: ['oldest', 'youngest', 'random'],
      default: 'oldest',
      doc: 'Which file is next, by the time of its last change; of the same time the smaller name.',
    }),
    recursiveDirectorySearch: field.boolean({
      default: false,
      doc: 'Reads files of folders in the folder too, but for those whose names begin with a dot.',
    }),
    minFileAge: field.duration({
      default: 0,
      unit: 'ms',
      min: 0,
      doc: 'A file is read only when it has not changed for so long.',
    }),
    pollDelay: field.duration({ default: 500, unit: 'ms', min: 1, doc: 'The pause between two looks at the folder.' }),
    maxBackoff: field.duration({
      default: 4000,
      unit: 'ms',
      min: 1,
      doc: 'The longest pause before a put that was refused is tried again; the first is 250 ms, each twice the last.',
    }),
    batchSize: field.int({
      default: 100,
      min: 1,
      doc: 'So many events are put at once; more where more were read. No put spans two files.',
    }),
    inputCharset: field.string({ default: 'UTF-8', doc: 'Character set of the files, for formats that are text.' }),
    decodeErrorPolicy: field.enum({
      values: ['FAIL', 'REPLACE', 'IGNORE'],
      default: 'FAIL',
      doc: 'What becomes of bytes that inputCharset does not have: the file is put aside; U+FFFD; they are left out.',
    }),
    compression: field.enum({
      values: ['auto', 'none', ...compressions],
      default: 'auto',
      doc: 'How files are compressed; auto: as their names and their content say, and for BLOB not at all.',
    }),
    deserializer: field.component('deserializer', {
      default: 'LINE',
      doc: 'What makes events of the bytes of a file.',
    }),
    bufferMaxLineLength: field.int({
      min: 2,
      max: 2 ** 28,
      doc: "An old key of Flume: the same as LINE's deserializer.maxLineLength, and wins over it.",
    }),
    bufferMaxLines: field.int({
      default: 100,
      ignored: 'Flume does not use it either',
      doc: 'An old key of Flume.',
    }),
  },
  metrics: [
    { name: 'filesDone', kind: 'counter', doc: 'Files of which all is stored.' },
    {
      name: 'filesQuarantined',
      kind: 'counter',
      flume: 'GenericProcessingFail',
      doc: 'Files that were put aside.',
    },
    { name: 'filesWaiting', kind: 'gauge', doc: 'Files that were there to be read at the last look.' },
    {
      name: 'readFailures',
      kind: 'counter',
      flume: 'EventReadFail',
      doc: 'How often the folder or a file could not be read, renamed or deleted.',
    },
    { name: 'batchesReceived', kind: 'counter', flume: 'AppendBatchReceivedCount', doc: 'Batches that were read.' },
    { name: 'batchesStored', kind: 'counter', flume: 'AppendBatchAcceptedCount', doc: 'Batches that were stored.' },
  ],
  examples: [
    'a1.sources.r1.type = spooldir\na1.sources.r1.spoolDir = /var/log/apache/flumeSpool\na1.sources.r1.fileHeader = true',
    'a1.sources.r1.type = spooldir\na1.sources.r1.spoolDir = /var/spool/orders\n' +
      'a1.sources.r1.includePattern = ^.*\\\\.csv(\\\\.gz)?$\na1.sources.r1.trackingPolicy = tracker_dir\n' +
      'a1.sources.r1.recursiveDirectorySearch = true\na1.sources.r1.basenameHeader = true\n' +
      'a1.sources.r1.minFileAge = 10s',
  ],
  batchSize: ({ batchSize }) => ({ key: 'batchSize', events: batchSize }),
  check({ inputCharset, deletePolicy, trackingPolicy, fileSuffix, quarantineSuffix }, section) {
    checkCharset(section, 'inputCharset', inputCharset)
    if (deletePolicy === 'immediate' && trackingPolicy === 'tracker_dir') {
      section.error('trackingPolicy', 'a file that is deleted needs no mark', 'write rename, or deletePolicy = never')
    }
    if (fileSuffix === quarantineSuffix) {
      section.error('quarantineSuffix', 'it is the same as fileSuffix', 'write another one')
    }
  },
  create: (options, context) => {
    const spoolDir = resolve(options.spoolDir)
    const trackerDir = resolve(spoolDir, options.trackerDir)
    const { fileSuffix, quarantineSuffix, trackingPolicy, deletePolicy } = options
    const isTracked = trackingPolicy === 'tracker_dir'
    const how = isTracked ? 'track' : deletePolicy === 'immediate' ? 'delete' : 'rename'
    const folders = { spoolDir, trackerDir, fileSuffix, quarantineSuffix }
    return new SpooldirSource(
      {
        candidates: {
          ...folders,
          includePattern: options.includePattern,
          ignorePattern: options.ignorePattern,
          recursive: options.recursiveDirectorySearch,
          isTracked,
          order: options.consumeOrder,
          minAge: options.minFileAge,
        },
        settlement: { ...folders, how },
        spoolDir: options.spoolDir,
        pollDelay: options.pollDelay,
        pauses: { firstMs: Math.min(250, options.maxBackoff), longestMs: options.maxBackoff },
        fileHeader: options.fileHeader ? options.fileHeaderKey : undefined,
        basenameHeader: options.basenameHeader ? options.basenameHeaderKey : undefined,
        compression: options.compression,
        makeDeserializer: (source) =>
          options.deserializer.create({
            ...source,
            charset: options.inputCharset,
            onMalformed: options.decodeErrorPolicy,
            bufferMaxLineLength: options.bufferMaxLineLength,
          }),
      },
      context,
    )
  },
})
