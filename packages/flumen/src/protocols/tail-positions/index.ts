export { digestOf, type Fingerprint, fingerprintBytes, fingerprintOf, noFingerprint } from './fingerprint.ts'
export { type FlumePosition, formatFlumePositions, parseFlumePositions } from './flume-positions.ts'
export {
  addMark,
  type EndedPosition,
  type FilePosition,
  formatJournal,
  formatJournalLines,
  type Journal,
  journalPathOf,
  type LineEnd,
  type Mark,
  marksOf,
  noPositionFile,
  parseJournal,
} from './journal.ts'
export { isNamedLike, leadOf, mayBeCopyOf, stemOf } from './name-likeness.ts'
export { anyDevice, type StoredPositions, storedPositions } from './stored-positions.ts'
