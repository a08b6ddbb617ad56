import { messageOf, type SourceContext } from '../../../core/index.ts'
import {
  errorAnswer,
  HttpReader,
  httpAnswer,
  httpNotAllowed,
  httpUnreadable,
  type LegacyCall,
  type LegacyCallReader,
  messageIn,
  storedAnswer,
} from '../../../protocols/legacy-avro/index.ts'
import { batchOfLegacy } from '../../../protocols/legacy-events/legacy-event.ts'
import type { RpcSession } from '../../rpc/rpc-server.ts'
import type { RequestStore, Stored } from '../../rpc/store-request.ts'

/** What all connections of one source share. */
export interface AvroLegacyHouse {
  readonly context: SourceContext
  readonly store: RequestStore
  readonly reader: LegacyCallReader
  readonly maxRequestSize: number
}

type Append = Extract<LegacyCall, { kind: 'append' }>

/** The requests of one client. */
export class AvroLegacySession implements RpcSession {
  readonly #house: AvroLegacyHouse
  readonly #http: HttpReader
  #requestBytes = 0
  #hasRefused = false

  constructor(house: AvroLegacyHouse) {
    this.#house = house
    this.#http = new HttpReader(house.maxRequestSize)
  }

  get requestBytes(): number {
    return this.#requestBytes
  }

  get pendingBytes(): number {
    return this.#http.pendingBytes
  }

  receive(chunk: Buffer): void {
    this.#http.receive(chunk)
  }

  answerNext(): Uint8Array | Promise<Uint8Array> | undefined {
    const request = this.#http.next()
    if (request === undefined) return undefined
    this.#requestBytes = request.body.length
    if (!request.isPost) {
      this.#refused('the method is not POST')
      return httpNotAllowed
    }
    const call = this.#read(request.body)
    if (call === undefined) return httpUnreadable
    if (call.kind === 'append') return this.#append(call, request.isLast)
    if (call.problem !== undefined) this.#refused(call.problem)
    return httpAnswer(call.answer, request.isLast)
  }

  #read(body: Buffer): LegacyCall | undefined {
    try {
      return this.#house.reader.read(messageIn(body))
    } catch (error) {
      this.#refused(messageOf(error))
      return undefined
    }
  }

  #append(call: Append, isLast: boolean): Uint8Array | Promise<Uint8Array> {
    const { context, store } = this.#house
    const stored = store.append(batchOfLegacy([call.event], context.clock.now()), false)
    return stored instanceof Promise
      ? stored.then((late) => answerOf(call, late, isLast))
      : answerOf(call, stored, isLast)
  }

  #refused(error: string): void {
    const { log, metrics } = this.#house.context
    metrics.counter('requestsInvalid').add(1)
    // Once a connection: a client may go on like that.
    if (!this.#hasRefused) log.warn('A request could not be understood and was refused.', { error })
    this.#hasRefused = true
  }
}

function answerOf({ greeting }: Append, stored: Stored, isLast: boolean): Uint8Array {
  if (stored === 'stored') return httpAnswer(storedAnswer(greeting), isLast)
  const reason = stored === 'full' ? 'a channel has no room; send it again' : 'it failed; see the log of the agent'
  return httpAnswer(errorAnswer(greeting, `The event was not stored: ${reason}`), isLast)
}
