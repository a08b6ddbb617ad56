import type { Catalogue } from '../component/catalogue.ts'
import { Problems } from '../config/problem.ts'
import { printProblem } from '../config/problem-text.ts'
import type { Globals } from '../config/section.ts'
import { type Clock, ConfigurationError, type Log, type LogFacts, systemClock } from '../core/index.ts'
import { PlannedClient } from './client.ts'
import { readClient } from './client-plan.ts'
import type { RpcClient } from './rpc-client.ts'

export interface OpenOptions {
  readonly catalogue: Catalogue
  readonly globals?: Globals | undefined
  readonly log?: Log | undefined
  readonly clock?: Clock | undefined
}

/**
 * Makes a client of Flume's properties.
 * @throws ConfigurationError with a line a problem, ComponentFailedError for a file of TLS that cannot be used
 */
export async function openClient(
  properties: Iterable<readonly [key: string, value: string]>,
  { catalogue, globals, log = emittedWarnings, clock = systemClock }: OpenOptions,
): Promise<RpcClient> {
  const problems = new Problems()
  const plan = await readClient(properties, problems, { catalogue, globals })
  const lines = (severity: string): string[] =>
    problems.all
      .filter((problem) => problem.severity === severity)
      .map((problem) => printProblem({ ...problem, severity: 'error' }))
  if (!plan) throw new ConfigurationError(lines('error').join('\n'))
  for (const line of lines('warning')) log.warn(line)
  return PlannedClient.open(plan, { clock, log })
}

/** What a program sees that says nothing of a log. */
const emittedWarnings: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: emit,
  error: emit,
}

function emit(message: string, facts: LogFacts = {}): void {
  const more = Object.entries(facts).map(([name, value]) => ` ${name}=${String(value)}`)
  process.emitWarning(message + more.join(''), 'FlumenWarning')
}
