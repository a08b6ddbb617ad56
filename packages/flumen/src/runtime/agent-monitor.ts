import type { MonitorPlan } from '../component/plan.ts'
import {
  type AgentReading,
  type Clock,
  ComponentFailedError,
  type Log,
  type Monitor,
  messageOf,
  settledWithin,
} from '../core/index.ts'
import type { ComponentMaker } from './component-maker.ts'

export interface AgentMonitorOptions {
  readonly plan: MonitorPlan
  readonly maker: ComponentMaker
  readonly clock: Clock
  readonly log: Log
  read(): AgentReading
}

/** What a monitor has to end what it does, ms; an agent does not wait for it longer. */
const stopMs = 2000

/** The monitor of an agent: whatever becomes of it, the flow goes on. */
export class AgentMonitor {
  readonly #options: AgentMonitorOptions
  #monitor: Monitor | undefined

  constructor(options: AgentMonitorOptions) {
    this.#options = options
  }

  /** @throws ComponentFailedError when somebody asked for this monitor; the one that runs by itself is done without */
  async start(): Promise<void> {
    const { plan, maker, log, read } = this.#options
    try {
      this.#monitor = await maker.create(plan, 'monitor', (error) => this.#failed(error), {
        read,
        isAsked: plan.isAsked,
      })
      await this.#monitor.start()
    } catch (cause) {
      await this.stop()
      if (plan.isAsked) throw new ComponentFailedError(`monitor: ${messageOf(cause)}`, { cause, component: 'monitor' })
      log.warn('The agent runs without monitoring.', { error: messageOf(cause) })
      return
    }
    const { address } = this.#monitor
    if (address) log.info('Monitoring serves metrics and health.', { address })
  }

  /** Never throws and never hangs. */
  async stop(): Promise<void> {
    const { clock, log } = this.#options
    const monitor = this.#monitor
    if (!monitor) return
    const stopping = Promise.resolve().then(() => monitor.stop(stopMs))
    stopping.catch((error: unknown) => log.error('The monitor did not stop cleanly.', { error: messageOf(error) }))
    if (!(await settledWithin(stopping, stopMs, clock))) log.error('The monitor did not stop in time.')
  }

  #failed(error: unknown): void {
    this.#options.log.error('Component failed.', { component: 'monitor', error: messageOf(error) })
  }
}
