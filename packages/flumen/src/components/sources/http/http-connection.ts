import type { Socket } from 'node:net'
import type { Answer } from './answers.ts'
import type { HttpExchange } from './http-exchange.ts'

/** More requests than that before the first is answered are no pipelining any more. */
const mostUnanswered = 1000

/** One client: its requests are stored one after the other, in the order in which they came. */
export class HttpConnection {
  readonly #socket: Socket
  /** Requests without an answer, in order. */
  readonly #exchanges: HttpExchange[] = []
  #isFinishing = false

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** The next answer ends the connection. */
  get isFinishing(): boolean {
    return this.#isFinishing
  }

  get isIdle(): boolean {
    return this.#exchanges.length === 0
  }

  begin(exchange: HttpExchange): void {
    this.#exchanges.push(exchange)
    if (this.#exchanges.length > mostUnanswered) this.#socket.destroy()
  }

  /** Whether it is this one's turn to be stored. */
  isNext(exchange: HttpExchange): boolean {
    return this.#exchanges[0] === exchange
  }

  /** It has its answer, or its client is gone. */
  end(exchange: HttpExchange): void {
    const wasNext = this.isNext(exchange)
    const at = wasNext ? 0 : this.#exchanges.indexOf(exchange)
    if (at >= 0) this.#exchanges.splice(at, 1)
    if (wasNext) this.#exchanges[0]?.storeWhenRead()
  }

  /** The source stops: what is under way is answered, and the connection ends. */
  finish(): void {
    this.#isFinishing = true
    if (this.isIdle) this.#socket.destroySoon()
  }

  /** The request that is being read does not come to its end. */
  breakOff(answer: Answer): void {
    const last = this.#exchanges.at(-1)
    if (last && this.isNext(last)) last.refuse(answer)
  }

  /** Time is over for what is under way. */
  giveUp(): void {
    for (const exchange of [...this.#exchanges]) exchange.giveUp()
  }
}
