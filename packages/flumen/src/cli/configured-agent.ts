import type { Settings } from '../config/settings.ts'
import { type CommandContext, UsageError } from './command.ts'
import { type Configuration, chooseAgent, readConfiguration } from './configuration.ts'
import { problemLine } from './problem-lines.ts'

/** The settings of a configuration and the agent that `-f` and `-n` mean; other arguments are the caller's. @throws UsageError */
export async function configuredAgent(
  context: CommandContext,
): Promise<{ readonly configuration: Configuration; readonly settings: Settings; readonly agent: string }> {
  const { arguments: given } = context
  const onlyOptions = { ...context, arguments: given.withOnly('D', given.values('D')) }
  const configuration = await readConfiguration(onlyOptions)
  const { settings, problems } = configuration
  const agent = chooseAgent(configuration, given.value('name'), problems)
  const errors = problems.all.filter(({ severity }) => severity === 'error')
  if (agent === undefined || errors.length > 0) throw new UsageError(errors.map((each) => problemLine(each).trimEnd()))
  return { configuration, settings, agent }
}
