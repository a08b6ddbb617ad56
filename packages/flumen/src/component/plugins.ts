import { readdirSync, statSync } from 'node:fs'
import { isBuiltin, registerHooks } from 'node:module'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { didYouMean } from '../config/did-you-mean.ts'
import type { Missing } from '../config/section.ts'
import { codeOf, messageOf } from '../core/index.ts'
import type { Found, PluginMissing } from './catalogue.ts'
import type { Declaration } from './declaration.ts'
import { type Kind, kindNames } from './kind.ts'
import { aKind } from './kind-text.ts'

/**
 * Loads a third party's declaration: the default export of a file (`./plugins/redact.ts`, relative to the folder of the
 * configuration) or of a package (`my-package/redact`, looked for from that folder and then from the working directory).
 * Whatever a plugin imports from `flumen` is the running agent.
 */
export async function loadPlugin(kind: Kind, type: string, directory: string): Promise<Found | PluginMissing> {
  installHook()
  try {
    const module: unknown = isFile(type)
      ? await import(fileUrl(type, directory)!)
      : await importPackage(type, directory)
    return declarationOf(module, kind, type)
  } catch (error) {
    return whyNot(error, type, directory)
  }
}

/** Where a package is looked for, one after the other. */
async function importPackage(name: string, directory: string): Promise<unknown> {
  try {
    return await import(specifierOf(name, directory))
  } catch (error) {
    if (codeOf(error) !== noPackage || resolve(directory) === process.cwd()) throw error
    return await import(specifierOf(name, process.cwd()))
  }
}

function declarationOf(module: unknown, kind: Kind, type: string): Found | Missing {
  const exported = (module as { readonly default?: { readonly default?: unknown } }).default
  // CommonJS that was compiled from `export default` has it one level deeper.
  const declaration = (exported?.default ?? exported) as Partial<Declaration> | undefined
  if (typeof declaration?.create !== 'function' || !Object.hasOwn(kindNames, declaration.kind ?? '')) {
    return {
      message: `${type} has no component as its default export`,
      fix: `write: export default ${defineNames[kind]}({ … })`,
    }
  }
  const { kind: own = kind, fields, summary, examples } = declaration
  if (own !== kind) return { message: `${type} is ${aKind(own)}, not ${aKind(kind)}`, fix: `name ${aKind(kind)} here` }
  const strange = Object.entries(fields ?? {}).find(([, field]) => typeof field?.read !== 'function')
  if (strange) {
    return {
      message: `field ${strange[0]} of ${type} is no field`,
      fix: 'make it with field.string({ … }) and the like',
    }
  }
  if (!fields || typeof summary !== 'string' || !Array.isArray(examples)) {
    return {
      message: `${type} lacks fields, summary or examples`,
      fix: 'add them to its declaration, if only as {}, a sentence, []',
    }
  }
  return { declaration: declaration as Declaration }
}

const defineNames: Readonly<Record<Kind, string>> = {
  source: 'defineSource',
  channel: 'defineChannel',
  sink: 'defineSink',
  interceptor: 'defineInterceptor',
  selector: 'defineChannelSelector',
  processor: 'defineSinkProcessor',
  serializer: 'defineEventSerializer',
  deserializer: 'defineEventDeserializer',
  extractor: 'defineExtractorSerializer',
  pathManager: 'definePathManager',
  httpHandler: 'defineHttpHandler',
  sinkSelector: 'defineSinkSelector',
  monitor: 'defineMonitor',
}

function whyNot(error: unknown, type: string, directory: string): PluginMissing {
  const isThere = codeOf(error) !== noPackage && urlOf(error) !== fileUrl(type, directory)
  if (isThere) {
    return {
      message: `${type} cannot be loaded: ${reason(error)}`,
      fix: mends[codeOf(error)] ?? 'mend it and start again',
    }
  }
  if (isFile(type)) return { message: `there is no file ${resolve(directory, type)}`, fix: nearFile(type, directory) }
  if (exists(resolve(directory, type))) {
    return { message: `there is no package ${type}, but a file`, fix: `write ./${type}` }
  }
  return {
    message: `there is no package ${type} for ${directory}`,
    fix: 'npm install it there, or write a path that begins with ./',
    isAbsent: true,
  }
}

