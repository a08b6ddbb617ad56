import { homedir } from 'node:os'
import { join } from 'node:path'
import { defineSource, field } from '../../../component/kit.ts'
import { javaCharset } from '../../../text/java-charset.ts'
import { hasLines } from '../../../text/line-encoding.ts'
import { multilineFields, multilineJoining } from '../../lines/multiline.ts'
import { checkCharset } from '../charset-check.ts'
import { fileGroupsField } from './file-groups.ts'
import { TaildirSource } from './taildir-source.ts'

export default defineSource({
  type: 'TAILDIR',
  className: 'org.apache.flume.source.taildir.TaildirSource',
  summary: 'Takes the lines of files that grow, each once, through rotation and restarts.',
  description:
    'A file is known by device, inode and content, not by its name: one that is renamed is read on, one that is ' +
    'truncated or replaced is read from its start. A line ends with `\\n`, one `\\r` before it is left out; a line ' +
    'whose end has not come waits for it. Positions move when a batch is stored. They stand in `positionFile` as ' +
    "Flume writes it, and with more than Flume knows beside it in a file with the ending `.flumen`; where Flume's " +
    'file was changed by somebody else it decides. A kill repeats one put at most, of 1 MiB. Archives of gzip ' +
    'and zstd are read like the file that is packed in them; of one that was read, and of a copy that was made before ' +
    'a truncation, only the rest is. What is written between such a copy and the truncation is lost, with any reader ' +
    'of logs: rotate by renaming.',
  fields: {
    filegroups: fileGroupsField,
    headers: field.prefix({ placeholder: 'group>.<key', doc: 'A header with this value for each line of the group.' }),
    positionFile: field.path({
      default: join(homedir(), '.flume', 'taildir_position.json'),
      defaultText: '~/.flume/taildir_position.json',
      doc: 'Where it stands how far each file is stored; each source needs one of its own.',
    }),
    byteOffsetHeader: field.boolean({
      default: false,
      doc: 'Sets the header byteoffset: where in its file a line begins.',
    }),
    fileHeader: field.boolean({ default: false, doc: 'Sets a header with the absolute path of the file.' }),
    fileHeaderKey: field.string({ default: 'file', doc: 'Name of the header for fileHeader.' }),
    skipToEnd: field.boolean({
      default: false,
      doc: 'Files that are there at the start and have no position are read from their end.',
    }),
    idleTimeout: field.duration({
      default: 120_000,
      unit: 'ms',
      min: 1,
      onInvalid: 'default',
      doc: 'A file that has not changed for so long is closed; a last line without an end is taken as it is.',
    }),
    writePosInterval: field.duration({
      default: 3000,
      unit: 'ms',
      min: 1,
      onInvalid: 'default',
      doc: 'How often positions are made safe against a loss of power; against a kill they always are.',
    }),
    batchSize: field.int({
      default: 100,
      min: 1,
      onInvalid: 'default',
      doc: 'So many lines are put at once; more where more were read.',
    }),
    maxBatchCount: field.int({
      default: Number.MAX_SAFE_INTEGER,
      min: 1,
      onInvalid: 'default',
      defaultText: 'no limit but 1 MiB',
      doc: 'After so many times batchSize lines of one file the next file has its turn.',
    }),
    cachePatternMatching: field.boolean({
      default: true,
      ignored: 'folders are watched, and listed when something has changed in them',
      doc: 'Lists a folder only when it has changed.',
    }),
    maxLineLength: field.size({
      default: 1_048_576,
      min: 4,
      doc: 'Longest line in bytes of the file.',
    }),
    longLines: field.enum({
      values: ['split', 'truncate'],
      default: 'split',
      doc: 'What becomes of a longer line: several events, or one with its beginning.',
    }),
    inputCharset: field.string({
      doc: 'Character set of the files, such as UTF-16, GB18030 or Shift_JIS; bodies are UTF-8 then, without a byte order mark. Bodies are the bytes as they stand unless given.',
    }),
    ...multilineFields,
    maxOpenFiles: field.int({
      default: 256,
      min: 1,
      doc:
        'So many files are held open, and up to 64 new ones; more only where more of them have no name any more. A file ' +
        'that is closed before all of it was read must not be deleted before its turn.',
    }),
    watch: field.boolean({
      default: true,
      doc:
        'The system tells of changes in folders. False: they are looked at once a second, as is done in any case where ' +
        'other machines may write (NFS, SMB, 9P, FUSE, Ceph, Lustre, GPFS and the like) and for what symbolic links lead to.',
    }),
  },
  metrics: [
    { name: 'files', kind: 'gauge', doc: 'Files that are followed.' },
    { name: 'openFiles', kind: 'gauge', doc: 'Files that are open.' },
    {
      name: 'filesRestarted',
      kind: 'counter',
      doc: 'Files that were truncated or replaced, and read from their start.',
    },
    { name: 'filesGoneUnread', kind: 'counter', doc: 'Files that were gone before all of them was read.' },
    {
      name: 'truncatedBytes',
      kind: 'counter',
      doc: 'Bytes that were seen in files, truncated away before they were read, and in no copy.',
    },
    { name: 'copiesFound', kind: 'counter', doc: 'New files and archives that were known as copies of what was read.' },
    {
      name: 'filesPassedOver',
      kind: 'counter',
      doc: 'Archives that are not read: packed otherwise than with gzip and zstd, or not whole.',
    },
    { name: 'readFailures', kind: 'counter', flume: 'EventReadFail', doc: 'How often a file could not be read.' },
    {
      name: 'positionFailures',
      kind: 'counter',
      flume: 'GenericProcessingFail',
      doc: 'How often positions could not be written; they are with the next ones.',
    },
    { name: 'batchesReceived', kind: 'counter', flume: 'AppendBatchReceivedCount', doc: 'Batches that were read.' },
    { name: 'batchesStored', kind: 'counter', flume: 'AppendBatchAcceptedCount', doc: 'Batches that were stored.' },
  ],
  examples: [
    'a1.sources.r1.type = TAILDIR\na1.sources.r1.filegroups = f1\na1.sources.r1.filegroups.f1 = /var/log/app/app\\\\.log.*',
    'a1.sources.r1.type = TAILDIR\na1.sources.r1.positionFile = /var/lib/flumen/positions.json\n' +
      'a1.sources.r1.filegroups = f1 f2\na1.sources.r1.filegroups.f1 = /var/log/web/access.log\n' +
      'a1.sources.r1.filegroups.f2 = /var/log/app/.*log.*\na1.sources.r1.headers.f1.kind = access\n' +
      'a1.sources.r1.headers.f2.kind = app\na1.sources.r1.fileHeader = true',
  ],
  batchSize: ({ batchSize }) => ({ key: 'batchSize', events: batchSize }),
  check({ filegroups, headers, inputCharset }, section) {
    if (inputCharset !== undefined) checkCharset(section, 'inputCharset', inputCharset)
    const charset = inputCharset === undefined ? undefined : javaCharset(inputCharset)
    if (charset && !hasLines(charset)) {
      section.error('inputCharset', `lines of ${charset.name} are not found here`, 'convert the files, or write UTF-16')
    }
    for (const key of headers.keys()) {
      const [group, ...rest] = key.split('.')
      if (rest.join('.') === '') {
        section.error(`headers.${key}`, `headers.${key} names no header`, `write headers.${group}.<header>`)
      } else if (!filegroups.some(({ name }) => name === group)) {
        section.error(`headers.${key}`, `there is no group ${group}`, 'name a group of filegroups')
      }
    }
  },
  create: ({ filegroups, headers, batchSize, maxBatchCount, inputCharset, ...options }, context) =>
    new TaildirSource(
      {
        ...options,
        positionFile: options.positionFile,
        inputCharset: inputCharset === undefined ? undefined : javaCharset(inputCharset),
        joining: multilineJoining(options),
        joinTimeout: options['multiline.timeout'],
        maxLines: Math.min(batchSize * maxBatchCount, Number.MAX_SAFE_INTEGER),
        groups: filegroups.map((paths) => ({ paths, headers: headersOf(headers, paths.name) })),
      },
      context,
    ),
})

function headersOf(headers: ReadonlyMap<string, string>, group: string): ReadonlyMap<string, string> {
  const prefix = `${group}.`
  return new Map(
    [...headers].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]),
  )
}
