import { didYouMean } from '../config/did-you-mean.ts'
import type { Fields } from '../config/field.ts'
import type { Missing } from '../config/section.ts'
import { messageOf } from '../core/index.ts'
import type { Declaration } from './declaration.ts'
import { type Kind, kindNames } from './kind.ts'
import { plannedComponent, plannedNames } from './planned.ts'

/** One row of the alias table, which is generated from the declarations: enough to find one, without loading any. */
export interface CatalogueEntry {
  readonly kind: Kind
  readonly type: string | undefined
  readonly aliases: readonly string[]
  readonly classNames: readonly string[]
  readonly summary: string
  load(): Promise<{ readonly default: unknown }>
}

export interface Found {
  readonly declaration: Declaration
}

/** Why a plugin cannot be used. */
export interface PluginMissing extends Missing {
  /** There is no such package, so the word may have meant something else. */
  readonly isAbsent?: boolean
}

/** Loads a declaration from a file or a package. */
export type PluginLoader = (kind: Kind, type: string, directory: string) => Promise<Found | PluginMissing>

/**
 * Finds declarations: built-in ones by alias (in any case) or Java class name, a third party's by path
 * (`./plugins/redact.ts`) or package (`my-package/redact`). Loads only what is asked for.
 */
export class Catalogue {
  readonly entries: readonly CatalogueEntry[]
  readonly #byName = new Map<string, CatalogueEntry>()
  readonly #loadPlugin: PluginLoader

  constructor(entries: readonly CatalogueEntry[], loadPlugin: PluginLoader = noPlugins) {
    this.entries = entries
    this.#loadPlugin = loadPlugin
    for (const entry of entries) {
      for (const name of namesOf(entry)) this.#byName.set(`${entry.kind} ${name.toLowerCase()}`, entry)
      for (const name of entry.classNames) this.#byName.set(`${entry.kind} ${name}`, entry)
    }
  }

  /** Aliases, or class names where there is none, of one kind; sorted. */
  names(kind: Kind): readonly string[] {
    const ofKind = this.entries.filter((entry) => entry.kind === kind)
    return ofKind.map((entry) => entry.type ?? entry.classNames[0] ?? '').sort()
  }

  entry(kind: Kind, type: string): CatalogueEntry | undefined {
    return this.#byName.get(`${kind} ${type.toLowerCase()}`) ?? this.#byName.get(`${kind} ${type}`)
  }

  /** The fields of a built-in component; undefined where there is none. */
  async fieldsOf(kind: Kind, type: string): Promise<Fields | undefined> {
    const entry = this.entry(kind, type)
    const found = entry && (await loadBuiltIn(entry))
    return found && 'declaration' in found ? found.declaration.fields : undefined
  }

  /** @param directory what paths and packages are resolved from: the folder of the configuration */
  async find(kind: Kind | string, type: string, directory: string): Promise<Found | Missing> {
    const known = kind as Kind
    const entry = this.entry(known, type)
    if (entry) return loadBuiltIn(entry)
    if (isPath(type)) return this.#loadPlugin(known, type, directory)
    const planned = plannedComponent(known, type)
    if (planned) return planned
    if (isPackageName(type)) {
      const plugin = await this.#loadPlugin(known, type, directory)
      if (!('isAbsent' in plugin && plugin.isAbsent)) return plugin
    }
    return this.#unknown(known, type)
  }

  #unknown(kind: Kind, type: string): Missing {
    const { one, many } = kindNames[kind]
    const message = `there is no ${one} of type "${type}"`
    const ofKind = this.entries.filter((entry) => entry.kind === kind)
    const near = didYouMean(
      type,
      ofKind.flatMap((entry) => [...namesOf(entry), ...entry.classNames]),
    )
    if (near !== undefined) return { message, fix: `did you mean ${near}?` }
    const later = didYouMean(type, plannedNames(kind))
    if (later !== undefined) return { message, fix: `did you mean ${later}, which comes in a later version?` }
    if (/^[a-z]\w*(?:\.\w+)*\.[A-Z][\w$]*$/.test(type)) {
      return { message, fix: `Java classes do not run here; write the ${one} as a plugin and name its path or package` }
    }
    const names = this.names(kind)
    const have = names.length === 0 ? `this version has no ${many}` : `the ${many} are ${names.join(', ')}`
    return { message, fix: `${have}; a plugin is named by path (./…) or package` }
  }
}

async function loadBuiltIn(entry: CatalogueEntry): Promise<Found | Missing> {
  try {
    return { declaration: (await entry.load()).default as Declaration }
  } catch (error) {
    return {
      message: `${entry.type ?? entry.classNames[0]} cannot be loaded: ${messageOf(error)}`,
      fix: 'install again',
    }
  }
}

/** A path or a package with a subpath; Java class names hold no slash. */
function isPath(type: string): boolean {
  return type.includes('/') || type.startsWith('.') || /\.[cm]?[jt]s$/.test(type)
}

function isPackageName(type: string): boolean {
  return /^[a-z\d][a-z\d_-]*$/i.test(type)
}

function namesOf(entry: CatalogueEntry): readonly string[] {
  return entry.type === undefined ? entry.aliases : [entry.type, ...entry.aliases]
}

const noPlugins: PluginLoader = (_kind, type) =>
  Promise.resolve({
    message: `${type} cannot be loaded here`,
    fix: 'plugins are loaded by the agent only',
    isAbsent: true,
  })
