import type { Kind } from '../component/kind.ts'
import type { AgentSettings, ComponentPlan, SinkPlan, SourcePlan } from '../component/plan.ts'
import {
  type Clock,
  type ComponentContext,
  ComponentFailedError,
  type Log,
  messageOf,
  type Sink,
  type Source,
} from '../core/index.ts'
import { ComponentMetrics } from './component-metrics.ts'
import { Supervised } from './supervisor.ts'

export interface MakerOptions {
  readonly settings: AgentSettings
  readonly log: Log
  readonly clock: Clock
  /** Decides about a component that failed after its start. @param component `source r1` */
  onFailure(component: string, error: unknown): 'restart' | 'stop'
}

/** Makes the components of a plan, with their surroundings and their numbers, which survive restarts. */
export class ComponentMaker {
  /** By `kind name`. */
  readonly metrics = new Map<string, ComponentMetrics>()
  readonly #options: MakerOptions

  constructor(options: MakerOptions) {
    this.#options = options
  }

  /** @param more what the context of this kind has beside the common one */
  create<K extends Kind>(plan: ComponentPlan<K>, kind: K, fail: (error: unknown) => void, more: object = {}) {
    const { clock, log } = this.#options
    const context: ComponentContext = { name: plan.name, clock, log, metrics: this.#metricsOf(kind, plan), fail }
    return named(`${kind} ${plan.name}`, async () =>
      plan.declaration.create(plan.options, { ...context, ...more } as never),
    )
  }

  supervised<K extends 'source' | 'sink'>(
    kind: K,
    plan: K extends 'source' ? SourcePlan : SinkPlan,
    more: object = {},
  ): Supervised<K extends 'source' ? Source : Sink> {
    const { settings, clock, log, onFailure } = this.#options
    return new Supervised<K extends 'source' ? Source : Sink>({
      kind,
      name: plan.name,
      clock,
      log,
      restartDelayMs: settings.restartDelay,
      create: (fail) =>
        this.create(plan as unknown as ComponentPlan<K>, kind, fail, more) as Promise<
          K extends 'source' ? Source : Sink
        >,
      onFailure: (component, error) => onFailure(`${kind} ${component.name}`, error),
    })
  }

  #metricsOf(kind: Kind, { name, declaration }: ComponentPlan): ComponentMetrics {
    const key = `${kind} ${name}`
    const known = this.metrics.get(key) ?? new ComponentMetrics(declaration.metrics)
    this.metrics.set(key, known)
    return known
  }
}

/** Runs a step of a component; a failure says whose. */
export async function named<R>(component: string, step: () => Promise<R>): Promise<R> {
  try {
    return await step()
  } catch (cause) {
    if (cause instanceof ComponentFailedError && cause.component === component) throw cause
    throw new ComponentFailedError(`${component}: ${messageOf(cause)}`, { cause, component })
  }
}
