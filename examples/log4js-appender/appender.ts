// An appender of log4js: its lines go to Flume. See docs/guide/embedded.md.
import { LogSender, type LogSenderOptions } from 'flumen/embedded'
import type { AppenderFunction, LayoutsParam } from 'log4js'

export interface FlumenAppender extends LogSenderOptions {
  /** Makes the body; the bare message unless given. */
  readonly layout?: { readonly type: string; readonly [option: string]: unknown }
}

/**
 * Lines that find the queue full are left out, since a logger cannot wait; a line of their own counts them.
 * `log4js.shutdown` waits until everything is stored and the agent has stopped.
 */
export function configure({ layout, ...options }: FlumenAppender, layouts?: LayoutsParam): AppenderFunction {
  if (!layouts) throw new TypeError('log4js gives its layouts to an appender')
  const print = layout ? layouts.layout(layout.type, layout as never) : layouts.messagePassThroughLayout
  const sender = new LogSender(options)
  // It has said so on standard error.
  sender.started.catch(() => undefined)
  const append: AppenderFunction = (event) => {
    // The numbers of log4js are those of log4j.
    const { categoryName: logger, level, startTime } = event
    sender.offer(print(event), { logger, level: level.level, time: startTime.getTime() })
  }
  const shutdown = (done: (error?: Error) => void): void => {
    sender.end().then(
      () => done(),
      (error: Error) => done(error),
    )
  }
  return Object.assign(append, { shutdown })
}

export default { configure }
