import { didYouMean } from '../config/did-you-mean.ts'
import type { Option } from './command.ts'

/** How a command line is read beside its options. */
export interface Grammar {
  readonly options: readonly Option[]
  /** Name of the words in complaints; absent: there are none. */
  readonly words?: string | undefined
  /** Options end at the first word. */
  readonly optionsFirst?: boolean | undefined
  /** As in Flume, words that nobody wants are passed over. */
  readonly passOverWords?: boolean
}

/** What a command line says. */
export class ParsedArguments {
  readonly words: readonly string[]
  /** Everything that is wrong with it, a line each. */
  readonly complaints: readonly string[]
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(
    values: ReadonlyMap<string, readonly string[]>,
    words: readonly string[] = [],
    complaints: readonly string[] = [],
  ) {
    this.#values = values
    this.words = words
    this.complaints = complaints
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  value(name: string): string | undefined {
    return this.#values.get(name)?.at(-1)
  }

  values(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  get names(): Iterable<string> {
    return this.#values.keys()
  }

  /** The same with other values of one option, and without words that were passed over. */
  withOnly(name: string, values: readonly string[]): ParsedArguments {
    return new ParsedArguments(new Map(this.#values).set(name, values), [], this.complaints)
  }

  /** The same with values for options that this does not have. */
  withDefaults(defaults: ParsedArguments): ParsedArguments {
    const values = new Map(this.#values)
    for (const name of defaults.names) if (!values.has(name)) values.set(name, defaults.values(name))
    return new ParsedArguments(values, this.words, [...this.complaints, ...defaults.complaints])
  }
}

/**
 * Reads a command line: `--name value`, `--name=value`, `-n value`, Flume's `-prov value` and `-Dname=value`; a long name
 * may have one dash and may be cut short while it stays clear. `--` ends the options. Nothing is thrown.
 */
export function parseArguments(line: readonly string[], grammar: Grammar): ParsedArguments {
  return new Parser(line, grammar).parse()
}

/** The option that a spelling without dashes means; several where it was cut too short. */
export function optionsNamed(options: readonly Option[], spelling: string): readonly Option[] {
  const exact = options.filter(({ name, short }) => spelling === name || spelling === short)
  if (exact.length > 0 || spelling.length < 2) return exact
  return options.filter(({ name, attached }) => !attached && name.startsWith(spelling))
}

/** `--conf-file (-f)`. */
export function spellingOf({ name, short, attached }: Option): string {
  if (attached) return `-${short ?? name}`
  return short === undefined ? `--${name}` : `--${name} (-${short})`
}

export function unknownOption(word: string, options: readonly Option[]): string {
  const spelling = word.replace(/^-+/, '').replace(/=.*$/s, '')
  const near = didYouMean(
    spelling,
    options.map(({ name }) => name),
  )
  const dashes = word.slice(0, word.length - word.replace(/^-+/, '').length)
  return `unknown option ${dashes}${spelling}${near === undefined ? '' : `; did you mean --${near}?`}`
}

class Parser {
  readonly #line: readonly string[]
  readonly #grammar: Grammar
  readonly #values = new Map<string, string[]>()
  readonly #words: string[] = []
  readonly #complaints: string[] = []
  #at = 0

  constructor(line: readonly string[], grammar: Grammar) {
    this.#line = line
    this.#grammar = grammar
  }

  parse(): ParsedArguments {
    for (; this.#at < this.#line.length; this.#at++) {
      const word = this.#line[this.#at]!
      if (word === '--' || (this.#grammar.optionsFirst && !isOption(word))) {
        this.#words.push(...this.#line.slice(word === '--' ? this.#at + 1 : this.#at))
        break
      }
      if (isOption(word)) this.#option(word)
      else this.#words.push(word)
    }
    const { words, passOverWords } = this.#grammar
    if (words === undefined && !passOverWords) {
      for (const word of this.#words) this.#complaints.push(`nothing is done with the word "${word}"`)
    }
    return new ParsedArguments(this.#values, this.#words, this.#complaints)
  }

  #option(word: string): void {
    if (this.#attached(word)) return
    const [, spelling = '', value] = /^--?([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    const found = optionsNamed(this.#grammar.options, spelling)
    const [option] = found
    if (option === undefined) this.#complaints.push(unknownOption(word, this.#grammar.options))
    else if (found.length > 1) {
      this.#complaints.push(`--${spelling} may mean ${found.map(({ name }) => `--${name}`).join(' or ')}`)
    } else if (option.value === undefined) this.#flag(option, value)
    else this.#valued(option, value)
  }

  /** `-Dname=value`, and `-D name=value`. */
  #attached(word: string): boolean {
    const option = this.#grammar.options.find(
      ({ attached, short, name }) => attached && word.startsWith(`-${short ?? name}`),
    )
    if (!option) return false
    const rest = word.slice((option.short ?? option.name).length + 1)
    if (rest === '') this.#valued(option, undefined)
    else this.#add(option, rest)
    return true
  }

  #flag(option: Option, value: string | undefined): void {
    if (value === undefined) this.#add(option, 'true')
    else this.#complaints.push(`${spellingOf(option)} takes no value`)
  }

  #valued(option: Option, value: string | undefined): void {
    const next = value ?? this.#line[this.#at + 1]
    if (next === undefined || (value === undefined && this.#isKnownOption(next))) {
      this.#complaints.push(`${spellingOf(option)} needs a value: ${option.value}`)
      return
    }
    if (value === undefined) this.#at++
    this.#add(option, next)
  }

  #add(option: Option, value: string): void {
    const known = this.#values.get(option.name)
    if (known && option.value !== undefined && !option.repeatable) {
      this.#complaints.push(`${spellingOf(option)} is given twice`)
    } else if (known) known.push(value)
    else this.#values.set(option.name, [value])
  }

  #isKnownOption(word: string): boolean {
    return (
      isOption(word) && optionsNamed(this.#grammar.options, word.replace(/^--?/, '').replace(/=.*$/s, '')).length > 0
    )
  }
}

function isOption(word: string): boolean {
  return word.length > 1 && word.startsWith('-')
}
