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

/** One source of a package: its path from `src` and what it imports. */
interface Source extends Scanned {
  readonly path: string
}

interface Edge {
  readonly source: Source
  readonly line: number
  readonly imported: string
}

/** Checks every import of a package's `src`. Tests may import what they like of what is installed. */
export function checkPackage(folder: string, root: string): Finding[] {
  const src = join(folder, 'src')
  const sources = new Map(sourcesOf(src).map((source) => [source.path, source]))
  const declared = dependenciesOf(folder)
  const forTests = new Set([...declared, ...dependenciesOf(root), nameOf(folder)])
  const findings: Finding[] = []
  const edges: Edge[] = []
  for (const source of sources.values()) {
    const isTest = source.path.endsWith('.test.ts')
    const report = (line: number, message: string): void => {
      findings.push({ file: relative(root, join(src, source.path)), line, message })
    }
    for (const { specifier, line } of source.imports) {
      if (!specifier.startsWith('.')) {
        const problem = packageProblem(specifier, isTest ? forTests : declared)
        if (problem) report(line, problem)
        continue
      }
      const imported = join(dirname(source.path), specifier)
      if (isTest) continue
      const problem = relativeProblem(source.path, imported, sources)
      if (problem) report(line, problem)
      edges.push({ source, line, imported })
    }
  }
  return [...findings, ...cycleFindings(edges, (path) => relative(root, join(src, path)))]
}

function relativeProblem(importer: string, imported: string, sources: ReadonlyMap<string, Source>): string | undefined {
  if (imported.startsWith('..')) return `${imported} is outside src, which alone is published`
  if (imported.endsWith('.test.ts')) return `${imported} is a test, which is not published`
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
    .map((file) => ({ path: relative(src, file), ...scan(readFileSync(file, 'utf8')) }))
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
