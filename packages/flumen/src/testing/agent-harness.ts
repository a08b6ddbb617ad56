import { Catalogue, type CatalogueEntry } from '../component/catalogue.ts'
import { classNamesOf, type Declaration, defineSink, defineSource, field } from '../component/kit.ts'
import type { AgentPlan } from '../component/plan.ts'
import { readPlan } from '../component/plan-reader.ts'
import { Problems } from '../config/problem.ts'
import { Settings } from '../config/settings.ts'
import type { Delivery, EventBatch, Outcome, SinkLimits, SourceContext } from '../core/index.ts'

/** A row of the alias table for a declaration that is at hand. */
export function entryOf(declaration: Declaration): CatalogueEntry {
  return {
    kind: declaration.kind,
    type: declaration.type,
    aliases: declaration.aliases ?? [],
    classNames: classNamesOf(declaration),
    summary: declaration.summary,
    load: () => Promise.resolve({ default: declaration }),
  }
}

/** Settings as a properties file would give them: `a1.sources = r1`, a line each. */
export function settingsOf(text: string, file = 'test.conf'): Settings {
  const settings = new Settings()
  for (const [index, line] of text.split('\n').entries()) {
    const at = line.indexOf('=')
    if (at < 0) continue
    const key = line.slice(0, at)
    const column = key.length - key.trimStart().length + 1
    settings.set({ key: key.trim(), value: line.slice(at + 1).trim(), place: { file, line: index + 1, column } })
  }
  return settings
}

/** The plan of agent `a1`; a problem that stops a start is thrown. */
export async function planOf(text: string, declarations: readonly Declaration[]): Promise<AgentPlan> {
  const problems = new Problems()
  const plan = await readPlan(settingsOf(text), 'a1', problems, { catalogue: new Catalogue(declarations.map(entryOf)) })
  const errors = problems.all.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(errors.map(({ key, message, fix }) => `${key}: ${message}; ${fix}`).join('\n'))
  return plan
}

export interface ScriptedSource {
  readonly declaration: Declaration
  /** Of the running instance, by the component's name. */
  readonly contexts: Map<string, SourceContext>
  starts: number
}

/** A source of type `scripted` that puts when the test says so. */
export function scriptedSource(onStart: (context: SourceContext) => void = () => undefined): ScriptedSource {
  const contexts = new Map<string, SourceContext>()
  const script: ScriptedSource = {
    contexts,
    starts: 0,
    declaration: defineSource({
      type: 'scripted',
      summary: 'Puts what a test puts.',
      fields: {},
      examples: [],
      create: (_options, context) => ({
        kind: 'event-driven',
        start: async () => {
          script.starts++
          contexts.set(context.name, context)
          onStart(context)
        },
        stop: () => Promise.resolve(),
      }),
    }) as Declaration,
  }
  return script
}

export interface ScriptedSink {
  readonly declaration: Declaration
  /** Bodies that were delivered, in order, by the sink's name. */
  delivered(name: string): readonly string[]
  starts: number
}

/** A sink of type `scripted`: the script answers each delivery; what it answers nothing to is delivered. */
export function scriptedSink(
  script: (sink: string, batch: EventBatch, delivery: Delivery) => void | Outcome | Promise<Outcome | void> = () =>
    undefined,
  limits: Partial<SinkLimits> = {},
): ScriptedSink {
  const bodies = new Map<string, string[]>()
  const sink: ScriptedSink = {
    starts: 0,
    delivered: (name) => bodies.get(name) ?? [],
    declaration: defineSink({
      type: 'scripted',
      summary: 'Does what a test says.',
      fields: { batchSize: field.int({ default: 100, min: 1, doc: 'Events of a take.' }) },
      examples: [],
      batchSize: ({ batchSize }) => ({ key: 'batchSize', events: batchSize }),
      create: ({ batchSize }, { name }) => {
        const record = (batch: EventBatch, outcome: void | Outcome): void | Outcome => {
          const gone = new Set([...(outcome?.rejected ?? []).map(({ row }) => row), ...(outcome?.retry ?? [])])
          const known = bodies.get(name) ?? []
          for (let row = 0; row < batch.length; row++)
            if (!gone.has(row) && outcome?.retry !== null) known.push(batch.text(row))
          bodies.set(name, known)
          return outcome
        }
        return {
          limits: {
            events: batchSize,
            bytes: Number.POSITIVE_INFINITY,
            lingerMs: 0,
            inFlight: 1,
            ordered: false,
            ...limits,
          },
          start: async () => {
            sink.starts++
          },
          stop: () => Promise.resolve(),
          deliver: (batch, delivery) => {
            const outcome = script(name, batch, delivery)
            return outcome instanceof Promise ? outcome.then((answer) => record(batch, answer)) : record(batch, outcome)
          },
        }
      },
    }) as Declaration,
  }
  return sink
}
