import type { CatalogueEntry } from '../component/catalogue.ts'
import { type Log, messageOf, systemClock } from '../core/index.ts'
import type { ConsoleLog } from '../runtime/console-log.ts'
import { warningsOnStandardError } from '../runtime/program-agent.ts'
import { ConfiguredEmbeddedAgent } from './embedded-agent.ts'
import type { EmbeddedProperties } from './embedded-settings.ts'
import { EventQueue, type EventQueueAccount, type EventQueueOptions } from './event-queue.ts'
import { type LogLineFacts, log4jHeaders } from './log4j-headers.ts'

export interface LogSenderOptions {
  /** Of the agent. */
  readonly name: string
  /** Of the embedded agent: `channel.type`, `sinks` and so on. */
  readonly properties: EmbeddedProperties
  readonly queue?: Pick<EventQueueOptions, 'batchSize' | 'capacity' | 'byteCapacity'>
  /** See the embedded agent's options. */
  readonly anyType?: boolean
  /** Where the agent's own log lines go; warnings and errors on standard error unless given. Never the logger that is sent. */
  readonly log?: Log
}

/** Deadlines of an end, ms. */
export interface LogSenderDeadlines {
  /** Until everything is in the channel; 4000 unless given. */
  readonly queueMs?: number
  /** For the stop of the agent, whose sinks deliver what a memory channel holds; 4000 unless given. */
  readonly agentMs?: number
}

/**
 * What a transport of a logger is made of: an embedded agent of its own, and a queue in front of it. A logger cannot wait
 * for the channel; where it can, `add` holds it up, otherwise `offer` leaves lines out when the queue is full, and a line
 * says how many.
 */
export class ConfiguredLogSender {
  /** Resolves when the agent runs; rejects when its properties are wrong or it cannot start. */
  readonly started: Promise<void>
  readonly #agent: ConfiguredEmbeddedAgent
  readonly #queue: EventQueue
  readonly #log: Log
  /** Its own; see the embedded agent. */
  readonly #console?: ConsoleLog

  constructor({ name, properties, queue, anyType, log }: LogSenderOptions, builtIn: readonly CatalogueEntry[]) {
    if (log) this.#log = log
    else this.#log = this.#console = warningsOnStandardError(systemClock)
    this.#agent = new ConfiguredEmbeddedAgent(name, builtIn, { log: this.#log, ...(anyType && { anyType }) })
    this.started = this.#start(properties)
    const refusedNote = (count: number) => ({
      headers: log4jHeaders({ logger: name, level: 'warn', time: Date.now() }),
      body: `${count} log lines were left out: the queue was full`,
    })
    this.#queue = new EventQueue(
      this.started.then(() => this.#agent),
      { refusedNote, ...queue },
    )
  }

  get account(): EventQueueAccount {
    return this.#queue.account
  }

  /** Takes a line if there is room; never waits. */
  offer(line: string, facts: LogLineFacts): boolean {
    return this.#queue.offer({ headers: log4jHeaders(facts), body: line })
  }

  /** Takes a line as soon as there is room. */
  add(line: string, facts: LogLineFacts): Promise<void> {
    return this.#queue.add({ headers: log4jHeaders(facts), body: line })
  }

  /** Takes nothing more, stores what waits, stops the agent. What is lost all the same is an error of its log. */
  async end({ queueMs = 4000, agentMs = 4000 }: LogSenderDeadlines = {}): Promise<EventQueueAccount> {
    const account = await this.#queue.close(queueMs)
    const unstored = account.lost + account.rejected
    if (unstored > 0) this.#log.error('Log lines could not be stored.', { agent: this.#agent.name, lines: unstored })
    await this.started.catch(() => undefined)
    if (this.#agent.state === 'STARTED') await this.#stop(agentMs)
    this.#console?.close()
    return account
  }

  async #stop(deadlineMs: number): Promise<void> {
    const { left } = await this.#agent.stop(deadlineMs)
    for (const { events } of left) {
      this.#log.error('Log lines could not be delivered before the end.', { agent: this.#agent.name, lines: events })
    }
  }

  async #start(properties: EmbeddedProperties): Promise<void> {
    try {
      await this.#agent.configure(properties)
      await this.#agent.start()
    } catch (error) {
      this.#log.error('Log lines are not sent.', { agent: this.#agent.name, error: messageOf(error) })
      throw error
    }
  }
}
