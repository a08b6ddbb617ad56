import { agentsOf } from '../../component/agent-names.ts'
import type { AgentPlan } from '../../component/plan.ts'
import type { Problem } from '../../config/problem.ts'
import { type CommandContext, UsageError } from '../command.ts'
import { chooseAgent, planAgent, readConfiguration } from '../configuration.ts'
import { inOrder, problemLine } from '../problem-lines.ts'
import { listed } from './assumptions.ts'

/** An agent under the name that it has among all agents. */
export interface NamedPlan {
  readonly name: string
  readonly plan: AgentPlan
}

/** `[NAME=]FILE[,FILE...]`: files that are one configuration, and how its only agent is called. */
interface Given {
  readonly written: string
  readonly name: string | undefined
  readonly files: readonly string[]
}

/** The agents of all configurations that are given, each on its own. @throws UsageError with everything that is wrong */
export async function plansOf(context: CommandContext): Promise<readonly NamedPlan[]> {
  const { arguments: given } = context
  const written = [...given.values('conf-file'), ...given.words]
  if (written.length === 0) throw new UsageError(['there is no configuration; name one or more with -f FILE'])
  const complaints: string[] = []
  const found: (NamedPlan & { readonly from: string })[] = []
  for (const each of written.map(parse)) {
    const plans = await plansIn(context, each, complaints)
    if (each.name !== undefined && plans.length > 1) {
      complaints.push(
        `-f ${each.written}: the file has the agents ${listed(plans.map(({ name }) => name))}; only one can be called ${each.name}`,
      )
    }
    for (const plan of plans) {
      const name = each.name ?? plan.name
      const other = found.find((known) => known.name === name)
      if (other)
        complaints.push(
          `-f ${each.written}: agent ${name} is in ${other.from} already; call it otherwise: -f NAME=${each.files.join(',')}`,
        )
      found.push({ name, plan, from: each.files.join(',') })
    }
  }
  const chosen = chosenOf(found, given.values('agent'), complaints)
  if (complaints.length > 0) throw new UsageError(complaints)
  return chosen
}

function parse(written: string): Given {
  const [, name, files = ''] = /^(?:([^=/\\.]+)=)?(.*)$/s.exec(written) ?? []
  return { written, name, files: files.split(',').filter((file) => file !== '') }
}

async function plansIn(context: CommandContext, { files }: Given, complaints: string[]): Promise<readonly AgentPlan[]> {
  const { io, arguments: given } = context
  const configuration = await readConfiguration({ ...context, arguments: given.withOnly('conf-file', files) })
  const { settings, problems } = configuration
  const names = agentsOf(settings)
  if (names.length === 0) chooseAgent(configuration, undefined, problems)
  const plans: AgentPlan[] = []
  for (const name of names) {
    const planned = await planAgent(configuration, name, { ...io, lenient: given.has('lenient') })
    problems.addAll(planned.problems.all)
    plans.push(planned.plan)
  }
  const isError = ({ severity }: Problem): boolean => severity === 'error' && !given.has('lenient')
  complaints.push(...inOrder(problems.all.filter(isError), files).map((each) => problemLine(each).trimEnd()))
  return plans
}

function chosenOf(found: readonly NamedPlan[], wanted: readonly string[], complaints: string[]): readonly NamedPlan[] {
  for (const name of wanted) {
    if (found.some((each) => each.name === name)) continue
    complaints.push(`--agent ${name}: there is no such agent; there is ${listed(found.map((each) => each.name))}`)
  }
  return wanted.length === 0 ? found : found.filter(({ name }) => wanted.includes(name))
}
