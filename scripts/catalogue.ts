// Writes the alias table of the built-in components from their declarations: `npm run build` and `npm run docs` run it.
// With --check it only says whether the table is up to date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { classNamesOf, type Declaration } from '../packages/flumen/src/component/kit.ts'

const root = join(import.meta.dirname, '../packages/flumen/src/components')
const target = join(root, 'catalogue.generated.ts')

const configurationTarget = join(root, 'configuration.generated.ts')

const rows: string[] = []
const types: Record<string, string[]> = {
  source: [],
  channel: [],
  sink: [],
  interceptor: [],
  selector: [],
  processor: [],
  monitor: [],
}
for (const file of componentFiles(root)) {
  const module = (await import(pathToFileURL(file).href)) as { default?: Partial<Declaration> }
  const declaration = module.default
  if (!declaration?.kind || !declaration.create) continue
  const { kind, type, aliases = [], summary = '' } = declaration
  const path = `./${relative(root, file)}`
  if (type !== undefined)
    types[kind]?.push(
      `({ readonly type: ${[type, ...aliases].map(quote).join(' | ')} } & Written<typeof import(${quote(path)}).default>)`,
    )
  rows.push(
    `  {\n    kind: ${quote(kind)},\n    type: ${type === undefined ? 'undefined' : quote(type)},\n    aliases: [${aliases.map(quote).join(', ')}],\n` +
      `    classNames: [${classNamesOf(declaration).map(quote).join(', ')}],\n    summary: ${quote(summary)},\n    load: () => import(${quote(path)}),\n  },`,
  )
}

const text = `// Generated from the declarations by scripts/catalogue.ts; \`npm run build\` writes it. Do not edit.
import type { CatalogueEntry } from '../component/catalogue.ts'

export const builtInComponents: readonly CatalogueEntry[] = [
${rows.join('\n')}
]
`

write(target, text)
write(configurationTarget, configurationText())

function write(file: string, wanted: string): void {
  if (read(file) === wanted) return
  if (!process.argv.includes('--check')) {
    writeFileSync(file, wanted)
    return
  }
  console.error(`${relative(process.cwd(), file)} is not up to date: npm run build`)
  process.exitCode = 1
}

/** The types of a program's configuration, from the types of the declarations. */
function configurationText(): string {
  const union = (kind: string): string =>
    ['PluginOptions', ...(types[kind] ?? [])].map((each) => `\n  | ${each}`).join('')
  return `// Generated from the declarations by scripts/catalogue.ts; \`npm run build\` writes it. Do not edit.
import type { agentFields, retryFields } from '../component/common-fields.ts'
import type { PluginOptions, Written } from '../component/written.ts'

type Names = string | readonly string[]
type Retry = Written<{ readonly fields: typeof retryFields }>

export type InterceptorConfiguration =${union('interceptor')}

export type MonitorConfiguration =${union('monitor')}

export type SelectorConfiguration =${union('selector')}

export type ProcessorConfiguration =${union('processor')}

export type SourceConfiguration = Retry & {
  readonly channels: Names
  readonly interceptors?: Readonly<Record<string, InterceptorConfiguration>>
  readonly selector?: SelectorConfiguration
} & (${union('source')}
)

export type ChannelConfiguration =${union('channel')}

export type SinkConfiguration = Retry & { readonly channel: string } & (${union('sink')}
)

export interface SinkGroupConfiguration {
  readonly sinks: Names
  readonly processor?: ProcessorConfiguration
}

/** The configuration of one agent; the keys of a map are its active list, in order. */
export interface AgentConfiguration {
  /** \`agent\` unless given. */
  readonly name?: string
  readonly sources?: Readonly<Record<string, SourceConfiguration>>
  readonly channels: Readonly<Record<string, ChannelConfiguration>>
  readonly sinks?: Readonly<Record<string, SinkConfiguration>>
  readonly sinkgroups?: Readonly<Record<string, SinkGroupConfiguration>>
  /** Settings of the whole agent; inside a program nothing is monitored unless \`monitoring\` says how. */
  readonly flumen?: Written<{ readonly fields: typeof agentFields }> & { readonly monitoring?: MonitorConfiguration }
}
`
}

function componentFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /^[a-z0-9-]+\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.endsWith('.generated.ts'))
    .sort()
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
