// A transport of pino: its lines go to Flume, from pino's worker thread. See docs/guide/embedded.md.
import { type LogLineFacts, LogSender, type LogSenderOptions } from 'flumen/embedded'
import build from 'pino-abstract-transport'

export default async function flumenTransport(options: LogSenderOptions) {
  const sender = new LogSender(options)
  await sender.started
  return build(
    async (lines) => {
      // A full queue holds up the worker, and with it pino.
      for await (const line of lines as AsyncIterable<string>) await sender.add(line, factsOf(line))
    },
    {
      parse: 'lines',
      close: async () => {
        // pino waits for its worker for 10 s.
        await sender.end({ queueMs: 4000, agentMs: 4000 })
      },
    },
  )
}

/** The numbers of pino's own levels. */
const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** What pino has written into a line; the line itself goes as it is. */
function factsOf(line: string): LogLineFacts {
  const { name, level, time } = recordOf(line)
  return {
    logger: typeof name === 'string' ? name : undefined,
    level: typeof level === 'number' ? levels[level] : undefined,
    time: typeof time === 'number' ? time : undefined,
  }
}

function recordOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
