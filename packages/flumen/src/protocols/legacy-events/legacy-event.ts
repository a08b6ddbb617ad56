import { BatchBuilder, type EventBatch } from '../../core/index.ts'

/** The levels of an event of Flume 0.9, by their numbers on the wire. */
export const priorities = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'] as const

/** More fields than that has no event: each takes several times its bytes as a header. */
export const mostFields = 5000

/** An event of Flume 0.9 as it came. */
export interface LegacyEvent {
  /** Decimal text, ms since the epoch and ns: they have 64 bits. */
  readonly timestamp: string
  readonly nanos: string
  /** Undefined: none, or one that there is not. */
  readonly priority: (typeof priorities)[number] | undefined
  readonly host: string | undefined
  readonly fields: ReadonlyMap<string, string>
  readonly body: Uint8Array
}

/** Several bodies are copied to one slab, so that none of them pins a chunk of the connection. */
export function batchOfLegacy(events: readonly LegacyEvent[], arrivedAt: number): EventBatch {
  const builder = new BatchBuilder(arrivedAt)
  const [first] = events
  if (first && events.length === 1) {
    builder.row(first.body, 0, first.body.length, headersOf(first))
    return builder.build()
  }
  const slab = Buffer.allocUnsafeSlow(events.reduce((sum, { body }) => sum + body.length, 0))
  let at = 0
  for (const event of events) {
    slab.set(event.body, at)
    builder.row(slab, at, at + event.body.length, headersOf(event))
    at += event.body.length
  }
  return builder.build()
}

/**
 * What Flume 1.x makes of it: `host`, `timestamp`, `pri`, `nanos`, then the fields, which win over those, and `FlumeOG`,
 * which wins over a field.
 */
function headersOf({ timestamp, nanos, priority, host, fields }: LegacyEvent): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  if (host !== undefined) headers.set('host', host)
  headers.set('timestamp', timestamp)
  if (priority !== undefined) headers.set('pri', priority)
  headers.set('nanos', nanos)
  for (const [name, value] of fields) headers.set(name, value)
  headers.set('FlumeOG', 'yes')
  return headers
}
