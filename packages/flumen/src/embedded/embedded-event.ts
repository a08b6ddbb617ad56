import { createEvent, type Event, EventRejectedError, type Headers, noHeaders } from '../core/index.ts'

/** An event as a program has it: a text (stored as UTF-8) or bytes, alone or with headers. */
export type EmbeddedEvent =
  | string
  | Uint8Array
  | { readonly headers?: Headers | Readonly<Record<string, string>>; readonly body: string | Uint8Array }

/**
 * Bytes are copied, so the program may write theirs again.
 * @throws EventRejectedError for what is no event: it would only be found out by a sink, which could never deliver it
 */
export function toEvent(event: EmbeddedEvent): Event {
  if (typeof event === 'string' || event instanceof Uint8Array) return createEvent(event)
  if (typeof event !== 'object' || event === null)
    throw notText('an event', event, 'a text, bytes, or { headers, body }')
  const { headers, body } = event
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) throw notText('a body', body, 'a text or bytes')
  const pairs = headers instanceof Map ? headers : Object.entries(headers ?? {})
  for (const [name, value] of pairs) {
    if (typeof name !== 'string') throw notText("a header's name", name, 'a text')
    if (typeof value !== 'string') throw notText(`the header ${name}`, value, 'a text')
  }
  return createEvent(body, headers ?? noHeaders)
}

function notText(what: string, value: unknown, wanted: string): EventRejectedError {
  const found = value === null ? 'null' : typeof value
  return new EventRejectedError(`${what} is of type ${found}; give ${wanted}`)
}
