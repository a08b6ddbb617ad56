import { didYouMean } from './did-you-mean.ts'
import type { Place, Problems } from './problem.ts'
import { trimAsJava } from './properties-reader.ts'
import { type Setting, Settings } from './settings.ts'
import {
  type Found,
  isMissing,
  lookUp,
  type Missing,
  type SubstitutionSources,
  undefinedKey,
} from './substitution-sources.ts'

export type { SubstitutionSources } from './substitution-sources.ts'

/**
 * Resolves the placeholders in values, never in keys: `${env:NAME}`, `${sys:name}`, `${java:version}`,
 * `${date:pattern}`, `${file:/path}`, `${file:UTF-8:/path}` and `${key}` for another setting in whatever order they
 * stand; `${x:-default}`, `${a${b}}`, and `$${x}` for the text `${x}`. As commons-text does for Flume, but what cannot
 * be resolved is an error and stays as written. What comes from the environment, `-D` or a file never gets into a
 * problem's text. Changed values are trimmed, and dropped with a warning where nothing is left.
 */
export function substitute(settings: Settings, sources: SubstitutionSources, problems: Problems): Settings {
  const substitution = new Substitution(settings, sources, problems)
  const resolved = new Settings()
  for (const setting of settings) {
    const value = substitution.valueOf(setting)
    if (value === setting.value) resolved.set(setting)
    else addChanged(resolved, { ...setting, value: trimAsJava(value) }, problems)
  }
  for (const key of settings.impliedKeys) resolved.imply(key, settings.implied(key) ?? [], settings.placeOfMap(key))
  return resolved
}

function addChanged(resolved: Settings, setting: Setting, problems: Problems): void {
  if (setting.value !== '') resolved.set(setting)
  else {
    const message = `${setting.key} is empty once its placeholders are resolved, so it is dropped`
    problems.warning(setting.place, setting.key, message, 'give what it refers to a value, or remove the line')
  }
}

const maximumDepth = 32
/** Looking for what was meant is slow where thousands of names are wrong. */
const maximumSuggestions = 50
const maximumValue = 1024 * 1024
const maximumTotal = 64 * 1024 * 1024
const tooMuchInAll = 'all placeholders together give more than 64 MiB'

/** Ends the expansion of a setting and of all that refer to it. */
class OutOfBounds extends Error {}

/** Where an expansion stands. */
interface Frame {
  readonly setting: Setting
  readonly depth: number
  /** What cannot be resolved stays without a problem: a default is at hand, or the text comes from outside. */
  readonly isQuiet: boolean
}

interface Resolved {
  readonly value: string
  /** Levels of placeholders below. */
  readonly height: number
  /** Nothing stayed as written. */
  readonly isWhole: boolean
  readonly failure?: OutOfBounds
}

class Substitution {
  readonly #settings: Settings
  readonly #sources: SubstitutionSources
  readonly #problems: Problems
  readonly #resolved = new Map<string, Resolved>()
  /** Keys being resolved, each referring to the next. */
  readonly #open = new Set<string>()
  readonly #cyclic = new Set<string>()
  readonly #reported = new Set<string>()
  #deepest = 0
  #total = 0
  #unresolved = 0

  constructor(settings: Settings, sources: SubstitutionSources, problems: Problems) {
    this.#settings = settings
    this.#sources = { ...sources, readFile: remembering(sources.readFile) }
    this.#problems = problems
  }

  /** The setting's value with its placeholders resolved, or as written where that would go out of bounds. */
  valueOf(setting: Setting): string {
    this.#open.clear()
    this.#deepest = 0
    try {
      return this.#resolve(setting, 0)
    } catch (error) {
      if (!(error instanceof OutOfBounds)) throw error
      this.#resolved.set(setting.key, { value: setting.value, height: 0, isWhole: false, failure: error })
      this.#reportBounds(setting, error)
      return setting.value
    }
  }

