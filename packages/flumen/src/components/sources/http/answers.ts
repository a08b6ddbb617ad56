import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { codeOf, messageOf, verdictOf } from '../../../core/index.ts'
import { codings } from './inflater.ts'

export interface Answer {
  readonly status: number
  /** For a person; the body. */
  readonly message: string
  readonly headers?: OutgoingHttpHeaders
}

export const stored: Answer = { status: 200, message: '' }

/** Methods that are not served, as Jetty answers them with Flume's servlet; undefined: GET, HEAD and POST. */
export function refusedMethod(method: string | undefined): Answer | undefined {
  switch (method) {
    case 'POST':
    case 'GET':
    case 'HEAD':
      return undefined
    case 'PUT':
    case 'DELETE':
      return { status: 405, message: 'Send events with POST.', headers: { Allow: 'GET, HEAD, POST' } }
    case 'OPTIONS':
    case 'TRACE':
      return { status: 403, message: 'This method is not allowed.' }
    default:
      return { status: 501, message: 'This method is not served.' }
  }
}

export const unknownCoding: Answer = {
  status: 415,
  message: `A body may be compressed with one of ${codings}.`,
  headers: { 'Accept-Encoding': codings },
}

export const tooLate: Answer = { status: 408, message: 'The request did not come to its end in time.' }
export const notHttp: Answer = { status: 400, message: 'The request is no HTTP.' }

export function tooLarge(message: string): Answer {
  return { status: 413, message }
}

export function tooBusy(retryAfterMs: number): Answer {
  return {
    status: 429,
    message: 'Too many bytes wait to be stored; send the request again later.',
    headers: retryAfter(retryAfterMs),
  }
}

export function stopping(retryAfterMs: number): Answer {
  return { status: 503, message: 'The agent stops.', headers: retryAfter(retryAfterMs) }
}

/** What a handler could not read. */
export function unreadable(error: unknown): Answer {
  return { status: codeOf(error) === 'BAD_REQUEST' ? 400 : 500, message: messageOf(error) }
}

/** What could not be stored. */
export function unstored(error: unknown, retryAfterMs: number): Answer {
  const message = messageOf(error)
  if (verdictOf(error) === 'reject') return { status: 413, message }
  if (verdictOf(error) === 'fatal' || codeOf(error) === 'UNKNOWN')
    return { status: 500, message: 'The events could not be stored.' }
  return { status: 503, message, headers: retryAfter(retryAfterMs) }
}

/** @param isLast the connection is closed after it */
export function sendAnswer(response: ServerResponse, { status, message, headers }: Answer, isLast: boolean): void {
  writeHead(response, status, message, headers, isLast)
  response.end(message === '' ? undefined : `${message}\n`)
}

/**
 * Answers a client that may still be sending: the answer goes out whole, but the connection stays open until the client
 * has taken it, so that no reset overtakes it. @returns what ends the connection
 */
export function sendEarly(response: ServerResponse, { status, message, headers }: Answer): () => void {
  writeHead(response, status, message, headers, true)
  response.write(`${message}\n`)
  return () => response.end()
}

function writeHead(
  response: ServerResponse,
  status: number,
  message: string,
  headers: OutgoingHttpHeaders | undefined,
  isLast: boolean,
): void {
  const length = message === '' ? 0 : Buffer.byteLength(message) + 1
  response.writeHead(status, {
    ...headers,
    ...(length > 0 && { 'Content-Type': 'text/plain; charset=utf-8' }),
    ...(isLast && { Connection: 'close' }),
    'Content-Length': length,
  })
}

/** In whole seconds. */
function retryAfter(ms: number): OutgoingHttpHeaders {
  return { 'Retry-After': String(Math.max(1, Math.ceil(ms / 1000))) }
}
