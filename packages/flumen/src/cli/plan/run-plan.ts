import { type CommandContext, statuses, UsageError } from '../command.ts'
import { widthOf } from '../text-table.ts'
import { type Answer, answerOf } from './answer.ts'
import { type Assumptions, assumptionsOf, type Names } from './assumptions.ts'
import { type NamedPlan, plansOf } from './configurations.ts'
import { jsonOf } from './json.ts'
import { CircleError } from './order.ts'
import { readNetwork } from './read-network.ts'
import { reportOf } from './report.ts'

/** What `flumen plan` does. */
export async function runPlan(context: CommandContext): Promise<number> {
  const { io, arguments: given } = context
  const plans = await plansOf(context)
  const complaints: string[] = []
  const assumptions = assumptionsOf(given, namesOf(plans), complaints)
  const { network, notes } = await readNetwork(plans, assumptions, io, complaints)
  if (complaints.length > 0) throw new UsageError(complaints)
  const answer = answered(plans, network, notes, assumptions)
  io.stdout.write(given.has('json') ? jsonOf(answer) : reportOf(answer, widthOf(io.stdout)))
  return statuses.ok
}

function answered(
  plans: readonly NamedPlan[],
  network: Answer['network'],
  notes: readonly string[],
  { outageSeconds }: Assumptions,
): Answer {
  try {
    return answerOf(plans, network, notes, outageSeconds)
  } catch (error) {
    if (!(error instanceof CircleError)) throw error
    throw new UsageError([
      `${error.message}; let one of their sinks send elsewhere, or say with --host which agent is meant`,
    ])
  }
}

function namesOf(plans: readonly NamedPlan[]): Names {
  return {
    agents: plans.map(({ name }) => name),
    sources: plans.flatMap(({ name, plan }) => plan.sources.map((source) => `${name}.${source.name}`)),
    channels: plans.flatMap(({ name, plan }) => plan.channels.map((channel) => `${name}.${channel.name}`)),
    sinks: plans.flatMap(({ name, plan }) =>
      plan.groups.flatMap(({ sinks }) => sinks.map((sink) => `${name}.${sink.name}`)),
    ),
  }
}
