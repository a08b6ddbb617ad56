import type { Alias, Document, Pair, ParsedNode, Scalar, YAMLMap } from 'yaml'
import { flattenTree, type MapNode, maximumDepth, nestedTooDeep, type TreeEntry, type TreeNode } from './config-tree.ts'
import type { Problems } from './problem.ts'
import { trimAsJava } from './properties-reader.ts'
import { Settings } from './settings.ts'
import { TextPlaces } from './text-places.ts'
import { reportSyntax } from './yaml-problems.ts'

type Yaml = typeof import('yaml')

/**
 * Reads a YAML 1.2 file into settings (see `flattenTree`). Scalars are their text as written: `1e3` stays `1e3`,
 * `0x1F` stays `0x1F`. Unquoted values are trimmed, quoted ones stay as they are. Aliases and merge keys work.
 * @returns no settings at all where the syntax is wrong: half a file must not run.
 */
export async function readYaml(text: string, file: string, problems: Problems): Promise<Settings> {
  const yaml = await import('yaml')
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  const document = yaml.parseDocument(source, {
    schema: 'failsafe',
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
  })
  const places = new TextPlaces(file, source)
  if (reportSyntax(document, source, places, problems)) return new Settings()
  const root = new TreeBuilder(yaml, places, problems).build(document)
  return root ? flattenTree(root, problems) : new Settings()
}

const invalid: TreeNode = { kind: 'invalid' }
const maximumMergedEntries = 100_000

/** Makes a tree of YAML's nodes in the order of the document, so that an alias means the anchor that stands before it. */
class TreeBuilder {
  readonly #yaml: Yaml
  readonly #places: TextPlaces
  readonly #problems: Problems
  /** What an anchor stands for; undefined while its own content is being read. */
  readonly #anchors = new Map<string, TreeNode | undefined>()
  #mergedEntries = 0

  constructor(yaml: Yaml, places: TextPlaces, problems: Problems) {
    this.#yaml = yaml
    this.#places = places
    this.#problems = problems
  }

  build(document: Document.Parsed): MapNode | undefined {
    const contents = document.contents
    if (contents === null) return undefined
    const root = this.#node(contents, 1)
    if (root.kind === 'map') return root
    if (root.kind === 'text' || root.kind === 'list') {
      const fix = 'write key: value, or give the file another ending than .yaml if these are Flume properties'
      this.#error(contents, 'the file does not hold a map of keys to values', fix)
    }
    return undefined
  }

  #node(node: ParsedNode, depth: number): TreeNode {
    if (this.#yaml.isAlias(node)) return this.#target(node.source, node)
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, undefined)
    const built = this.#content(node, depth)
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, built)
    return built
  }

  #content(node: Exclude<ParsedNode, Alias.Parsed>, depth: number): TreeNode {
    if (node.tag !== undefined && !knownTags.has(node.tag)) {
      return this.#error(node, `the tag ${node.tag} is not known`, 'remove the tag')
    }
    if (this.#yaml.isScalar(node)) return scalar(node)
    if (depth > maximumDepth) return this.#error(node, nestedTooDeep, 'write dotted keys instead of nested maps')
    if (this.#yaml.isMap(node)) return this.#map(node as YAMLMap.Parsed, depth)
    if (this.#yaml.isSeq(node)) {
      return { kind: 'list', items: (node.items as ParsedNode[]).map((item) => this.#node(item, depth + 1)) }
    }
    return invalid
  }

  #target(name: string, alias: ParsedNode): TreeNode {
    const target = this.#anchors.get(name)
    if (target) return target
    if (this.#anchors.has(name)) {
      return this.#error(alias, `*${name} refers to itself`, 'remove the alias from what it stands for')
    }
    const fix = `write &${name} before the value that is meant, above this line, or put the value in quotes`
    return this.#error(alias, `there is no anchor &${name} before the alias *${name}`, fix)
  }

  #map(map: YAMLMap.Parsed, depth: number): MapNode {
    const entries: TreeEntry[] = []
    const merged: TreeNode[] = []
    for (const pair of map.items as Pair<ParsedNode | null, ParsedNode | null>[]) {
      if (isMergeKey(pair.key)) merged.push(this.#mergeSource(pair, depth))
      else this.#addEntry(entries, pair, depth)
    }
    return { kind: 'map', entries: merged.length === 0 ? entries : [...this.#merge(merged, entries), ...entries] }
  }

  #addEntry(entries: TreeEntry[], pair: Pair<ParsedNode | null, ParsedNode | null>, depth: number): void {
    const keyNode = pair.key
    if (keyNode === null) return
    const key = this.#node(keyNode, depth + 1)
    const value: TreeNode = pair.value ? this.#node(pair.value, depth + 1) : { kind: 'empty', word: '' }
    // A plain `null` or `~` is a name like any other where a key is meant.
    const name = key.kind === 'text' ? key.text : key.kind === 'empty' ? key.word : undefined
    if (name) entries.push({ key: name, place: this.#places.at(keyNode.range[0]), value })
    else if (name === '') this.#error(keyNode, 'a key is missing', 'write a name before the colon')
    else if (key.kind !== 'invalid') this.#error(keyNode, 'a key is not plain text', 'write a name before the colon')
  }

  #mergeSource({ key, value }: Pair<ParsedNode | null, ParsedNode | null>, depth: number): TreeNode {
    const source: TreeNode = value ? this.#node(value, depth + 1) : { kind: 'empty', word: '' }
    const sources = source.kind === 'list' ? source.items : [source]
    if (sources.every(({ kind }) => kind === 'map' || kind === 'invalid')) return source
    return this.#error(key!, '<< does not name maps', 'write <<: *name, where &name stands before a map')
  }

  /** What the merged maps give: own keys win, then those of the first map. */
  #merge(merged: readonly TreeNode[], own: readonly TreeEntry[]): TreeEntry[] {
    const known = new Set(own.map(({ key }) => key))
    const entries: TreeEntry[] = []
    for (const source of merged.flatMap((node) => (node.kind === 'list' ? node.items : [node]))) {
      if (source.kind !== 'map') continue
      for (const entry of source.entries) {
        if (!this.#takeMerged(entry)) return entries
        if (known.has(entry.key)) continue
        known.add(entry.key)
        entries.push({ ...entry, isMerged: true })
      }
    }
    return entries
  }

  #takeMerged(entry: TreeEntry): boolean {
    this.#mergedEntries++
    if (this.#mergedEntries === maximumMergedEntries + 1) {
      const message = `merge keys give more than ${maximumMergedEntries} entries`
      this.#problems.error(entry.place, '', message, 'use fewer merge keys')
    }
    return this.#mergedEntries <= maximumMergedEntries
  }

  #error(node: ParsedNode, message: string, fix: string): TreeNode {
    this.#problems.error(this.#places.at(node.range[0]), '', message, fix)
    return invalid
  }
}

const knownTags = new Set(['!', ...['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map(coreTag)])

function coreTag(name: string): string {
  return `tag:yaml.org,2002:${name}`
}

function isMergeKey(key: ParsedNode | null): boolean {
  return key !== null && 'type' in key && key.type === 'PLAIN' && key.value === '<<'
}

function scalar(node: Scalar): TreeNode {
  const text = String(node.value)
  const isQuoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE'
  const value = isQuoted ? text : trimAsJava(text)
  const mayBeNull = node.type === 'PLAIN' && (node.tag === undefined || node.tag === coreTag('null'))
  if (value === '' || (mayBeNull && /^(~|null|Null|NULL)$/.test(value))) return { kind: 'empty', word: value }
  return { kind: 'text', text: value }
}
