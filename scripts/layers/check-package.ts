import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { componentProblem } from './components.ts'
import { cyclesOf } from './cycles.ts'
import { type Scanned, scan } from './imports.ts'
import { layerOf, layerProblem } from './rules.ts'

export interface Finding {
  /** From the root. */
  readonly file: string
  readonly line: number
  readonly message: string
}

/** One source of a package: its path from `src`, its length and what it imports. */
interface Source extends Scanned {
  readonly path: string
  readonly lines: number
}

const mostLines = 400

interface Edge {
  readonly source: Source
  readonly line: number
  readonly imported: string
}

/** Checks every import of a package's `src`, and how long its files are. Tests may import what is installed. */
export function checkPackage(folder: string, root: string): Finding[] {
  const src = join(folder, 'src')
  const sources = new Map(sourcesOf(src).map((source) => [source.path, source]))
  const declared = dependenciesOf(folder)
  const forTests = new Set([...declared, ...dependenciesOf(root), nameOf(folder)])
  const print = (path: string): string => relative(root, join(src, path))
  const findings = [...sources.values()].flatMap((source) => {
    const allowed = isTest(source.path) ? forTests : declared
    const report = (line: number, message: string | undefined): Finding[] =>
      message === undefined ? [] : [{ file: print(source.path), line, message }]
    return [
      ...report(mostLines, lengthProblem(source)),
      ...source.imports.flatMap((each) =>
        report(each.line, importProblem(source.path, each.specifier, sources, allowed)),
      ),
    ]
  })
  return [...findings, ...cycleFindings([...sources.values()].flatMap(edgesOf), print)]
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

function lengthProblem({ path, lines }: Source): string | undefined {
  if (isTest(path) || lines <= mostLines) return undefined
  return `${lines} lines; ${mostLines} are the most: divide it`
}

function importProblem(
  importer: string,
  specifier: string,
  sources: ReadonlyMap<string, Source>,
  packages: ReadonlySet<string>,
): string | undefined {
  if (!specifier.startsWith('.')) return packageProblem(specifier, packages)
  return isTest(importer) ? undefined : relativeProblem(importer, join(dirname(importer), specifier), sources)
}

/** What a source imports by path; tests are no part of the graph. */
function edgesOf(source: Source): readonly Edge[] {
  if (isTest(source.path)) return []
  return source.imports
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, line }) => ({ source, line, imported: join(dirname(source.path), specifier) }))
}

function relativeProblem(importer: string, imported: string, sources: ReadonlyMap<string, Source>): string | undefined {
  if (imported.startsWith('..')) return `${imported} is outside src, which alone is published`
  if (isTest(imported)) return `${imported} is a test, which is not published`
  const isDeclaration = (path: string): boolean => sources.get(path)?.hasDefaultExport === true
  return layerProblem(importer, imported) ?? componentProblem(importer, imported, isDeclaration)
}

function packageProblem(specifier: string, declared: ReadonlySet<string>): string | undefined {
  if (specifier.startsWith('node:')) return undefined
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  if (builtinModules.includes(name)) return `write node:${specifier}`
  return declared.has(name) ? undefined : `the package ${name} is not in the dependencies of package.json`
}

function cycleFindings(edges: readonly Edge[], print: (path: string) => string): Finding[] {
  const graph = new Map<string, Set<string>>()
  for (const { source, imported } of edges) {
    const from = layerOf(source.path)
    const to = layerOf(imported)
    if (from === undefined || to === undefined || from === to) continue
    const known = graph.get(from) ?? new Set()
    graph.set(from, known.add(to))
  }
  return cyclesOf(graph).map((cycle) => {
    const edge = edges.find(
      ({ source, imported }) => layerOf(source.path) === cycle[0] && layerOf(imported) === cycle[1],
    )!
    return {
      file: print(edge.source.path),
      line: edge.line,
      message: `folders import each other: ${cycle.join(' -> ')}`,
    }
  })
}

function sourcesOf(src: string): Source[] {
  return readdirSync(src, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => sourceOf(relative(src, file), readFileSync(file, 'utf8')))
}

function sourceOf(path: string, text: string): Source {
  const isGenerated = path.endsWith('.generated.ts')
  return { path, lines: isGenerated ? 0 : text.split('\n').length - 1, ...scan(text) }
}

/** Whatever kind of dependency; of the workspace itself also those for development. */
function dependenciesOf(folder: string): ReadonlySet<string> {
  const manifest = manifestOf(folder) as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>
  const kinds = [
    'dependencies',
    'peerDependencies',
    'optionalDependencies',
    ...(manifest.workspaces ? ['devDependencies'] : []),
  ]
  return new Set(kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {})))
}

function nameOf(folder: string): string {
  return (manifestOf(folder) as { readonly name: string }).name
}

function manifestOf(folder: string): unknown {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}
