export { decodeInflight, type FlumeLogPointer, type Inflight } from './checkpoint.ts'
export type { BatchOptions, FlumeLogBatch } from './event-reader.ts'
export {
  checkFlumeLog,
  type IntegrityCounts,
  type IntegrityFinding,
  type IntegrityOptions,
  type IntegrityRepair,
} from './flume-integrity.ts'
export { type DamageReason, FlumeLogError, type FlumeLogErrorCode, type LogDamage } from './flume-log-error.ts'
export type { FlumeLogKeys } from './log-cipher.ts'
export { fileIDOf, logFingerprint, type OpenLog } from './log-files.ts'
export {
  type CheckpointMetadata,
  type LogEncryption,
  type LogMetadata,
  readCheckpointMetadata,
  readLogMetadata,
} from './log-metadata.ts'
export type { FlumeLogFile, FlumeLogSource } from './log-source.ts'
export { FlumeLogReplay, type ReplayOptions, type ReplayProgress, replayFlumeLog, replaySteps } from './replay.ts'
