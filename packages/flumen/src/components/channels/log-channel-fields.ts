import { field } from '../../component/kit.ts'
import type { Metric } from '../../core/index.ts'

/** Defaults of Flume, for `~` of the user who runs the agent. */
export const defaultCheckpointDirectory = '~/.flume/file-channel/checkpoint'
export const defaultDataDirectory = '~/.flume/file-channel/data'

const always = 'the log is always read in the one way that there is'

/** What the channels that keep a log have in common: where it lies, how it is written, how it is enciphered. */
export const logFields = {
  checkpointDir: field.string({
    default: defaultCheckpointDirectory,
    doc: 'Directory of the checkpoint; `~` is the home directory of the user.',
  }),
  dataDirs: field.list({
    default: [defaultDataDirectory],
    separator: /,/,
    doc: 'Directories of the log, separated by commas; its segments lie in them in turn. Each channel needs its own.',
  }),
  useDualCheckpoints: field.boolean({
    default: false,
    doc: 'Keep the second of the two checkpoints in `backupCheckpointDir`, which may lie on another disk.',
  }),
  backupCheckpointDir: field.string({ doc: 'Directory of the second checkpoint; needed with `useDualCheckpoints`.' }),
  compressBackupCheckpoint: field.boolean({
    default: false,
    ignored: 'a checkpoint has some hundred bytes',
    doc: 'Flume packs the second checkpoint.',
  }),
  checkpointInterval: field.duration({
    default: 30_000,
    unit: 'ms',
    doc: 'How often a checkpoint is written where something has changed; 1 s at least. It only makes the next start shorter.',
  }),
  checkpointOnClose: field.boolean({
    default: true,
    ignored: 'a stop always writes a checkpoint, which takes a millisecond',
    doc: 'Flume writes a checkpoint when it stops.',
  }),
  maxFileSize: field.size({
    default: 64 * 1024 ** 2,
    doc: 'Size of a segment of the log, 1 MiB at least. Space comes back a segment at a time. Flume: 1.5 GiB.',
  }),
  minimumRequiredSpace: field.size({
    default: 524_288_000,
    doc: 'At least 1 MiB. Puts are refused while less is free on a disk of the data directories; takes go on.',
  }),
  fsyncPerTransaction: field.boolean({
    default: true,
    doc: 'Sync the disk before a put is acknowledged. Otherwise it is synced twice a second: a power cut takes what came since.',
  }),
  fsyncInterval: field.duration({
    default: 5,
    unit: 's',
    min: 0,
    doc: 'How long a put may wait for the disk with `fsyncPerTransaction = false`; half a second at most.',
  }),
  compression: field.enum({
    values: ['none', 'zstd', 'lz4'],
    default: 'none',
    doc: 'How events are packed on the disk, a put at a time.',
  }),
  memoryBudget: field.size({
    default: 32 * 1024 ** 2,
    min: 1024 ** 2,
    doc: 'Memory for events that are taken next; all others are on the disk only.',
  }),
  'use-log-replay-v1': field.boolean({ default: false, ignored: always, doc: 'An old way in which Flume starts.' }),
  'use-fast-replay': field.boolean({ default: false, ignored: always, doc: 'Another way in which Flume starts.' }),
  encryption: field.prefix({
    doc: "Encryption at rest with AES-256-GCM. `activeKey`: name of the key for what is written from now on; `keyProvider`: `JCEKSFILE` (with `keyProvider.keyStoreFile`, `keyProvider.keyStorePasswordFile`, `keyProvider.keys`, `keyProvider.keys.<name>.passwordFile`; a PKCS12 store will do), `FILE` (`keyProvider.keys.<name>.file`: PEM, hex, base64 or raw) or `COMMAND` (`keyProvider.command`, gets the name of the key); `cipherProvider` is Flume's and may stand.",
  }),
}

const metrics = [
  { name: 'unhealthy', kind: 'gauge', flume: 'Unhealthy', doc: '1 while the log cannot be written or read.' },
  { name: 'open', kind: 'gauge', flume: 'Open', doc: '1 while the log is open.' },
  { name: 'closed', kind: 'gauge', flume: 'Closed', doc: '1 after the log was closed.' },
  { name: 'putErrors', kind: 'counter', flume: 'EventPutErrorCount', doc: 'Puts that the log refused.' },
  { name: 'takeErrors', kind: 'counter', flume: 'EventTakeErrorCount', doc: 'Reads from the disk that failed.' },
  {
    name: 'checkpointErrors',
    kind: 'counter',
    flume: 'CheckpointWriteErrorCount',
    doc: 'Checkpoints that could not be written.',
  },
  {
    name: 'backupCheckpointErrors',
    kind: 'counter',
    flume: 'CheckpointBackupWriteErrorCount',
    doc: 'Always 0: both checkpoints count as one.',
  },
  { name: 'diskBytes', kind: 'gauge', unit: 'bytes', doc: 'Bytes of the segments on the disk.' },
  {
    name: 'diskFreeBytes',
    kind: 'gauge',
    unit: 'bytes',
    doc: 'Bytes that are free on the fullest disk of the data directories.',
  },
  { name: 'segments', kind: 'gauge', doc: 'Segments of the log.' },
  { name: 'syncs', kind: 'counter', doc: 'Times that the disk was synced for puts.' },
  { name: 'syncSeconds', kind: 'gauge', unit: 'seconds', doc: 'Time that these syncs took, together.' },
  {
    name: 'unsavedAcknowledgements',
    kind: 'gauge',
    doc: '1 while acknowledgements are not on the disk: their events come again after a crash.',
  },
  { name: 'damaged', kind: 'counter', isLoss: true, doc: 'Events that the disk did not give back.' },
] as const satisfies readonly Metric[]

export const fileMetrics = [
  ...metrics,
  {
    name: 'droppedOldest',
    kind: 'counter',
    isLoss: true,
    doc: 'Events given up for newer ones (`whenFull = drop_oldest`).',
  },
  { name: 'expired', kind: 'counter', isLoss: true, doc: 'Events that waited longer than `retention`.' },
] as const satisfies readonly Metric[]

/** Flume shows of this channel what it shows of the memory channel. */
export const spillableMetrics: readonly Metric[] = metrics.map(({ name, kind, doc, ...more }) => ({
  name,
  kind,
  doc,
  ...('unit' in more && { unit: more.unit }),
  ...('isLoss' in more && { isLoss: more.isLoss }),
}))
