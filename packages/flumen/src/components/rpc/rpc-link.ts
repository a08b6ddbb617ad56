import type { Socket } from 'node:net'
import { type Clock, EventDeliveryError, StoppedError } from '../../core/index.ts'
import type { ClientTls } from './client-tls.ts'
import { type Compression, sameNeeded } from './compression.ts'
import { compressionBeneathTls, connected } from './rpc-connect.ts'
import { type RpcWire, wireOf } from './rpc-wire.ts'

/** Cuts what comes over one connection into answers. */
export interface ReplyReader<R> {
  receive(chunk: Buffer): void
  /** The next whole answer; undefined: more bytes are needed. @throws what can be none: the connection is closed */
  next(): R | undefined
}

export interface RpcLinkOptions<R> {
  readonly host: string
  readonly port: number
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly tls: ClientTls | undefined
  /** undefined: none. */
  readonly compression: Compression | undefined
  /** With TLS: what is compressed is then enciphered, instead of the other way round. */
  readonly compressesWithinTls?: boolean
  readonly clock: Clock
  readonly replies: ReplyReader<R>
  /** The number of the request that a reply answers; without it replies come in the order of the requests. */
  readonly numberOf?: ((reply: R) => number) | undefined
}

interface Waiting<R> {
  readonly number: number | undefined
  resolve(reply: R): void
  reject(error: Error): void
  cancel(): void
}

/** A connection to a server that answers each request in turn. Once it has failed it stays closed. */
export class RpcLink<R> {
  readonly #options: RpcLinkOptions<R>
  readonly #socket: Socket
  readonly #wire: RpcWire
  /** Requests without an answer, in order. */
  readonly #waiting: Waiting<R>[] = []
  readonly #isCompressed: boolean
  #isOpen = true
  #isStopped = false
  #hasAnswered = false

  /** @throws EventDeliveryError where there is no connection in time, StoppedError when the signal is aborted */
  static async open<R>(options: RpcLinkOptions<R>, signal: AbortSignal): Promise<RpcLink<R>> {
    return new RpcLink(options, await connected(options, signal))
  }

  private constructor(options: RpcLinkOptions<R>, socket: Socket) {
    this.#options = options
    this.#socket = socket
    const compression = compressionBeneathTls(options) ? undefined : options.compression
    this.#isCompressed = compression !== undefined
    this.#wire = wireOf(
      socket,
      {
        onData: (chunk) => this.#receive(chunk),
        onEnd: () => this.#fail(this.#silence('the other side has closed the connection')),
        onDrain: () => undefined,
        onBroken: (error) => this.#fail(this.#unreadable(error)),
        hold: () => socket.pause(),
        release: () => socket.resume(),
      },
      compression,
    )
    socket.on('error', (error) => this.#fail(this.#silence('the connection broke', error)))
    socket.once('close', () => this.#fail(this.#silence('the connection was closed')))
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /**
   * Sends a request and waits for its answer; several may wait.
   * @param number by which its answer is known
   * @throws EventDeliveryError, and the link is closed: it may have been delivered. StoppedError as soon as the signal is
   * aborted
   */
  call(request: readonly Uint8Array[], signal: AbortSignal, number?: number): Promise<R> {
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) {
        // It was not sent, and whatever closed the connection was told with another request.
        reject(this.#isStopped ? new StoppedError('stopped') : this.#closedBefore())
        return
      }
      const stopped = (): void =>
        this.#fail(new StoppedError('stopped before an answer came', { maybeDelivered: true }))
      if (signal.aborted) {
        stopped()
        reject(new StoppedError('stopped'))
        return
      }
      signal.addEventListener('abort', stopped)
      const cancelTimer = this.#options.clock.after(this.#options.requestTimeoutMs, () =>
        this.#fail(this.#silence(`no answer came within ${this.#options.requestTimeoutMs} ms`)),
      )
      const cancel = (): void => {
        cancelTimer()
        signal.removeEventListener('abort', stopped)
      }
      this.#waiting.push({ number, resolve, reject, cancel })
      this.#write(request)
    })
  }

  /** @param failure of a request that was answered: those that wait have failed too */
  close(failure?: unknown): void {
    if (failure === undefined) {
      this.#fail(new StoppedError('the connection was closed by this side', { maybeDelivered: true }))
    } else this.#fail(this.#afterFailure(failure))
  }

  #write(request: readonly Uint8Array[]): void {
    if (request.length === 1) {
      this.#wire.write(request[0]!)
      return
    }
    if (this.#isCompressed) {
      // Each write is flushed, which costs bytes and time.
      this.#wire.write(Buffer.concat(request))
      return
    }
    this.#socket.cork()
    for (const bytes of request) this.#wire.write(bytes)
    this.#socket.uncork()
  }

  #receive(chunk: Buffer): void {
    const { replies } = this.#options
    try {
      replies.receive(chunk)
      for (let reply = replies.next(); reply !== undefined && this.#isOpen; reply = replies.next()) {
        const answered = this.#answered(reply)
        this.#hasAnswered = true
        answered.cancel()
        answered.resolve(reply)
      }
    } catch (error) {
      this.#fail(this.#unreadable(error))
    }
  }

  #answered(reply: R): Waiting<R> {
    const number = this.#options.numberOf?.(reply)
    const index = number === undefined ? 0 : this.#waiting.findIndex((waiting) => waiting.number === number)
    const [answered] = index < 0 ? [] : this.#waiting.splice(index, 1)
    if (!answered) throw new Error(`an answer that nobody asked for${number === undefined ? '' : `, to ${number}`}`)
    return answered
  }

  /** The oldest request has failed so, and the others because of it. */
  #fail(error: Error): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#isStopped = error instanceof StoppedError
    this.#socket.destroy()
    const later = error instanceof StoppedError ? error : this.#afterFailure(error)
    for (const [index, { reject, cancel }] of this.#waiting.splice(0).entries()) {
      cancel()
      reject(index === 0 ? error : later)
    }
  }

  /** It need not be waited with: the failure itself is. */
  #afterFailure(cause: unknown): EventDeliveryError {
    const { host, port } = this.#options
    return new EventDeliveryError(`${host}:${port}: a request before it on the same connection failed`, {
      maybeDelivered: true,
      retryAfterMs: 0,
      cause,
    })
  }

  #closedBefore(): EventDeliveryError {
    const { host, port } = this.#options
    return new EventDeliveryError(`${host}:${port}: the connection was closed before this was sent`, {
      retryAfterMs: 0,
    })
  }

  #unreadable(cause: unknown): EventDeliveryError {
    const { mismatch } = this.#wire
    return this.#error(`what came back cannot be read${mismatch === undefined ? '' : `; ${mismatch}`}`, cause)
  }

  /** On a connection that never answered it may be that the other side does not understand. */
  #silence(what: string, cause?: unknown): EventDeliveryError {
    if (this.#hasAnswered) return this.#error(what, cause)
    const needed = sameNeeded(this.#options.compression?.type ?? 'none')
    return this.#error(`${what}; it has answered nothing on this connection: ${needed}`, cause)
  }

  #error(what: string, cause?: unknown): EventDeliveryError {
    const { host, port } = this.#options
    return new EventDeliveryError(`${host}:${port}: ${what}`, {
      maybeDelivered: true,
      ...(cause !== undefined && { cause }),
    })
  }
}
