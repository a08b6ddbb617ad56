import type { TestContext } from 'node:test'
import type { Declaration, Fields } from '../component/kit.ts'
import type { Harness, HarnessOptions } from './harness.ts'
import { portOf, startForTest } from './listening.ts'
import { settle } from './manual-clock.ts'
import { TcpClient } from './tcp-client.ts'

export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends the bytes of a request as they are, and reads until the server ends the connection. */
export async function askRaw(port: number, request: string | Uint8Array): Promise<RawAnswer> {
  const client = await TcpClient.connect(port)
  await client.send(request)
  const [answer] = answersOf(await client.lastAnswer())
  client.destroy()
  if (!answer) throw new Error('there was no answer')
  return answer
}

/** The answers in a stream; each with a Content-Length. */
export function answersOf(text: string): readonly RawAnswer[] {
  const answers: RawAnswer[] = []
  let rest = text
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) return answers
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
      }),
    )
    const length = Number(headers['content-length'] ?? 0)
    const body = rest.slice(end + 4, end + 4 + length)
    rest = rest.slice(end + 4 + length)
    const status = Number(statusLine.split(' ')[1])
    if (status >= 200) answers.push({ status, headers, body })
  }
}

export interface RunningServer extends Harness<'source'> {
  readonly port: number
  count(metric: string): number
  until(holds: () => boolean): Promise<void>
}

/** A source that listens on a port of this machine; stopped at the end of the test. */
export async function runServer<F extends Fields>(
  context: TestContext,
  declaration: Declaration<'source', F>,
  values: Readonly<Record<string, string>>,
  options: HarnessOptions,
): Promise<RunningServer> {
  const source = await startForTest(context, declaration, { bind: '127.0.0.1', port: '0', ...values }, options)
  return {
    ...source,
    port: portOf(source),
    count: (metric) => source.observed.counts.get(metric) ?? 0,
    until: async (holds) => {
      while (!holds()) await settle()
    },
  }
}

/** A POST as bytes. */
export function post(body: string | Uint8Array, headers: readonly string[] = [], path = '/'): Buffer {
  const bytes = Buffer.from(body)
  const head = [`POST ${path} HTTP/1.1`, 'Host: a', `Content-Length: ${bytes.length}`, ...headers]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes])
}

/** The same, after which the server ends the connection. */
export function lastPost(body: string | Uint8Array, headers: readonly string[] = []): Buffer {
  return post(body, ['Connection: close', ...headers])
}

/** The pieces of a chunked body. */
export function chunked(...pieces: readonly string[]): string {
  return `${pieces.map((piece) => `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`).join('')}0\r\n\r\n`
}

export const chunkedHead = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
