import { Catalogue } from '../component/catalogue.ts'
import { classNamesOf, type Declaration } from '../component/kit.ts'

/** A catalogue of declarations at hand, for components that hold others (a serializer). */
export function catalogueOf(...declarations: readonly Declaration[]): Catalogue {
  return new Catalogue(
    declarations.map((declaration) => ({
      kind: declaration.kind,
      type: declaration.type,
      aliases: declaration.aliases ?? [],
      classNames: classNamesOf(declaration),
      summary: declaration.summary,
      load: () => Promise.resolve({ default: declaration }),
    })),
  )
}
