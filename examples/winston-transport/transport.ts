// A transport of winston: its lines go to Flume. See docs/guide/embedded.md.
import { LogSender, type LogSenderOptions } from 'flumen/embedded'
import Transport from 'winston-transport'

/** Where winston puts the text that the formats have made, and the level without colours. */
const formatted = Symbol.for('message')
const plainLevel = Symbol.for('level')

type Info = Readonly<Record<string | symbol, unknown>>

/**
 * Lines that find the queue full are left out, since a logger cannot wait; a line of their own counts them. The logger's
 * `finish` comes when everything is stored and the agent has stopped.
 */
export class FlumenTransport extends Transport {
  readonly #sender: LogSender

  constructor({ level, format, ...options }: LogSenderOptions & Transport.TransportStreamOptions) {
    super({ ...(level !== undefined && { level }), ...(format && { format }) })
    this.#sender = new LogSender(options)
    this.#sender.started.catch((error: unknown) => this.emit('error', error))
  }

  override log(info: Info, next: () => void): void {
    const { logger, message } = info
    const level = info[plainLevel]
    this.#sender.offer(String(info[formatted] ?? message), {
      logger: typeof logger === 'string' ? logger : undefined,
      level: typeof level === 'string' ? level : undefined,
      time: Date.now(),
    })
    next()
  }

  override _final(done: (error?: Error) => void): void {
    this.#sender.end().then(
      () => done(),
      (error: Error) => done(error),
    )
  }
}
