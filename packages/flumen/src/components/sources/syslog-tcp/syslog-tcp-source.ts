import type { OptionsOf } from '../../../component/kit.ts'
import { type EventDrivenSource, type SourceContext, StoppedError } from '../../../core/index.ts'
import { ClassicParser } from '../../../protocols/syslog/classic-parser.ts'
import { keptFields } from '../../../protocols/syslog/keep-fields.ts'
import { Timestamps } from '../../../protocols/syslog/timestamps.ts'
import { loadServerTls } from '../server-tls.ts'
import { ClientNames } from '../syslog/client-names.ts'
import { formatOf } from '../syslog/syslog-fields.ts'
import { SyslogServer } from '../syslog/syslog-server.ts'
import type { syslogTcpFields } from './syslog-tcp-fields.ts'

export type SyslogTcpOptions = OptionsOf<typeof syslogTcpFields>

/** Syslog over TCP, TLS or a Unix socket; see the declaration. */
export class SyslogTcpSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #options: SyslogTcpOptions
  readonly #context: SourceContext
  #server: SyslogServer | undefined
  #isStopped = false

  constructor(options: SyslogTcpOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
  }

  async start(): Promise<void> {
    const { keepFields, structuredData, format, socketPath, port, ...options } = this.#options
    const { clock, metrics } = this.#context
    const timestamps = new Timestamps('local', () => clock.now())
    const open = metrics.gauge('openConnections')
    const tls = await loadServerTls(options)
    if (this.#isStopped) throw new StoppedError('stopped before it listened')
    this.#server = new SyslogServer(
      {
        ...options,
        port: port ?? 0,
        path: socketPath,
        tls,
        rules: {
          parser: new ClassicParser(timestamps, formatOf(format)),
          keep: keptFields(keepFields),
          names: { priority: 'priority', version: 'version' },
          structuredData,
        },
        batchSize: Number.MAX_SAFE_INTEGER,
        names: new ClientNames(clock),
        onCount: (connections) => open.set(connections),
      },
      this.#context,
    )
    await this.#server.start()
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#isStopped = true
    await this.#server?.stop(deadlineMs)
  }
}
