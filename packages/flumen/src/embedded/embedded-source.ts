import type { CatalogueEntry } from '../component/catalogue.ts'
import { defineSource } from '../component/kit.ts'
import {
  type EventBatch,
  type EventDrivenSource,
  LifecycleError,
  type SourceContext,
  settledWithin,
} from '../core/index.ts'
import { embeddedSourceClass } from './embedded-settings.ts'

/** The way of a program's events into its agent; open while the agent's source runs. */
export class EmbeddedDoor {
  readonly #underWay = new Set<Promise<void>>()
  #context: SourceContext | undefined

  open(context: SourceContext): void {
    this.#context = context
  }

  /** Lets nothing in any more, and resolves when what is on its way is stored or refused, or at the deadline. */
  async close(deadlineMs: number): Promise<void> {
    const { clock } = this.#context ?? {}
    this.#context = undefined
    if (clock) await settledWithin(Promise.allSettled(this.#underWay), deadlineMs, clock)
  }

  /** Stores all of the batch or nothing, in every required channel. */
  async put(batch: EventBatch, signal: AbortSignal | undefined): Promise<void> {
    const context = this.#context
    if (!context) throw new LifecycleError('it takes no events any more')
    const stored = context.put(batch, { atomic: true, ...(signal && { signal }) })
    if (!stored) return
    this.#underWay.add(stored)
    try {
      await stored
    } finally {
      this.#underWay.delete(stored)
    }
  }
}

/** The source `embedded` of one agent, for its catalogue. */
export function embeddedSource(door: EmbeddedDoor): CatalogueEntry {
  const summary = 'Takes the events that the program puts.'
  const declaration = defineSource({
    type: 'embedded',
    className: embeddedSourceClass,
    summary,
    fields: {},
    examples: [],
    create: (_options, context) => new EmbeddedSource(door, context),
  })
  return {
    kind: 'source',
    type: 'embedded',
    aliases: [],
    classNames: [embeddedSourceClass],
    summary,
    load: () => Promise.resolve({ default: declaration }),
  }
}

class EmbeddedSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #door: EmbeddedDoor
  readonly #context: SourceContext

  constructor(door: EmbeddedDoor, context: SourceContext) {
    this.#door = door
    this.#context = context
  }

  async start(): Promise<void> {
    this.#door.open(this.#context)
  }

  stop(deadlineMs: number): Promise<void> {
    return this.#door.close(deadlineMs)
  }
}
