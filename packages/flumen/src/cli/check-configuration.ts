import { agentNames, agentsOf } from '../component/agent-names.ts'
import type { AgentPlan } from '../component/plan.ts'
import type { Problem, Problems } from '../config/problem.ts'
import { type CommandContext, statuses } from './command.ts'
import {
  type Configuration,
  chooseAgent,
  isEmpty,
  isReferredTo,
  planAgent,
  readConfiguration,
} from './configuration.ts'
import { factsOf } from './notes.ts'
import { inOrder, problemLine, problemsJson } from './problem-lines.ts'

/** What `flumen check` does. */
export async function checkConfiguration(context: CommandContext): Promise<number> {
  const { io, arguments: given } = context
  const lenient = given.has('lenient')
  const configuration = await readConfiguration(context)
  const { problems } = configuration
  const name = given.value('name')
  const plans: AgentPlan[] = []
  const facts: string[] = []
  for (const agent of agentsToCheck(configuration, name)) {
    const planned = await planAgent(configuration, agent, { ...io, lenient })
    facts.push(...factsOf(planned, io.catalogue))
    problems.addAll(planned.problems.all)
    plans.push(planned.plan)
  }
  if (name === undefined) warnOfStrangers(configuration, problems)
  const found = inOrder(problems.all, configuration.files)
  const runs = plans.length > 0 && !plans.some(isEmpty)
  const shown: readonly Problem[] = lenient && runs ? found.map(softened) : found
  io.stdout.write(given.has('json') ? problemsJson(shown) : shown.map(problemLine).join(''))
  if (shown.some(({ severity }) => severity === 'error')) return statuses.usage
  if (!given.has('json')) for (const fact of facts) io.stderr.write(`${fact}\n`)
  return statuses.ok
}

/** Without a name all that there are; a file without any, or without the named one, is a problem. */
function agentsToCheck(configuration: Configuration, name: string | undefined): readonly string[] {
  const agents = agentsOf(configuration.settings)
  if (name === undefined && agents.length > 0) return agents
  const agent = chooseAgent(configuration, name, configuration.problems)
  return agent === undefined ? [] : [agent]
}

/** Settings of a name that has no list and is like no agent's: nothing ever reads them. */
function warnOfStrangers({ settings, raw }: Configuration, problems: Problems): void {
  const agents = agentsOf(settings)
  const reported = new Set(problems.all.map(({ key }) => key))
  for (const name of agentNames(settings)) {
    if (agents.includes(name) || isReferredTo(raw, `${name}.`)) continue
    for (const { key, place } of settings) {
      if (!key.startsWith(`${name}.`)) continue
      if (reported.has(key)) break
      const fix = `give ${name} its sources, channels and sinks, or remove its lines`
      problems.warning(place, key, `${name} is no agent: it has no lists of its own that could run`, fix)
      break
    }
  }
}

/** In Flume's way an error drops a component and stops nothing. */
function softened(problem: Problem): Problem {
  return problem.severity === 'error' ? { ...problem, severity: 'warning' } : problem
}
