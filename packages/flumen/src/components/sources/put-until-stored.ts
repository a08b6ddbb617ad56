import {
  type EventBatch,
  messageOf,
  PutError,
  retryAfterOf,
  type SourceContext,
  StoppedError,
  verdictOf,
} from '../../core/index.ts'

/** Pauses between two tries, ms; each is twice the one before. */
export interface PutPauses {
  readonly firstMs: number
  readonly longestMs: number
}

const usualPauses: PutPauses = { firstMs: 100, longestMs: 2000 }

/**
 * Puts a batch for a source that can wait and must not lose: what is refused for now is put again after growing pauses,
 * from the first row that is not stored; a row that is refused for good goes to the dead letters, the rest goes on.
 * Answers without a promise when all is stored at once.
 * @param signal the wait is given up: a put that is under way is not, a channel bounds its wait
 * @throws PutError with the code `STOPPED` when it was given up, or of a failure with the verdict `fatal`; the `stored`
 * rows are done
 */
export function putUntilStored(
  context: SourceContext,
  batch: EventBatch,
  signal: AbortSignal,
  pauses = usualPauses,
): void | Promise<void> {
  try {
    const storing = context.put(batch)
    return storing && persist(context, batch, () => storing, signal, pauses)
  } catch (error) {
    return persist(
      context,
      batch,
      () => {
        throw error
      },
      signal,
      pauses,
    )
  }
}

/** Leading rows of a failed put that are in the channels, as its error says. */
export function storedBy(error: unknown): number {
  const stored = (error as { readonly stored?: unknown } | null | undefined)?.stored
  return typeof stored === 'number' ? stored : 0
}

async function persist(
  context: SourceContext,
  batch: EventBatch,
  first: () => void | Promise<void>,
  signal: AbortSignal,
  pauses: PutPauses,
): Promise<void> {
  let rest = batch
  let put = first
  let pauseMs = pauses.firstMs
  for (;;) {
    try {
      return await put()
    } catch (error) {
      const stored = storedBy(error)
      if (stored > 0) pauseMs = pauses.firstMs
      rest = rest.slice(stored, rest.length)
      if (verdictOf(error) === 'fatal') throw new PutError(batch.length - rest.length, error)
      if (verdictOf(error) === 'reject') {
        context.reject(rest.slice(0, 1), messageOf(error))
        rest = rest.slice(1, rest.length)
      } else {
        context.log.warn('Events could not be stored and are put again.', { error: messageOf(error) })
        await pause(context, Math.max(pauseMs, retryAfterOf(error) ?? 0), signal)
        pauseMs = Math.min(pauseMs * 2, pauses.longestMs)
      }
    }
    if (rest.length === 0) return
    if (signal.aborted)
      throw new PutError(batch.length - rest.length, new StoppedError('stopped before all was stored'))
    put = () => context.put(rest)
  }
}

async function pause({ clock }: SourceContext, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal)
  } catch {
    // Stopped: who waited sees the signal.
  }
}
