import { codeOf, messageOf, type Verdict, verdictOf } from '../../core/index.ts'
import { DiskFullError, StorageError } from '../errors.ts'
import type { GroupMessage, LogSettings } from './log-port.ts'

/** What is asked of the thread; answered in order. */
export type LogRequest =
  | { readonly kind: 'open'; readonly settings: LogSettings }
  | { readonly kind: 'write'; readonly group: GroupMessage }
  | { readonly kind: 'read'; readonly cursor: string; readonly from: number; readonly maxBytes: number }
  | { readonly kind: 'tend'; readonly isCheckpointDue: boolean }
  | { readonly kind: 'close' }

export type LogAnswer = { readonly value: unknown } | { readonly error: SentError }

/** Comes before the answer to `open`: bytes that it has read. */
export interface LogProgress {
  readonly progress: number
}

/** An error in a form that can be sent. */
export interface SentError {
  readonly code: string
  readonly verdict: Verdict
  readonly message: string
}

export function sentError(error: unknown): SentError {
  return { code: codeOf(error), verdict: verdictOf(error), message: messageOf(error) }
}

export function receivedError({ code, message, verdict }: SentError): StorageError {
  if (code === 'DISK_FULL') return new DiskFullError(message)
  const error = new StorageError(message)
  return verdict === error.verdict ? error : Object.assign(error, { verdict })
}
