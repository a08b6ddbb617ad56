import type { AgentPlan, ChannelPlan, GroupPlan, SinkPlan } from '../../component/plan.ts'
import { type ChannelLimits, type Clock, EventBatch, silentLog } from '../../core/index.ts'
import { ComponentMaker } from '../../runtime/component-maker.ts'
import { memoryShare } from '../../runtime/memory-share.ts'

/** How a runner takes batches. */
export interface TakeHabit {
  readonly events: number
  readonly inFlight: number
}

const usualHabit: TakeHabit = { events: 100, inFlight: 1 }

/** Asks components that are made and never started what their limits are: `create` has no side effect. */
export class LimitsOf {
  readonly #plan: AgentPlan
  readonly #maker: ComponentMaker

  constructor(plan: AgentPlan, clock: Clock) {
    this.#plan = plan
    this.#maker = new ComponentMaker({ settings: plan.settings, log: silentLog, clock, onFailure: () => 'stop' })
  }

  /** @throws ComponentFailedError */
  async channel(plan: ChannelPlan): Promise<ChannelLimits> {
    const more = { memoryShare: memoryShare(this.#plan) }
    return (await this.#maker.create(plan, 'channel', () => undefined, more)).limits
  }

  /** Of a group: what suits every sink. A sink that cannot be made here is taken for a usual one. */
  async runner({ sinks }: GroupPlan, transactionEvents: number): Promise<TakeHabit> {
    const habits = await Promise.all(sinks.map((sink) => this.#sink(sink)))
    return {
      events: Math.min(transactionEvents, ...habits.map(({ events }) => events)),
      inFlight: Math.min(...habits.map(({ inFlight }) => inFlight)),
    }
  }

  async #sink(plan: SinkPlan): Promise<TakeHabit> {
    const events = plan.declaration.batchSize?.(plan.options)?.events ?? usualHabit.events
    try {
      return (await this.#maker.create(plan, 'sink', () => undefined)).limits
    } catch {
      return { ...usualHabit, events }
    }
  }

  /** The sinks of a failover group in the order in which they stand by. */
  async standbyOrder({ processor, sinks }: GroupPlan): Promise<readonly SinkPlan[]> {
    if (processor?.declaration.type !== 'failover') return sinks
    const names = sinks.map(({ name }) => name)
    const picker = await this.#maker.create(processor, 'processor', () => undefined, { sinks: names })
    const tried = new Set<string>()
    for (const _ of names) {
      const next = picker.pick(new EventBatch([]), tried)
      if (typeof next === 'string') tried.add(next)
    }
    return [...tried].flatMap((name) => sinks.find((sink) => sink.name === name) ?? [])
  }
}
