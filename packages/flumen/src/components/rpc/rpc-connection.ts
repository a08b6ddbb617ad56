import type { Socket } from 'node:net'
import { type Counter, messageOf, type SourceContext } from '../../core/index.ts'
import { plainAddress } from '../../net/address.ts'
import type { SharedTimeout } from '../../net/shared-timeout.ts'
import type { TcpListener } from '../../net/tcp-listener.ts'
import { isBomb } from '../../protocols/inflation.ts'
import type { Compression } from './compression.ts'
import type { HeldRequests, Waiter } from './held-requests.ts'
import { type RpcWire, wireOf } from './rpc-wire.ts'

/** The protocol of one connection. */
export interface RpcSession {
  /** Takes bytes as they came, in memory of their own: they may be written to and kept as a slab. */
  receive(chunk: Buffer): void
  /**
   * Works on the next whole request: the bytes of its answer, now or later; none are no answer. `undefined`: more bytes
   * are needed. Requests are worked on one after the other, so that answers come in the order of the requests.
   * @throws what cannot be read: the connection is closed
   */
  answerNext(): Uint8Array | Promise<Uint8Array> | undefined
  /** Bytes of memory of a request that has begun and is not whole. */
  readonly pendingBytes: number
  /** Bytes of the request that was worked on last, and of what it is unpacked to. */
  readonly requestBytes?: number
  /** The connection is closed: nothing more is read, and no answer is needed. */
  end?(): void
}

/** What all connections of one server share. */
export interface RpcHouse {
  readonly context: SourceContext
  readonly listener: TcpListener
  readonly timeouts: SharedTimeout<RpcConnection>
  readonly held: HeldRequests<RpcConnection>
  readonly invalid: Counter
  /** Of a compressed request; see {@link isBomb}. */
  readonly maxInflationRatio: number
}

/** After so long others have their turn, however many requests have come at once, ms. */
const turnMs = 5
/** How long a client that is told the end may go on sending, ms. */
const lingerMs = 500

/**
 * One client. Reads on only when its requests are answered and it takes its answers, so that it holds one request, a
 * chunk and the socket's own buffer at most, whatever it does.
 */
export class RpcConnection implements Waiter {
  readonly #socket: Socket
  readonly #house: RpcHouse
  readonly #session: RpcSession
  readonly #wire: RpcWire
  /** A put is under way, others have their turn, or the client does not take its answers. */
  #isBusy = false
  #holds = 0
  #isFinishing = false
  #hasEnded = false
  #isWaitingForDrain = false
  #isOver = false
  /** A request was whole since it was last seen how far the next one is. */
  #isNext = false

  /** Compressed bytes that had come when the request that is not whole began. */
  #packedBefore = 0

