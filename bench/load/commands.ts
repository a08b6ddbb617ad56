import type { DataOptions } from '../data/lines.ts'

/** What the load process is asked to do. */
export type LoadCommand =
  | { readonly do: 'prepare'; readonly data: DataOptions }
  | SendCommand
  | AskCommand
  | PostCommand
  | AppendCommand
  | HoldCommand
  | { readonly do: 'let go' }

/** Sends the prepared data. */
export interface SendCommand {
  readonly do: 'send'
  /** Connection n goes to the nth of them, in turns. */
  readonly ports: readonly number[]
  readonly connections: number
  /** Each connection sends its share of the data, or all of it. */
  readonly each: 'share' | 'all'
  readonly times: number
  /** Only so many lines of the data, from its start. */
  readonly lines?: number
}

/** Clients that each send a line, wait for the answer to it, and send the next. */
export interface AskCommand {
  readonly do: 'ask'
  readonly port: number
  readonly clients: number
  readonly milliseconds: number
}

/** Clients of HTTP that each send a request, wait for the answer to it, and send the next. */
export interface PostCommand {
  readonly do: 'post'
  readonly port: number
  readonly connections: number
  readonly milliseconds: number
  /** Events of a request. */
  readonly events: number
  readonly form: 'json' | 'ndjson' | 'lines'
  /** With gzip. */
  readonly isCompressed: boolean
}

/** Clients of Avro's calls that each send a batch, wait for the answer to it, and send the next. */
export interface AppendCommand {
  readonly do: 'append'
  readonly port: number
  readonly connections: number
  /** 0: one batch over each connection. */
  readonly milliseconds: number
  /** Events of a batch. */
  readonly events: number
}

/** Opens connections that stay open and send nothing more. */
export interface HoldCommand {
  readonly do: 'hold'
  readonly port: number
  readonly connections: number
  /** Each first sends a batch of so many events by Avro's calls; 0: nothing at all. */
  readonly events: number
}

export interface Prepared {
  readonly bytes: number
  readonly lines: number
  readonly routes: Readonly<Record<string, number>>
}

/** Times are of the monotonic clock, in ms. */
export interface Sent {
  readonly firstByteAt: number
  /** The last connection was closed by the other side. */
  readonly closedAt: number
  readonly bytes: number
  /** CPU of the load process, ms. */
  readonly cpu: number
}

export interface Asked {
  readonly answers: number
  readonly milliseconds: number
  /** CPU of the clients, ms. */
  readonly cpu: number
}

export interface Posted {
  /** Those that were answered with 200. */
  readonly events: number
  /** Bytes of all requests. */
  readonly bytes: number
  /** Answers 429 and 503. */
  readonly refused: number
  readonly milliseconds: number
  /** CPU of the clients, ms. */
  readonly cpu: number
}

export interface Appended {
  /** In ms of the monotonic clock. */
  readonly firstByteAt: number
  /** Those of batches that were answered with OK. */
  readonly events: number
  /** Bytes of all requests. */
  readonly bytes: number
  /** Answers FAILED. */
  readonly refused: number
  readonly milliseconds: number
  /** CPU of the clients, ms. */
  readonly cpu: number
}

export type LoadReply =
  | { readonly ok: true; readonly value: Prepared | Sent | Asked | Posted | Appended | null }
  | { readonly ok: false; readonly message: string }
