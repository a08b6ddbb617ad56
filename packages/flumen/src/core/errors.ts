/**
 * What a runner does with a failure. `retry`: the same batch may succeed later. `reject`: these rows never will; they
 * go to the dead letters with their reason, the rest goes on. `fatal`: the component stops, the supervisor decides.
 */
export type Verdict = 'retry' | 'reject' | 'fatal'

/**
 * What runners read of an error. Known by these properties, never by `instanceof`: a plugin may bring its own copy of
 * the classes. An error without a verdict counts as retry.
 */
export interface FlumenErrorShape extends Error {
  readonly code: string
  readonly verdict: Verdict
  readonly component?: string
  /** The other side asked for this pause, in ms. */
  readonly retryAfterMs?: number
  /** It was sent and the answer was lost: the other side may have it. */
  readonly maybeDelivered?: boolean
}

export interface FlumenErrorOptions extends ErrorOptions {
  readonly component?: string
  readonly retryAfterMs?: number
  readonly maybeDelivered?: boolean
}

/** Root of the tree. A class says its code and verdict once, as statics; nobody can pass the wrong one. */
export abstract class FlumenError extends Error implements FlumenErrorShape {
  static readonly code: string = 'FLUMEN'
  static readonly verdict: Verdict = 'fatal'
  readonly code: string
  readonly verdict: Verdict
  declare readonly component?: string
  declare readonly retryAfterMs?: number
  declare readonly maybeDelivered?: boolean

  constructor(message: string, options: FlumenErrorOptions = {}) {
    super(message, options)
    this.name = new.target.name
    this.code = new.target.code
    this.verdict = new.target.verdict
    if (options.component !== undefined) this.component = options.component
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
    if (options.maybeDelivered !== undefined) this.maybeDelivered = options.maybeDelivered
  }
}

/** A configuration cannot be used. The problems, each with place and mend, stand in its message, a line each. */
export class ConfigurationError extends FlumenError {
  static override readonly code = 'CONFIGURATION'
}

/** A component was used against its life cycle, or could not start or stop. */
export class LifecycleError extends FlumenError {
  static override readonly code = 'LIFECYCLE'
}

/** A component cannot go on: its address is in use, its command cannot be run. The supervisor decides. */
export class ComponentFailedError extends FlumenError {
  static override readonly code = 'COMPONENT_FAILED'
}

/** A channel could not take or give events. */
export class ChannelError extends FlumenError {
  static override readonly code: string = 'CHANNEL'
  static override readonly verdict: Verdict = 'retry'
}

/** No room within keep-alive. */
export class ChannelFullError extends ChannelError {
  static override readonly code = 'CHANNEL_FULL'
}

/** This can never fit into the channel, whatever is taken out of it. */
export class BatchTooLargeError extends ChannelError {
  static override readonly code = 'BATCH_TOO_LARGE'
  static override readonly verdict = 'reject'
}

/** A transaction was used against its states. */
export class TransactionError extends ChannelError {
  static override readonly code = 'TRANSACTION'
  static override readonly verdict = 'fatal'
}

/** A destination did not take a batch, and may take it later. */
export class EventDeliveryError extends FlumenError {
  static override readonly code: string = 'EVENT_DELIVERY'
  static override readonly verdict: Verdict = 'retry'
}

/** A destination will never take these rows. */
export class EventRejectedError extends EventDeliveryError {
  static override readonly code = 'EVENT_REJECTED'
  static override readonly verdict = 'reject'
}

/** What a client sent is wrong and never will be right; the client is told the message. */
export class BadRequestError extends FlumenError {
  static override readonly code = 'BAD_REQUEST'
  static override readonly verdict = 'reject'
}

/** Someone asked to stop; a wait was given up. */
export class StoppedError extends FlumenError {
  static override readonly code = 'STOPPED'
  static override readonly verdict = 'retry'
}

/** What a failed put tells its source: the cause's code and verdict, and how many leading rows are in the channels. */
export class PutError extends Error implements PutFailure {
  readonly code: string
  readonly verdict: Verdict
  readonly stored: number

  constructor(stored: number, cause: unknown) {
    super(messageOf(cause), { cause })
    this.name = 'PutError'
    this.code = codeOf(cause)
    this.verdict = verdictOf(cause)
    this.stored = stored
  }
}

export interface PutFailure extends FlumenErrorShape {
  /** Leading rows of the put that are stored; the source acknowledges exactly those. */
  readonly stored: number
}

export function verdictOf(error: unknown): Verdict {
  const verdict = property(error, 'verdict')
  return verdict === 'reject' || verdict === 'fatal' ? verdict : 'retry'
}

export function codeOf(error: unknown): string {
  const code = property(error, 'code')
  return typeof code === 'string' ? code : 'UNKNOWN'
}

/** The message of whatever was thrown, with the causes that say more, in one line. */
export function messageOf(error: unknown): string {
  const messages: string[] = []
  let current = error
  for (let depth = 0; depth < 5 && current !== undefined && current !== null; depth++) {
    const whole = current instanceof Error ? current.message || current.name : String(current)
    const message = whole.replaceAll(/\s*[\r\n]+\s*/g, ' ')
    if (!messages.some((known) => known.includes(message))) messages.push(message)
    current = current instanceof Error ? current.cause : undefined
  }
  return messages.join(': ')
}

export function retryAfterOf(error: unknown): number | undefined {
  const pause = property(error, 'retryAfterMs')
  return typeof pause === 'number' && pause >= 0 ? pause : undefined
}

function property(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined
}
