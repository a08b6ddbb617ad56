import type { ChannelLimits, Demand, Wait } from './channel.ts'
import type { Clock } from './clock.ts'
import { BatchTooLargeError, ChannelFullError, StoppedError } from './errors.ts'
import { Waiters } from './waiters.ts'

interface RoomWanted {
  readonly demand: Demand
  grant(): void
}

/** Flume's own words, which its clients know. */
const noRoom =
  "Space for commit to queue couldn't be acquired. Sinks are likely not keeping up with sources, or the buffer size is too tight"

/** The room of a channel in events and bytes, and who waits for it: first come, first served. */
export class Room {
  readonly #limits: ChannelLimits
  readonly #clock: Clock
  readonly #waiting: Waiters<RoomWanted>
  readonly #onWait: () => void
  /** Held by events that are buffered or promised to an open put. */
  #events = 0
  #bytes = 0
  #isStopped = false

  /** @param onWait called when somebody begins to wait, or still does after some room has come back */
  constructor(limits: ChannelLimits, clock: Clock, onWait: () => void) {
    this.#limits = limits
    this.#clock = clock
    this.#onWait = onWait
    this.#waiting = new Waiters(clock)
  }

  get bytes(): number {
    return this.#bytes
  }

  get events(): number {
    return this.#events
  }

  get isWanted(): boolean {
    return this.#waiting.size > 0
  }

  /** Wakes all who wait; nobody gets room any more. */
  stop(): void {
    this.#isStopped = true
    this.#waiting.stopAll()
  }

  /** @throws BatchTooLargeError for what never fits */
  refuseTooLarge({ events, bytes }: Demand): void {
    const { transactionEvents, bytes: most } = this.#limits
    if (events > transactionEvents) {
      throw new BatchTooLargeError(
        `a put of ${events} events is larger than transactionCapacity ${transactionEvents}; lower the batch size or raise transactionCapacity`,
      )
    }
    if (bytes > most) {
      throw new BatchTooLargeError(`a put of ${bytes} bytes is larger than byteCapacity ${most}; raise byteCapacity`)
    }
  }

  fits({ events, bytes }: Demand): boolean {
    return this.#events + events <= this.#limits.events && this.#bytes + bytes <= this.#limits.bytes
  }

  /** Takes the room at once; undefined where it has to be waited for. @throws as `reserve` of a channel does */
  tryHold(demand: Demand): true | undefined {
    this.refuseTooLarge(demand)
    if (this.#isStopped) throw new StoppedError('the channel is stopped')
    if (this.#waiting.size > 0 || !this.fits(demand)) return undefined
    this.hold(demand.events, demand.bytes)
    return true
  }

  /** Resolves when the room is held. @throws ChannelFullError where the deadline has passed */
  wait(demand: Demand, wait: Wait): Promise<void> {
    const waitMs = wait.deadlineMs - this.#clock.monotonic()
    if (waitMs <= 0) throw new ChannelFullError(noRoom)
    return new Promise((resolve, reject) => {
      this.#waiting.add(
        { demand, grant: resolve },
        waitMs,
        wait.signal,
        () => {
          reject(new ChannelFullError(noRoom))
          this.#grant()
        },
        () => {
          reject(new StoppedError('stopped while waiting for room in the channel'))
          this.#grant()
        },
      )
      this.#onWait()
    })
  }

  /** What is there already, whether it fits or not. */
  hold(events: number, bytes: number): void {
    this.#events += events
    this.#bytes += bytes
  }

  free(events: number, bytes: number): void {
    this.#events -= events
    // Bytes of what a restart found are an estimate, which ends where nothing is left.
    this.#bytes = this.#events === 0 ? 0 : this.#bytes - bytes
    this.#grant()
  }

  #grant(): void {
    for (let waiter = this.#waiting.first; waiter; waiter = this.#waiting.first) {
      const { demand, grant } = waiter.about
      if (!this.fits(demand)) break
      waiter.remove()
      this.hold(demand.events, demand.bytes)
      grant()
    }
    if (this.#waiting.size > 0) this.#onWait()
  }
}
