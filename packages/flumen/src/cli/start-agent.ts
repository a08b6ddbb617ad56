import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Problem } from '../config/problem.ts'
import type { ConsoleLog } from '../runtime/console-log.ts'
import { logChoice, openLog } from './agent-log.ts'
import { agentOptions, refuseLaterOptions } from './agent-options.ts'
import { type CommandContext, statuses, UsageError } from './command.ts'
import {
  type Configuration,
  chooseAgent,
  isEmpty,
  type PlannedAgent,
  planAgent,
  readConfiguration,
} from './configuration.ts'
import { readFlumeOpts } from './flume-opts.ts'
import { countsOf, inOrder, reportProblems } from './problem-lines.ts'
import { runAgent } from './run-agent.ts'

/** What `flumen agent` and `flume-ng agent` do. */
export async function startAgent(context: CommandContext): Promise<number> {
  const { io } = context
  const given = context.arguments.withDefaults(readFlumeOpts(agentOptions, context.arguments.value('conf'), io))
  refuseLaterOptions(given)
  const choice = logChoice(given, 'info')
  const lenient = given.has('lenient')
  const configuration = await readConfiguration({ ...context, arguments: given })
  const log = openLog(io, choice)
  try {
    noteConfigurationFolder(given.value('conf'), context, log)
    const name = chooseAgent(configuration, given.value('name'), configuration.problems)
    const planned = name === undefined ? undefined : await planAgent(configuration, name, { ...io, lenient })
    const problems = startProblems(configuration, planned, lenient)
    reportProblems(problems, choice.format, log, io.stderr)
    if (!planned || problems.some(({ severity }) => severity === 'error')) {
      log.error(`The agent does not start: ${countsOf(problems)}.`)
      return statuses.usage
    }
    return await runAgent(planned.plan, io, { log, format: choice.format, closedOutputIsFine: false })
  } finally {
    log.close()
  }
}

/** Errors and warnings; in Flume's way what was dropped is a warning, unless nothing is left to run. */
function startProblems(
  { problems: shared, files }: Configuration,
  planned: PlannedAgent | undefined,
  lenient: boolean,
): readonly Problem[] {
  const found = [...shared.all, ...(planned?.problems.all ?? [])]
  const problems = inOrder(found, files).filter(({ severity }) => severity !== 'note')
  if (!lenient || !planned || isEmpty(planned.plan)) return problems
  return problems.map((problem) => ({ ...problem, severity: 'warning' }))
}

function noteConfigurationFolder(folder: string | undefined, { io }: CommandContext, log: ConsoleLog): void {
  if (folder === undefined) return
  const path = resolve(io.cwd, folder)
  if (!existsSync(path)) throw new UsageError([`there is no folder ${folder} (--conf)`])
  const script = join(path, 'flume-env.sh')
  if (existsSync(script)) {
    log.info('flume-env.sh is not run; set what the agent needs in its environment or with -D.', { file: script })
  }
}
