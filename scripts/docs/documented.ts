import type { CatalogueEntry } from '../../packages/flumen/src/component/catalogue.ts'
import {
  classNamesOf,
  type Declaration,
  kindNames,
  kinds,
  typeNameOf,
} from '../../packages/flumen/src/component/kit.ts'
import { builtInComponents } from '../../packages/flumen/src/components/catalogue.generated.ts'

/** A declaration and where its page is. */
export interface Documented {
  readonly declaration: Declaration
  /** What a person calls it. */
  readonly name: string
  readonly classNames: readonly string[]
  /** From docs/reference: `sinks/logger.md`. */
  readonly page: string
}

/** All built-in components, by kind and then by name. */
export async function loadDocumented(entries: readonly CatalogueEntry[] = builtInComponents): Promise<Documented[]> {
  const documented: Documented[] = []
  for (const entry of entries) documented.push(documentedOf((await entry.load()).default as Declaration))
  const order = ({ declaration, name }: Documented): string =>
    `${String(kinds.indexOf(declaration.kind)).padStart(2, '0')} ${name.toLowerCase()}`
  return documented.sort((one, other) => (order(one) < order(other) ? -1 : 1))
}

function documentedOf(declaration: Declaration): Documented {
  const { folder } = kindNames[declaration.kind]
  return {
    declaration,
    name: typeNameOf(declaration),
    classNames: classNamesOf(declaration),
    page: `${folder}/${fileNameOf(declaration)}.md`,
  }
}

/** The alias as it is written; of a class name its last part, in words. */
function fileNameOf(declaration: Declaration): string {
  if (declaration.type !== undefined) return declaration.type.toLowerCase()
  const last = typeNameOf(declaration).replace(/\$.*$/, '').split('.').at(-1)!
  return last.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()
}
