import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type Clock,
  type Counter,
  type EventBatch,
  type HttpHandler,
  type HttpRequest,
  messageOf,
  type SourceContext,
} from '../../../core/index.ts'
import type { HeldBytes } from '../held-bytes.ts'
import {
  type Answer,
  refusedMethod,
  sendAnswer,
  sendEarly,
  stopping,
  stored,
  tooBusy,
  tooLarge,
  unknownCoding,
  unreadable,
  unstored,
} from './answers.ts'
import type { HttpConnection } from './http-connection.ts'
import { BodyTooLargeError, type Coding, codingOf, type Inflater } from './inflater.ts'
import { type BodyFailure, RequestBody } from './request-body.ts'

/** What all exchanges of one source share. */
export interface HttpHouse {
  readonly context: SourceContext
  readonly handler: HttpHandler
  readonly held: HeldBytes
  readonly inflater: Inflater
  /** Bytes of a body, as it comes and when it is decompressed. */
  readonly maxBodySize: number
  readonly cuts: boolean
  readonly retryAfterMs: number
  readonly counters: HttpCounters
}

export interface HttpCounters {
  readonly read: Counter
  readonly stored: Counter
  readonly unreadable: Counter
  readonly failed: Counter
  readonly tooLarge: Counter
  readonly refused: Counter
  readonly aborted: Counter
  readonly cut: Counter
}

/** A request counts as so many bytes beside its body: what Node holds of it until it is answered. */
export const requestBytes = 4096
/** A client that was answered before its body was read has so long to read the answer, ms. */
const lingerMs = 5000
/** So much of what it still sends is read at once, then there is a pause, ms. */
const sipBytes = 64 * 1024
const sipPauseMs = 4

/** One request and its answer: gathered, decompressed, made into events, stored as one transaction. */
export class HttpExchange {
  readonly #house: HttpHouse
  readonly #connection: HttpConnection
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #arrivedAt: number
  #gathering: RequestBody | undefined
  #heldBytes = 0
  #body: Buffer | undefined
  #isAnswered = false

  constructor(house: HttpHouse, connection: HttpConnection, request: IncomingMessage, response: ServerResponse) {
    this.#house = house
    this.#connection = connection
    this.#request = request
    this.#response = response
    this.#arrivedAt = house.context.clock.now()
    // A client that goes away while it is answered is no failure of anybody.
    response.on('error', () => response.destroy())
  }

  /** @param goesOn tells a client that waits for it that it may send its body */
  begin(goesOn?: () => void): void {
    this.#connection.begin(this)
    const refusal = this.#refusal()
    if (refusal) {
      this.#answerEarly(refusal)
      return
    }
    goesOn?.()
    const { maxBodySize, cuts } = this.#house
    const coding = codingOf(this.#request.headers['content-encoding']) as Coding | undefined
    const rules = { maxBytes: maxBodySize, cuts: cuts && !coding, hold: (bytes: number) => this.#hold(bytes) }
    this.#gathering = new RequestBody(this.#request, rules, {
      onBody: (body, isCut) => {
        if (isCut) this.#house.counters.cut.add(1)
        if (coding && body.length > 0) this.#inflate(coding, body)
        else this.#gathered(body)
      },
      onFailure: (failure) => this.#failed(failure),
    })
  }