  /** @param compression undefined: none */
  constructor(socket: Socket, house: RpcHouse, session: RpcSession, compression: Compression | undefined) {
    this.#socket = socket
    this.#house = house
    this.#session = session
    this.#wire = wireOf(
      socket,
      {
        onData: (chunk) => this.#receive(chunk),
        onEnd: () => this.#end(),
        onDrain: () => this.#drained(),
        onBroken: (error) => this.#breakOff(error),
        hold: () => house.listener.hold(socket),
        release: () => house.listener.release(socket),
      },
      compression,
    )
    socket.once('close', () => {
      this.#isOver = true
      house.timeouts.cancel(this)
      house.held.remove(this)
      session.end?.()
    })
  }

  /** Answers what is under way and ends the connection. */
  finish(): void {
    this.#isFinishing = true
    if (!this.#isBusy) this.#close()
  }

  /** Its request was not whole in time. */
  giveUp(): void {
    this.#socket.destroy()
  }

  wait(): void {
    this.#hold()
  }

  goOn(): void {
    this.#release()
  }

  #receive(chunk: Buffer): void {
    if (this.#isOver) return
    this.#session.receive(chunk)
    if (!this.#isBusy) this.#work()
    this.#checkGrowth()
  }

  /** Of a request that is not whole. */
  #checkGrowth(): void {
    const { packed } = this.#wire
    if (packed === undefined) return
    const { pendingBytes } = this.#session
    const { maxInflationRatio: ratio } = this.#house
    if (pendingBytes === 0) this.#packedBefore = packed.before
    else if (isBomb(packed.all - this.#packedBefore, pendingBytes, ratio)) {
      const what = `a request becomes more than ${ratio} times as large when it is unpacked`
      this.#breakOff(new Error(`${what}, which is maxInflationRatio`))
    }
  }

  #end(): void {
    this.#hasEnded = true
    if (!this.#isBusy) this.#close()
  }

  /** What is answered in one go is one write. */
  #work(): void {
    this.#socket.cork()
    try {
      this.#workOnAll()
    } finally {
      this.#socket.uncork()
    }
  }

  #workOnAll(): void {
    const { clock } = this.#house.context
    const began = clock.monotonic()
    for (;;) {
      const answer = this.#next()
      if (answer === undefined || this.#isOver) break
      this.#isNext = true
      if (answer instanceof Promise) {
        void this.#workAfter(answer, this.#session.requestBytes ?? 0)
        return
      }
      if (!this.#answer(answer)) {
        this.#isWaitingForDrain = true
        this.#hold()
        this.#isBusy = true
        return
      }
      if (clock.monotonic() - began > turnMs) {
        void this.#workAfter(othersTurn(), 0)
        return
      }
    }
    this.#rest()
  }

  /** Never rejects. @param requestBytes of memory that is held until there is an answer */
  async #workAfter(answer: Promise<Uint8Array>, requestBytes: number): Promise<void> {
    this.#isBusy = true
    this.#hold()
    const { timeouts, held } = this.#house
    timeouts.cancel(this)
    held.set(this, this.#session.pendingBytes + requestBytes)
    try {
      const bytes = await answer
      // The next request is a new one: those that others have begun are older.
      held.set(this, 0)
      if (!this.#answer(bytes)) {
        this.#isWaitingForDrain = true
        return
      }
    } catch (error) {
      this.#breakOff(error)
    }
    this.#isBusy = false
    this.#release()
    if (!this.#isOver) this.#work()
  }

  #next(): Uint8Array | Promise<Uint8Array> | undefined {
    if (this.#isFinishing) return undefined
    try {
      return this.#session.answerNext()
    } catch (error) {
      this.#breakOff(error)
      return undefined
    }
  }

  /** @returns false: the client does not take its answers */
  #answer(bytes: Uint8Array): boolean {
    if (bytes.length === 0 || !this.#socket.writable) return true
    return this.#wire.write(bytes)
  }

  /** Nothing to work on: the client's next bytes, or its end. */
  #rest(): void {
    if (this.#isOver) return
    if (this.#isFinishing || this.#hasEnded) {
      this.#close()
      return
    }
    const { timeouts, held } = this.#house
    const bytes = this.#session.pendingBytes
    // What has begun since the last one is a request of its own, also where both came at once.
    if (this.#isNext) held.set(this, 0)
    held.set(this, bytes)
    if (bytes === 0) timeouts.cancel(this)
    else if (this.#isNext || !timeouts.has(this)) timeouts.start(this)
    this.#isNext = false
  }

  #drained(): void {
    if (!this.#isWaitingForDrain) return
    this.#isWaitingForDrain = false
    this.#isBusy = false
    this.#release()
    if (!this.#isOver) this.#work()
  }

  #hold(): void {
    if (this.#holds++ === 0) this.#wire.pause()
    this.#house.listener.hold(this.#socket)
  }

  #release(): void {
    if (--this.#holds === 0) this.#wire.resume()
    this.#house.listener.release(this.#socket)
  }

  #close(): void {
    if (this.#isOver) return
    this.#isOver = true
    const { clock } = this.#house.context
    this.#house.timeouts.cancel(this)
    this.#house.held.remove(this)
    const cancel = clock.after(lingerMs, () => this.#socket.destroy())
    this.#socket.once('close', cancel)
    this.#wire.end()
    this.#socket.removeAllListeners('data')
    this.#socket.resume()
  }

  #breakOff(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    const { context, invalid } = this.#house
    invalid.add(1)
    const { mismatch } = this.#wire
    const client = plainAddress(this.#socket.remoteAddress ?? '')
    context.log.warn('What a client sent could not be read; its connection is closed.', {
      client,
      error: mismatch === undefined ? messageOf(error) : `${messageOf(error)}; ${mismatch}`,
    })
    this.#socket.destroy()
  }
}

const noBytes = new Uint8Array(0)

function othersTurn(): Promise<Uint8Array> {
  return new Promise((resolve) => setImmediate(() => resolve(noBytes)))
}