const typeScriptPackage = 'an installed package must hold JavaScript; TypeScript runs by path or from a workspace link'
const strangeTypeScript =
  'use erasable TypeScript only (no enum, namespace or parameter property), or build it to JavaScript'

const mends: Readonly<Record<string, string>> = {
  ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING: typeScriptPackage,
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX: strangeTypeScript,
  ERR_INVALID_TYPESCRIPT_SYNTAX: 'mend the syntax there',
  ERR_PACKAGE_PATH_NOT_EXPORTED: 'name one of the paths that its package.json exports',
  ERR_MODULE_NOT_FOUND: 'install what it imports beside it, or mend the path in it',
  ERR_UNSUPPORTED_DIR_IMPORT: 'name a file of that folder',
  ERR_UNKNOWN_FILE_EXTENSION: 'a plugin is a .ts, .mts, .cts, .js, .mjs or .cjs file',
}

/** In one line, with the place in the plugin where the engine says one. */
function reason(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const [, place] = /^(?:file:\/\/)?([^\s()]+:\d+)$/.exec(stack.split('\n')[0] ?? '') ?? []
  const message = messageOf(error)
  return place === undefined || message.includes(place) ? message : `${message} in ${place}`
}

/** Of a module that was not found: the plugin itself, or one that it imports. */
function urlOf(error: unknown): unknown {
  return codeOf(error) === 'ERR_MODULE_NOT_FOUND' ? (error as { readonly url?: unknown }).url : undefined
}

function fileUrl(type: string, directory: string): string | null {
  return isFile(type) ? pathToFileURL(resolve(directory, type)).href : null
}

function nearFile(type: string, directory: string): string {
  const folder = dirname(resolve(directory, type))
  const near = didYouMean(basename(type), filesOf(folder))
  if (near === undefined) return `check the path; it is relative to ${directory}`
  const path = join(dirname(type), near)
  return `did you mean ${isAbsolute(path) ? path : `./${path}`.replace('./..', '..')}?`
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /\.[cm]?[jt]s$/.test(name))
  } catch {
    return []
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function isFile(type: string): boolean {
  return type.startsWith('.') || isAbsolute(type)
}

const scheme = 'flumen-plugin:'
const noPackage = 'FLUMEN_NO_PACKAGE'

/** Says to the hook which package is meant, and from which folder. */
function specifierOf(name: string, directory: string): string {
  return scheme + encodeURIComponent(JSON.stringify([name, directory]))
}

let installed = false

/**
 * `flumen` and `flumen/testing` in a plugin are this very agent, wherever the plugin lies; and a package can be imported
 * as from any folder, with all that its `exports` say.
 */
function installHook(): void {
  if (installed) return
  installed = true
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const entries = new Map([
    ['flumen', new URL(`../index.${extension}`, import.meta.url).href],
    ['flumen/testing', new URL(`../testing/index.${extension}`, import.meta.url).href],
  ])
  registerHooks({
    resolve(specifier, context, next) {
      const url = entries.get(specifier)
      if (url !== undefined) return { url, shortCircuit: true }
      if (!specifier.startsWith(scheme)) return next(specifier, context)
      const [name, directory] = JSON.parse(decodeURIComponent(specifier.slice(scheme.length))) as [string, string]
      if (isBuiltin(name)) throw packageError(`${name} is a module of Node`)
      try {
        return next(name, { ...context, parentURL: pathToFileURL(join(directory, 'plugins.js')).href })
      } catch (cause) {
        const isAbsent = codeOf(cause) === 'ERR_MODULE_NOT_FOUND' && urlOf(cause) === undefined
        throw isAbsent ? packageError(messageOf(cause)) : cause
      }
    },
  })
}

function packageError(message: string): Error {
  return Object.assign(new Error(message), { code: noPackage })
}
