import type { Headers } from '../core/event.ts'

/** What a logger knows of a line. */
export interface LogLineFacts {
  /** Of the logger. */
  readonly logger?: string | undefined
  /** A name of pino, winston, log4js or syslog in any case, or log4j's number. */
  readonly level?: string | number | undefined
  /** Ms since the epoch. */
  readonly time?: number | undefined
}

/** The numbers of log4j, which Flume's configurations select by, for the levels that loggers of Node.js have. */
const levels: Readonly<Record<string, number>> = {
  mark: 50_000,
  fatal: 50_000,
  emerg: 50_000,
  alert: 50_000,
  crit: 50_000,
  error: 40_000,
  warn: 30_000,
  warning: 30_000,
  notice: 20_000,
  info: 20_000,
  http: 10_000,
  verbose: 10_000,
  debug: 10_000,
  silly: 5000,
  trace: 5000,
}

/** The headers that Flume's log4j appender gives an event whose body is text; what is not known is left out. */
export function log4jHeaders({ logger, level, time }: LogLineFacts): Headers {
  const headers = new Map<string, string>()
  if (logger !== undefined) headers.set('flume.client.log4j.logger.name', logger)
  const number = typeof level === 'string' ? levels[level.toLowerCase()] : level
  if (number !== undefined) headers.set('flume.client.log4j.log.level', String(number))
  if (time !== undefined) headers.set('flume.client.log4j.timestamp', String(time))
  return headers.set('flume.client.log4j.message.encoding', 'UTF8')
}
