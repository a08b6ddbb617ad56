import type { Bytes } from './event.ts'
import type { EventBatch } from './event-batch.ts'

/** One request of the http source, whole and with its body decompressed. */
export interface HttpRequest {
  readonly method: string
  /** Path and query as the client wrote them. */
  readonly url: string
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The handler's own: it may become a slab, and may be written until then. */
  readonly body: Bytes
  /** Ms since the epoch; the arrival of the events. */
  readonly arrivedAt: number
}

/** Makes events of a request. All of them are stored as one transaction, or none; none at all is fine. */
export interface HttpHandler {
  /** Bytes of a body that are enough for it; what a client sends beyond is thrown away. Undefined: it needs the whole. */
  readonly enoughBytes?: number | undefined
  /** @throws BadRequestError for a request that can never be right (400); whatever else is thrown is answered with 500 */
  handle(request: HttpRequest): EventBatch | Promise<EventBatch>
}
