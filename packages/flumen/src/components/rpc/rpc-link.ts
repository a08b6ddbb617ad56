import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Clock, EventDeliveryError, messageOf, StoppedError } from '../../core/index.ts'
import type { ClientTls } from './client-tls.ts'
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
  /** undefined: not compressed. */
  readonly deflateLevel: number | undefined
  readonly clock: Clock
  readonly replies: ReplyReader<R>
}

interface Waiting<R> {
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
  #isOpen = true

  /** @throws EventDeliveryError where there is no connection in time, StoppedError when the signal is aborted */
  static async open<R>(options: RpcLinkOptions<R>, signal: AbortSignal): Promise<RpcLink<R>> {
    return new RpcLink(options, await connected(options, signal))
  }

  private constructor(options: RpcLinkOptions<R>, socket: Socket) {
    this.#options = options
    this.#socket = socket
    this.#wire = wireOf(
      socket,
      {
        onData: (chunk) => this.#receive(chunk),
        onEnd: () => this.#fail(this.#error('the other side has closed the connection')),
        onDrain: () => undefined,
        onBroken: (error) => this.#fail(this.#error('what came back cannot be read', error)),
        hold: () => socket.pause(),
        release: () => socket.resume(),
      },
      options.deflateLevel,
    )
    socket.on('error', (error) => this.#fail(this.#error('the connection broke', error)))
    socket.once('close', () => this.#fail(this.#error('the connection was closed')))
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /**
   * Sends a request and waits for its answer; several may wait, answers come in the order of the requests.
   * @throws EventDeliveryError, and the link is closed: it may have been delivered. StoppedError as soon as the signal is
   * aborted
   */
  call(request: readonly Uint8Array[], signal: AbortSignal): Promise<R> {
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) {
        reject(this.#error('the connection is closed'))
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
        this.#fail(this.#error(`no answer came within ${this.#options.requestTimeoutMs} ms`)),
      )
      const cancel = (): void => {
        cancelTimer()
        signal.removeEventListener('abort', stopped)
      }
      this.#waiting.push({ resolve, reject, cancel })
      this.#write(request)
    })
  }

  close(): void {
    this.#fail(new StoppedError('the connection was closed by this side', { maybeDelivered: true }))
  }

  #write(request: readonly Uint8Array[]): void {
    if (this.#options.deflateLevel !== undefined) {
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
        const first = this.#waiting.shift()
        if (!first) throw new Error('an answer that nobody asked for')
        first.cancel()
        first.resolve(reply)
      }
    } catch (error) {
      this.#fail(this.#error('what came back cannot be read', error))
    }
  }

  #fail(error: Error): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#socket.destroy()
    for (const { reject, cancel } of this.#waiting.splice(0)) {
      cancel()
      reject(error)
    }
  }

  #error(what: string, cause?: unknown): EventDeliveryError {
    const { host, port } = this.#options
    return new EventDeliveryError(`${host}:${port}: ${what}`, {
      maybeDelivered: true,
      ...(cause !== undefined && { cause }),
    })
  }
}

function connected<R>(options: RpcLinkOptions<R>, signal: AbortSignal): Promise<Socket> {
  const { host, port, tls, clock, connectTimeoutMs } = options
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new StoppedError('stopped'))
      return
    }
    const socket = tls
      ? connectTls({ host, port, ...tls, ...(isIP(host) === 0 && { servername: host }) })
      : connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs })
    const settle = (): void => {
      cancel()
      signal.removeEventListener('abort', stopped)
      socket.removeListener('error', failed)
      socket.removeListener('close', closed)
    }
    const giveUp = (error: Error): void => {
      settle()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    const failed = (cause: unknown): void =>
      giveUp(new EventDeliveryError(`no connection to ${host}:${port}: ${messageOf(cause)}`, { cause }))
    const closed = (): void => failed(new Error('it was closed'))
    const stopped = (): void => giveUp(new StoppedError('stopped while it connected'))
    const cancel = clock.after(connectTimeoutMs, () => failed(new Error(`nothing came within ${connectTimeoutMs} ms`)))
    signal.addEventListener('abort', stopped, { once: true })
    socket.once('error', failed)
    socket.once('close', closed)
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      settle()
      socket.setNoDelay(true)
      resolve(socket)
    })
  })
}

const keepAliveMs = 15_000
