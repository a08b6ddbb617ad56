import { kindNames, kinds } from '../../packages/flumen/src/component/kit.ts'
import type { Documented } from './documented.ts'
import { code, codes, page, table } from './markdown.ts'

/** `sinks/README.md` and the like, `aliases.md`, `README.md`: the pages that lead to the others. */
export function indexPages(documented: readonly Documented[]): Map<string, string> {
  const pages = new Map<string, string>()
  for (const kind of kinds) {
    const ofKind = documented.filter(({ declaration }) => declaration.kind === kind)
    if (ofKind.length > 0) pages.set(`${kindNames[kind].folder}/README.md`, kindPage(kindNames[kind].many, ofKind))
  }
  pages.set('aliases.md', aliasPage(documented))
  pages.set('README.md', overview(documented))
  return pages
}

function kindPage(many: string, documented: readonly Documented[]): string {
  const rows = documented.map(({ name, page: path, declaration }) => [
    `[${code(name)}](${path.split('/')[1]})`,
    declaration.summary,
  ])
  return page(`# ${capital(many)}`, table(['Type', 'What it does'], rows), 'All names: [aliases](../aliases.md).')
}

function aliasPage(documented: readonly Documented[]): string {
  const rows = documented.map(({ declaration, name, classNames, page: path }) => [
    kindNames[declaration.kind].one,
    declaration.type === undefined ? '–' : codes([declaration.type, ...(declaration.aliases ?? [])]),
    classNames.length === 0 ? '–' : codes(classNames),
    `[${name.split('.').at(-1)}](${path})`,
  ])
  return page(
    '# Aliases and class names',
    'What `type` may say. Aliases are matched without regard to case, class names exactly. A component of your own is ' +
      'named by the path of its file (`./plugins/redact.ts`, from the folder of the configuration) or by its package.',
    table(['Kind', 'Type', 'Class of Apache Flume', 'Page'], rows),
  )
}

function overview(documented: readonly Documented[]): string {
  const rows = kinds.flatMap((kind) => {
    const ofKind = documented.filter(({ declaration }) => declaration.kind === kind)
    if (ofKind.length === 0) return []
    const { many, folder } = kindNames[kind]
    const names = ofKind.map(({ name, page: path }) => `[${name.split('.').at(-1)}](${path})`)
    return [[`[${capital(many)}](${folder}/README.md)`, names.join(', ')]]
  })
  return page(
    '# Reference',
    'Made from the declarations of the components; the same texts are in `flumen help`.',
    table(['Kind', 'Components'], rows),
    [
      '- [Commands](commands.md)',
      '- [Settings](agent-settings.md): of an agent, and of every source and sink',
      '- [Aliases and class names](aliases.md)',
      '- [Errors](errors.md): their codes and what is done about them',
      '- [Metrics](metrics.md)',
      '- [JSON Schema](flumen.schema.json) of configurations in YAML and JSON, for editors',
    ].join('\n'),
  )
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1)
}
