/** What an agent is set up to do. */
export interface Flow {
  /**
   * `lines`: TCP lines to nothing (W1). `syslog`: messages of syslog over TCP, parsed, their texts to a file (W3).
   * `routed`: with interceptors and four channels behind a selector (W7).
   */
  readonly shape: 'lines' | 'syslog' | 'routed'
  /** Flows side by side in one agent, each with its own port. */
  readonly flows: number
  /** Longest line in bytes. */
  readonly lineLength: number
  /** Events of a take of the sink. */
  readonly batchSize: number
  /** Headers that static interceptors put on each event. */
  readonly headers: number
  /** Lines that one sending of the data brings to each flow. */
  readonly lines: number
  /** For `routed`: how many lines each channel gets, by its header value. */
  readonly routes: Readonly<Record<string, number>>
  readonly channel: 'memory' | 'file'
}

/** A program that is measured. */
export interface Peer {
  readonly name: string
  /** Gets the data once where the fast ones get it several times, to measure as long. */
  readonly isSlow?: boolean
  /** Why it cannot be measured here, as a phrase; `undefined` when it can. */
  missing(flow: Flow): Promise<string | undefined>
  /** Resolves when it listens. */
  start(flow: Flow): Promise<RunningPeer>
}

/** What a peer is told of a load that has been sent. */
export interface SentLoad {
  /** The last connection was closed by the peer then, in ms of the monotonic clock. */
  readonly closedAt: number
  readonly bytes: number
}

export interface RunningPeer {
  readonly pid: number
  readonly ports: readonly number[]
  /**
   * To be called before the data is sent.
   * @param times how often the data will be sent
   * @returns after the load has been sent: when the last event was at its end, in ms of the monotonic clock
   */
  expect(times: number): (sent: SentLoad) => Promise<number>
  /** Waits for what goes on after the end that `expect` tells; its cost counts, its time does not. */
  settled?(): Promise<void>
  /** @returns how many events it says that it has delivered, where it says so */
  stop(): Promise<number | undefined>
}

/** What one sending of the data has to bring to the ends of a flow, in events. */
export function deliveredOnce({ shape, lines, flows, routes }: Flow): number {
  return shape === 'routed' ? Object.values(routes).reduce((sum, count) => sum + count, 0) : lines * flows
}

export const plainFlow: Flow = {
  shape: 'lines',
  flows: 1,
  lineLength: 500,
  batchSize: 1000,
  headers: 0,
  lines: 1,
  routes: {},
  channel: 'memory',
}
