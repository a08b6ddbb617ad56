export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Facts beside a message: names and numbers, never event bodies, never secrets. */
export type LogFacts = Readonly<Record<string, unknown>>

/** One line for people. A message is a sentence that does not vary; what varies are facts. Nothing is logged per event. */
export interface Log {
  debug(message: string, facts?: LogFacts): void
  info(message: string, facts?: LogFacts): void
  warn(message: string, facts?: LogFacts): void
  error(message: string, facts?: LogFacts): void
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
