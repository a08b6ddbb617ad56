import type { TlsOptions } from 'node:tls'
import type { OptionsOf } from '../../../component/kit.ts'
import { type EventDrivenSource, type SourceContext, StoppedError } from '../../../core/index.ts'
import { keptFields } from '../../../protocols/syslog/keep-fields.ts'
import { MultiportParser } from '../../../protocols/syslog/multiport-parser.ts'
import { Timestamps } from '../../../protocols/syslog/timestamps.ts'
import { javaCharset } from '../../../text/java-charset.ts'
import { loadServerTls } from '../server-tls.ts'
import { ClientNames } from '../syslog/client-names.ts'
import { SyslogServer } from '../syslog/syslog-server.ts'
import type { multiportFields } from './multiport-fields.ts'

export type MultiportOptions = OptionsOf<typeof multiportFields>

/** Syslog over TCP on several ports; see the declaration. */
export class MultiportSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #options: MultiportOptions
  readonly #context: SourceContext
  #servers: SyslogServer[] = []
  #isStopped = false

  constructor(options: MultiportOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
  }

  async start(): Promise<void> {
    const tls = await loadServerTls(this.#options)
    if (this.#isStopped) throw new StoppedError('stopped before it listened')
    const names = new ClientNames(this.#context.clock)
    const open = this.#context.metrics.gauge('openConnections')
    const counts = this.#options.ports.map(() => 0)
    this.#servers = this.#options.ports.map((port, index) =>
      this.#server(Number(port), tls, names, (connections) => {
        counts[index] = connections
        open.set(counts.reduce((sum, each) => sum + each, 0))
      }),
    )
    try {
      for (const server of this.#servers) await server.start()
    } catch (error) {
      await this.stop(0)
      throw error
    }
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#servers.map((server) => server.stop(deadlineMs)))
  }

  #server(
    port: number,
    tls: TlsOptions | undefined,
    names: ClientNames,
    onCount: (connections: number) => void,
  ): SyslogServer {
    const { keepFields, structuredData, ...options } = this.#options
    const { clock } = this.#context
    const now = (): number => clock.now()
    const charset = javaCharset(options['charset.port'].get(String(port)) ?? options['charset.default'])!
    const rules = {
      parser: new MultiportParser(new Timestamps('UTC', now), now, charset),
      keep: keptFields(keepFields),
      names: { priority: 'Priority', version: 'Version' },
      structuredData,
    }
    return new SyslogServer({ ...options, port, tls, rules, names, onCount }, this.#context)
  }
}