  #reportBounds({ key, place }: Setting, { message }: OutOfBounds): void {
    // When all is used up, one problem says so for all.
    const isReported = message === tooMuchInAll && this.#reported.has(message)
    this.#reported.add(message)
    if (!isReported) this.#problems.error(place, key, `${key}: ${message}`, 'resolve fewer placeholders in each other')
  }

  #resolve(setting: Setting, depth: number): string {
    const known = this.#resolved.get(setting.key)
    if (known?.failure) throw known.failure
    this.#reach(depth + (known?.height ?? 0))
    const { value, isWhole } = known ?? this.#resolveNow(setting, depth)
    if (!isWhole) this.#unresolved++
    return value
  }

  #resolveNow(setting: Setting, depth: number): Resolved {
    const { key } = setting
    const deepestBefore = this.#deepest
    const unresolvedBefore = this.#unresolved
    this.#deepest = depth
    this.#open.add(key)
    const expanded = this.#expand(setting.value, { setting, depth, isQuiet: false })
    this.#open.delete(key)
    const isCyclic = this.#cyclic.has(key)
    const resolved = {
      value: isCyclic ? setting.value : expanded,
      height: this.#deepest - depth,
      isWhole: !isCyclic && this.#unresolved === unresolvedBefore,
    }
    this.#resolved.set(key, resolved)
    this.#deepest = Math.max(this.#deepest, deepestBefore)
    this.#unresolved = unresolvedBefore
    return resolved
  }

  #reach(depth: number): void {
    if (this.#total > maximumTotal) throw new OutOfBounds(tooMuchInAll)
    this.#deepest = Math.max(this.#deepest, depth)
    if (depth > maximumDepth) {
      throw new OutOfBounds(`its placeholders lead to others more than ${maximumDepth} times, or in a circle`)
    }
  }

  #expand(text: string, frame: Frame): string {
    const ends = closingBraces(text)
    let expanded = ''
    let position = 0
    for (let start = text.indexOf('${'); start >= 0; start = text.indexOf('${', position)) {
      const isEscaped = start > position && text[start - 1] === '$'
      const end = ends.get(start)
      if (end === undefined) {
        if (!isEscaped) this.#report(frame, text.slice(start), unclosed)
        break
      }
      if (isEscaped) {
        expanded += `${text.slice(position, start - 1)}\${`
        position = start + 2
        continue
      }
      const value = this.#placeholder(text.slice(start + 2, end), frame) ?? text.slice(start, end + 1)
      expanded += text.slice(position, start) + value
      position = end + 1
      this.#spend(value.length, expanded.length)
    }
    return expanded + text.slice(position)
  }

  #spend(length: number, whole: number): void {
    this.#total += length
    if (whole > maximumValue) throw new OutOfBounds('its placeholders give more than 1 MiB')
    if (this.#total > maximumTotal) throw new OutOfBounds(tooMuchInAll)
  }

  /** The value of what stands between the braces; undefined where there is none and it stays as written. */
  #placeholder(expression: string, frame: Frame): string | undefined {
    const { name: written, fallback } = split(expression)
    const inner = { ...frame, depth: frame.depth + 1 }
    this.#reach(inner.depth)
    const unresolvedBefore = this.#unresolved
    const name = this.#expand(written, { ...inner, isQuiet: frame.isQuiet || fallback !== undefined })
    const isNameWhole = this.#unresolved === unresolvedBefore
    const found = isNameWhole ? this.#find(name, written, inner, fallback !== undefined) : undefined
    if (typeof found === 'string') return found
    if (fallback !== undefined) {
      this.#unresolved = unresolvedBefore
      return this.#expand(fallback, inner)
    }
    this.#unresolved++
    if (found) this.#report(frame, written, found)
    return undefined
  }

  /** A value, what to say of a missing one, or undefined where that has been said. */
  #find(name: string, written: string, frame: Frame, hasFallback: boolean): string | Missing | undefined {
    const setting = this.#settings.get(name)
    if (setting) return this.#another(setting, frame, hasFallback)
    const found: Found =
      lookUp(name, written, this.#sources) ?? undefinedKey(name, written, this.#keys(), this.#sources)
    if (isMissing(found)) return found
    return found.isExpanded ? this.#expandForeign(found.text, frame) : found.text
  }

  /** Text from outside is no mistake of the configuration, whatever it holds. */
  #expandForeign(text: string, frame: Frame): string {
    const unresolvedBefore = this.#unresolved
    const expanded = this.#expand(text, { ...frame, isQuiet: true })
    this.#unresolved = unresolvedBefore
    return expanded
  }

  #another(setting: Setting, frame: Frame, hasFallback: boolean): string | undefined {
    if (this.#open.has(setting.key)) {
      const cycle = [...this.#open]
      cycle.splice(0, cycle.indexOf(setting.key))
      // Flume takes the default of `a = ${a:-default}`.
      if (cycle.length > 1 || !hasFallback) this.#reportCycle(cycle)
      return undefined
    }
    const value = this.#resolve(setting, frame.depth)
    return this.#cyclic.has(setting.key) ? undefined : value
  }

  *#keys(): Generator<string> {
    for (const { key } of this.#settings) yield key
  }

  #report({ setting, isQuiet }: Frame, written: string, { message, fix, isLeft }: Missing): void {
    const mark = `${setting.key}\n${written}`
    if (isQuiet || this.#reported.has(mark)) return
    this.#reported.add(mark)
    const near = this.#reported.size <= maximumSuggestions ? didYouMean : () => undefined
    const told = isLeft ? `${message}; it stays as it is` : message
    this.#problems.add(isLeft ? 'warning' : 'error', setting.place, setting.key, told, fix(near))
  }

  #reportCycle(cycle: readonly string[]): void {
    for (const key of cycle) this.#cyclic.add(key)
    const mark = [...cycle].sort().join('\n')
    if (this.#reported.has(mark)) return
    this.#reported.add(mark)
    const first = this.#settings.get(cycle[0]!)!
    const steps = cycle.slice(0, 20).map((key) => `${key} (${placeText(this.#settings.get(key)!.place)})`)
    const message = `settings refer to each other in a circle: ${[...steps, first.key].join(' -> ')}`
    this.#problems.error(first.place, first.key, message, 'give one of them a value of its own')
  }
}

