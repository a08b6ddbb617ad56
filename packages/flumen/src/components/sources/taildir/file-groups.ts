import { basename, dirname, isAbsolute } from 'node:path'
import type { Field, Section } from '../../../component/kit.ts'
import type { Headers } from '../../../core/index.ts'
import { compileJavaRegex, type JavaRegex, JavaRegexError } from '../../../text/java-regex.ts'

/** What a configuration says of a group: a folder, and a Java pattern for the whole name of a file in it. */
export interface FileGroupSpec {
  readonly name: string
  readonly directory: string
  readonly pattern: JavaRegex
}

/** Longest list of names whose answer is remembered. */
const mostNames = 50_000

/** Files of one folder whose names fit a pattern, with the headers of their events. */
export class FileGroup {
  readonly name: string
  readonly directory: string
  readonly headers: Headers
  readonly #pattern: JavaRegex
  readonly #answers = new Map<string, boolean>()

  constructor({ name, directory, pattern }: FileGroupSpec, headers: Headers) {
    this.name = name
    this.directory = directory
    this.#pattern = pattern
    this.headers = headers
  }

  has(name: string): boolean {
    let answer = this.#answers.get(name)
    if (answer === undefined) {
      answer = this.#pattern.fullMatch(name) === true
      if (this.#answers.size >= mostNames) this.#answers.clear()
      this.#answers.set(name, answer)
    }
    return answer
  }
}

const doc = 'Names of the groups of files, separated by white space.'
const pathDoc = 'Absolute path: a folder, and after the last slash a Java regular expression for whole file names.'

const facts = {
  kind: 'list',
  doc,
  required: true,
  defaultText: undefined,
  unit: undefined,
  constraint: 'names, separated by white space',
  onInvalid: 'refuse',
  aliases: [],
  ignored: undefined,
} as const

/** `filegroups = g1 g2` with `filegroups.g1 = /var/log/app\.log.*` */
export const fileGroupsField: Field<readonly FileGroupSpec[]> = {
  ...facts,
  keys: (name) => [name, `${name}.*`],
  rows: (name) => [
    { ...facts, key: name },
    { ...facts, key: `${name}.<name>`, kind: 'path', doc: pathDoc, constraint: undefined },
  ],
  schema: (name) => ({
    properties: {
      [name]: {
        description: doc,
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }, { type: 'object' }],
      },
    },
    patternProperties: { [`^${name}\\..+$`]: { description: pathDoc, type: 'string' } },
  }),
  read(section, name) {
    const names = section.list(name) ?? []
    if (names.length === 0) {
      section.missing(name, `${section.key(name)} is needed`, `add ${section.key(name)} = name1 name2 …`)
    }
    return [...new Set(names)].flatMap((each) => readGroup(section, `${name}.${each}`, each))
  },
}

function readGroup(section: Section, key: string, name: string): readonly FileGroupSpec[] {
  const setting = section.get(key)
  if (!setting) {
    section.missing(key, `${section.key(key)} is needed`, `add ${section.key(key)} = /folder/pattern`)
    return []
  }
  const path = setting.value.trim()
  if (!isAbsolute(path) || path.endsWith('/')) {
    section.error(key, `"${path}" is not an absolute path of files`, 'write /folder/pattern')
    return []
  }
  try {
    return [{ name, directory: dirname(path), pattern: compileJavaRegex(basename(path)) }]
  } catch (error) {
    if (!(error instanceof JavaRegexError)) throw error
    section.error(key, error.message, 'the last part of the path is a Java regular expression: .*\\.log')
    return []
  }
}
