import { defineInterceptor, field } from '../../component/kit.ts'
import { type Clock, type EventBatch, type Interceptor, type Log, messageOf } from '../../core/index.ts'
import { addHeader, type ConstantColumn } from './add-header.ts'
import { canonicalName, localAddress } from './local-host.ts'

export default defineInterceptor({
  type: 'host',
  className: 'org.apache.flume.interceptor.HostInterceptor$Builder',
  summary: 'Sets a header to the address or the name of the machine that the agent runs on.',
  description:
    'Both are found once, at the start. Where the name of the machine stands for no address the header is not set, and ' +
    'a warning says so.',
  fields: {
    hostHeader: field.string({ default: 'host', doc: 'Name of the header.' }),
    useIP: field.boolean({ default: true, doc: 'Whether it is the address, or else the full host name.' }),
    preserveExisting: field.boolean({
      default: false,
      doc: 'Whether an event that has the header keeps its own value.',
    }),
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = host\na1.sources.r1.interceptors.i1.hostHeader = hostname',
  ],
  outputs: ({ hostHeader, preserveExisting }) => ({ names: [hostHeader], overwrites: !preserveExisting }),
  create: ({ hostHeader, useIP, preserveExisting }, { clock, log }) =>
    new HostInterceptor(hostHeader, preserveExisting, useIP ? localAddress : canonicalName, clock, log),
})

const patienceMs = 5000

/** For tests: with a way to find the host. */
export class HostInterceptor implements Interceptor {
  readonly #header: string
  readonly #preserveExisting: boolean
  readonly #find: () => Promise<string>
  readonly #clock: Clock
  readonly #log: Log
  #column: ConstantColumn | undefined

  constructor(header: string, preserveExisting: boolean, find: () => Promise<string>, clock: Clock, log: Log) {
    this.#header = header
    this.#preserveExisting = preserveExisting
    this.#find = find
    this.#clock = clock
    this.#log = log
  }

  async start(): Promise<void> {
    try {
      this.#column = { kind: 'constant', value: await this.#findInTime() }
    } catch (error) {
      this.#log.warn('The host of this agent was not found; the header is not set.', {
        header: this.#header,
        reason: messageOf(error),
      })
    }
  }

  async stop(): Promise<void> {}

  intercept(batch: EventBatch): EventBatch {
    return this.#column ? addHeader(batch, this.#header, this.#column, this.#preserveExisting) : batch
  }

  /** A resolver that does not answer must not keep an agent from starting. */
  async #findInTime(): Promise<string> {
    const { promise: tooLate, reject } = Promise.withResolvers<never>()
    const cancel = this.#clock.after(patienceMs, () => reject(new Error(`no answer within ${patienceMs} ms`)))
    try {
      return await Promise.race([this.#find(), tooLate])
    } finally {
      cancel()
    }
  }
}
