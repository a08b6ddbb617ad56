import { readFields } from '../config/field.ts'
import type { Section } from '../config/section.ts'
import { messageOf } from '../core/index.ts'
import type { Declaration } from './declaration.ts'
import { type Kind, kindNames } from './kind.ts'
import type { ComponentPlan } from './plan.ts'
import type { PlanContext } from './plan-context.ts'

/** What a component without a type is. */
export interface WithoutType {
  readonly otherwise?: string | undefined
  /** What to say where there is no other type. */
  readonly missing?: { readonly message: string; readonly fix: string }
}

/** Finds the declaration of a component and reads its options; undefined when either has an error. */
export async function readComponent<K extends Kind>(
  context: PlanContext,
  kind: K,
  section: Section,
  name: string,
  withoutType: WithoutType = {},
): Promise<ComponentPlan<K> | undefined> {
  const { problems } = context.reading
  const before = problems.errorsEver
  section.know(['type', 'config'])
  if (section.get('config')) section.note('config', 'config does nothing here', `remove ${section.key('config')}`)
  const declaration = await findDeclaration(context, kind, section, name, withoutType)
  if (!declaration) return undefined
  const options = await readOptions(declaration, section)
  if (problems.errorsEver !== before) return undefined
  return { name, declaration, options, key: section.prefix.slice(0, -1), place: section.place }
}

async function findDeclaration<K extends Kind>(
  context: PlanContext,
  kind: K,
  section: Section,
  name: string,
  { otherwise, missing }: WithoutType,
): Promise<Declaration<K> | undefined> {
  const type = section.get('type')?.value ?? meantType(context, kind, section) ?? otherwise
  if (type === undefined) {
    context.leaveUnread(section.prefix)
    const fix = `add ${section.key('type')} = ${context.catalogue.names(kind)[0] ?? '…'}, for example`
    section.missing('type', missing?.message ?? `${kindNames[kind].one} ${name} has no type`, missing?.fix ?? fix)
    return undefined
  }
  const found = await context.catalogue.find(kind, type, context.reading.directory)
  if ('declaration' in found) return found.declaration as Declaration<K>
  context.leaveUnread(section.prefix)
  section.error('type', found.message, found.fix)
  return undefined
}

/** The type under a misspelt key, which has its problem then. */
function meantType(context: PlanContext, kind: Kind, section: Section): string | undefined {
  const { settings, used, near, problems } = context.reading
  if (context.lenient) return undefined
  const meant = settings.below(section.prefix).find(({ key, value }) => {
    const rest = key.slice(section.prefix.length)
    return context.catalogue.entry(kind, value) !== undefined && near(rest, ['type']) !== undefined
  })
  if (!meant) return undefined
  problems.error(meant.place, meant.key, 'unknown key', `did you mean ${section.key('type')}?`)
  used.add(meant.key)
  return meant.value
}

/** What checks of the plan ask of a declaration. */
const questions = [
  'mayLose',
  'batchSize',
  'transactionCapacity',
  'listens',
  'outputs',
  'namesChannels',
  'namesSinks',
] as const

/** The options, checked. A declaration of a third party may throw anywhere in it; that is a problem like any other. */
async function readOptions(declaration: Declaration, section: Section): Promise<unknown> {
  const { problems } = section.reading
  const before = problems.errorsEver
  try {
    const options = await readFields(declaration.fields, section)
    if (problems.errorsEver !== before) return undefined
    declaration.check?.(options, section)
    if (problems.errorsEver === before) for (const question of questions) declaration[question]?.(options)
    return options
  } catch (error) {
    section.error('', `its declaration failed while it was checked: ${messageOf(error)}`, 'mend the component')
    return undefined
  }
}
