import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { messageOf } from '../../core/index.ts'
import { type Reading, ReadingError, readReading } from './reading.ts'
import type { Target } from './target.ts'
import { clean } from './text.ts'

/** There is no reading to be had: why, in words, and what to look at. */
export class NoReadingError extends Error {
  override readonly name = 'NoReadingError'
  readonly advice: readonly string[]
  /** For where it is said already that there is no answer. */
  readonly reason: string

  constructor(message: string, advice: readonly string[], reason = message) {
    super(clean(message))
    this.advice = advice
    this.reason = clean(reason)
  }
}

export interface ClientLimits {
  /** Of an answer. */
  readonly bytes: number
  /** From the question to the end of the answer. */
  readonly ms: number
}

const usualLimits: ClientLimits = { bytes: 16 * 1024 * 1024, ms: 5000 }

/** Why the agent does not answer, in a few words. */
export function reasonOf(error: unknown): string {
  return error instanceof NoReadingError ? error.reason : clean(messageOf(error))
}

/** Asks an agent once. Rejects with a NoReadingError. */
export async function ask(target: Target, signal: AbortSignal, limits: ClientLimits = usualLimits): Promise<Reading> {
  const body = await answerOf(target, signal, limits)
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    throw somethingElse(target, `what ${target.address} answers is no JSON`)
  }
  try {
    return readReading(parsed)
  } catch (error) {
    if (error instanceof ReadingError) {
      throw somethingElse(target, `what ${target.address} answers is no reading of an agent: ${error.message}`)
    }
    throw error
  }
}

async function answerOf(target: Target, signal: AbortSignal, limits: ClientLimits): Promise<string> {
  const deadline = AbortSignal.timeout(limits.ms)
  try {
    const response = await responseOf(target, AbortSignal.any([signal, deadline]))
    const { statusCode, statusMessage } = response
    if (statusCode !== 200) {
      response.destroy()
      throw somethingElse(
        target,
        `${target.address} answers with status ${statusCode} ${statusMessage ?? ''}`.trimEnd(),
      )
    }
    return await bodyOf(response, target, limits)
  } catch (error) {
    if (error instanceof NoReadingError) throw error
    if (deadline.aborted) {
      throw new NoReadingError(`${target.address} did not answer within ${limits.ms / 1000} s`, [
        'The agent may be very busy, or a firewall may drop what is sent to it; its log says more.',
      ])
    }
    throw unreachable(target, error)
  }
}

function responseOf({ url }: Target, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const options = { signal, agent: false, headers: { accept: 'application/json' } } as const
    const request: ClientRequest = send(url, options, resolve)
    request.on('error', reject)
    request.end()
  })
}

async function bodyOf(response: IncomingMessage, target: Target, limits: ClientLimits): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limits.bytes) {
      throw somethingElse(target, `the answer of ${target.address} is larger than ${limits.bytes / 1024 / 1024} MiB`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function somethingElse({ url }: Target, message: string): NoReadingError {
  return new NoReadingError(message, [
    `Is it an agent of Flumen that listens there, and its HTTP monitoring? Another program may have the port ${portOf(url)}; ` +
      'name the right one: flumen top HOST:PORT',
  ])
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name service does not answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'the host does not answer',
}

function unreachable({ address, url }: Target, error: unknown): NoReadingError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = reasons[code] ?? messageOf(error)
  const advice = [
    'Is the agent running? Its log says at the start where its monitoring listens.',
    `Is ${portOf(url)} its flume.monitoring.port? Another one: flumen top HOST:PORT`,
    'Is it on another host? It is only reached there if its monitoring binds to more than 127.0.0.1.',
  ]
  return new NoReadingError(`no agent answers at ${address}: ${reason}`, advice, reason)
}

function portOf({ port, protocol }: URL): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port
}