const unclosed: Missing = {
  message: `\${ has no closing brace`,
  fix: () => `write the brace, or $\${…} where the text \${…} itself is meant`,
}

/** A file is read once, however many values want it. */
function remembering(readFile: SubstitutionSources['readFile']): SubstitutionSources['readFile'] {
  const texts = new Map<string, string>()
  return (path, charset) => {
    const name = `${charset}:${path}`
    const text = texts.get(name) ?? readFile(path, charset)
    texts.set(name, text)
    return text
  }
}

function placeText({ file, line }: Place): string {
  return line > 0 ? `${file}:${line}` : file
}

/** Where each placeholder begins, and the index of the brace that closes it; those that none closes are left out. */
function closingBraces(text: string): ReadonlyMap<number, number> {
  const ends = new Map<number, number>()
  const open: number[] = []
  for (const { index, 0: mark } of text.matchAll(/\$\{|\}/g)) {
    if (mark !== '}') open.push(index)
    else if (open.length > 0) ends.set(open.pop()!, index)
  }
  return ends
}

/** Name and default at the first `:-` that is not within a nested placeholder. */
function split(expression: string): { name: string; fallback?: string } {
  let open = 0
  for (let index = 0; index < expression.length; index++) {
    if (expression.startsWith('${', index)) open++
    else if (expression[index] === '}') open--
    else if (open === 0 && expression.startsWith(':-', index)) {
      return { name: expression.slice(0, index), fallback: expression.slice(index + 2) }
    }
  }
  return { name: expression }
}
