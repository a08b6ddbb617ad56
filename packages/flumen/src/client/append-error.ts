import {
  codeOf,
  EventDeliveryError,
  type FlumenErrorOptions,
  messageOf,
  retryAfterOf,
  type Verdict,
  verdictOf,
} from '../core/index.ts'

/**
 * A call failed. `stored` leading events of it are surely stored; the next ones, at most a batch, may be where
 * `maybeDelivered` says so. The verdict `reject`: the first event that is not stored never will be (it is too large).
 */
export class AppendError extends EventDeliveryError {
  readonly stored: number
  override readonly verdict: Verdict
  override readonly code: string

  constructor(stored: number, cause: unknown) {
    super(`${messageOf(cause)}; ${stored} ${stored === 1 ? 'event' : 'events'} of this call stored`, {
      cause,
      ...optionsOf(cause),
    })
    this.stored = stored
    this.verdict = verdictOf(cause)
    this.code = codeOf(cause)
  }
}

function optionsOf(cause: unknown): FlumenErrorOptions {
  const retryAfterMs = retryAfterOf(cause)
  const { maybeDelivered } = Object(cause) as { readonly maybeDelivered?: unknown }
  return {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(maybeDelivered === true && { maybeDelivered }),
  }
}
