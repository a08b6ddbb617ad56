import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { tryConnect } from '../support/agent-process.ts'
import { eventLine } from './event-line.ts'
import { Ledger } from './ledger.ts'
import type { Trial } from './oracle.ts'

export interface ProducerOptions {
  readonly port: number
  readonly trial: Trial
  readonly producers: number
  /** Lines of a producer that have no answer yet, at most. */
  readonly window: number
  /** After a connection that broke, what had no answer comes again; otherwise it stays in doubt. */
  readonly resends: boolean
  /** Events of all producers together; without it as fast as it goes. */
  readonly perSecond?: number
}

/** Clients that send lines and wait for their OK, and try again for as long as nobody listens. */
export class LineProducers {
  readonly #ledger: Ledger
  readonly #producers: Producer[]
  #running: Promise<void>[] = []

  constructor(options: ProducerOptions) {
    this.#ledger = new Ledger(options.trial.producers)
    this.#producers = Array.from({ length: options.producers }, (_, id) => new Producer(id, options, this.#ledger))
  }

  get acknowledged(): number {
    return this.#producers.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
  }

  /** Answers that were no OK; those lines are not sent again. */
  get refusals(): string[] {
    return this.#producers.flatMap(({ refusals }) => refusals)
  }

  start(): void {
    this.#running = this.#producers.map((producer) => producer.run())
  }

  /** Sends nothing new and waits until all is answered; with `resends: false`, what can be. */
  async finish(): Promise<void> {
    for (const producer of this.#producers) producer.finish()
    await Promise.all(this.#running)
    this.#ledger.close()
  }
}

class Producer {
  readonly refusals: string[] = []
  acknowledged = 0
  readonly #id: number
  readonly #options: ProducerOptions
  readonly #ledger: Ledger
  /** What is answered next. */
  #answered = 0
  #sent = 0
  /** Sent on this connection up to here. */
  #written = 0
  /** The ledger says that events up to here may have been sent. */
  #claimed = 0
  #isFinishing = false
  #allowed = 0
  #since = 0

  constructor(id: number, options: ProducerOptions, ledger: Ledger) {
    this.#id = id
    this.#options = options
    this.#ledger = ledger
  }

  finish(): void {
    this.#isFinishing = true
  }

  async run(): Promise<void> {
    this.#since = performance.now()
    while (!this.#isDone) {
      const socket = await tryConnect(this.#options.port)
      if (!socket) {
        await sleep(10)
        continue
      }
      if (!this.#options.resends) this.#answered = this.#sent
      this.#written = this.#answered
      await this.#talk(socket)
    }
  }

  get #isDone(): boolean {
    return this.#isFinishing && (this.#answered === this.#sent || !this.#options.resends)
  }

  async #talk(socket: Socket): Promise<void> {
    socket.setNoDelay()
    socket.on('error', () => undefined)
    let rest = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      this.#take(lines)
      this.#send(socket)
    })
    const closed = once(socket, 'close').catch(() => undefined)
    this.#send(socket)
    const timer = setInterval(() => this.#send(socket), 5)
    await closed
    clearInterval(timer)
  }

  #take(answers: readonly string[]): void {
    let from = this.#answered
    const claims: string[] = []
    const claim = (): void => {
      if (this.#answered > from) claims.push(`acknowledged ${this.#id} ${from} ${this.#answered}`)
      this.acknowledged += this.#answered - from
    }
    for (const answer of answers) {
      if (answer !== 'OK') {
        claim()
        this.refusals.push(answer)
        from = this.#answered + 1
      }
      this.#answered++
    }
    claim()
    this.#ledger.append(claims)
  }

  #send(socket: Socket): void {
    if (socket.destroyed || !socket.writable) return
    if (this.#isFinishing && this.#answered === this.#sent) {
      socket.end()
      return
    }
    const { window, trial } = this.#options
    const mostNew = this.#isFinishing ? this.#sent : Math.min(this.#answered + window, this.#sent + this.#allowance())
    const end = Math.min(this.#answered + window, Math.max(mostNew, this.#sent))
    if (end <= this.#written) return
    if (end > this.#claimed) {
      this.#claimed = end + window
      this.#ledger.append([`sent ${this.#id} ${this.#claimed}`])
    }
    let text = ''
    for (let number = this.#written; number < end; number++) {
      text += `${eventLine(trial.seed, this.#id, number, trial.bytes)}\n`
    }
    this.#written = end
    this.#allowed -= Math.max(0, end - this.#sent)
    this.#sent = Math.max(this.#sent, end)
    socket.write(text)
  }

  /** How many new events the pace lets through now. */
  #allowance(): number {
    const { perSecond, producers, window } = this.#options
    if (perSecond === undefined) return window
    const now = performance.now()
    this.#allowed = Math.min(this.#allowed + ((now - this.#since) * perSecond) / producers / 1000, window)
    this.#since = now
    return Math.floor(this.#allowed)
  }
}
