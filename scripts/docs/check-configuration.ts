import { Catalogue } from '../../packages/flumen/src/component/catalogue.ts'
import type { Outputs } from '../../packages/flumen/src/component/kit.ts'
import type { AgentPlan, ComponentPlan } from '../../packages/flumen/src/component/plan.ts'
import { agentNames, readPlan } from '../../packages/flumen/src/component/plan-reader.ts'
import { loadPlugin } from '../../packages/flumen/src/component/plugins.ts'
import { builtInComponents } from '../../packages/flumen/src/components/catalogue.generated.ts'
import { type Problem, Problems } from '../../packages/flumen/src/config/problem.ts'
import type { Settings } from '../../packages/flumen/src/config/settings.ts'
import { completeExample } from './complete-example.ts'
import type { Documented } from './documented.ts'

const catalogue = new Catalogue(builtInComponents, loadPlugin)

export interface Checked {
  readonly problems: readonly Problem[]
  readonly plans: readonly AgentPlan[]
}

/** Reads every agent of some settings with the validator that the agent itself starts with. */
export async function checkSettings(settings: Settings, problems: Problems, directory: string): Promise<Checked> {
  const plans: AgentPlan[] = []
  for (const agent of agentNames(settings)) {
    plans.push(await readPlan(settings, agent, problems, { catalogue, directory }))
  }
  return { problems: problems.all, plans }
}

/** Checks an example of a declaration, completed. */
export function checkExample(example: string, directory: string): Promise<Checked> {
  const problems = new Problems()
  return checkSettings(completeExample(example, problems), problems, directory)
}

/** What the examples of a component show of it. */
export interface Shown {
  /** What it can lose. */
  readonly losses: readonly string[]
  /** Of an interceptor: the headers that it sets, an example each. */
  readonly outputs: readonly Outputs[]
}

/** Checks all examples of a component. */
export async function checkExamples({ declaration, name }: Documented): Promise<Shown> {
  const losses = new Set<string>()
  const outputs: Outputs[] = []
  for (const example of declaration.examples) {
    const { problems, plans } = await checkExample(example, process.cwd())
    const errors = problems.filter(({ severity }) => severity !== 'note')
    if (errors.length > 0)
      throw new Error(
        `an example of ${declaration.kind} ${name} is wrong:\n${example}\n${errors.map(lineOf).join('\n')}`,
      )
    for (const plan of plans) {
      for (const component of componentsOf(plan)) {
        if (component.declaration !== declaration) continue
        const loss = declaration.mayLose?.(component.options)
        if (loss !== undefined) losses.add(loss)
        const output = declaration.outputs?.(component.options)
        if (output) outputs.push(output)
      }
    }
  }
  return { losses: [...losses], outputs }
}

function componentsOf({ sources, channels }: AgentPlan): readonly ComponentPlan[] {
  return [...sources, ...channels, ...sources.flatMap(({ interceptors }) => interceptors)]
}

export function lineOf({ place, severity, key, message, fix }: Problem): string {
  return `${place.file}:${place.line}: ${severity} ${key}: ${message}; ${fix}`
}