  /** Its body is read and it is its turn. */
  storeWhenRead(): void {
    const body = this.#body
    if (!body || this.#isAnswered || !this.#connection.isNext(this)) return
    this.#body = undefined
    const { method = 'GET', url = '/', headers } = this.#request
    const request: HttpRequest = {
      method,
      url,
      headers: headers as HttpRequest['headers'],
      body,
      arrivedAt: this.#arrivedAt,
    }
    try {
      const made = this.#house.handler.handle(request)
      if (made instanceof Promise) made.then(this.#put, this.#unreadable)
      else this.#put(made)
    } catch (error) {
      this.#unreadable(error)
    }
  }

  /** The source stops and cannot wait any longer. */
  giveUp(): void {
    this.refuse(stopping(this.#house.retryAfterMs))
  }

  /** Answers it now, however much of it has come. */
  refuse(answer: Answer): void {
    if (!this.#isAnswered) this.#answerEarly(answer)
  }

  #refusal(): Answer | undefined {
    const { method, headers } = this.#request
    const refused = refusedMethod(method)
    if (refused) return refused
    if (codingOf(headers['content-encoding']) === 'unknown') return unknownCoding
    const { maxBodySize, cuts, retryAfterMs, counters } = this.#house
    if (!cuts && Number(headers['content-length'] ?? 0) > maxBodySize) {
      counters.tooLarge.add(1)
      return tooLarge(`The body has more than ${maxBodySize} bytes.`)
    }
    if (this.#hold(requestBytes)) return undefined
    counters.refused.add(1)
    return tooBusy(retryAfterMs)
  }

  #hold(bytes: number): boolean {
    if (!this.#house.held.hold(bytes)) return false
    this.#heldBytes += bytes
    return true
  }

  #inflate(coding: Coding, compressed: Buffer): void {
    try {
      const inflated = this.#house.inflater.inflate(coding, compressed)
      if (inflated instanceof Promise) {
        inflated.then(
          (body) => this.#inflated(body, compressed.length),
          (error: unknown) => this.#notInflated(error),
        )
      } else this.#inflated(inflated, compressed.length)
    } catch (error) {
      this.#notInflated(error)
    }
  }

  #inflated(body: Buffer, compressedBytes: number): void {
    if (this.#isAnswered) return
    if (body.length > compressedBytes && !this.#hold(body.length - compressedBytes)) this.#failed('too busy')
    else this.#gathered(body)
  }

  #notInflated(error: unknown): void {
    if (this.#isAnswered) return
    if (!(error instanceof BodyTooLargeError)) {
      this.#unreadable(error)
      return
    }
    this.#house.counters.tooLarge.add(1)
    this.#answer(tooLarge(error.message))
  }

  #gathered(body: Buffer): void {
    this.#body = body
    this.storeWhenRead()
  }

  #failed(failure: BodyFailure): void {
    const { counters, maxBodySize, retryAfterMs } = this.#house
    if (failure === 'aborted') {
      if (this.#isAnswered) return
      counters.aborted.add(1)
      this.#end()
    } else if (failure === 'too large') {
      counters.tooLarge.add(1)
      this.#answerEarly(tooLarge(`The body has more than ${maxBodySize} bytes.`))
    } else {
      counters.refused.add(1)
      this.#answerEarly(tooBusy(retryAfterMs))
    }
  }

  readonly #unreadable = (error: unknown): void => {
    const { counters, context } = this.#house
    counters.unreadable.add(1)
    const answer = unreadable(error)
    context.log.warn('A request could not be read.', {
      client: this.#request.socket.remoteAddress,
      status: answer.status,
      error: messageOf(error),
    })
    this.#answer(answer)
  }

  readonly #put = (batch: EventBatch): void => {
    const { context, counters } = this.#house
    counters.read.add(1)
    try {
      const storing = batch.length === 0 ? undefined : context.put(batch, { atomic: true })
      if (storing) storing.then(this.#stored, this.#unstored)
      else this.#stored()
    } catch (error) {
      this.#unstored(error)
    }
  }

  readonly #stored = (): void => {
    this.#house.counters.stored.add(1)
    this.#answer(stored)
  }

  readonly #unstored = (error: unknown): void => {
    const { counters, context, retryAfterMs } = this.#house
    const answer = unstored(error, retryAfterMs)
    if (answer.status === 500) counters.failed.add(1)
    context.log.warn('The events of a request could not be stored; its client is told.', {
      client: this.#request.socket.remoteAddress,
      status: answer.status,
      error: messageOf(error),
    })
    this.#answer(answer)
  }

  #answer(answer: Answer): void {
    if (this.#isAnswered) return
    sendAnswer(this.#response, answer, this.#connection.isFinishing)
    this.#end()
  }

  /** Before the body has come, or when it never will. */
  #answerEarly(answer: Answer): void {
    this.#body = undefined
    const { clock } = this.#house.context
    const request = this.#request
    if (request.complete || !hasBody(request)) {
      sendAnswer(this.#response, answer, this.#connection.isFinishing)
    } else {
      const end = sendEarly(this.#response, answer)
      const cancel = clock.after(lingerMs, end)
      request.once('end', end)
      request.once('close', cancel)
      sip(request, clock)
    }
    this.#end()
    this.#gathering?.fail('aborted')
  }

  #end(): void {
    this.#isAnswered = true
    this.#house.held.release(this.#heldBytes)
    this.#heldBytes = 0
    this.#connection.end(this)
  }
}

/** Reads on, so that the client gets to see its answer, and slowly, since nothing of it is kept. */
function sip(request: IncomingMessage, clock: Clock): void {
  let bytes = 0
  let cancel = (): void => undefined
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes < sipBytes) return
    bytes = 0
    request.pause()
    cancel = clock.after(sipPauseMs, () => request.resume())
  })
  request.once('close', () => cancel())
  request.resume()
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
