import type { AgentPlan, SinkPlan } from '../component/plan.ts'
import { type Problem, Problems } from '../config/problem.ts'
import type { Log } from '../core/index.ts'
import { logChoice, openLog } from './agent-log.ts'
import { type CommandContext, UsageError } from './command.ts'
import { planAgent, substituted } from './configuration.ts'
import { type PipeSettings, pipeAgent, pipeFile, settingsOfPipe } from './pipe-settings.ts'
import { parseStages } from './pipe-stages.ts'
import { inOrder } from './problem-lines.ts'
import { runAgent } from './run-agent.ts'
import { systemPropertiesOf } from './system-properties.ts'

/** What `flumen pipe` does. */
export async function runPipe({ io, arguments: given }: CommandContext): Promise<number> {
  const choice = logChoice(given, given.has('verbose') ? 'info' : 'warn')
  const written = await settingsOfPipe(parseStages(given.words), io.catalogue, io.cwd)
  const properties = systemPropertiesOf(given.values('D'))
  const problems = new Problems()
  const settings = substituted(written.settings, properties, problems, io)
  const planned = await planAgent({ settings, properties, directory: io.cwd }, pipeAgent, {
    ...io,
    lenient: false,
  })
  const found = inOrder([...problems.all, ...planned.problems.all], [pipeFile])
  const errors = found.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new UsageError(errors.map((problem) => stageLine(problem, written)))
  const log = openLog(io, choice)
  for (const problem of found) if (problem.severity === 'warning') log.warn(stageLine(problem, written))
  const shown = openLog(io, { ...choice, level: choice.level === 'warn' ? 'info' : choice.level })
  try {
    const { monitor } = planned.plan
    // A pipe is watched only by who asks for it: it takes no port of its own.
    const plan = withSinkLog({ ...planned.plan, monitor: monitor?.isAsked ? monitor : undefined }, shown)
    return await runAgent(plan, io, { log, format: choice.format, closedOutputIsFine: true })
  } finally {
    log.close()
    shown.close()
  }
}

/** What a sink itself logs is what the pipe is for (the logger's lines), however quiet the agent is. */
function withSinkLog(plan: AgentPlan, log: Log): AgentPlan {
  const loud = (sink: SinkPlan): SinkPlan => {
    const { declaration } = sink
    const create: typeof declaration.create = (options, context) => declaration.create(options, { ...context, log })
    return { ...sink, declaration: { ...declaration, create } }
  }
  return { ...plan, groups: plan.groups.map((group) => ({ ...group, sinks: group.sinks.map(loud) })) }
}

/** A problem of an agent's setting, said of the stage that it comes from. */
function stageLine({ key, message, fix }: Problem, { stages }: PipeSettings): string {
  const found = stages
    .filter(({ prefix }) => `${key}.`.startsWith(prefix))
    .sort((one, other) => other.prefix.length - one.prefix.length)
  const [placed] = found
  const text = `${message}${fix === '' ? '' : `; ${fix}`}`
  if (!placed) return `${key}: ${text}`
  const { stage, prefix } = placed
  const name = key.length >= prefix.length ? `${key.slice(prefix.length)}: ` : ''
  return `stage ${stage.position} (${stage.type}): ${name}${text.replaceAll(prefix, '')}`
}
